import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { count } from '../../src/base/count.js'
import { shellWord, typable } from '../../src/base/typable.js'

test.each([
  [0, '0 users'],
  [1, '1 user'],
  [2, '2 users'],
  [0.5, '0.5 users'],
])('%d of a user is %s', (number, words) => expect(count(number, 'user')).toBe(words))

test('words that get no s in the plural are given', () => {
  expect([count(1, 'user is', 'users are'), count(3, 'user is', 'users are')]).toEqual(['1 user is', '3 users are'])
})

test('a sentence names the program as it was started, where it names a command and nowhere else', () => {
  const command = '/opt/$& node/node main.js'
  const say = 'connectors-mcp: run "connectors-mcp keys rotate", or connectors-mcp auth login. connectors-mcp is here.'
  expect(typable(say, command)).toBe(
    `connectors-mcp: run "${command} keys rotate", or ${command} auth login. connectors-mcp is here.`,
  )
})

test('a word is one argument of a shell, whatever it holds', () => {
  const word = fc.string({ unit: fc.constantFrom(...` '"$\\;&|*?~!#(){}<>\`ab@.-=/`), minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (texts) => {
      const typed = texts.map((text) => shellWord(text, 'linux')).join(' ')
      const shown = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${typed}`], { encoding: 'utf8' })
      expect(shown.split('\0').slice(0, -1)).toEqual(texts)
    }),
    { numRuns: 30 },
  )
  expect(shellWord('ada@example.com')).toBe('ada@example.com')
  expect(shellWord('C:\\Program Files\\node.exe', 'win32')).toBe('"C:\\Program Files\\node.exe"')
  expect(shellWord('C:\\nodejs\\node.exe', 'win32')).toBe('C:\\nodejs\\node.exe')
})
