import { expect, test } from 'vitest'
import { inProcessFetch } from '../../src/app/in-process.js'
import { Secret } from '../../src/base/secret.js'
import { ConnectorsClient } from '../../src/client/index.js'
import { newApi } from '../api/harness.js'
import { CLIENT_KINDS, connect, textOf } from './harness.js'

/** The real service with its own connectors, and an agent of one user. */
async function ready(kind: (typeof CLIENT_KINDS)[number]) {
  const api = await newApi({ connectors: [], requireSignIn: false })
  const apiKey = await api.client()
  const { token } = await api.user(apiKey)
  const client = new ConnectorsClient({
    baseUrl: 'http://127.0.0.1:1',
    apiKey,
    fetch: inProcessFetch(api.api),
    sleep: async () => {},
  })
  const mcpClient = await connect(kind, client, { seed: async () => ({ token: new Secret(token) }) })
  return { api, mcpClient }
}

test.each(CLIENT_KINDS)("an agent is not shown what is the administrator's, and cannot do it, %s", async (kind) => {
  const { api, mcpClient } = await ready(kind)
  const described = await mcpClient.call('describe_connector', { connector: 'github' })
  const { actions } = described.shown as { actions: { name: string }[] }
  expect(actions.length).toBeGreaterThan(15)
  expect(actions.filter(({ name }) => name.startsWith('admin'))).toEqual([])
  const found = await mcpClient.call('search_actions', { query: 'revoke integrations admin', connectors: ['github'] })
  expect(textOf(found)).toContain('github')
  expect(textOf(found)).not.toContain('revoke_integrations')
  for (const action of ['admin/revoke_integrations', 'admin_revoke_integrations']) {
    const named = await mcpClient.call('describe_connector', { connector: 'github', actions: [action] })
    expect(textOf(named)).toContain('admin/revoke_integrations')
    const refused = await mcpClient.call('execute_connector', { connector: 'github', action })
    expect(refused).toMatchObject({ isError: true, shown: { error: { code: 'INVALID_API_KEY' } } })
    const read = await mcpClient.call('read_connector', { connector: 'github', action })
    expect(read).toMatchObject({ isError: true, shown: { error: { code: 'FORBIDDEN' } } })
  }
  expect(api.thirdParty.requests).toEqual([])
})
