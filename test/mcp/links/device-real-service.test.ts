import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApi } from '../../../src/api/index.js'
import { createLogger } from '../../../src/base/log.js'
import { ConnectorsClient } from '../../../src/client/index.js'
import type { OAuthClient } from '../../../src/oauth/provider.js'
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.js'
import { network } from '../../oauth/network.js'
import { userinfoConnector } from '../../service/notes.js'
import { newScene } from '../../service/scene.js'
import { newService, redirectUri } from '../../service/service.js'
import { CLIENT_KINDS, connect, type Elicit, factsOf, textOf } from '../harness.js'

/** The service's clock goes this much faster than the person's, so that nobody waits 5 seconds between two polls. */
const SPEED = 20

let server: AuthorizationServer
let oauthClient: OAuthClient
beforeAll(async () => {
  server = await startAuthorizationServer()
  oauthClient = await server.register({ redirect_uris: [redirectUri('notes')] })
})
afterAll(() => server.close())

/** Tools, client, API, service and store; the third party is a real authorization server. */
describe.each(CLIENT_KINDS)('linking by a device code with the real service, %s', (kind) => {
  async function setup(elicit?: Elicit) {
    const scene = await newScene()
    const since = Date.now()
    const log: string[] = []
    const service = await newService({
      store: scene.store,
      keyRing: scene.ring.ring,
      connector: userinfoConnector(server.provider(), server.issuer),
      oauthClient,
      clock: () => since + (Date.now() - since) * SPEED,
      requireSignIn: false,
      send: network().send,
    })
    const api = createApi({ service, log: createLogger('debug', { write: (line: string) => void log.push(line) }) })
    const { apiKey } = await service.tenants.create('the client')
    const client = new ConnectorsClient({
      baseUrl: 'http://service',
      apiKey,
      fetch: async (url, init) => api.fetch(new Request(url, init as RequestInit)),
    })
    const mcpClient = await connect(kind, client, elicit ? { elicit } : {})
    await mcpClient.call('register_user', { identifier: 'ada' })
    return { mcpClient, log, link: () => mcpClient.call('link_integration', { connector: 'notes', device: true }) }
  }

  test('an agent without a browser links, and uses the account', { timeout: 30_000 }, async () => {
    const { mcpClient, link } = await setup()
    const begun = await link()
    expect(begun.shown, textOf(begun)).toMatchObject({ status: 'pending', url: `${server.issuer}/device` })
    const { link_id, code } = begun.shown as { link_id: string; code: string }
    expect((await link()).shown).toMatchObject({ link_id, code })
    const early = await mcpClient.call('check_link', { link_id, wait_seconds: 1 })
    expect(factsOf(early)).toEqual({ status: 'pending', connector: 'notes', link_id })

    const waiting = mcpClient.call('check_link', { link_id })
    await server.consentToDevice(`${server.issuer}/device?user_code=${code}`, 'alice')
    expect((await waiting).shown).toMatchObject({ status: 'linked', user_identifier: 'alice' })
    const acted = await mcpClient.call('execute_connector', { connector: 'notes', action: 'who_am_i' })
    expect(acted.shown, textOf(acted)).toMatchObject({ acted_as: 'alice', data: { sub: 'alice' } })
  })

  test('an agent that opens pages asks once, and gets the account', { timeout: 30_000 }, async () => {
    const { link } = await setup(async ({ url, message }) => {
      const code = /the code (\S+),/.exec(message)?.[1]
      expect(url).toBe(`${server.issuer}/device?user_code=${code}`)
      await server.consentToDevice(url, 'bob')
      return { action: 'accept' }
    })
    const linked = await link()
    expect(linked.shown, textOf(linked)).toMatchObject({ status: 'linked', user_identifier: 'bob' })
  })

  test('a person who declines, in the client or at the third party, links nothing', { timeout: 30_000 }, async () => {
    const declines = await setup(async () => ({ action: 'decline' }))
    const declined = await declines.link()
    expect(declined.shown).toMatchObject({ status: 'cancelled' })

    const refuses = await setup(async ({ url }) => {
      await server.abortDevice(url)
      return { action: 'accept' }
    })
    const refused = await refuses.link()
    expect(refused.shown).toMatchObject({
      error: { code: 'LINK_FAILED', details: { reason: 'cancelled_error' } },
    })
    for (const { mcpClient } of [declines, refuses])
      expect(factsOf(await mcpClient.call('list_integrations'))).toEqual({ integrations: [] })
  })
})
