import { EventEmitter, once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import type { Clock } from '../../../src/base/clock.js'
import { type Connector, secretField } from '../../../src/kit/index.js'
import type { Caller, Service } from '../../../src/service/index.js'
import type { Store } from '../../../src/store/store.js'
import { connectorsErrorOf } from '../failures.js'
import { NotesServer, notes } from '../notes.js'
import { newScene, type Scene } from '../scene.js'
import { newCaller, newService, readResult, run, type ServiceSetting } from '../service.js'

const HOUR = 3_600_000

interface Linked {
  scene: Scene
  server: NotesServer
  service: Service
  caller: Caller
  /** Another process, as far as the store can tell. */
  another(changes?: Partial<ServiceSetting>): Promise<Service>
  status(): Promise<string | undefined>
}

interface Grant {
  access_token: string
  refresh_token?: string
  expires_at?: number
}

const credential = (grant: Grant, issuer = 'https://notes.example') => ({
  kind: 'oauth2' as const,
  issuer,
  tokens: { scopes: ['read'], token_type: 'bearer', ...grant },
})

let now = Date.now()
const clock: Clock = () => now
const expired = (): number => now - 1

/** A service with alice's account, whose token is `old`. */
async function linked(
  grant: Omit<Grant, 'access_token'> = { refresh_token: 'r0', expires_at: expired() },
  wrap: (store: Store) => Store = (store) => store,
): Promise<Linked> {
  const scene = await newScene()
  const server = new NotesServer()
  const base = { store: wrap(scene.store), keyRing: scene.ring.ring, connector: notes, send: server.send, clock }
  const service = await newService(base)
  const caller = await newCaller(service)
  server.good.set('old', 'alice')
  server.good.set('new', 'alice')
  await service.accounts.save(
    await service.accounts.try({
      caller: caller,
      connector: notes,
      credential: credential({ access_token: 'old', ...grant }),
      scopes: [],
    }),
    { replace: false },
  )
  server.onToken = () => ({
    json: { access_token: 'new', token_type: 'bearer', expires_in: 3600, refresh_token: 'r1' },
  })
  server.requests.length = 0
  return {
    scene,
    server,
    service,
    caller,
    another: (changes = {}) => newService({ ...base, store: scene.store, ...changes }),
    status: async () => (await scene.store.integrations.find(caller.userId, 'notes', 'alice'))?.authStatus,
  }
}

const relink = async ({ service, caller, server }: Linked, access_token = 'relinked', more: Partial<Grant> = {}) => {
  server.good.set(access_token, 'alice')
  const grant = { access_token, refresh_token: 'r9', expires_at: now + HOUR, ...more }
  return service.accounts.save(
    await service.accounts.try({ caller: caller, connector: notes, credential: credential(grant), scopes: [] }),
    { replace: true },
  )
}

/** A door that is opened once; `reached` resolves when somebody waits at it. */
function door() {
  const events = new EventEmitter()
  const reached = once(events, 'reached')
  const opened = once(events, 'opened')
  return {
    reached,
    open: () => events.emit('opened'),
    pass: () => {
      events.emit('reached')
      return opened
    },
  }
}

describe('an expired token', () => {
  test('is refreshed once for all waiting callers, and stored before it is used', async () => {
    const at = await linked()
    const { server, service, caller, scene } = at
    const storedAtFirstUse = vi.fn()
    server.beforeMe = async () => {
      storedAtFirstUse((await scene.store.integrations.find(caller.userId, 'notes', 'alice'))?.version)
    }
    const runs = await Promise.all(Array.from({ length: 64 }, () => run(service, caller, 'notes')))
    expect(runs.map((each) => readResult(each).data)).toEqual(
      Array.from({ length: 64 }, () => ({ sub: 'alice', token: 'new' })),
    )
    expect(server.count('/token')).toBe(1)
    expect(server.count('/me')).toBe(64)
    expect(new Set(storedAtFirstUse.mock.calls.flat())).toEqual(new Set([2]))
  })

  test('that fails to refresh is tried once for all waiting callers, and again by the next call', async () => {
    const { server, service, caller, status } = await linked()
    const gate = door()
    server.onToken = async () => {
      await gate.pass()
      return { status: 503 }
    }
    const runs = Array.from({ length: 20 }, () => connectorsErrorOf(run(service, caller, 'notes')))
    await gate.reached
    gate.open()
    for (const error of await Promise.all(runs))
      expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
    expect(server.count('/token')).toBe(1)
    await connectorsErrorOf(run(service, caller, 'notes'))
    expect(server.count('/token')).toBe(2)
    expect(await status()).toBe('active')
  })

  test('whose grant the provider refuses is asked for once for all waiting callers, in all processes', async () => {
    const at = await linked()
    const { server, service, caller } = at
    const other = await at.another()
    const gate = door()
    server.onToken = async () => {
      await gate.pass()
      return { status: 400, json: { error: 'invalid_grant' } }
    }
    const runs = [service, other].flatMap((each) =>
      Array.from({ length: 10 }, () => connectorsErrorOf(run(each, caller, 'notes'))),
    )
    await gate.reached
    gate.open()
    for (const error of await Promise.all(runs)) {
      expect(error).toMatchObject({
        code: 'RECONNECT_REQUIRED',
        details: { connector: 'notes', user_identifier: 'alice' },
      })
    }
    expect(server.count('/token')).toBe(1)
    expect(await at.status()).toBe('reconnect_required')
  })

  test('whose grant the provider refused is asked for again only after a minute', async () => {
    const { server, service, caller, status } = await linked()
    server.onToken = () => ({ status: 400, json: { error: 'invalid_grant' } })
    for (let call = 0; call < 3; call++) {
      expect(await connectorsErrorOf(run(service, caller, 'notes'))).toMatchObject({ code: 'RECONNECT_REQUIRED' })
    }
    expect(server.count('/token')).toBe(1)
    now += 61_000
    server.onToken = () => ({ json: { access_token: 'new', token_type: 'bearer', expires_in: 3600 } })
    await run(service, caller, 'notes')
    expect(server.count('/token')).toBe(2)
    expect(await status()).toBe('active')
  })

  test('without a refresh token is sent all the same, and the account is marked when the third party refuses it', async () => {
    const { server, service, caller, status } = await linked({ expires_at: expired() })
    await run(service, caller, 'notes')
    expect(await status()).toBe('active')
    server.good.clear()
    expect(await connectorsErrorOf(run(service, caller, 'notes'))).toMatchObject({ code: 'RECONNECT_REQUIRED' })
    expect(await status()).toBe('reconnect_required')
    expect(server.count('/token')).toBe(0)
  })

  test('without a refresh token shows in every list before the first call, until the account is linked again', async () => {
    const at = await linked({ expires_at: now + HOUR })
    const { service, caller, server } = at
    const shown = async () => [
      ...(await service.accounts.listOfUser(caller)).map(({ authStatus }) => authStatus),
      ...(await service.accounts.listOfConnector(caller, 'notes')).map(({ authStatus }) => authStatus),
      (await service.accounts.get(caller, 'notes', 'alice')).authStatus,
    ]
    expect(await shown()).toEqual(['active', 'active', 'active'])
    now += HOUR
    expect(await shown()).toEqual(['reconnect_required', 'reconnect_required', 'reconnect_required'])
    expect(server.requests).toEqual([])
    await relink(at)
    expect(await shown()).toEqual(['active', 'active', 'active'])
  })

  test('refreshed with other scopes updates the scopes that the account shows', async () => {
    const { service, caller, server } = await linked()
    const scopes = async () => (await service.accounts.get(caller, 'notes', 'alice')).authScopes
    expect(await scopes()).toEqual([])
    server.onToken = () => ({
      json: { access_token: 'new', token_type: 'bearer', expires_in: 1, refresh_token: 'r1', scope: 'read write' },
    })
    await run(service, caller, 'notes')
    expect(await scopes()).toEqual(['read', 'write'])
    // RFC 6749 §5.1: left out, they are those of before.
    server.onToken = () => ({ json: { access_token: 'new', token_type: 'bearer', refresh_token: 'r2' } })
    await run(service, caller, 'notes')
    expect(server.count('/token')).toBe(2)
    expect(await scopes()).toEqual(['read', 'write'])
  })

  test('is not refreshed by a service without an OAuth client, and the account is not marked', async () => {
    const at = await linked()
    const other = await at.another({ oauthClient: undefined })
    const error = await connectorsErrorOf(run(other, at.caller, 'notes'))
    expect(error).toMatchObject({ code: 'OAUTH_NOT_CONFIGURED', message: 'Set the OAuth client.' })
    expect(await at.status()).toBe('active')
    at.server.good.clear()
    now -= HOUR
    expect(await connectorsErrorOf(run(other, at.caller, 'notes'))).toMatchObject({ code: 'OAUTH_NOT_CONFIGURED' })
    expect(await at.status()).toBe('active')
    now += HOUR
  })

  test('is never sent to another issuer than the one that issued it', async () => {
    const at = await linked()
    const provider = { ...(notes.auth.oauth2 ?? expect.fail()), issuer: 'https://elsewhere.example' }
    const other = await at.another({ endpoints: { provider } })
    expect(await connectorsErrorOf(run(other, at.caller, 'notes'))).toMatchObject({ code: 'RECONNECT_REQUIRED' })
    expect(at.server.count('/token')).toBe(0)
    expect((await other.remove(at.caller, 'notes', 'alice')).revokedAtProvider).toBe('no')
    expect(at.server.count('/revoke')).toBe(0)
  })
})

describe('a token that is about to expire', () => {
  test('is refreshed before it is used', async () => {
    const { server, service, caller } = await linked({ refresh_token: 'r0', expires_at: now + 30_000 })
    await run(service, caller, 'notes')
    expect(server.count('/token')).toBe(1)
  })

  test('still serves while the provider cannot refresh it', async () => {
    const { server, service, caller } = await linked({ refresh_token: 'r0', expires_at: now + 30_000 })
    server.onToken = () => ({ status: 503 })
    await run(service, caller, 'notes')
    expect(server.count('/me')).toBe(1)
  })
})

describe('a token that the third party refuses', () => {
  const lasting = { refresh_token: 'r0', expires_at: now + 10 * HOUR }

  test('is refreshed once, and the call is repeated', async () => {
    const { server, service, caller } = await linked(lasting)
    server.good.delete('old')
    await Promise.all(Array.from({ length: 10 }, () => run(service, caller, 'notes')))
    expect(server.count('/token')).toBe(1)
  })

  test('right after a refresh marks the account once', async () => {
    const marks = vi.fn()
    const { server, service, caller, status } = await linked(lasting, (store) => ({
      ...store,
      integrations: {
        ...store.integrations,
        setStatus(...change) {
          marks(change)
          return store.integrations.setStatus(...change)
        },
      },
    }))
    server.good.clear()
    for (let call = 0; call < 3; call++) {
      expect(await connectorsErrorOf(run(service, caller, 'notes'))).toMatchObject({ code: 'RECONNECT_REQUIRED' })
    }
    expect(server.count('/token')).toBe(1)
    expect(marks).toHaveBeenCalledTimes(1)
    expect(await status()).toBe('reconnect_required')
    // The third party was wrong for a while.
    server.good.set('new', 'alice')
    await run(service, caller, 'notes')
    expect(await status()).toBe('active')
  })

  test('while the account is being linked again does not mark the new credential', async () => {
    const at = await linked({})
    const { server, service, caller, status } = at
    server.good.delete('old')
    let linking = false
    server.beforeMe = async () => {
      if (linking) return
      linking = true
      await relink(at)
    }
    expect((await run(service, caller, 'notes')).actedAs).toBe('alice')
    expect(await status()).toBe('active')
  })
})

describe('while a refresh is under way', () => {
  test('an account that is linked again keeps the new link', async () => {
    for (const answer of [
      { json: { access_token: 'late', token_type: 'bearer', refresh_token: 'r1' } },
      { status: 400, json: { error: 'invalid_grant' } },
    ]) {
      const at = await linked()
      const { server, service, caller, status } = at
      server.onToken = async () => {
        await relink(at)
        return answer
      }
      await run(service, caller, 'notes')
      expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer relinked')
      expect(await status()).toBe('active')
    }
  })

  test('an account that is removed has the refreshed grant revoked too', async () => {
    const { server, service, caller } = await linked()
    const revoked: (string | null)[] = []
    server.onRevoke = (form) => {
      revoked.push(form.get('token'))
      return {}
    }
    server.onToken = async () => {
      expect((await service.remove(caller, 'notes', 'alice')).revokedAtProvider).toBe('yes')
      return { json: { access_token: 'new', token_type: 'bearer', refresh_token: 'r1' } }
    }
    expect(await connectorsErrorOf(run(service, caller, 'notes'))).toMatchObject({ code: 'INTEGRATION_NOT_FOUND' })
    expect(revoked).toEqual(['r0', 'r1'])
  })

  test('the caller that began it may go away, and the others still get the answer', async () => {
    const { server, service, caller } = await linked()
    const gate = door()
    const answer = server.onToken
    server.onToken = async (form) => {
      await gate.pass()
      return answer(form)
    }
    const leaving = new AbortController()
    const first = run(service, caller, 'notes', 'who_am_i', leaving.signal)
    const gone = expect(first).rejects.toThrow()
    await gate.reached
    const second = run(service, caller, 'notes')
    leaving.abort(new Error('gone'))
    gate.open()
    expect((await second).actedAs).toBe('alice')
    await gone
    expect(server.count('/token')).toBe(1)
  })

  test('the lease lasts longer than the request, so no other process asks', async () => {
    const at = await linked()
    const gate = door()
    const answer = at.server.onToken
    at.server.onToken = async (form) => {
      await gate.pass()
      return answer(form)
    }
    const first = run(at.service, at.caller, 'notes')
    await gate.reached
    const id = (await at.scene.store.integrations.find(at.caller.userId, 'notes', 'alice'))?.id
    const until = now + (at.server.requests.at(-1)?.timeoutMs ?? expect.fail('no limit')) + 5_000
    expect(await at.scene.store.leases.acquire(`refresh:${id}`, 'a thief', until, until)).toBe(false)
    const second = run(await at.another(), at.caller, 'notes')
    gate.open()
    await Promise.all([first, second])
    expect(at.server.count('/token')).toBe(1)
  })

  test('the service waits for it before the store is closed', async () => {
    const at = await linked()
    const gate = door()
    const answer = at.server.onToken
    at.server.onToken = async (form) => {
      await gate.pass()
      return answer(form)
    }
    const call = run(at.service, at.caller, 'notes')
    await gate.reached
    const settled = at.service
      .settled()
      .then(() => at.scene.store.integrations.find(at.caller.userId, 'notes', 'alice'))
    gate.open()
    expect(await settled).toMatchObject({ version: 2 })
    await call
  })
})

describe('a refresh that is interrupted half way', () => {
  test('by a failed write is stored by the next call without asking the provider again', async () => {
    let full = true
    const { server, service, caller, status } = await linked(undefined, (store) => ({
      ...store,
      integrations: {
        ...store.integrations,
        async updateCredential(...change) {
          if (full) throw new Error('The disk is full.')
          return store.integrations.updateCredential(...change)
        },
      },
    }))
    await expect(run(service, caller, 'notes')).rejects.toThrow('The disk is full.')
    expect(server.count('/me')).toBe(0)
    full = false
    await run(service, caller, 'notes')
    expect(server.count('/token')).toBe(1)
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer new')
    expect(await status()).toBe('active')
  })

  test('by a process that died blocks others no longer than its lease', async () => {
    const at = await linked()
    const id = (await at.scene.store.integrations.find(at.caller.userId, 'notes', 'alice'))?.id
    await at.scene.store.leases.acquire(`refresh:${id}`, 'a dead process', now + 30_000, now)
    const waiting = run(at.service, at.caller, 'notes')
    now += 30_000
    expect((await waiting).actedAs).toBe('alice')
    expect(at.server.count('/token')).toBe(1)
  })
})

describe('the link that repairs an account', () => {
  const gone = async () => {
    const at = await linked()
    at.server.onToken = () => ({ status: 400, json: { error: 'invalid_grant' } })
    return at
  }
  const repairLinkOf = async ({ service, caller }: Linked) => {
    const { details } = await connectorsErrorOf(run(service, caller, 'notes'))
    return { url: String(details?.reconnect_url), linkId: String(details?.link_id) }
  }

  test('is in every error of the account, and stays the same while it is open', async () => {
    const at = await gone()
    const first = await repairLinkOf(at)
    expect(await Promise.all(Array.from({ length: 5 }, () => repairLinkOf(at)))).toEqual(Array(5).fill(first))
    now += 9 * 60_000
    expect((await repairLinkOf(at)).linkId).not.toBe(first.linkId)
  })

  test('repairs the account in place', async () => {
    const at = await gone()
    const { service, caller, server, scene } = at
    const before = await scene.store.integrations.findSelected(caller.userId, 'notes')
    const { url, linkId } = await repairLinkOf(at)
    expect(url).toMatch(new RegExp(`/connect/${linkId}$`))
    server.onToken = () => ({ json: { access_token: 'new', token_type: 'bearer', expires_in: 3600 } })
    const { proofs } = service.linkPages
    const browser = proofs.browser(undefined)
    const visitor = { browser, session: proofs.session(browser, caller.userId) }
    const sentTo = await service.linkPages.authorize({ linkId, visitor, formToken: proofs.formToken(browser, linkId) })
    const state = new URL(sentTo).searchParams.get('state') ?? ''
    await service.linking.finish('notes', new URLSearchParams({ code: 'given', state }), visitor)
    expect(await service.linking.status(caller, linkId)).toMatchObject({ status: 'linked', userIdentifier: 'alice' })
    await run(service, caller, 'notes')
    expect(await scene.store.integrations.findSelected(caller.userId, 'notes')).toMatchObject({
      id: before?.id,
      createdAt: before?.createdAt,
      authStatus: 'active',
    })
  })

  test('is offered for an account linked by a configuration, too', async () => {
    const at = await gone()
    const connector: Connector = {
      ...notes,
      auth: { custom: { fields: { token: secretField('A token') } } },
      authorize: ({ configuration }) => ({ authorization: `Bearer ${configuration.token}` }),
    }
    const other = await at.another({ connector })
    at.server.good.set('pasted', 'bob')
    await other.accounts.link(at.caller, 'notes', { token: 'pasted' }, { replace: false })
    await other.accounts.select(at.caller, 'notes', 'bob')
    at.server.good.clear()
    const { code, details } = await connectorsErrorOf(run(other, at.caller, 'notes'))
    expect(code).toBe('RECONNECT_REQUIRED')
    expect(details).toMatchObject({ user_identifier: 'bob', reconnect_url: expect.stringContaining('/connect/') })
  })
})

test('a credential copied into another row cannot be opened, even if it was opened before', async () => {
  const { scene, service, caller, server } = await linked({ expires_at: now + HOUR })
  await run(service, caller, 'notes')
  const thief = await newCaller(service)
  server.good.set('of-thief', 'mallory')
  await service.accounts.save(
    await service.accounts.try({
      caller: thief,
      connector: notes,
      credential: credential({ access_token: 'of-thief' }),
      scopes: [],
    }),
    { replace: false },
  )
  const [alices, mallorys] = await Promise.all([
    scene.store.integrations.findSelected(caller.userId, 'notes'),
    scene.store.integrations.findSelected(thief.userId, 'notes'),
  ])
  if (!alices || !mallorys) expect.fail()
  await scene.store.integrations.updateCredential(mallorys.id, mallorys.version, alices, now)
  server.requests.length = 0
  await expect(run(service, thief, 'notes')).rejects.toThrow()
  expect(server.requests).toEqual([])
})
