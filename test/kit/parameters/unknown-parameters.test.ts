import { expect, test } from 'vitest'
import { didYouMean } from '../../../src/base/close-names.js'
import { ConnectorsError, type FieldError } from '../../../src/base/errors.js'
import { parseInput, z } from '../../../src/kit/index.js'
import { cpuTimeOf } from '../../cpu-time.js'

const issues = z.strictObject({
  owner: z.string(),
  repo: z.string(),
  state: z.enum(['open', 'closed', 'all']).nullish(),
  order: z.enum(['asc', 'desc']).default('asc'),
  labels: z
    .array(z.strictObject({ name: z.string().optional(), color: z.enum(['red', 'blue']).optional() }))
    .optional(),
})

/** What is said of each faulty parameter, by its name. */
function faultsOf(raw: Record<string, unknown>, schema: z.ZodObject = issues): Record<string, string> {
  try {
    parseInput(schema, raw)
  } catch (error) {
    const { errors = [] } = error instanceof ConnectorsError ? (error.details ?? {}) : {}
    return Object.fromEntries(errors.map(({ field, message }: FieldError) => [field, message]))
  }
  return expect.fail('the parameters were taken')
}

test.each([
  ['repository', 'repo'],
  ['repo_name', 'repo'],
  ['Owner', 'owner'],
  ['status', 'state'],
  ['label', 'labels'],
])('an unknown parameter %s is answered with the closest one', (wrong, right) => {
  const raw = { owner: 'o', repo: 'r', [wrong]: 'x' }
  expect(faultsOf(raw)).toEqual({ [wrong]: `is not a parameter of this action (did you mean ${right}?)` })
  expect(() => parseInput(issues, raw)).toThrow(`did you mean ${right}?`)
})

test.each([
  ['state', 'close', 'closed'],
  ['state', 'Open', 'open'],
  ['order', 'descending', 'desc'],
])('an unknown value of %s, %s, is answered with the closest one and all others', (name, wrong, right) => {
  const said = faultsOf({ owner: 'o', repo: 'r', [name]: wrong })[name]
  expect(said).toContain('expected one of')
  expect(said).toContain(` (did you mean ${right}?)`)
})

test('a value that is close to none, or no text, is not repeated and gets no suggestion', () => {
  for (const state of ['canary-0123456789', 7, ['closed'], { closed: 1 }, 'closed'.repeat(100_000)])
    expect(faultsOf({ owner: 'o', repo: 'r', state }).state).not.toMatch(/canary|did you mean|closedclosed/)
})

test('inside an object the names and values of that object are suggested', () => {
  expect(faultsOf({ owner: 'o', repo: 'r', labels: [{}, { colour: 'red', color: 'blu', ownr: 1 }] })).toEqual({
    'labels.1.color': expect.stringMatching(/\(did you mean blue\?\)$/),
    'labels.1.colour': 'is not a member here (did you mean color?)',
    'labels.1.ownr': 'is not a member here',
  })
})

test('an input that consists of faults is answered in linear time', () => {
  const labels = (count: number) =>
    Array.from({ length: count }, (_, at) => Object.fromEntries([...Array(50)].map((_, key) => [`colr${at}${key}`, 1])))
  const raw = { owner: 'o', repo: 'r', labels: labels(20_000) }
  expect(cpuTimeOf(() => expect(Object.keys(faultsOf(raw))).toHaveLength(50))).toBeLessThan(5_000)
})

test('of a great many unknown parameters only the first ones are listed, and very long names get no suggestion', () => {
  const raw = Object.fromEntries(Array.from({ length: 1_000 }, (_, number) => [`ownr${number}`, 1]))
  try {
    parseInput(z.strictObject({ owner: z.string().optional() }), raw)
    expect.fail('the parameters were taken')
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', details: { errors: { length: 50 } } })
  }
  expect(didYouMean('owner'.repeat(21), ['owner'.repeat(20)])).toBe('')
})
