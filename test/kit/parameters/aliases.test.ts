import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/base/json.js'
import { defineAction, exactlyOne, type ShapedResult, z } from '../../../src/kit/index.js'
import { testCall } from '../../connectors/harness.js'

const list = defineAction({
  name: 'list',
  description: 'List things.',
  effect: 'read',
  shaping: false,
  input: { page_token: z.string().max(9).nullish(), sync_token: z.string().optional() },
  aliases: { cursor: 'page_token' },
  constraints: [exactlyOne('page_token', 'sync_token')],
  run: async (_upstream, input) => ({ ...(input as JsonObject) }),
})
const run = async (input: unknown): Promise<unknown> => {
  const result: ShapedResult = await list.prepare(input)(undefined, testCall())
  return 'data' in result ? result.data : result
}

describe('an alias', () => {
  test('is one more parameter, of the same schema', () => {
    const { full, conservative } = list.forms()
    const { page_token, cursor } = full.properties as Record<string, Record<string, unknown>>
    expect(cursor).toEqual({ ...page_token, description: 'Another name of page_token' })
    expect(conservative.properties.cursor).toEqual(conservative.properties.page_token)
  })

  test.each([
    ['alone', { cursor: 'x' }, { page_token: 'x' }],
    ['and the first name alone', { page_token: 'x' }, { page_token: 'x' }],
    ['beside the same value', { cursor: 'x', page_token: 'x' }, { page_token: 'x' }],
    ['beside null', { cursor: 'x', page_token: null }, { page_token: 'x' }],
    ['that is null', { cursor: null, page_token: 'x' }, { page_token: 'x' }],
    ['that is null, alone', { cursor: null, sync_token: 's' }, { sync_token: 's' }],
  ])('%s: run sees the first name only, and so do constraints', async (_name, input, seen) => {
    expect(await run(input)).toEqual(seen)
  })

  test.each([
    ['beside another value', { cursor: 'x', page_token: 'y' }, 'cursor and page_token are the same'],
    ['that does not fit', { cursor: 'longer than nine' }, 'cursor: '],
    ['whose constraint does not hold', { cursor: 'x', sync_token: 'y' }, 'exactly one of page_token, sync_token'],
  ])('%s is refused', async (_name, input, message) => {
    await expect(run(input)).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining(message),
    })
  })

  test.each([
    ['what does not exist', {}],
    ['what must be given', { page_token: z.string() }],
    ['what has a default', { page_token: z.string().default('x') }],
    ['its own name', { page_token: z.string().optional(), cursor: z.string().optional() }],
  ])('of %s is refused when the action is defined', (_name, input) => {
    const define = () =>
      defineAction({
        name: 'wrong',
        description: 'Be wrong.',
        effect: 'read',
        input: input as Record<string, z.ZodString>,
        aliases: { cursor: 'page_token' },
        run: async () => ({}),
      })
    expect(define).toThrow('"cursor" cannot stand for "page_token"')
  })
})
