import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ConnectorFile, Result } from '../../src/kit/index.js'
import { json } from '../client/scripted-service.js'
import { CLIENT_KINDS, connect, factsOf, type Progress, textOf } from './harness.js'
import { TestedService } from './tested-service.js'

const CALL = { connector: 'github', action: 'list_issues', params: { owner: 'o', repo: 'r' } }
const PATH = '/connectors/github/list_issues'
const SEND = { connector: 'mail', action: 'send_email' }

async function ready(kind: (typeof CLIENT_KINDS)[number] = 'v1 on 2025-11-25') {
  const service = await TestedService.start()
  for (const connector of ['github', 'mail']) await service.linkAccount('alice', connector, 'octocat')
  const mcpClient = await connect(kind, service.client, { seed: service.seed })
  const execute = (args: Record<string, unknown>, signal?: AbortSignal) =>
    mcpClient.call('execute_connector', args, signal)
  return { service, execute, mcpClient }
}

describe.each(CLIENT_KINDS)('execute_connector, %s', (kind) => {
  test('shows the usual fields of an action that has some, and says how to get all', async () => {
    const { service, execute } = await ready(kind)
    const commit = { sha: 'abc', author: { login: 'ada', id: 1 }, files: ['a', 'b'] }
    service.answer = () => [commit]
    const call = { connector: 'github', action: 'list_commits', params: { repo: 'r' } }
    const usual = await execute(call)
    expect(usual.shown).toMatchObject({
      data: [{ sha: 'abc', author: { login: 'ada' } }],
      next_step: 'Usual fields only; response_fields ["*"] gives all.',
    })
    const all = await execute({ ...call, response_fields: ['*'] })
    expect(all.shown).toEqual({ data: [commit], meta: null, acted_as: 'octocat' })
    const named = await execute({ ...call, response_fields: ['files'] })
    expect(named.shown).toEqual({ data: [{ files: ['a', 'b'] }], meta: null, acted_as: 'octocat' })
  })

  test('cuts long texts in a list of which no fields were named, and nowhere else', async () => {
    const { service, execute } = await ready(kind)
    const [message, sha] = ['Fix the import. '.repeat(40), 'c0ffee'.repeat(50)]
    const call = { connector: 'github', action: 'list_commits', params: { repo: 'r' } }
    service.answer = () => new Result([{ sha, author: { login: message } }], { has_next: false })
    const usual = await execute(call)
    expect(usual.shown).toMatchObject({
      data: [{ sha, author: { login: `${message.slice(0, 200)}…` } }],
      meta: { has_next: false, texts_cut: true },
    })
    expect(textOf(usual)).toMatchSnapshot('what an agent sees')
    for (const response_fields of [['*'], ['author.login']]) {
      const { shown } = await execute({ ...call, response_fields })
      expect(shown).toMatchObject({ data: [{ author: { login: message } }], meta: { has_next: false } })
    }
    service.answer = () => ({ sha, author: { login: message } })
    const one = await execute(call)
    expect(factsOf(one)).toEqual({ data: { sha, author: { login: message } }, meta: null, acted_as: 'octocat' })
    service.answer = () => [{ body: message, closed_at: null }]
    expect(factsOf(await execute(CALL))).toMatchObject({ data: [{ body: message, closed_at: null }], meta: null })
  })

  test('passes everything on to the service', async () => {
    const { service, execute } = await ready(kind)
    const filters = [{ type: 'string', field_name: 'state', value: 'open' }]
    await service.linkAccount('alice', 'github', 'hubot')
    service.answer = () => [{ state: 'open', number: 7 }, { state: 'closed' }]
    service.failInstead('POST', PATH, [429, 'RATE_LIMITED', 'Slow down.'], { times: 2, retryable: true })
    const result = await execute({
      ...CALL,
      params: { owner: 'o', repo: 'r', page: 2 },
      identifier: 'hubot',
      response_fields: ['number'],
      response_filters: filters,
      max_attempts: 3,
    })
    const params = { owner: 'o', repo: 'r', page: 2 }
    expect(service.runs).toEqual([{ ...CALL, params, call: expect.objectContaining({ identifier: 'hubot' }) }])
    expect(service.count('POST', PATH)).toBe(3)
    expect(result.shown).toMatchObject({ data: [{ number: 7 }], acted_as: 'hubot' })
  })

  test('says how to get less, or the rest, where the action stopped at its limit', async () => {
    const { service, execute } = await ready(kind)
    service.answer = () => new Result([{ n: 1 }], { truncated: true })
    expect((await execute(CALL)).shown.next_step).toMatch(
      /^There is more: .*Ask for less.*count.*after the last one.*higher limit/,
    )
    service.answer = () => new Result([{ n: 1 }], { truncated: false })
    expect((await execute(CALL)).shown).not.toHaveProperty('next_step')
  })

  test('aborts the request when the call is cancelled', async () => {
    const { service, execute } = await ready(kind)
    const aborted = vi.fn()
    service.answer = ({ call: { signal } }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted()
          reject(signal.reason)
        })
      })
    const controller = new AbortController()
    const call = execute(CALL, controller.signal)
    await vi.waitFor(() => expect(service.runs).toHaveLength(1))
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
    { ...CALL, response_filters: '{}' },
    { ...CALL, params: '["o"]' },
    { ...CALL, params: '{"id":0.12345678901234567890}' },
    { ...CALL, params: `${'[{"a":'.repeat(200)}1${'}]'.repeat(200)}` },
    { ...CALL, identifier: '' },
    { action: 'list_issues' },
    { ...CALL, connector: 7 },
    JSON.parse('{"connector":"github","action":"list_issues","__proto__":{"x":1},"constructor":1}'),
  ])('answers invalid arguments with an error result that the model can read: %j', async (args) => {
    const { service, execute } = await ready(kind)
    const result = await execute(args)
    expect(result.isError).toBe(true)
    expect(result.shown).toMatchObject({
      error: {
        code: 'INVALID_PARAMETERS',
        message: expect.stringMatching(/^(Invalid arguments: |A number has)/),
      },
    })
    expect(service.runs).toEqual([])
  })
})

test('objects and lists may come as their JSON text, and other texts are told what to send', async () => {
  const { service, execute } = await ready()
  service.answer = () => [{ state: 'open', number: 7 }, { state: 'closed' }]
  const filters = JSON.stringify([{ type: 'string', field_name: 'state', value: 'open' }])
  const { owner, repo } = CALL.params
  const params = JSON.stringify({ owner, repo })
  const result = await execute({ ...CALL, params, response_fields: '["number"]', response_filters: filters })
  expect(result.shown).toMatchObject({ data: [{ number: 7 }] })
  expect(service.runs[0]?.params).toEqual(CALL.params)
  const wrong = await execute({ ...CALL, params: 'owner=o', response_fields: 'number' })
  expect((wrong.shown as { error: { message: string } }).error.message).toMatchInlineSnapshot(
    `"Invalid arguments: params must be an object, such as {"name": "value"}, or its JSON text; response_fields must be a list, such as ["first", "second"], or its JSON text."`,
  )
})

test('a call that takes long reports every ten seconds that it is under way', async () => {
  const { service, mcpClient } = await ready()
  let answer = () => {}
  service.answer = () =>
    new Promise((done) => {
      answer = () => done([])
    })
  await mcpClient.listTools()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const reports: Progress[] = []
  const call = mcpClient.call('execute_connector', CALL, undefined, (progress) => reports.push(progress))
  await vi.waitFor(() => expect(service.runs).toHaveLength(1))
  vi.advanceTimersByTime(25_000)
  await vi.waitFor(() => expect(reports).toHaveLength(2))
  answer()
  await call
  expect(vi.getTimerCount()).toBe(0)
  const message = 'Waiting for the third party'
  expect(reports).toEqual([
    { progress: 10, message },
    { progress: 20, message },
  ])
})

describe('the account in a result', () => {
  test('is the one the service reports, whether or not the call named one', async () => {
    const { service, execute } = await ready()
    await service.linkAccount('alice', 'github', 'hubot')
    expect((await execute(CALL)).shown).toMatchObject({ acted_as: 'octocat' })
    expect((await execute({ ...CALL, identifier: 'hubot' })).shown).toMatchObject({ acted_as: 'hubot' })
  })

  test.each([
    ['octocat', 'octocat'],
    [undefined, null],
  ])('is the one the call named if the service reports none: %s', async (identifier, actedAs) => {
    const { service, execute } = await ready()
    service.answerInstead('POST', PATH, () => json({ data: {}, meta: null }))
    const result = await execute({ ...CALL, ...(identifier ? { identifier } : {}) })
    expect(result.shown).toMatchObject({ acted_as: actedAs })
  })
})

describe('a file that an action returns', () => {
  const play = async (file: ConnectorFile) => {
    const { service, execute } = await ready()
    service.answer = () => file
    return execute(CALL)
  }

  test('is put into data if it is text, even without a type, and kept under a handle', async () => {
    const text = 'ä'.repeat(3_000)
    const result = await play(new ConnectorFile(Buffer.from(text), 'a.json', 'application/octet-stream'))
    expect(result.shown).toEqual({
      data: {
        handle: expect.stringMatching(/^file_/),
        filename: 'a.json',
        content_type: 'application/octet-stream',
        size: 6_000,
        expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
        text,
      },
      meta: null,
      acted_as: 'octocat',
    })
    expect(result.content).toHaveLength(1)
  })

  test.each([
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x41]), 'text/plain'],
    ['bytes with a NUL', Buffer.from('a\0b'), 'application/pdf'],
    ['more than a mebibyte', Buffer.alloc(1_048_577), 'application/zip'],
  ])('is a link if it is %s', async (_, bytes, type) => {
    const result = await play(new ConnectorFile(bytes, 'Bericht 1/ü.bin', type))
    expect(result.shown).toMatchObject({ data: { size: bytes.length, content_type: type } })
    expect(result.shown.data).not.toHaveProperty('text')
    expect(result.content[1]).toEqual({
      type: 'resource_link',
      uri: `connectors-mcp://files/${result.shown.data.handle}`,
      name: 'Bericht 1_ü.bin',
      mimeType: type,
      size: bytes.length,
    })
    expect(textOf(result)).not.toContain(bytes.toString('base64'))
  })
})

describe('a file parameter of an action', () => {
  test('is an object, alone or in a list, with text or a data: URL', async () => {
    const { service, execute } = await ready()
    const attachments = [
      { filename: 'a.txt', content_type: 'text/plain', text: 'héllo' },
      { filename: 'b.bin', data: 'data:application/octet-stream;base64,AP8=' },
      // Text is text, also where the model does not say so.
      { filename: 'c.txt', text: 'c' },
    ]
    await execute({ ...SEND, params: { to: 'a@b.example', attachments } })
    expect(service.requests.at(-1)?.isForm).toBe(true)
    expect(service.runs[0]?.params).toEqual({
      to: 'a@b.example',
      attachments: [
        new ConnectorFile(Buffer.from('héllo'), 'a.txt', 'text/plain'),
        new ConnectorFile(Buffer.from([0, 255]), 'b.bin', 'application/octet-stream'),
        new ConnectorFile(Buffer.from('c'), 'c.txt', 'text/plain'),
      ],
    })
  })

  test('makes the request a form even without a file, and the schema is read once', async () => {
    const { service, execute } = await ready()
    await Promise.all([execute({ ...SEND, params: { to: 'a' } }), execute({ ...SEND, params: { to: 'b' } })])
    await execute({ ...SEND, params: { to: 'c', attachments: null } })
    const sent = service.requests.filter(({ path }) => path === '/connectors/mail/send_email')
    expect(sent.map(({ isForm }) => isForm)).toEqual([true, true, true])
    expect(service.count('GET', '/connectors/')).toBe(1)
  })

  test.each([['/tmp/a.txt'], [{ filename: 'a' }], [{ data: 'data:;base64,no base64!' }], [['x']], [7]])(
    'refuses a value that is not a file: %j',
    async (attachments) => {
      const { service, execute } = await ready()
      const result = await execute({ ...SEND, params: { to: 'a', attachments } })
      expect(result.shown).toMatchObject({
        error: { code: 'INVALID_PARAMETERS', details: { errors: [{ field: 'params.attachments' }] } },
      })
      expect(service.runs).toEqual([])
    },
  )

  test('does not change such an object in another parameter', async () => {
    const { service, execute } = await ready()
    const params = { owner: 'o', repo: 'r', filter: { filename: 'a', text: 'b' } }
    await execute({ ...CALL, params })
    expect(service.runs[0]?.params).toEqual(params)
  })
})

test('execute_connector accepts the name of a tool for its action', async () => {
  const { service, execute } = await ready()
  await execute({ connector: 'github', action: 'get_users' })
  expect(service.runs[0]?.action).toBe('get-users')
})

test('execute_connector leaves an unlisted action to the service', async () => {
  const { service, execute } = await ready()
  service.answerInstead('POST', '/connectors/github/hidden', () => json({ data: 'found', meta: null }))
  expect((await execute({ connector: 'github', action: 'hidden' })).shown).toMatchObject({ data: 'found' })
})

test('execute_connector passes parameters with odd names unchanged', async () => {
  const { service, execute } = await ready()
  const params = JSON.parse('{"constructor":1,"toString":{"a":2}}') as Record<string, unknown>
  await execute({ ...CALL, params })
  expect(JSON.stringify(service.requests.at(-1)?.body)).toContain(JSON.stringify(params).slice(1, -1))
})
