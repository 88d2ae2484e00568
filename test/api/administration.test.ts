import { describe, expect, test } from 'vitest'
import { github } from '../../src/connectors/github/index.js'
import type { SendRequest } from '../../src/http/send.js'
import { failure, newApi } from './harness.js'

const PATH = '/connectors/github/admin/revoke_integrations'
const GRANT = 'DELETE https://api.github.com/applications/the-client/grant'
const lineOf = ({ method, url }: SendRequest): string => `${method} ${url.href}`

/** A client whose users mona and hubot have accounts at GitHub by OAuth, and hubot one by a token that was pasted. */
async function scene() {
  const api = await newApi({ connectors: [] })
  const { service, thirdParty } = api
  thirdParty.answer = (request) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    if (request.url.pathname === '/user') return { json: { login: token, id: token.length } }
    return request.method === 'DELETE' ? { status: 204, json: null } : { status: 404, json: {} }
  }
  const key = await api.client()
  const mona = await api.user(key)
  const hubot = await api.user(key)
  const [stranger, strangersKey] = await api.client().then(async (other) => [await api.user(other), other] as const)
  const link = async (token: string, login: string, custom = false): Promise<void> => {
    const caller = await service.users.byToken(token)
    const credential = custom
      ? { kind: 'custom' as const, configuration: { token: login } }
      : {
          kind: 'oauth2' as const,
          issuer: 'https://github.com/login/oauth',
          tokens: { access_token: login, token_type: 'bearer' as const, scopes: ['repo'] },
        }
    await service.accounts.save(await service.accounts.try({ caller, connector: github, credential, scopes: [] }), {
      replace: false,
    })
  }
  await link(mona.token, 'mona')
  await link(hubot.token, 'hubot')
  await link(hubot.token, 'pasted', true)
  await link(stranger.token, 'stranger')
  thirdParty.requests.length = 0
  const accounts = async (token: string): Promise<string[]> => {
    const rows = await service.accounts.listOfConnector(await service.users.byToken(token), 'github')
    return rows.map(({ userIdentifier }) => userIdentifier)
  }
  const administratorKey = service.tenants.administratorKey().reveal()
  const revoke = (options: { key?: string; token?: string; headers?: Record<string, string> }) =>
    api.call('POST', PATH, { json: {}, ...options })
  return { api, key, mona, hubot, stranger, strangersKey, accounts, administratorKey, revoke, thirdParty }
}

describe('admin/revoke_integrations', () => {
  test("removes the accounts of the client's users, and ends their grants as the OAuth client", async () => {
    const { mona, hubot, stranger, accounts, administratorKey, revoke, thirdParty } = await scene()
    const answer = await revoke({ key: administratorKey, token: mona.token })
    expect(answer.json.data).toEqual({ revoked: 2, failed: 1 })
    expect([await accounts(mona.token), await accounts(hubot.token)]).toEqual([[], []])
    expect(await accounts(stranger.token)).toEqual(['stranger'])
    expect(thirdParty.requests.map(lineOf)).toEqual([GRANT, GRANT])
    const basic = `Basic ${Buffer.from('the-client:the-client-secret').toString('base64')}`
    expect(thirdParty.requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic])
    const bodies = thirdParty.requests.map(({ body }) => JSON.parse(String(body)).access_token)
    expect(bodies.sort()).toEqual(['hubot', 'mona'])
    expect((await revoke({ key: administratorKey, token: mona.token })).json.data).toEqual({ revoked: 0, failed: 0 })
  })

  test('counts what GitHub does not end, and removes it', async () => {
    const { mona, accounts, administratorKey, revoke, thirdParty } = await scene()
    thirdParty.answer = () => ({ status: 503, json: {} })
    const { json } = await revoke({ key: administratorKey, token: mona.token })
    expect(json.data).toEqual({ revoked: 0, failed: 3 })
    expect(await accounts(mona.token)).toEqual([])
  })

  test('is for nobody but the administrator', async () => {
    const { mona, stranger, key, strangersKey, accounts, administratorKey, revoke, thirdParty } = await scene()
    for (const [options, code] of [
      [{}, 'INVALID_TOKEN'],
      [{ token: mona.token }, 'INVALID_API_KEY'],
      [{ key, token: mona.token }, 'INVALID_API_KEY'],
      [{ key: strangersKey, token: stranger.token }, 'INVALID_API_KEY'],
      [{ key: `${administratorKey}x`, token: mona.token }, 'INVALID_API_KEY'],
      [{ key: administratorKey }, 'INVALID_TOKEN'],
      [{ key: administratorKey, token: `${mona.token}x` }, 'INVALID_TOKEN'],
    ] as const) {
      expect([options, failure(await revoke(options))]).toEqual([options, { status: 401, code }])
    }
    expect(await accounts(mona.token)).toEqual(['mona'])
    expect(thirdParty.requests).toEqual([])
  })

  test('is not for a call that may only read', async () => {
    const { mona, accounts, administratorKey, revoke } = await scene()
    const options = { key: administratorKey, token: mona.token, headers: { 'x-read-only': 'true' } }
    expect(failure(await revoke(options))).toEqual({ status: 403, code: 'FORBIDDEN' })
    expect(await accounts(mona.token)).toEqual(['mona'])
  })

  test("the administrator's key opens no action of a user", async () => {
    const { api, mona, administratorKey, thirdParty } = await scene()
    const options = { key: administratorKey, token: mona.token, json: { owner: 'o', repo: 'r' } }
    const answer = await api.call('POST', '/connectors/github/list_languages', options)
    expect(failure(answer)).toEqual({ status: 401, code: 'INVALID_API_KEY' })
    expect(thirdParty.requests).toEqual([])
  })

  test('stands among the schemas, and not among what agents are offered', async () => {
    const { api, mona } = await scene()
    const schemas = (await api.call('GET', '/connectors/?modules=github')).json.github
    expect(schemas['admin/revoke_integrations']).toMatchObject({ effect: 'delete', administrator: true, path: PATH })
    expect(Object.values(schemas).filter((entry) => (entry as { administrator?: true }).administrator)).toHaveLength(1)
    const tools = (await api.call('GET', '/catalog/tools?connector=github&limit=100')).json.items
    const found = (await api.call('GET', '/catalog/search?q=revoke%20integrations', { token: mona.token })).json.tools
    for (const { name } of [...tools, ...found]) expect(name).not.toContain('revoke')
    expect(tools).toHaveLength(Object.keys(schemas).length - 1)
  })
})
