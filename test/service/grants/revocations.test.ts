import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../../src/base/log.js'
import { type Schedule, systemSchedule } from '../../../src/base/schedule.js'
import { github } from '../../../src/connectors/github/index.js'
import type { Connector, SendRequest } from '../../../src/kit/index.js'
import type { OAuthClient, OAuthProvider } from '../../../src/oauth/provider.js'
import { CHECK_INTERVAL, FIRST_CHECK, RETRY_PAUSES } from '../../../src/service/grants/pending-revocations.js'
import type { Caller, Service } from '../../../src/service/index.js'
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.js'
import { network } from '../../oauth/network.js'
import { NotesServer, notes, userinfoConnector } from '../notes.js'
import { newScene } from '../scene.js'
import { CALLBACK_URL, newCaller, newService, redirectUri, type ServiceSetting, signedIn } from '../service.js'

const HOUR = 3_600_000
/** A dead process's time to try is over. Milliseconds. */
const LATER = 30_000

const credentialOf = (token: string, issuer = 'https://notes.example') => ({
  kind: 'oauth2' as const,
  issuer,
  tokens: { access_token: token, refresh_token: `refresh-${token}`, scopes: ['read'], token_type: 'bearer' },
})

/** A service whose third party a test decides about; every account is one that `login` linked. */
async function newWorld(connector: Connector = notes) {
  const scene = await newScene()
  const server = new NotesServer()
  let now = Date.now()
  const log: string[] = []
  const logger = createLogger('info', { write: (line) => void log.push(line) })
  const setting = {
    store: scene.store,
    keyRing: scene.ring.ring,
    connector,
    send: server.send,
    clock: () => now,
    log: logger,
  }
  const service = await newService(setting)
  const caller = await newCaller(service)
  const link = async (login: string, token = `token-of-${login}`, who: Caller = caller) => {
    server.good.set(token, login)
    await service.accounts.save(
      await service.accounts.try({ caller: who, connector: connector, credential: credentialOf(token), scopes: [] }),
      { replace: true },
    )
  }
  const revoked: (string | null)[] = []
  /** The answers of the revocation endpoint; the last one stays. */
  const answers = (...statuses: number[]) => {
    server.onRevoke = (form) => {
      revoked.push(form.get('token'))
      return { status: (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200 }
    }
  }
  answers(200)
  const pending = () => scene.store.revocations.listOfClient(caller.clientId)
  return {
    scene,
    server,
    service,
    caller,
    link,
    answers,
    revoked,
    pending,
    log,
    another: (changes: Partial<ServiceSetting> = {}) => newService({ ...setting, ...changes }),
    forwardClock: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

const remove = async ({ service, caller }: { service: Service; caller: Caller }, login: string) =>
  (await service.remove(caller, 'notes', login)).revokedAtProvider

describe('at a real authorization server', () => {
  let server: AuthorizationServer
  let oauthClient: OAuthClient
  const { send } = network()
  beforeAll(async () => {
    server = await startAuthorizationServer()
    oauthClient = await server.register({ redirect_uris: [redirectUri('notes')] })
  })
  afterAll(() => server.close())

  async function newRealWorld() {
    const scene = await newScene()
    const tokens: string[] = []
    let now = Date.now()
    /** A process of its own, whose way to the server may be broken. */
    const process = (changes: Partial<OAuthProvider> = {}) =>
      newService({
        store: scene.store,
        keyRing: scene.ring.ring,
        connector: userinfoConnector(server.provider(changes), server.issuer),
        oauthClient,
        clock: () => now,
        async send(request) {
          const response = await send(request)
          if (request.url.pathname === '/token') {
            const { access_token, refresh_token } = JSON.parse(new TextDecoder().decode(response.body))
            tokens.push(access_token, refresh_token)
          }
          return response
        },
      })
    const cutOff = await process({ revocation_endpoint: 'http://127.0.0.1:2/' })
    const caller = await newCaller(cutOff)
    const link = async (login: string) => {
      const request = { callbackUrl: CALLBACK_URL, replaceDuplicate: true }
      const { url } = await cutOff.linking.start(caller, 'notes', request)
      const answer = (await server.consent(url, login)).searchParams
      const { outcome } = await cutOff.linking.finish('notes', answer, signedIn(cutOff, caller))
      expect(outcome.status).toBe('success')
      return tokens.slice(-2)
    }
    const forwardClock = (milliseconds: number) => {
      now += milliseconds
    }
    const pending = () => scene.store.revocations.listOfClient(caller.clientId)
    return { scene, cutOff, caller, link, process, pending, forwardClock }
  }

  const active = (tokens: readonly string[]) =>
    Promise.all(tokens.map((token) => server.introspect(oauthClient, token)))

  test('a grant that could not be revoked is revoked once the server is reachable again', async () => {
    const { cutOff, caller, link, process, pending, forwardClock } = await newRealWorld()
    const tokens = await link('alice')
    expect((await cutOff.remove(caller, 'notes', 'alice')).revokedAtProvider).toBe('no')
    const restored = await process()
    await restored.revocations.look()
    // Not before its time.
    expect(await active(tokens)).toEqual([true, true])
    expect(await pending()).toMatchObject([{ attempts: 1, userIdentifier: 'alice' }])
    forwardClock(RETRY_PAUSES[0] ?? 0)
    await cutOff.revocations.look()
    expect(await active(tokens)).toEqual([true, true])
    expect(await pending()).toMatchObject([{ attempts: 2 }])
    forwardClock(RETRY_PAUSES[1] ?? 0)
    await restored.revocations.look()
    expect(await active(tokens)).toEqual([false, false])
    expect(await pending()).toEqual([])
  })

  test('a pending revocation does not touch a grant that was issued again', async () => {
    const { cutOff, caller, link, process, pending, forwardClock } = await newRealWorld()
    await link('alice')
    await cutOff.remove(caller, 'notes', 'alice')
    const again = await link('alice')
    forwardClock(RETRY_PAUSES[0] ?? 0)
    await (await process()).revocations.look()
    expect(await active(again)).toEqual([true, true])
    expect(await pending()).toEqual([])
  })

  test('the grants of a deleted client are revoked, those of removed accounts too', async () => {
    const { cutOff, caller, link, process, scene } = await newRealWorld()
    const tokens: string[] = []
    for (const login of ['alice', 'bob', 'carol']) tokens.push(...(await link(login)))
    await cutOff.remove(caller, 'notes', 'carol')
    expect(await active(tokens)).toEqual(tokens.map(() => true))
    const restored = await process()
    const signal = new AbortController().signal
    expect(await restored.removeClient(caller.clientId, signal)).toEqual({ revoked: 3, unsupported: 0, failed: 0 })
    expect(await active(tokens)).toEqual(tokens.map(() => false))
    expect(await scene.store.clients.find(caller.clientId)).toBeUndefined()
    expect(await scene.store.revocations.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
    expect(await restored.removeClient(caller.clientId, signal)).toBeUndefined()
  })
})

describe('a revocation', () => {
  test.each([
    ['unreachable', () => Promise.reject(new TypeError('fetch failed'))],
    ['out of order', () => ({ status: 503 })],
    ['asked too often', () => ({ status: 429 })],
  ])('at a server that is %s is retried with growing pauses, and abandoned after two days', async (_, answer) => {
    const world = await newWorld()
    await world.link('alice')
    let asked = 0
    world.server.onRevoke = () => {
      asked += 1
      return answer()
    }
    expect(await remove(world, 'alice')).toBe('no')
    let waited = 0
    for (const [index, pause] of RETRY_PAUSES.entries()) {
      expect(await world.pending()).toMatchObject([{ attempts: index + 1 }])
      world.forwardClock(pause - 1)
      await world.service.revocations.look()
      expect(asked).toBe(index + 1)
      expect(world.log).toEqual([])
      world.forwardClock(1)
      await world.service.revocations.look()
      expect(asked).toBe(index + 2)
      waited += pause
    }
    expect(await world.pending()).toEqual([])
    expect(waited).toBeGreaterThan(24 * HOUR)
    expect(waited).toBeLessThanOrEqual(48 * HOUR)
    const line = { level: 40, connector: 'notes', attempts: RETRY_PAUSES.length + 1, outcome: 'later' }
    expect(world.log.map((text) => JSON.parse(text))).toMatchObject([line])
    expect(world.log.join()).not.toContain('alice')
    expect([...RETRY_PAUSES].sort((one, other) => one - other)).toEqual([...RETRY_PAUSES])
  })

  test('that is refused permanently is not retried', async () => {
    for (const statuses of [[400], [503, 401]]) {
      const world = await newWorld()
      world.answers(...statuses)
      await world.link('alice')
      expect(await remove(world, 'alice')).toBe('no')
      world.forwardClock(24 * HOUR)
      await world.service.revocations.look()
      expect(world.revoked).toHaveLength(statuses.length)
      expect(await world.pending()).toEqual([])
      expect(world.log.map((text) => JSON.parse(text))).toMatchObject([{ connector: 'notes', outcome: 'no' }])
    }
  })

  test('that succeeded, or that the provider does not support, leaves no record', async () => {
    const world = await newWorld()
    await world.link('alice')
    expect(await remove(world, 'alice')).toBe('yes')
    expect(await world.pending()).toEqual([])
    const { revocation_endpoint: _, ...provider } = notes.auth.oauth2 ?? expect.fail()
    for (const changes of [{ endpoints: { provider } }, { oauthClient: undefined }]) {
      await world.link('bob')
      const service = await world.another(changes)
      expect(await remove({ service, caller: world.caller }, 'bob')).toBe('unsupported')
      expect(await world.pending()).toEqual([])
    }
  })

  test('left over by a dead process is tried once, however many processes look for it', async () => {
    const world = await newWorld()
    const { scene, service, caller } = world
    for (const login of ['alice', 'bob']) {
      await world.link(login)
      await scene.store.integrations.delete(caller.userId, 'notes', login, service.revocations.planned())
    }
    await service.revocations.look()
    expect(world.revoked).toEqual([])
    world.forwardClock(LATER)
    const processes = await Promise.all(Array.from({ length: 4 }, () => world.another()))
    await Promise.all(processes.map(({ revocations }) => revocations.look()))
    expect(world.revoked.toSorted()).toEqual(['refresh-token-of-alice', 'refresh-token-of-bob'])
    expect(await world.pending()).toEqual([])
  })

  test('is left to a process that has the connector and its OAuth client', async () => {
    const world = await newWorld()
    world.answers(503, 200)
    await world.link('alice')
    await remove(world, 'alice')
    const other = { ...notes, name: 'other' }
    for (const [index, changes] of [{ oauthClient: undefined }, { connector: other }].entries()) {
      world.forwardClock(RETRY_PAUSES[index] ?? 0)
      await (await world.another(changes)).revocations.look()
      expect(world.revoked).toHaveLength(1)
      expect(await world.pending()).toMatchObject([{ attempts: index + 2 }])
    }
    world.forwardClock(RETRY_PAUSES[2] ?? 0)
    await world.service.revocations.look()
    expect(world.revoked).toHaveLength(2)
    expect(await world.pending()).toEqual([])
  })

  test('of one user does not wait for that of another user who linked the same account', async () => {
    const world = await newWorld()
    const { service } = world
    const other = await newCaller(service)
    world.answers(503, 200)
    await world.link('alice', 'mine')
    await remove(world, 'alice')
    await world.link('alice', 'theirs', other)
    world.forwardClock(RETRY_PAUSES[0] ?? 0)
    await service.revocations.look()
    expect(world.revoked).toEqual(['refresh-mine', 'refresh-mine'])
    expect(await service.accounts.get(other, 'notes', 'alice')).toMatchObject({ authStatus: 'active' })
  })

  test('of a credential copied into another row is not sent', async () => {
    const world = await newWorld()
    const { scene, caller } = world
    world.answers(503, 200)
    await world.link('alice')
    await remove(world, 'alice')
    const [row = expect.fail()] = await world.pending()
    const other = await newCaller(world.service)
    await scene.store.revocations.delete(row.id)
    const moved = [
      { ...row, id: 'a', userIdentifier: 'bob' },
      { ...row, id: 'b', userId: other.userId, clientId: other.clientId },
    ]
    for (const each of moved) await scene.store.revocations.insert(each)
    world.forwardClock(RETRY_PAUSES[0] ?? 0)
    await world.service.revocations.look()
    expect(world.revoked).toHaveLength(1)
    expect(await scene.store.revocations.listOfClient(caller.clientId)).toMatchObject([{ id: 'a', attempts: 2 }])
  })

  test('covers a grant that a refresh obtained after the account was removed', async () => {
    const world = await newWorld()
    const { server, service, caller } = world
    world.answers(200, 503, 200)
    await world.link('alice')
    server.good.clear()
    server.onToken = async () => {
      expect(await remove(world, 'alice')).toBe('yes')
      return { json: { access_token: 'new', token_type: 'bearer', refresh_token: 'late' } }
    }
    const signal = new AbortController().signal
    const call = { connector: 'notes', action: 'who_am_i', input: {}, identifier: null, signal }
    await expect(service.runAction(caller, call)).rejects.toMatchObject({ code: 'INTEGRATION_NOT_FOUND' })
    world.forwardClock(RETRY_PAUSES[0] ?? 0)
    await service.revocations.look()
    expect(world.revoked).toEqual(['refresh-token-of-alice', 'late', 'late'])
    expect(await world.pending()).toEqual([])
  })
})

test("a revocation by the connector's own request is retried, too", async () => {
  for (const [statuses, outcomes] of [
    [[502, 429, 204], 'later later yes'],
    [[404], 'no'],
    [[204], 'yes'],
  ] as const) {
    const scene = await newScene()
    const sent: SendRequest[] = []
    let now = Date.now()
    const service = await newService({
      store: scene.store,
      keyRing: scene.ring.ring,
      connector: github,
      clock: () => now,
      async send(request) {
        if (request.method === 'DELETE') sent.push(request)
        const status = request.method === 'DELETE' ? (statuses[sent.length - 1] ?? 500) : 200
        const headers = new Headers({ 'content-type': 'application/json' })
        return { status, headers, body: new TextEncoder().encode('{"login":"alice"}') }
      },
    })
    const caller = await newCaller(service)
    const { issuer = '' } = github.auth.oauth2 ?? {}
    await service.accounts.save(
      await service.accounts.try({
        caller: caller,
        connector: github,
        credential: credentialOf('gho', issuer),
        scopes: [],
      }),
      { replace: true },
    )
    const { revokedAtProvider } = await service.remove(caller, 'github', 'alice')
    expect(revokedAtProvider).toBe(outcomes.startsWith('yes') ? 'yes' : 'no')
    for (const pause of RETRY_PAUSES.slice(0, statuses.length - 1)) {
      expect(await scene.store.revocations.listOfClient(caller.clientId)).toHaveLength(1)
      now += pause
      await service.revocations.look()
    }
    expect(sent.map(({ url }) => url.pathname)).toEqual(statuses.map(() => '/applications/me/grant'))
    expect(await scene.store.revocations.listOfClient(caller.clientId)).toEqual([])
  }
})

describe('the background job for revocations', () => {
  /** What is to run, after how long; `run` runs the only one there is. */
  function byHand() {
    const planned: { run: () => void; milliseconds: number }[] = []
    const schedule: Schedule = (run, milliseconds) => {
      const one = { run, milliseconds }
      planned.push(one)
      return () => void planned.splice(planned.indexOf(one), 1)
    }
    return { planned, schedule, run: () => planned.shift()?.run() }
  }
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  }

  test('runs some time after the start and then repeatedly, until the service stops', async () => {
    const world = await newWorld()
    const { planned, schedule, run } = byHand()
    world.answers(503, 200)
    await world.link('alice')
    await remove(world, 'alice')
    const service = await world.another({ schedule })
    expect(planned).toEqual([])
    service.revocations.start()
    expect(planned.map(({ milliseconds }) => milliseconds)).toEqual([FIRST_CHECK])
    run()
    await until(() => planned.length > 0)
    expect(world.revoked).toHaveLength(1)
    expect(planned.map(({ milliseconds }) => milliseconds)).toEqual([CHECK_INTERVAL])
    world.forwardClock(CHECK_INTERVAL)
    run()
    await until(() => planned.length > 0)
    expect(world.revoked).toHaveLength(2)
    expect(await world.pending()).toEqual([])
    await service.revocations.stop()
    expect(planned).toEqual([])
    service.revocations.start()
    expect(planned).toEqual([])
  })

  test('logs a run that fails, and runs again', async () => {
    const world = await newWorld()
    const { planned, schedule, run } = byHand()
    const { revocations } = world.scene.store
    const due = () => Promise.reject(new Error('the disk is full'))
    const store = { ...world.scene.store, revocations: { ...revocations, due } }
    const service = await world.another({ schedule, store })
    service.revocations.start()
    run()
    await until(() => planned.length > 0)
    expect(world.log).toHaveLength(1)
    await service.revocations.stop()
  })

  test('stops in the middle of an attempt, which another process then repeats', async () => {
    const world = await newWorld()
    const { planned, schedule, run } = byHand()
    world.answers(503)
    await world.link('alice')
    await remove(world, 'alice')
    world.forwardClock(RETRY_PAUSES[0] ?? 0)
    const service = await world.another({ schedule })
    let asked = 0
    world.server.onRevoke = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        asked += 1
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    service.revocations.start()
    run()
    await until(() => asked > 0)
    await service.revocations.stop()
    expect(planned).toEqual([])
    expect(await world.pending()).toMatchObject([{ attempts: 1 }])
    world.answers(200)
    world.forwardClock(LATER)
    await (await world.another()).revocations.look()
    expect(await world.pending()).toEqual([])
    expect(world.revoked.at(-1)).toBe('refresh-token-of-alice')
  })

  test('does not keep the process running', () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const cancel = systemSchedule(() => expect.fail('it ran'), HOUR)
    expect(timers()).toBe(before)
    cancel()
  })
})

describe('deleting a client', () => {
  test('revokes at four third parties at once, counts the outcomes, and deletes everything regardless', async () => {
    const world = await newWorld()
    const { scene, service, caller, server } = world
    for (let index = 0; index < 9; index++) await world.link(`login-${index}`)
    let [under, most] = [0, 0]
    server.onRevoke = async (form) => {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setImmediate(resolve))
      under -= 1
      const number = Number(form.get('token')?.at(-1))
      if (number === 0) return { status: 503 }
      if (number === 1) return { status: 401 }
      return number === 2 ? { status: 400, json: { error: 'unsupported_token_type' } } : {}
    }
    const counts = await service.removeClient(caller.clientId, new AbortController().signal)
    expect(counts).toEqual({ revoked: 6, unsupported: 1, failed: 2 })
    expect(most).toBe(4)
    expect(await scene.store.clients.find(caller.clientId)).toBeUndefined()
    expect(await scene.store.revocations.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  test('does not wait for unresponsive third parties longer than the caller does', async () => {
    const world = await newWorld()
    const { service, caller, server, scene } = world
    for (let index = 0; index < 6; index++) await world.link(`login-${index}`)
    const enough = new AbortController()
    let asked = 0
    server.onRevoke = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        if (++asked === 4) enough.abort()
      })
    expect(await service.removeClient(caller.clientId, enough.signal)).toEqual({
      revoked: 0,
      unsupported: 0,
      failed: 6,
    })
    expect(asked).toBe(4)
    expect(await scene.store.clients.find(caller.clientId)).toBeUndefined()
  })
})
