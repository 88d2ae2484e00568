import { expect, test } from 'vitest'
import { z } from 'zod'
import { issueMessage } from '../../src/base/zod-issue.js'

const VALUE = 'canary-value'
const schema = z.strictObject({
  text: z.string(),
  short: z.string().max(3).optional(),
  number: z.number().optional(),
  choice: z.enum(['a', 'b']).optional(),
  list: z.array(z.int()).optional(),
})
const messages = (input: unknown) => schema.safeParse(input).error?.issues.map(issueMessage)

test.each([{}, { text: undefined }])('a field that is not there is missing: %j', (input) => {
  expect(messages(input)).toEqual(['is missing'])
})

test('a field with null is there', () => {
  expect(messages({ text: null })).toEqual([expect.stringContaining('expected string')])
})

test('the sentence names types and sizes, and quotes no value', () => {
  const faults = { text: 7, short: VALUE, number: VALUE, choice: VALUE, list: [VALUE] }
  expect(messages(faults)).toHaveLength(5)
  for (const message of messages(faults) ?? []) expect(message).not.toContain(VALUE)
})
