import { describe, expect, test } from 'vitest'
import { json } from '../client/scripted-service.js'
import { CLIENT_KINDS, connect, textOf } from './harness.js'
import { TestedService } from './tested-service.js'

const CALL = { connector: 'github', action: 'list_issues', params: { owner: 'o', repo: 'r' } }
const PATH = '/connectors/github/list_issues'

async function ready(kind: (typeof CLIENT_KINDS)[number] = 'v1 on 2025-11-25') {
  const service = await TestedService.start()
  for (const connector of ['github', 'mail', 'sql']) await service.linkAccount('alice', connector, 'octocat')
  const mcpClient = await connect(kind, service.client, { seed: service.seed })
  const call = (tool: string) => (args: Record<string, unknown>) => mcpClient.call(tool, args)
  return { service, read: call('read_connector'), execute: call('execute_connector'), mcpClient }
}

/** What the service says of `list_issues`, in place of what ours says. */
const listed = (service: TestedService, more: Record<string, unknown>): void => {
  const entry = { method: 'POST', path: PATH, docstring: 'Lists issues.', parameters: {}, ...more }
  service.answerInstead('GET', '/connectors/', () => json({ github: { list_issues: entry } }))
}

describe.each(CLIENT_KINDS)('read_connector, %s', (kind) => {
  test('runs an action that only reads, and asks the service to let it do no more', async () => {
    const { service, read, execute } = await ready(kind)
    await service.linkAccount('alice', 'github', 'hubot')
    service.answer = () => [{ state: 'open', number: 7 }, { state: 'closed' }]
    const result = await read({
      ...CALL,
      identifier: 'hubot',
      response_fields: ['number'],
      response_filters: [{ type: 'string', field_name: 'state', value: 'open' }],
    })
    expect(result.shown).toMatchObject({ data: [{ number: 7 }], acted_as: 'hubot' })
    await execute(CALL)
    expect(service.runs.map(({ call }) => call.readOnly)).toEqual([true, false])
    const sent = service.requests.filter(({ path }) => path === PATH)
    expect(sent.map(({ headers }) => headers['x-read-only'])).toEqual(['true', undefined])
  })

  test('asks for the usual fields of an answer where none are named, and says so', async () => {
    const { service, read } = await ready(kind)
    service.answer = () => [{ sha: 'a1', author: { login: 'ada', id: 7 } }]
    const commits = { connector: 'github', action: 'list_commits', params: { repo: 'r' } }
    const usual = await read(commits)
    expect(usual.shown).toMatchObject({ data: [{ sha: 'a1', author: { login: 'ada' } }] })
    expect(textOf(usual)).toContain('Usual fields only')
    const whole = await read({ ...commits, response_fields: ['*'] })
    expect(whole.shown).toMatchObject({ data: [{ sha: 'a1', author: { login: 'ada', id: 7 } }] })
    expect(textOf(whole)).not.toContain('usual fields')
  })

  test('runs one that the service holds to reading', async () => {
    const { service, read } = await ready(kind)
    await read({ connector: 'sql', action: 'query', params: { sql: 'select 1' } })
    expect(service.runs).toMatchObject([{ action: 'query', call: { readOnly: true } }])
  })

  test('sends nothing for an action that does more, and names the tool for it', async () => {
    const { service, read } = await ready(kind)
    const result = await read({ connector: 'mail', action: 'send_email', params: { to: 'a@b.example' } })
    expect(result.shown).toMatchObject({
      error: { code: 'FORBIDDEN', details: { reason: 'read_only_call' } },
    })
    expect(textOf(result)).toContain('use execute_connector')
    expect(service.count('POST', /send_email/)).toBe(0)
  })
})

test.each([
  ['nothing', {}],
  ['another effect', { effect: 'update' }],
  ['an effect that is no text', { effect: true }],
  ['another word for reading', { effect: 'READ' }],
  ['a read_only that is not ours', { read_only: true }],
  ['a word of ours that there is not', { read_only: 'yes' }],
])('a service that ignores X-Read-Only and says %s of an action is sent nothing', async (_what, entry) => {
  const { service, read, execute } = await ready()
  listed(service, entry)
  expect((await read(CALL)).shown).toMatchObject({ error: { code: 'FORBIDDEN' } })
  expect(service.count('POST', PATH)).toBe(0)
  expect((await execute(CALL)).isError ?? false).toBe(false)
})

test.each([{ effect: 'read' }, { read_only: 'effect' }, { effect: 'update', read_only: 'session' }])(
  'a service that says %j of an action is asked',
  async (entry) => {
    const { service, read } = await ready()
    listed(service, entry)
    await read(CALL)
    expect(service.count('POST', PATH)).toBe(1)
  },
)

test('an action that is not listed is not run, and its name gets candidates', async () => {
  const { service, read } = await ready()
  for (const [connector, action, code] of [
    ['github', 'list_isues', 'ACTION_NOT_FOUND'],
    ['github', 'hidden', 'ACTION_NOT_FOUND'],
    ['gihub', 'list_issues', 'CONNECTOR_NOT_FOUND'],
    ['__proto__', 'list_issues', 'INVALID_PARAMETERS'],
  ]) {
    const { shown } = await read({ ...CALL, connector, action })
    expect(shown).toMatchObject({ error: { code } })
  }
  expect(service.requests.filter(({ path }) => path.startsWith('/connectors/g')).length).toBe(0)
  expect(textOf(await read({ ...CALL, action: 'list_isues' }))).toContain('did you mean list_issues')
})

test('parameters that have data sent elsewhere are refused here, too', async () => {
  const { service, read } = await ready()
  const params = { ...CALL.params, callback_urls: ['https://elsewhere.example'] }
  const result = await read({ ...CALL, params })
  expect(result.shown).toMatchObject({ error: { code: 'FORBIDDEN' } })
  expect(textOf(result)).toContain('callback_urls')
  expect(service.count('POST', PATH)).toBe(0)
})

test('what the service refuses of such a call is passed on', async () => {
  const { service, read } = await ready()
  service.failInstead('POST', PATH, [403, 'FORBIDDEN', 'This call may only read.'])
  expect((await read(CALL)).shown).toMatchObject({
    error: { code: 'FORBIDDEN', message: 'This call may only read.' },
  })
})

test('describe_connector marks what read_connector runs, and says which tool comes next', async () => {
  const { service, mcpClient } = await ready()
  const described = async (connector: string) => {
    const { shown = {} } = await mcpClient.call('describe_connector', { connector })
    const { actions, next_step } = shown as { actions: { read_only?: boolean }[]; next_step: string }
    return { marks: new Set(actions.map(({ read_only }) => read_only)), next_step }
  }
  expect(await described('github')).toEqual({
    marks: new Set([true]),
    next_step: expect.stringMatching(/^Next: read_connector\./),
  })
  expect(await described('mail')).toEqual({ marks: new Set([undefined]), next_step: 'Next: execute_connector.' })
  expect(await described('sql')).toEqual({
    marks: new Set([true]),
    next_step: expect.stringMatching(/^Next: read_connector to read, .*; else execute_connector\./),
  })
  listed(service, {})
  expect(await described('github')).toEqual({ marks: new Set([undefined]), next_step: 'Next: execute_connector.' })
})
