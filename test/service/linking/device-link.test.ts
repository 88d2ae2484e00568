import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Send, SendResponse } from '../../../src/kit/index.js'
import type { OAuthClient, OAuthProvider } from '../../../src/oauth/provider.js'
import type { Caller, Service } from '../../../src/service/index.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.js'
import { network } from '../../oauth/network.js'
import { connectorsErrorOf } from '../failures.js'
import { userinfoConnector } from '../notes.js'
import { newScene, type Scene } from '../scene.js'
import { CALLBACK_URL, newCaller, newService, readResult, redirectUri, run } from '../service.js'

const { send } = network()
let server: AuthorizationServer
let oauthClient: OAuthClient

beforeAll(async () => {
  server = await startAuthorizationServer()
  oauthClient = await server.register({ redirect_uris: [redirectUri('notes')] })
})
afterAll(() => server.close())

/** What the server gives unless it says so: 5 seconds. */
const INTERVAL = 5_000
const MINUTE = 60_000

interface World {
  scene: Scene
  service: Service
  caller: Caller
  /** What came from the token endpoint and the device endpoint and must not be seen. */
  secrets: string[]
  forwardClock(milliseconds: number): void
  /** Another process's worth of the service on the same store. */
  another(through?: Send): Promise<Service>
}

interface Changes {
  provider?: Partial<OAuthProvider>
  endpoints?: Parameters<typeof newService>[0]['endpoints']
  oauthClient?: OAuthClient | undefined
  requireSignIn?: boolean
  through?: Send
}

/** Something that happens when a test says so. */
function gate() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const bodyOf = ({ body }: SendResponse): Record<string, unknown> => JSON.parse(new TextDecoder().decode(body))

async function newWorld(changes: Changes = {}): Promise<World> {
  const scene = await newScene()
  const secrets: string[] = []
  let ahead = 0
  const serviceOn = (store: Scene['store'], through: Send) =>
    newService({
      store,
      keyRing: scene.ring.ring,
      connector: userinfoConnector(server.provider(changes.provider), server.issuer),
      oauthClient: 'oauthClient' in changes ? changes.oauthClient : oauthClient,
      clock: () => Date.now() + ahead,
      requireSignIn: changes.requireSignIn ?? false,
      ...(changes.endpoints ? { endpoints: changes.endpoints } : {}),
      async send(request) {
        const response = await through(request)
        if (/^\/token$|^\/device/.test(request.url.pathname)) {
          const { device_code, access_token, refresh_token } = bodyOf(response)
          for (const secret of [device_code, access_token, refresh_token])
            if (typeof secret === 'string') secrets.push(secret)
        }
        return response
      },
    })
  const service = await serviceOn(scene.store, changes.through ?? send)
  return {
    scene,
    service,
    caller: await newCaller(service),
    secrets,
    forwardClock: (milliseconds) => {
      ahead += milliseconds
    },
    async another(through = send) {
      const store = await openSqliteStore(scene.file)
      onTestFinished(() => store.close())
      return serviceOn(store, through)
    },
  }
}

const begin = ({ service, caller }: Pick<World, 'service' | 'caller'>, replaceDuplicate: boolean | 'same' = true) =>
  service.linking.beginDevice(caller, 'notes', { callbackUrl: undefined, replaceDuplicate })

const accounts = ({ scene, caller }: World) => scene.store.integrations.listOfUser(caller.userId)
const polls = () => server.requests.filter((request) => request === 'POST /token').length

/** The link as the next one to ask finds it, when the interval has passed. */
async function later(world: World, linkId: string, service = world.service, milliseconds = INTERVAL) {
  world.forwardClock(milliseconds)
  return service.linking.status(world.caller, linkId)
}

/** An answer of the token endpoint in place of the server's own, while there is one. */
function interposed() {
  const answers: { status: number; json: unknown; headers?: Record<string, string> }[] = []
  const through: Send = async (request) => {
    const answer = request.url.pathname === '/token' ? answers.shift() : undefined
    if (!answer) return send(request)
    const headers = new Headers({ 'content-type': 'application/json', ...answer.headers })
    return { status: answer.status, headers, body: new TextEncoder().encode(JSON.stringify(answer.json)) }
  }
  return { answers, through }
}

describe('linking by a device code', () => {
  test('goes from pending to a linked, usable account, and no secret is readable on the way', async () => {
    const world = await newWorld()
    const begun = await begin(world)
    expect(begun).toEqual({
      linkId: expect.any(String),
      code: expect.stringMatching(/^\w{4}-\w{4}$/),
      url: `${server.issuer}/device`,
      urlComplete: `${server.issuer}/device?user_code=${begun.code}`,
      expiresAt: expect.any(Number),
    })
    const pending = await later(world, begun.linkId)
    expect(pending).toMatchObject({ status: 'pending', connector: 'notes', userIdentifier: null, message: null })
    await server.consentToDevice(begun.urlComplete ?? '', 'alice')
    const linked = await later(world, begun.linkId)
    expect(linked).toEqual({
      linkId: begun.linkId,
      connector: 'notes',
      status: 'linked',
      userIdentifier: 'alice',
      title: null,
      selected: true,
      replaced: false,
      replacedAccount: null,
      authScopes: ['openid', 'notes.read'],
      missingScopes: null,
      server: null,
      readOnly: null,
      error: null,
      message: 'The notes account is linked.',
    })
    const used = await run(world.service, world.caller, 'notes')
    expect({ actedAs: used.actedAs, ...readResult(used) }).toMatchObject({ actedAs: 'alice', data: { sub: 'alice' } })

    const files = readdirSync(world.scene.folder).map((name) => readFileSync(join(world.scene.folder, name), 'latin1'))
    const seen = [...files, JSON.stringify([begun, pending, linked])].join('\n')
    expect(world.secrets).toHaveLength(3)
    for (const secret of world.secrets) expect(seen).not.toContain(secret)
  })

  test('updates an account that is linked already, unless replacing is not wanted', async () => {
    const world = await newWorld()
    const link = async (replaceDuplicate: boolean | 'same') => {
      const { linkId, urlComplete } = await begin(world, replaceDuplicate)
      await server.consentToDevice(urlComplete ?? '', 'alice')
      return later(world, linkId)
    }
    await link(true)
    expect(await link(true)).toMatchObject({ status: 'linked', replaced: true })
    expect(await link('same')).toMatchObject({ status: 'linked', replaced: true, replacedAccount: null })
    expect(await link(false)).toMatchObject({ status: 'failed', error: 'duplicate_user_error' })
    expect(await accounts(world)).toHaveLength(1)
  })

  test('tells a waiting caller when the account is linked', async () => {
    const world = await newWorld()
    const { linkId, urlComplete } = await begin(world)
    const waiting = world.service.linking.status(world.caller, linkId, { waitMs: 20_000 })
    await server.consentToDevice(urlComplete ?? '', 'alice')
    world.forwardClock(INTERVAL)
    expect(await waiting).toMatchObject({ status: 'linked', userIdentifier: 'alice' })
  })

  test('links nothing when the person refuses', async () => {
    const world = await newWorld()
    const { linkId, urlComplete } = await begin(world)
    await server.abortDevice(urlComplete ?? '')
    expect(await later(world, linkId)).toMatchObject({
      status: 'failed',
      error: 'cancelled_error',
      message: 'The person did not allow it at Notes, so nothing was linked.',
    })
    const before = polls()
    await later(world, linkId)
    expect(polls()).toBe(before)
    expect(await accounts(world)).toEqual([])
  })

  test('ends after ten minutes without polling, and a later consent links nothing', async () => {
    const world = await newWorld()
    const { linkId, urlComplete, expiresAt } = await begin(world)
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(10 * MINUTE)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    const before = polls()
    expect(await later(world, linkId, world.service, 10 * MINUTE)).toMatchObject({
      status: 'expired',
      message: 'The link was not finished in time, so nothing was linked; start another one.',
    })
    expect(polls()).toBe(before)
    expect(await accounts(world)).toEqual([])
  })

  test('ends when the code expires, if that is sooner', async () => {
    const through: Send = async (request) => {
      const response = await send(request)
      if (request.url.pathname !== '/device/auth') return response
      const body = { ...bodyOf(response), expires_in: 90 }
      return { ...response, body: new TextEncoder().encode(JSON.stringify(body)) }
    }
    const world = await newWorld({ through })
    const { linkId } = await begin(world)
    expect(await later(world, linkId, world.service, 80_000)).toMatchObject({ status: 'pending' })
    expect(await later(world, linkId, world.service, 10_001)).toMatchObject({ status: 'expired' })
  })

  test('ends as expired at the error expired_token', async () => {
    const { answers, through } = interposed()
    const world = await newWorld({ through })
    const { linkId } = await begin(world)
    answers.push({ status: 400, json: { error: 'expired_token' } })
    expect(await later(world, linkId)).toMatchObject({
      status: 'failed',
      error: 'integration_error',
      message: 'The device code expired before anyone consented. Begin the link again.',
    })
  })
})

describe('cancelling a link by a device code', () => {
  test('before the person consents links nothing and stops the polling', async () => {
    const world = await newWorld()
    const { linkId, urlComplete } = await begin(world)
    await world.service.linking.cancel(world.caller, linkId)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    const before = polls()
    expect(await later(world, linkId)).toMatchObject({ status: 'failed', error: 'cancelled_error' })
    expect(polls()).toBe(before)
    expect(await accounts(world)).toEqual([])
  })

  test('while the grant is on its way links nothing and revokes the grant', async () => {
    const arrived = gate()
    const cancelled = gate()
    const world = await newWorld({
      async through(request) {
        const response = await send(request)
        if (request.url.pathname === '/token') {
          arrived.resolve()
          await cancelled.promise
        }
        return response
      },
    })
    const { linkId, urlComplete } = await begin(world)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    const asking = later(world, linkId)
    await arrived.promise
    await world.service.linking.cancel(world.caller, linkId)
    cancelled.resolve()
    expect(await asking).toMatchObject({ status: 'failed', error: 'cancelled_error' })
    await world.service.settled()
    const [, access = '', refresh = ''] = world.secrets
    for (const token of [access, refresh]) expect(await server.introspect(oauthClient, token)).toBe(false)
    expect(await accounts(world)).toEqual([])
  })
})

describe('polling for a device code', () => {
  test('never happens sooner than the interval, from the first request on', async () => {
    const world = await newWorld()
    const { linkId } = await begin(world)
    const before = polls()
    const asked = async (milliseconds: number) => {
      expect((await later(world, linkId, world.service, milliseconds)).status).toBe('pending')
      return polls() - before
    }
    expect(await asked(0)).toBe(0)
    expect(await asked(INTERVAL - 1_000)).toBe(0)
    expect(await asked(1_000)).toBe(1)
    expect(await asked(0)).toBe(1)
    expect(await asked(INTERVAL - 1_000)).toBe(1)
    expect(await asked(1_500)).toBe(2)
  })

  test('takes a longer interval after slow_down, in every process', async () => {
    const { answers, through } = interposed()
    const world = await newWorld({ through })
    const other = await world.another()
    const { linkId, urlComplete } = await begin(world)
    answers.push({ status: 400, json: { error: 'slow_down' } })
    await later(world, linkId)
    expect(answers).toEqual([])
    const before = polls()
    await later(world, linkId, other, INTERVAL)
    expect(polls()).toBe(before)
    await later(world, linkId, other, INTERVAL)
    expect(polls()).toBe(before + 1)
    // Not only once: the next interval is as long.
    await server.consentToDevice(urlComplete ?? '', 'alice')
    expect((await later(world, linkId, world.service, INTERVAL + 1_000)).status).toBe('pending')
    expect((await later(world, linkId, world.service, INTERVAL)).status).toBe('linked')
  })

  test.each([
    { status: 503, json: { error: 'temporarily_unavailable' } },
    { status: 500, json: 'oops' },
    { status: 200, json: [] },
  ])('that answers %j leaves the link pending, and doubles the interval', async (answer) => {
    const { answers, through } = interposed()
    const world = await newWorld({ through })
    const { linkId, urlComplete } = await begin(world)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    answers.push(answer)
    expect((await later(world, linkId)).status).toBe('pending')
    expect(answers).toEqual([])
    expect((await later(world, linkId, world.service, INTERVAL)).status).toBe('pending')
    expect((await later(world, linkId, world.service, INTERVAL)).status).toBe('linked')
  })

  test("waits as long as the server's Retry-After says", async () => {
    const { answers, through } = interposed()
    const world = await newWorld({ through })
    const { linkId, urlComplete } = await begin(world)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    answers.push({ status: 503, json: {}, headers: { 'retry-after': '60' } })
    await later(world, linkId)
    expect((await later(world, linkId, world.service, 50_000)).status).toBe('pending')
    expect((await later(world, linkId, world.service, 10_000)).status).toBe('linked')
  })

  test('is taken over by another process when the first one dies', async () => {
    const asked = gate()
    const never = new Promise<never>(() => {})
    const world = await newWorld({
      through(request) {
        if (request.url.pathname !== '/token') return send(request)
        asked.resolve()
        return never
      },
    })
    const other = await world.another()
    const { linkId, urlComplete } = await begin(world)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    world.forwardClock(INTERVAL)
    const gone = new AbortController()
    const waiting = world.service.linking.status(world.caller, linkId, { waitMs: 20_000, signal: gone.signal })
    await asked.promise
    gone.abort()
    expect((await waiting).status).toBe('pending')
    expect((await later(world, linkId, other, INTERVAL)).status).toBe('pending')
    expect((await later(world, linkId, other, 20_000)).status).toBe('linked')
    expect(await accounts(world)).toMatchObject([{ userIdentifier: 'alice' }])
  })

  test('does not make the caller who reads the link wait for a slow server', { timeout: 15_000 }, async () => {
    const answer = gate()
    const world = await newWorld({
      async through(request) {
        if (request.url.pathname === '/token') await answer.promise
        return send(request)
      },
    })
    const { linkId, urlComplete } = await begin(world)
    await server.consentToDevice(urlComplete ?? '', 'alice')
    expect((await later(world, linkId)).status).toBe('pending')
    answer.resolve()
    await world.service.settled()
    expect(await world.service.linking.status(world.caller, linkId)).toMatchObject({ status: 'linked' })
  })

  test('at a slow server does not make a waiting caller wait longer than requested', async () => {
    const never = gate()
    const slow: Send = (request) =>
      request.url.pathname === '/token' ? never.promise.then(() => send(request)) : send(request)
    const world = await newWorld({ through: slow })
    const { linkId } = await begin(world)
    world.forwardClock(INTERVAL)
    const started = performance.now()
    expect(await world.service.linking.status(world.caller, linkId, { waitMs: 300 })).toMatchObject({
      status: 'pending',
    })
    // Without the caller's own limit it would be five seconds.
    expect(performance.now() - started).toBeLessThan(3_000)
    never.resolve()
    await world.service.settled()
  })

  test('is not done, and nothing lost, by a process with another OAuth client', async () => {
    const world = await newWorld()
    const { linkId, urlComplete } = await begin(world)
    const stranger = await newService({
      store: world.scene.store,
      keyRing: world.scene.ring.ring,
      connector: userinfoConnector(server.provider(), server.issuer),
      oauthClient: { client_id: 'another', client_secret: 'secret' },
      clock: () => Date.now() + INTERVAL,
      requireSignIn: false,
      send,
    })
    await server.consentToDevice(urlComplete ?? '', 'alice')
    const before = polls()
    expect((await stranger.linking.status(world.caller, linkId)).status).toBe('pending')
    expect(polls()).toBe(before)
    expect((await later(world, linkId)).status).toBe('linked')
  })

  test("is not triggered by reading another user's link", async () => {
    const world = await newWorld()
    const { linkId } = await begin(world)
    const other = await newCaller(world.service)
    world.forwardClock(INTERVAL)
    const before = polls()
    expect((await connectorsErrorOf(world.service.linking.status(other, linkId))).code).toBe('NOT_FOUND')
    expect(polls()).toBe(before)
  })
})

describe('a link by a device code is refused', () => {
  const refused = async (changes: Changes, callbackUrl?: string) => {
    const { service, caller } = await newWorld(changes)
    return connectorsErrorOf(service.linking.beginDevice(caller, 'notes', { callbackUrl, replaceDuplicate: true }))
  }

  test('on a shared service, since its link page opens on any device', async () => {
    expect(await refused({ requireSignIn: true })).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining('opens on any device'),
      details: { errors: [{ field: 'device' }] },
    })
  })

  test('with a callback_url, since no browser of this service ends there', async () => {
    expect(await refused({}, CALLBACK_URL)).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining('callback_url and device cannot be combined'),
    })
  })

  test('where the third party does not support device codes', async () => {
    const { device_authorization_endpoint: _, ...provider } = server.provider()
    expect(await refused({ endpoints: { provider } })).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: 'Accounts of Notes cannot be linked by a device code: begin the link without device.',
    })
  })

  test('without an OAuth client', async () => {
    expect(await refused({ oauthClient: undefined })).toMatchObject({
      code: 'OAUTH_NOT_CONFIGURED',
      message: 'Set the OAuth client.',
    })
  })
})

describe('a link on the page', () => {
  const beginOnPage = ({ service, caller }: World) =>
    service.linking.begin(caller, 'notes', { callbackUrl: undefined, replaceDuplicate: true })

  test('says whether a device code is possible, too', async () => {
    expect(await beginOnPage(await newWorld())).toMatchObject({ deviceAvailable: true })
    expect(await beginOnPage(await newWorld({ requireSignIn: true }))).toMatchObject({ deviceAvailable: false })
    const { device_authorization_endpoint: _, ...provider } = server.provider()
    expect(await beginOnPage(await newWorld({ endpoints: { provider } }))).toMatchObject({ deviceAvailable: false })
  })

  test('does not show a link by a device code', async () => {
    const world = await newWorld()
    const { linkId } = await begin(world)
    const visitor = { browser: 'browser', session: undefined }
    expect(await world.service.linkPages.view(linkId, visitor)).toBeUndefined()
    const sender = { linkId, visitor, formToken: world.service.linkPages.proofs.formToken('browser', linkId) }
    for (const attempt of [world.service.linkPages.authorize(sender), world.service.linkPages.cancel(sender)])
      expect((await connectorsErrorOf(attempt)).code).toBe('LINK_EXPIRED')
    expect((await world.service.linking.status(world.caller, linkId)).status).toBe('pending')
  })
})
