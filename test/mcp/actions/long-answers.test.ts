import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/base/json.js'
import { ConnectorFile, Result } from '../../../src/kit/index.js'
import { estimateTokens } from '../../../src/mcp/results/tokens.js'
import { CLIENT_KINDS, connect, textOf } from '../harness.js'
import { TestedService } from '../tested-service.js'

const CALL = { connector: 'github', action: 'list_issues', params: { owner: 'o', repo: 'r' } }
const issues = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    number,
    title: `Issue ${number}`,
    body: 'The text of it. '.repeat(20),
  }))

async function ready(kind: (typeof CLIENT_KINDS)[number] = 'v1 on 2025-11-25', answer: Json | Result = []) {
  const service = await TestedService.start()
  await service.linkAccount('alice', 'github', 'octocat')
  service.answer = () => answer
  const mcpClient = await connect(kind, service.client, { seed: service.seed })
  const read = (args: object = {}) => mcpClient.call('read_connector', { ...CALL, ...args })
  const more = (args: object) => mcpClient.call('read_result', { ...args })
  return { service, mcpClient, read, more }
}

/** The items of a list that is shown as a table or as objects. */
const itemsOf = (data: { columns?: string[]; rows?: unknown[][] } | unknown[]): unknown[] =>
  Array.isArray(data)
    ? data
    : (data.rows ?? []).map((row) => Object.fromEntries((data.columns ?? []).map((column, at) => [column, row[at]])))

describe.each(CLIENT_KINDS)('an answer over the budget, %s', (kind) => {
  test('is cut at an item, says how much there is, and goes on under its handle', async () => {
    const all = issues(300)
    const { read, more } = await ready(kind, new Result(all, { has_next: true, page: 1 }))
    const result = await read()
    const { meta, next_step } = result.shown
    const found = itemsOf(result.shown.data)
    expect(found).toEqual(all.slice(0, found.length))
    expect(meta).toEqual({
      has_next: true,
      page: 1,
      items_shown: found.length,
      items_total: 300,
      next_offset: found.length,
      handle: expect.stringMatching(/^result_/),
      fitting_fields: ['number', 'title'],
    })
    expect(next_step).toBe(
      `Cut: items 0 to ${found.length} of 300. read_result with meta.handle and offset ${found.length} goes on. With meta.fitting_fields as response_fields all of them fit.`,
    )
    expect(estimateTokens(textOf(result))).toBeLessThanOrEqual(6_000)
    expect(estimateTokens(textOf(result))).toBeGreaterThan(5_000)
    for (let next = meta.next_offset; next !== undefined; ) {
      const part = await more({ handle: meta.handle, offset: next })
      expect(part.shown.acted_as).toBe('octocat')
      found.push(...itemsOf(part.shown.data))
      next = part.shown.meta.next_offset
    }
    expect(found).toEqual(all)
  })

  test('fits with the fields that it proposes, from its handle and from a new call', async () => {
    const { read, more } = await ready(kind, issues(300))
    const { handle, fitting_fields: response_fields } = (await read()).shown.meta
    const wanted = issues(300).map(({ number, title }) => ({ number, title }))
    expect(itemsOf((await more({ handle, response_fields })).shown.data)).toEqual(wanted)
    const again = await read({ response_fields })
    expect(itemsOf(again.shown.data)).toEqual(wanted)
    expect(again.shown).not.toHaveProperty('next_step')
  })
})

describe('the form of an answer', () => {
  test('is a table from four items of one shape on, and objects where the call asks for them', async () => {
    const { read } = await ready(undefined, issues(4))
    expect((await read()).shown.data).toMatchObject({ columns: ['number', 'title', 'body'] })
    expect((await read({ format: 'objects' })).shown.data).toEqual(issues(4))
  })

  test('is as long as the call allows', async () => {
    const { read } = await ready(undefined, issues(300))
    const short = await read({ max_tokens: 500 })
    expect(estimateTokens(textOf(short))).toBeLessThanOrEqual(500)
    const long = await read({ max_tokens: 60_000 })
    expect(itemsOf(long.shown.data)).toEqual(issues(300))
    expect((await read({ max_tokens: 100 })).shown.error.message).toContain('max_tokens')
  })

  test('keeps its data in spite of a huge meta', async () => {
    const { read } = await ready(undefined, new Result(issues(10), { note: 'A note. '.repeat(20_000) }))
    const result = await read()
    expect(itemsOf(result.shown.data)).toEqual(issues(10))
    expect(estimateTokens(textOf(result))).toBeLessThanOrEqual(6_000)
  })

  test('of a single long text is a part of it, with the rest under its handle', async () => {
    const body = 'One sentence of many.\n'.repeat(4_000)
    const { read, more } = await ready(undefined, { id: 1, body })
    const { data, meta } = (await read()).shown
    expect(meta).toMatchObject({ shown_at: 'body', characters_shown: data.body.length, characters_total: body.length })
    const next = await more({ handle: meta.handle, offset: meta.next_offset })
    expect(body.startsWith(data.body + next.shown.data.body)).toBe(true)
  })

  test('has as many items as the call asks for, where the action has no limit itself', async () => {
    const { service, read } = await ready(undefined, issues(30))
    const { data, meta } = (await read({ limit: 2 })).shown
    expect(data).toEqual(issues(2))
    expect(meta).toMatchObject({ items_shown: 2, items_total: 30, handle: expect.any(String) })
    expect(service.runs[0]?.params).toEqual(CALL.params)
  })
})

describe('read_result', () => {
  test('filters what is kept, and keeps what is left under another handle where that is too long', async () => {
    const { read, more } = await ready(undefined, issues(600))
    const { handle } = (await read()).shown.meta
    const from = (from_value: number) => [{ type: 'number_range', field_name: 'number', from_value }]
    const few = await more({ handle, response_filters: from(598) })
    expect(few.shown.data).toEqual(issues(600).slice(598))
    const many = (await more({ handle, response_filters: from(300) })).shown
    expect(many.meta).toMatchObject({ items_total: 300 })
    expect(many.meta.handle).not.toBe(handle)
    const rest = await more({ handle: many.meta.handle, offset: 299 })
    expect(rest.shown.data).toEqual(issues(600).slice(599))
  })

  test('says that only usual fields are kept where others are asked for, and where there is no such part', async () => {
    const commit = { sha: 'a'.repeat(40), message: 'What it does', author: { login: 'ada', email: 'ada@example.com' } }
    const { mcpClient, more } = await ready(
      undefined,
      Array.from({ length: 600 }, () => commit),
    )
    const call = { connector: 'github', action: 'list_commits', params: { repo: 'r' } }
    const { handle } = (await mcpClient.call('read_connector', call)).shown.meta
    for (const response_fields of [['*'], ['message'], undefined]) {
      const { next_step } = (await more({ handle, offset: 590, response_fields })).shown
      expect(next_step).toContain(
        "Only the action's usual fields are kept; for others call the action with response_fields.",
      )
      expect(next_step).not.toContain('gives all')
    }
    expect((await more({ handle, offset: 700 })).shown).toMatchObject({
      data: [],
      next_step: expect.stringContaining('There are only 600 items.'),
    })
  })

  test.each(['', '../users', 'result_', 'something'])('refuses what is not a handle: %j', async (handle) => {
    const { more } = await ready()
    expect((await more({ handle })).shown.error.code).toBe('INVALID_PARAMETERS')
  })

  test('says what to do where nothing is kept', async () => {
    const { more } = await ready()
    const { error } = (await more({ handle: `result_${'a'.repeat(43)}` })).shown
    expect(error.code).toBe('NOT_FOUND')
    expect(error.message).toContain('Make the call again that made it.')
  })
})

describe('an action that shapes nothing itself', () => {
  const QUERY = { connector: 'sql', action: 'query', params: { sql: 'select 1' } }

  test('has its rows shaped here', async () => {
    const { service, mcpClient } = await ready(undefined, issues(3))
    await mcpClient.call('link_integration', { connector: 'sql', configuration: { host: 'shop.example' } })
    const run = (args: object) => mcpClient.call('execute_connector', { ...QUERY, ...args })
    const filters = [{ type: 'number', field_name: 'number', value: 1 }]
    const shaped = await run({ response_fields: ['title'], response_filters: filters })
    expect(shaped.shown.data).toEqual([{ title: 'Issue 1' }])
    expect(service.runs[0]?.params).toEqual(QUERY.params)
    const wrong = await run({ response_filters: [{ type: 'nothing' }] })
    expect(wrong.shown.error.code).toBe('INVALID_PARAMETERS')
  })
})

test('an action with a file, which takes fields and no conditions itself, has both applied here', async () => {
  const { service, mcpClient } = await ready(undefined, issues(3))
  await service.linkAccount('alice', 'mail', 'octocat')
  const result = await mcpClient.call('execute_connector', {
    connector: 'mail',
    action: 'send_email',
    params: { to: 'a' },
    response_fields: ['title'],
    response_filters: [{ type: 'number', field_name: 'number', value: 1 }],
  })
  expect(result.shown.data).toEqual([{ title: 'Issue 1' }])
})

describe('all pages', () => {
  const page = (number: number) => new Result([{ number }], { page: number, has_next: number < 3 })

  test('are one list', async () => {
    const { service, read } = await ready()
    service.answer = ({ params }) => page((params.page as number | undefined) ?? 1)
    const { data, meta } = (await read({ all_pages: true })).shown
    expect(data).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }])
    expect(meta).toEqual({ page: 3, pages: 3, has_next: false })
  })

  test('are for actions that only read', async () => {
    const { service, mcpClient } = await ready()
    await service.linkAccount('alice', 'mail', 'octocat')
    const send = { connector: 'mail', action: 'send_email', params: { to: 'a' }, all_pages: true }
    expect((await mcpClient.call('execute_connector', send)).shown.error.code).toBe('INVALID_PARAMETERS')
    expect(service.runs).toEqual([])
  })
})

describe('a long text file', () => {
  test('is read on by its handle, and another file is a link', async () => {
    const text = 'One line of the log.\n'.repeat(3_000)
    const { service, read, more } = await ready()
    service.answer = () => new ConnectorFile(Buffer.from(text), 'log.txt', 'text/plain')
    const { data } = (await read({ max_tokens: 1_000 })).shown
    const found = [data.text]
    for (let offset = data.next_offset; offset !== undefined; ) {
      const part = (await more({ handle: data.handle, offset, max_tokens: 4_000 })).shown.data
      found.push(part.text)
      offset = part.next_offset
    }
    expect(found.join('')).toBe(text)
    service.answer = () => new ConnectorFile(Uint8Array.of(0, 1, 2), 'a.bin', 'application/octet-stream')
    const { handle } = (await read()).shown.data
    const link = await more({ handle })
    expect(link.shown.data).toMatchObject({ handle, filename: 'a.bin', size: 3 })
    expect(link.content[1]).toMatchObject({ type: 'resource_link', name: 'a.bin' })
  })
})
