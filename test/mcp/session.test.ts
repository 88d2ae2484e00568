import { describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { Secret } from '../../src/base/secret.js'
import { createSession } from '../../src/mcp/session.js'
import { FakeConnectorsClient } from './fake-connectors-client.js'
import { CLIENT_KINDS, connect } from './harness.js'
import { SEED_ALICE } from './seeds.js'

const reveal = async (token: Secret) => token.reveal()
const count = (service: FakeConnectorsClient, name: string) => service.calls.filter((call) => call === name).length
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: ConnectorsError) => error.code,
  )

/** A door that stays shut until it is opened. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('without a login', () => {
  test('a call that needs one says what to do', async () => {
    const session = createSession(async () => ({}))
    const failure = session.withToken(new FakeConnectorsClient(), reveal)
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    await expect(failure).rejects.toThrow(/register_user.*authenticate.*connectors-mcp auth login/)
    expect(await session.hasLogin()).toBe(false)
  })

  test('the seed is read by the first call that needs it, and once', async () => {
    const seed = vi.fn(SEED_ALICE)
    const session = createSession(seed)
    expect(seed).not.toHaveBeenCalled()
    const service = new FakeConnectorsClient()
    await Promise.all([session.withToken(service, reveal), session.withToken(service, reveal), session.hasLogin()])
    expect(seed).toHaveBeenCalledOnce()
  })

  test('a seed that cannot be read is read again by the next call', async () => {
    const seed = vi.fn(SEED_ALICE).mockRejectedValueOnce(new ConnectorsError('INTERNAL', 'The saved login is damaged.'))
    const session = createSession(seed)
    expect(await code(session.withToken(new FakeConnectorsClient(), reveal))).toBe('INTERNAL')
    expect(await session.withToken(new FakeConnectorsClient(), reveal)).toBe('token-alice-0')
  })
})

describe('a silent login', () => {
  test('is shared by concurrent calls', async () => {
    const service = new FakeConnectorsClient()
    const { opened, open } = gate()
    service.loginGate = opened
    const session = createSession(SEED_ALICE)
    const calls = Promise.all(Array.from({ length: 10 }, () => session.withToken(service, reveal)))
    open()
    expect(new Set(await calls)).toEqual(new Set(['token-alice-0']))
    expect(count(service, 'authenticate')).toBe(1)
  })

  test('comes before a token ends, not when it has', async () => {
    const service = new FakeConnectorsClient()
    const now = { ms: Date.parse('2030-01-01T00:00:00Z') }
    service.expiresAt = '2030-01-01T01:00:00Z'
    const session = createSession(SEED_ALICE, () => now.ms)
    await session.withToken(service, reveal)
    now.ms += 58 * 60_000
    await session.withToken(service, reveal)
    expect(count(service, 'authenticate')).toBe(1)
    now.ms += 90_000
    await session.withToken(service, reveal)
    expect(count(service, 'authenticate')).toBe(2)
  })

  test('replaces a refused token once and plays the call again, for all waiting calls together', async () => {
    const service = new FakeConnectorsClient()
    const session = createSession(SEED_ALICE)
    await session.withToken(service, reveal)
    service.tokens.clear()
    const names = await Promise.all(
      Array.from({ length: 5 }, () =>
        session.withToken(service, async (token) => (await service.me(token)).identifier),
      ),
    )
    expect(names).toEqual(Array(5).fill('alice'))
    expect(count(service, 'authenticate')).toBe(2)
  })

  test('is not tried again when the new token is refused too', async () => {
    const service = new FakeConnectorsClient()
    const session = createSession(SEED_ALICE)
    const refuse = vi.fn(async () => {
      throw new ConnectorsError('INVALID_TOKEN', 'No.')
    })
    expect(await code(session.withToken(service, refuse))).toBe('INVALID_TOKEN')
    expect(refuse).toHaveBeenCalledTimes(2)
  })

  test('other failures are not played again', async () => {
    const run = vi.fn(async () => {
      throw new ConnectorsError('RATE_LIMITED', 'Slow down.')
    })
    expect(await code(createSession(SEED_ALICE).withToken(new FakeConnectorsClient(), run))).toBe('RATE_LIMITED')
    expect(run).toHaveBeenCalledOnce()
  })

  test('that was overtaken by another user does not put the old one back', async () => {
    const service = new FakeConnectorsClient()
    service.users.set('bob', 'sk-user-bob')
    const { opened, open } = gate()
    service.loginGate = opened
    const session = createSession(SEED_ALICE)
    const slow = session.withToken(service, reveal)
    await vi.waitFor(() => expect(count(service, 'authenticate')).toBe(1))
    service.loginGate = Promise.resolve()
    await session.authenticate(service, { identifier: 'bob', secret: new Secret('sk-user-bob') })
    open()
    await slow
    expect(session.identifier()).toBe('bob')
    expect(await session.withToken(service, async (token) => (await service.me(token)).identifier)).toBe('bob')
  })
})

describe('a token without a secret', () => {
  const seed = async () => ({ token: new Secret('from-env') })

  test('is used, and authenticate tells whose it is', async () => {
    const service = new FakeConnectorsClient()
    service.tokens.set('from-env', 'alice')
    const session = createSession(seed)
    expect(await session.hasLogin()).toBe(true)
    expect(await session.authenticate(service, {})).toEqual({ identifier: 'alice', expires_at: null })
    expect(session.identifier()).toBe('alice')
    expect(await session.withToken(service, reveal)).toBe('from-env')
    expect(count(service, 'authenticate')).toBe(0)
  })

  test('that is refused leads to what to do', async () => {
    const service = new FakeConnectorsClient()
    const failure = createSession(seed).withToken(service, (token) => service.me(token))
    await expect(failure).rejects.toThrow(/no longer valid.*auth login/)
  })

  test('that has ended is not sent', async () => {
    const session = createSession(async () => ({ token: new Secret('old'), expiresAt: '2020-01-01T00:00:00Z' }))
    const run = vi.fn(reveal)
    expect(await code(session.withToken(new FakeConnectorsClient(), run))).toBe('INVALID_TOKEN')
    expect(run).not.toHaveBeenCalled()
    expect(await session.hasLogin()).toBe(false)
  })
})

describe('authenticate', () => {
  test('without arguments takes the user registered last, then the one logged in', async () => {
    const service = new FakeConnectorsClient()
    service.users.set('bob', 'sk-user-bob')
    const session = createSession(SEED_ALICE)
    session.remember('bob', new Secret('sk-user-bob'))
    expect(await session.authenticate(service, {})).toMatchObject({ identifier: 'bob' })
    expect(await session.authenticate(service, {})).toMatchObject({ identifier: 'bob' })
    expect(await session.authenticate(service, { identifier: 'alice' })).toMatchObject({ identifier: 'alice' })
    expect(await session.authenticate(service, { identifier: 'bob' })).toMatchObject({ identifier: 'bob' })
  })

  test('registering alone does not change who acts, unless nobody did', async () => {
    const service = new FakeConnectorsClient()
    service.users.set('bob', 'sk-user-bob')
    const acting = createSession(SEED_ALICE)
    acting.remember('bob', new Secret('sk-user-bob'))
    expect(await acting.withToken(service, reveal)).toMatch(/^token-alice/)
    const fresh = createSession(async () => ({}))
    fresh.remember('bob', new Secret('sk-user-bob'))
    expect(await fresh.withToken(service, reveal)).toMatch(/^token-bob/)
    expect(fresh.identifier()).toBe('bob')
  })

  test('that fails leaves the session as it was', async () => {
    const service = new FakeConnectorsClient()
    const session = createSession(SEED_ALICE)
    await session.authenticate(service, {})
    const wrong = session.authenticate(service, { identifier: 'bob', secret: new Secret('wrong') })
    expect(await code(wrong)).toBe('INVALID_CREDENTIALS')
    expect(await session.withToken(service, async (token) => (await service.me(token)).identifier)).toBe('alice')
  })

  test('with half of what it needs says which half is missing', async () => {
    const service = new FakeConnectorsClient()
    const session = createSession(async () => ({ identifier: 'alice' }))
    expect(await session.authenticate(service, { secret: new Secret('sk-user-alice') })).toMatchObject({
      identifier: 'alice',
    })
    const empty = createSession(async () => ({}))
    await expect(empty.authenticate(service, { secret: new Secret('x') })).rejects.toThrow(/identifier is missing/)
    await expect(empty.authenticate(service, { identifier: 'alice' })).rejects.toThrow(/argument secret/)
    expect(await code(empty.authenticate(service, {}))).toBe('INVALID_TOKEN')
  })
})

describe.each(CLIENT_KINDS)('secrets, %s', (kind) => {
  test('a new secret is shown once, to the person only; a token never', async () => {
    const service = new FakeConnectorsClient()
    const mcpClient = await connect(kind, service)
    const registered = await mcpClient.call('register_user', { identifier: 'bob' })
    const secret = String(service.users.get('bob'))
    expect(JSON.stringify(registered).split(secret)).toHaveLength(2)
    const holder = registered.content.filter(({ text }) => text?.includes(secret))
    expect(holder).toHaveLength(1)
    expect(holder[0]?.annotations).toEqual({ audience: ['user'] })
    await mcpClient.call('authenticate')
    await mcpClient.call('list_integrations')
    await mcpClient.call('list_connectors')
    const wire = mcpClient.lines.join('\n')
    expect(wire.split(secret)).toHaveLength(2)
    expect(service.tokens.size).toBe(1)
    for (const token of service.tokens.keys()) expect(wire).not.toContain(token)
  })

  test('a secret that was given is not given back', async () => {
    const mcpClient = await connect(kind, new FakeConnectorsClient())
    await mcpClient.call('authenticate', { identifier: 'alice', secret: 'sk-user-alice' })
    await mcpClient.call('authenticate', { identifier: 'alice', secret: 'sk-user-wrong' })
    expect(mcpClient.lines.join('\n')).not.toMatch(/sk-user-(alice|wrong)/)
  })

  test('calls at the same time share one login', async () => {
    const service = new FakeConnectorsClient()
    const mcpClient = await connect(kind, service, { seed: SEED_ALICE })
    const results = await Promise.all(Array.from({ length: 8 }, () => mcpClient.call('list_integrations')))
    expect(results.every(({ isError }) => !isError)).toBe(true)
    expect(service.calls.filter((call) => call === 'authenticate')).toHaveLength(1)
  })
})
