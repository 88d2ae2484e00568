import { expect, test } from 'vitest'
import { fittingFields } from '../../../src/mcp/results/fitting-fields.js'
import { fitAnswer } from '../../../src/mcp/results/token-budget.js'
import { shape } from '../../../src/wire/shaping.js'

const item = (id: number) => ({
  url: `https://api.example.com/issues/${id}`,
  id,
  body: 'A long text. '.repeat(40),
  user: { login: 'ada', avatar_url: 'https://avatars.example.com/u/1' },
  state: 'open',
})
const items = Array.from({ length: 60 }, (_, id) => item(id))

test('the members that are proposed fit, all items together, and addresses come last', () => {
  const fields = fittingFields(items, 1_500)
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
  expect(fittingFields([{ id: 1 }], 1_000)).toEqual([])
  expect(fittingFields(items, 80)).toEqual([])
  expect(fittingFields(['a', 'b'], 1_000)).toEqual([])
})
