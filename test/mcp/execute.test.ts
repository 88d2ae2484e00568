import { describe, expect, test, vi } from 'vitest'
import { ClientFile } from '../../src/client/index.js'
import { FakeConnectorsClient, json } from './fake-connectors-client.js'
import { CLIENT_KINDS, connect, textOf } from './harness.js'
import { SEED_ALICE } from './seeds.js'

const CALL = { connector: 'github', action: 'list_issues' }
const SEND = { connector: 'mail', action: 'send_email' }
const issues = (count: number) => Array.from({ length: count }, (_, number) => ({ number, body: 'b'.repeat(400) }))

async function ready(kind: (typeof CLIENT_KINDS)[number] = 'v1 on 2025-11-25') {
  const service = new FakeConnectorsClient()
  const mcpClient = await connect(kind, service, { seed: SEED_ALICE })
  const execute = (args: Record<string, unknown>, signal?: AbortSignal) =>
    mcpClient.call('execute_connector', args, signal)
  return { service, execute, mcpClient }
}

describe.each(CLIENT_KINDS)('execute_connector, %s', (kind) => {
  test('hands everything on to the service', async () => {
    const { service, execute } = await ready(kind)
    const filters = [{ type: 'string', field_name: 'state', value: 'open' }]
    await execute({
      ...CALL,
      params: { owner: 'o', page: 2 },
      identifier: 'octocat',
      response_fields: ['number'],
      response_filters: filters,
      max_attempts: 3,
    })
    expect(service.executed[0]).toMatchObject({
      ...CALL,
      options: {
        params: { owner: 'o', page: 2 },
        identifier: 'octocat',
        responseFields: ['number'],
        responseFilters: filters,
        maxAttempts: 3,
        form: false,
      },
    })
  })

  test('an answer that is too long shows whole items, and says so in both forms', async () => {
    const { service, execute } = await ready(kind)
    const all = issues(300)
    service.answer = () => json(all, { has_next: true, page: 1 })
    const result = await execute(CALL)
    const { data, meta } = result.structuredContent as { data: unknown[]; meta: Record<string, unknown> }
    expect(data).toEqual(all.slice(0, data.length))
    expect(data.length).toBeGreaterThan(80)
    expect(meta).toEqual({
      has_next: true,
      page: 1,
      truncated_by_server: true,
      items_shown: data.length,
      items_total: 300,
    })
    expect(JSON.stringify(result.structuredContent).length).toBeLessThanOrEqual(40_000)
    expect(JSON.parse(String(result.content[0]?.text))).toEqual(result.structuredContent)
    expect(result.content[1]?.text).toMatch(
      new RegExp(
        `Only ${data.length} of 300 items.*response_fields.*response_filters.*fewer items per page.*next page`,
        's',
      ),
    )
  })

  test('a call that is given up aborts what runs for it', async () => {
    const { service, execute } = await ready(kind)
    const aborted = vi.fn()
    service.answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          aborted()
          reject(signal.reason)
        })
      })
    const controller = new AbortController()
    const call = execute(CALL, controller.signal)
    await vi.waitFor(() => expect(service.executed).toHaveLength(1))
    controller.abort()
    await expect(call).rejects.toThrow()
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce())
  })

  test.each([
    { ...CALL, params: 'owner=o' },
    { ...CALL, params: [] },
    { ...CALL, max_attempts: 12 },
    { ...CALL, max_attempts: 1.5 },
    { ...CALL, response_fields: 'number' },
    { ...CALL, response_filters: {} },
    { ...CALL, identifier: '' },
    { action: 'list_issues' },
    { ...CALL, connector: 7 },
    JSON.parse('{"connector":"github","action":"list_issues","__proto__":{"x":1},"constructor":1}'),
  ])('arguments that do not fit are a result the model can read: %j', async (args) => {
    const { service, execute } = await ready(kind)
    const result = await execute(args)
    expect(result.isError).toBe(true)
    expect(result.structuredContent).toMatchObject({
      error: { code: 'INVALID_PARAMETERS', message: expect.stringMatching(/^The arguments do not fit: /) },
    })
    expect(service.executed).toEqual([])
  })
})

describe('who acted', () => {
  test.each([
    [{ service: 'hubot', given: undefined }, 'hubot'],
    [{ service: null, given: 'octocat' }, 'octocat'],
    [{ service: null, given: undefined }, null],
  ])('%j', async ({ service: told, given }, actedAs) => {
    const { service, execute } = await ready()
    service.answer = () => json({}, null, told)
    const result = await execute({ ...CALL, ...(given ? { identifier: given } : {}) })
    expect(result.structuredContent).toMatchObject({ acted_as: actedAs })
  })
})

describe('long answers', () => {
  test('the list inside an object is named', async () => {
    const { service, execute } = await ready()
    service.answer = () => json({ total: 300, files: issues(300) })
    const { meta } = (await execute(CALL)).structuredContent as { meta: object }
    expect(meta).toMatchObject({ items_at: 'files', items_total: 300 })
  })

  test('a single long text is cut, and said to be', async () => {
    const { service, execute } = await ready()
    service.answer = () => json({ id: 1, body: 'x'.repeat(100_000) })
    const result = await execute(CALL)
    expect(result.structuredContent).toMatchObject({ meta: { truncated_by_server: true, texts_cut: true } })
    expect(JSON.stringify(result.structuredContent).length).toBeLessThanOrEqual(40_000)
    expect(textOf(result)).toContain('Long texts')
  })

  test('a huge meta does not push the data out', async () => {
    const { service, execute } = await ready()
    service.answer = () => json(issues(10), { note: 'm'.repeat(200_000) })
    const { structuredContent } = await execute(CALL)
    expect(structuredContent).toMatchObject({ data: issues(10) })
    expect(JSON.stringify(structuredContent).length).toBeLessThanOrEqual(40_000)
  })

  test('an answer just within the budget is whole', async () => {
    const { service, execute } = await ready()
    service.answer = () => json({ body: 'x'.repeat(39_000) })
    expect((await execute(CALL)).structuredContent).toMatchObject({ meta: null })
  })
})

describe('files that come out of an action', () => {
  const play = async (file: ClientFile) => {
    const { service, execute } = await ready()
    service.answer = () => file
    return execute(CALL)
  }

  test('a text of 64 kB stands in data, also where the type says nothing', async () => {
    const text = 'ä'.repeat(32_000)
    const result = await play(new ClientFile(Buffer.from(text), 'a.json', 'application/octet-stream'))
    expect(result.structuredContent).toMatchObject({ data: { filename: 'a.json', size: 64_000, text } })
    expect(result.content).toHaveLength(1)
  })

  test.each([
    ['a longer text', Buffer.alloc(64_001, 'x'), 'text/plain'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x41]), 'text/plain'],
    ['bytes with a NUL', Buffer.from('a\0b'), 'application/pdf'],
    ['a mebibyte', Buffer.alloc(1_048_576), 'application/zip'],
  ])('%s is an embedded resource', async (_, bytes, type) => {
    const result = await play(new ClientFile(bytes, 'Bericht 1/ü.bin', type))
    expect(result.structuredContent).toMatchObject({ data: { size: bytes.length, content_type: type } })
    expect(JSON.stringify(result.structuredContent)).not.toContain('"text"')
    const { resource } = result.content[1] as unknown as { resource: { uri: string; blob: string; mimeType: string } }
    expect(Buffer.from(resource.blob, 'base64').equals(bytes)).toBe(true)
    expect(new URL(resource.uri).pathname).toBe('/Bericht%201%2F%C3%BC.bin')
    expect(resource.mimeType).toBe(type)
  })

  test('a part of a larger buffer is not more than the part', async () => {
    const whole = Buffer.from('secret\0part\0secret')
    const result = await play(new ClientFile(whole.subarray(6, 11), null, null))
    const { resource } = result.content[1] as unknown as { resource: { blob: string } }
    expect(Buffer.from(resource.blob, 'base64').toString()).toBe('\0part')
  })

  test('a larger file is refused with its size', async () => {
    const result = await play(new ClientFile(Buffer.alloc(1_048_577), 'big.zip', 'application/zip'))
    expect(result.structuredContent).toMatchObject({
      error: { code: 'TOO_LARGE', message: expect.stringContaining('1048577') },
    })
  })
})

describe('files that go into an action', () => {
  test('are written as an object, alone or in a list, as text or base64', async () => {
    const { service, execute } = await ready()
    const attachments = [
      { filename: 'a.txt', content_type: 'text/plain', text: 'héllo' },
      { filename: 'b.bin', base64: 'AP8=' },
    ]
    await execute({ ...SEND, params: { to: 'a@b.example', attachments } })
    const { params, form } = service.executed[0]?.options ?? {}
    expect(form).toBe(true)
    expect(params).toEqual({
      to: 'a@b.example',
      attachments: [
        new ClientFile(Buffer.from('héllo'), 'a.txt', 'text/plain'),
        new ClientFile(Buffer.from([0, 255]), 'b.bin', null),
      ],
    })
  })

  test('an action that takes files is sent as a form without any, too; the schema is read once', async () => {
    const { service, execute } = await ready()
    await Promise.all([execute({ ...SEND, params: { to: 'a' } }), execute({ ...SEND, params: { to: 'b' } })])
    await execute({ ...SEND, params: { to: 'c', attachments: null } })
    expect(service.executed.map(({ options }) => options.form)).toEqual([true, true, true])
    expect(service.calls.filter((call) => call === 'connectorSchemas')).toHaveLength(1)
  })

  test.each([['/tmp/a.txt'], [{ filename: 'a' }], [{ base64: 'no base64!' }], [['x']], [7]])(
    'what is no file is refused: %j',
    async (attachments) => {
      const { service, execute } = await ready()
      const result = await execute({ ...SEND, params: { to: 'a', attachments } })
      expect(result.structuredContent).toMatchObject({
        error: { code: 'INVALID_PARAMETERS', details: { errors: [{ field: 'params.attachments' }] } },
      })
      expect(service.executed).toEqual([])
    },
  )

  test('an object of that form stays an object where no file is asked for', async () => {
    const { service, execute } = await ready()
    const params = { owner: { filename: 'a', text: 'b' } }
    await execute({ ...CALL, params })
    expect(service.executed[0]?.options.params).toEqual(params)
  })
})

test('an action called by the name of its tool is found', async () => {
  const { service, execute } = await ready()
  await execute({ connector: 'github', action: 'get_users' })
  expect(service.executed[0]?.action).toBe('get-users')
})

test('an action the service does not list is left to the service', async () => {
  const { service, execute } = await ready()
  await execute({ connector: 'github', action: 'hidden' })
  expect(service.executed[0]?.action).toBe('hidden')
})

test('parameters with odd names travel as they are', async () => {
  const { service, execute } = await ready()
  const params = JSON.parse('{"constructor":1,"toString":{"a":2}}') as Record<string, unknown>
  await execute({ ...CALL, params })
  expect(JSON.stringify(service.executed[0]?.options.params)).toBe(JSON.stringify(params))
})
