import { expect, test } from 'vitest'
import { fittingFields } from '../../../src/mcp/results/fitting-fields.js'
import { fitAnswer } from '../../../src/mcp/results/token-budget.js'
import { estimateTokens } from '../../../src/mcp/results/tokens.js'
import { shape } from '../../../src/wire/shaping.js'
import { cpuTimeOf } from '../../cpu-time.js'

const item = (id: number) => ({
  url: `https://api.example.com/issues/${id}`,
  id,
  body: 'A long text. '.repeat(40),
  user: { login: 'ada', avatar_url: 'https://avatars.example.com/u/1' },
  state: 'open',
})
const items = Array.from({ length: 60 }, (_, id) => item(id))

test('the members that are proposed fit, all items together, and addresses come last', () => {
  const fields = fittingFields(items, { tokens: 1_500 })
  expect(fields.slice(0, 3)).toEqual(['id', 'user.login', 'state'])
  expect(fields).not.toContain('body')
  const { part } = fitAnswer(
    shape(items, { response_fields: fields }),
    { format: 'columns', emptyMayGo: false },
    { tokens: 1_500 },
  )
  expect(part).toBeUndefined()
})

test('nothing is proposed where all members fit, none does, or items are not objects', () => {
  expect(fittingFields([{ id: 1 }], { tokens: 1_000 })).toEqual([])
  expect(fittingFields(items, { tokens: 80 })).toEqual([])
  expect(fittingFields(['a', 'b'], { tokens: 1_000 })).toEqual([])
})

test.each(['a.b', '', '*', 'x'.repeat(501)])('a member that no path leads to is not proposed: %.5j', (name) => {
  const some = Array.from({ length: 100 }, (_, id) => ({ [name]: id, id, body: 'A long text. '.repeat(40) }))
  expect(fittingFields(some, { tokens: 1_500 })).toEqual(['id'])
})

test('a path begins with the members that lead to the list, and none leads through a dot', () => {
  expect(fittingFields(items, { tokens: 1_500, path: ['found', 'issues'] })[0]).toBe('found.issues.id')
  expect(fittingFields(items, { tokens: 1_500, path: ['found.issues'] })).toEqual([])
  expect(fittingFields(items, { tokens: 1_500, path: ['x'.repeat(499)] })).toEqual([])
})

test('what is proposed is short, whatever the names are', () => {
  const long = (at: number) => `${at}_long_name_of_a_member`.repeat(8)
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [long(at), at]))
  const fields = fittingFields([wide, wide], { tokens: 5_000 })
  expect(estimateTokens(JSON.stringify(fields))).toBeLessThanOrEqual(125)
})

test('looking at members takes linear time, however long their names are', () => {
  const inner = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`a${at}`, at]))
  const some = Array.from({ length: 4 }, () => ({ ['k'.repeat(100_000)]: inner }))
  expect(cpuTimeOf(() => fittingFields(some, { tokens: 1_000 }))).toBeLessThan(500)
})
