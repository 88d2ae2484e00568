import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ActionIndex } from '../../src/search/index.js'
import { cpuTimeOf } from '../cpu-time.js'
import { action } from './documents.js'

/** Text as others may send it: any characters, names that every object has, words of actions, what needs escaping. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'list_files',
    'delete file',
    'send a message',
    '"',
    '((((',
    '\ud800',
  ),
)
const document = fc
  .record({
    connector: text,
    connectorTitle: text,
    description: text,
    examples: fc.array(text, { maxLength: 3 }),
    parameters: fc.array(fc.record({ name: text, description: text }), { maxLength: 3 }),
    effect: fc.constantFrom('read', 'create', 'update', 'delete'),
  })
  .chain((facts) => text.map((name) => action(name, facts)))
const documents = fc.array(document, { minLength: 1, maxLength: 12 })

describe('whatever the actions and the need are', () => {
  test('the answer is not empty, names each action once, and is in order', () => {
    fc.assert(
      fc.property(documents, text, (all, need) => {
        const found = new ActionIndex(all).search(need, { count: all.length })
        expect(found.length).toBeGreaterThan(0)
        const positions = found.map(({ position }) => position)
        expect(new Set(positions).size).toBe(positions.length)
        expect(positions.every((position) => all[position] !== undefined)).toBe(true)
        const scores = found.map(({ score }) => score)
        expect(scores.every((score) => Number.isFinite(score) && score >= 0)).toBe(true)
        expect(scores).toEqual([...scores].sort((a, b) => b - a))
      }),
    )
  })

  test('the same index, and another one of the same actions, answer the same, whatever was asked in between', () => {
    fc.assert(
      fc.property(documents, fc.array(text, { minLength: 1, maxLength: 5 }), (all, needs) => {
        const index = new ActionIndex(all)
        const ask = (asked: ActionIndex) => needs.map((need) => asked.search(need, { count: 5 }))
        const first = ask(index)
        expect(ask(index)).toEqual(first)
        expect(ask(new ActionIndex(structuredClone(all)))).toEqual(first)
      }),
    )
  })

  test('fewer that are asked for are the first of more', () => {
    fc.assert(
      fc.property(documents, text, fc.nat(12), (all, need, count) => {
        const index = new ActionIndex(all)
        expect(index.search(need, { count })).toEqual(index.search(need, { count: 12 }).slice(0, count))
      }),
    )
  })

  test('of some that are chosen only these are found, as they stand among all; if any fits, one of them does', () => {
    const chosen = documents.chain((all) => fc.tuple(fc.constant(all), fc.subarray(all.map((_, position) => position))))
    fc.assert(
      fc.property(chosen, text, ([all, positions], need) => {
        const only = (position: number) => positions.includes(position)
        const index = new ActionIndex(all)
        const some = index.search(need, { count: 12, only })
        expect(some.every(({ position }) => only(position))).toBe(true)
        expect(some.length > 0).toBe(positions.length > 0)
        const fitting = index.search(need, { count: 12 }).filter(({ fits, position }) => fits && only(position))
        if (fitting.length > 0) expect(some.filter(({ fits }) => fits)).toEqual(fitting)
      }),
    )
  })
})

/** Texts that a careless reader takes more than linear time for. */
const hostile = (length: number): Record<string, string> => ({
  'one letter': 'a'.repeat(length),
  'addresses that do not end': 'a@'.repeat(length / 2),
  quotes: '"'.repeat(length),
  'quotes and letters': `" '${'x'.repeat(30)}`.repeat(length / 33),
  'digits and letters': 'a1'.repeat(length / 2),
  hexadecimal: 'abcdef'.repeat(length / 6),
  brackets: '([{<#'.repeat(length / 5),
  'characters that decompose': '\ufdfa'.repeat(length),
  accents: `e${'\u0301'.repeat(length)}`,
  'words that are unknown': Array.from(
    { length: length / 8 },
    (_, number) => `wrd${(number * 7919).toString(36)}`,
  ).join(' '),
  'capital letters': 'AbCD'.repeat(length / 4),
  Chinese: '天'.repeat(length),
})

describe('hostile text', () => {
  const words = Array.from({ length: 4000 }, (_, number) => `word${(number * 104_729).toString(36)}`)
  const many = words.map((word, position) =>
    action(`get_${word}`, {
      connector: `c${position % 40}`,
      description: `Get the ${words[(position * 31) % 4000]} of a thing.`,
    }),
  )

  test.each(Object.keys(hostile(8)))('as a need among 4,000 actions: %s', (name) => {
    const index = new ActionIndex(many)
    const need = hostile(2_000_000)[name] ?? ''
    expect(cpuTimeOf(() => index.search(need, { count: 10 }))).toBeLessThan(1000)
  })

  test.each(Object.keys(hostile(8)))('in an action: %s', (name) => {
    const long = hostile(1_000_000)[name] ?? ''
    const documents = [
      action('get', { description: long, examples: [long], parameters: [{ name: long, description: long }] }),
      action(long, { connector: long, connectorTitle: long }),
    ]
    expect(cpuTimeOf(() => new ActionIndex(documents))).toBeLessThan(2000)
  })

  test('many parts of an action are read up to a limit', () => {
    const parameters = Array.from({ length: 200_000 }, (_, number) => ({
      name: `name_${number}`,
      description: 'x'.repeat(50),
    }))
    const examples = parameters.map(({ name }) => name)
    expect(cpuTimeOf(() => new ActionIndex([action('get', { parameters, examples })]))).toBeLessThan(2000)
  })
})
