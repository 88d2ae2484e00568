import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERRORS } from '../../src/wire/index.js'
import { ROOT } from './served.js'

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
  .join('\n')

/** What a user sees: the first cells of the tables. */
const seen = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8')
  .split('\n')
  .flatMap((line) => /^\| (.+?) \| /.exec(line)?.[1] ?? [])

test('the sentences that docs/troubleshooting.md quotes are ours', () => {
  const quoted = seen.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map(([, words = '']) => words))
  expect(quoted.length).toBeGreaterThan(20)
  expect(quoted.filter((words) => !sources.includes(words))).toEqual([])
})

test('the codes that docs/troubleshooting.md names are ours', () => {
  const named = seen.flatMap((cell) => [...cell.matchAll(/`([A-Z]+_[A-Z_]+|[A-Z]{8,})`/g)].map(([, code = '']) => code))
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([])
})
