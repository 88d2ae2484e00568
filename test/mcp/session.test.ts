import { describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { Secret } from '../../src/base/secret.js'
import { Session } from '../../src/mcp/session.js'
import { CLIENT_KINDS, connect, textOf } from './harness.js'
import { TestedService, unusedClient } from './tested-service.js'

const reveal = async (token: Secret) => token.reveal()
const LOGIN = '/auth/tokens'
const logins = (service: TestedService) => service.count('POST', LOGIN)
const whose = (service: TestedService) => async (token: Secret) => (await service.client.me(token)).identifier
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

describe('a session without a login', () => {
  test('tells a call that needs a login what to do', async () => {
    const session = new Session({ seed: async () => ({}) })
    const failure = session.withToken(unusedClient, reveal)
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    await expect(failure).rejects.toThrow(/register_user.*authenticate.*connectors-mcp auth login/)
    expect(await session.hasLogin()).toBe(false)
  })

  test('reads the saved login once, with the first call that needs it', async () => {
    const service = await TestedService.start()
    const seed = vi.fn(service.seed)
    const session = new Session({ seed })
    expect(seed).not.toHaveBeenCalled()
    await Promise.all([
      session.withToken(service.client, reveal),
      session.withToken(service.client, reveal),
      session.hasLogin(),
    ])
    expect(seed).toHaveBeenCalledOnce()
  })

  test('reads the saved login again until there is one: the person may log in meanwhile', async () => {
    const service = await TestedService.start()
    await service.addUser('bob')
    const seed = vi.fn(service.seed).mockResolvedValueOnce({}).mockResolvedValueOnce({})
    const session = new Session({ seed, command: 'node main.js' })
    expect(await session.hasLogin()).toBe(false)
    await expect(session.withToken(service.client, reveal)).rejects.toThrow('`node main.js auth login IDENTIFIER`')
    expect(await session.withToken(service.client, whose(service))).toBe('alice')
    expect(seed).toHaveBeenCalledTimes(3)
    const bob = session.authenticate(service.client, { identifier: 'bob' })
    await expect(bob).rejects.toThrow('`node main.js auth login bob` in a terminal, and call authenticate again')
    seed.mockResolvedValueOnce({ identifier: 'bob', secret: service.secretOf('bob') })
    expect(await session.authenticate(service.client, { identifier: 'bob' })).toMatchObject({ identifier: 'bob' })
  })

  test('reads a saved login again with the next call if reading failed', async () => {
    const service = await TestedService.start()
    const seed = vi
      .fn(service.seed)
      .mockRejectedValueOnce(new ConnectorsError('INTERNAL', 'The saved login is damaged.'))
    const session = new Session({ seed })
    expect(await code(session.withToken(unusedClient, reveal))).toBe('INTERNAL')
    expect(await session.withToken(service.client, reveal)).toBe(service.tokens[0])
  })
})

describe('a silent login', () => {
  test('is shared by concurrent calls', async () => {
    const service = await TestedService.start()
    const { opened, open } = gate()
    service.holdUp('POST', LOGIN, opened)
    const session = new Session({ seed: service.seed })
    const calls = Promise.all(Array.from({ length: 10 }, () => session.withToken(service.client, reveal)))
    open()
    expect(new Set(await calls)).toEqual(new Set(service.tokens))
    expect(logins(service)).toBe(1)
  })

  test('happens before a token expires, not after', async () => {
    const now = { ms: Date.parse('2030-01-01T00:00:00Z') }
    const service = await TestedService.start(() => now.ms)
    const session = new Session({ seed: service.seed, clock: () => now.ms })
    const { expires_at } = await session.authenticate(service.client, {})
    now.ms = Date.parse(expires_at ?? '') - 120_000
    await session.withToken(service.client, reveal)
    expect(logins(service)).toBe(1)
    now.ms += 90_000
    await session.withToken(service.client, reveal)
    expect(logins(service)).toBe(2)
  })

  test('replaces a refused token once and repeats the call, for all waiting calls together', async () => {
    const service = await TestedService.start()
    const session = new Session({ seed: service.seed })
    await session.withToken(service.client, reveal)
    service.refuseIssuedTokens()
    const names = await Promise.all(Array.from({ length: 5 }, () => session.withToken(service.client, whose(service))))
    expect(names).toEqual(Array(5).fill('alice'))
    expect(logins(service)).toBe(2)
  })

  test('is not repeated when the new token is refused, too', async () => {
    const service = await TestedService.start()
    const session = new Session({ seed: service.seed })
    const refuse = vi.fn(async () => {
      throw new ConnectorsError('INVALID_TOKEN', 'No.')
    })
    expect(await code(session.withToken(service.client, refuse))).toBe('INVALID_TOKEN')
    expect(refuse).toHaveBeenCalledTimes(2)
  })

  test('does not follow other failures', async () => {
    const run = vi.fn(async () => {
      throw new ConnectorsError('RATE_LIMITED', 'Slow down.')
    })
    const service = await TestedService.start()
    expect(await code(new Session({ seed: service.seed }).withToken(service.client, run))).toBe('RATE_LIMITED')
    expect(run).toHaveBeenCalledOnce()
  })

  test('that finishes after another user logged in does not restore the old user', async () => {
    const service = await TestedService.start()
    await service.addUser('bob')
    const { opened, open } = gate()
    service.holdUp('POST', LOGIN, opened)
    const session = new Session({ seed: service.seed })
    const slow = session.withToken(service.client, reveal)
    await vi.waitFor(() => expect(logins(service)).toBe(1))
    await session.authenticate(service.client, { identifier: 'bob', secret: service.secretOf('bob') })
    open()
    await slow
    expect(session.identifier()).toBe('bob')
    expect(await session.withToken(service.client, whose(service))).toBe('bob')
  })
})

describe('a token without a secret', () => {
  test('is used, and authenticate reports its user', async () => {
    const service = await TestedService.start()
    const token = await service.tokenOf('alice')
    const session = new Session({ seed: async () => ({ token: new Secret(token) }) })
    expect(await session.hasLogin()).toBe(true)
    expect(await session.authenticate(service.client, {})).toEqual({ identifier: 'alice', expires_at: null })
    expect(session.identifier()).toBe('alice')
    expect(await session.withToken(service.client, reveal)).toBe(token)
    expect(logins(service)).toBe(0)
  })

  test('that is refused gives an error that says what to do', async () => {
    const service = await TestedService.start()
    const failure = new Session({ seed: async () => ({ token: new Secret('from-env') }) }).withToken(
      service.client,
      (token) => service.client.me(token),
    )
    await expect(failure).rejects.toThrow(/no longer valid.*auth login/)
  })

  test('that has expired is not sent', async () => {
    const session = new Session({ seed: async () => ({ token: new Secret('old'), expiresAt: '2020-01-01T00:00:00Z' }) })
    const run = vi.fn(reveal)
    expect(await code(session.withToken(unusedClient, run))).toBe('INVALID_TOKEN')
    expect(run).not.toHaveBeenCalled()
    expect(await session.hasLogin()).toBe(false)
  })
})

describe('authenticate', () => {
  test('without arguments takes the user registered last, or else the one logged in', async () => {
    const service = await TestedService.start()
    await service.addUser('bob')
    const session = new Session({ seed: service.seed })
    session.remember('bob', service.secretOf('bob'))
    expect(await session.authenticate(service.client, {})).toMatchObject({ identifier: 'bob' })
    expect(await session.authenticate(service.client, {})).toMatchObject({ identifier: 'bob' })
    expect(await session.authenticate(service.client, { identifier: 'alice' })).toMatchObject({ identifier: 'alice' })
    expect(await session.authenticate(service.client, { identifier: 'bob' })).toMatchObject({ identifier: 'bob' })
  })

  test('is not needed after registering if no user acts yet, and otherwise the acting user stays', async () => {
    const service = await TestedService.start()
    await service.addUser('bob')
    const acting = new Session({ seed: service.seed })
    acting.remember('bob', service.secretOf('bob'))
    expect(await acting.withToken(service.client, whose(service))).toBe('alice')
    const fresh = new Session({ seed: async () => ({}) })
    fresh.remember('bob', service.secretOf('bob'))
    expect(await fresh.withToken(service.client, whose(service))).toBe('bob')
    expect(fresh.identifier()).toBe('bob')
  })

  test('that fails leaves the session as it was', async () => {
    const service = await TestedService.start()
    const session = new Session({ seed: service.seed })
    await session.authenticate(service.client, {})
    const wrong = session.authenticate(service.client, { identifier: 'bob', secret: new Secret('wrong') })
    expect(await code(wrong)).toBe('INVALID_CREDENTIALS')
    expect(await session.withToken(service.client, whose(service))).toBe('alice')
  })

  test('with incomplete arguments says which one is missing', async () => {
    const service = await TestedService.start()
    const session = new Session({ seed: async () => ({ identifier: 'alice' }) })
    expect(await session.authenticate(service.client, { secret: service.secretOf('alice') })).toMatchObject({
      identifier: 'alice',
    })
    const empty = new Session({ seed: async () => ({}) })
    await expect(empty.authenticate(service.client, { secret: new Secret('x') })).rejects.toThrow(
      /identifier is missing/,
    )
    await expect(empty.authenticate(service.client, { identifier: 'alice' })).rejects.toThrow(/argument secret/)
    expect(await code(empty.authenticate(service.client, {}))).toBe('INVALID_TOKEN')
  })
})

describe.each(CLIENT_KINDS)('secrets, %s', (kind) => {
  test('a new secret is shown once, to the person only; a token never', async () => {
    const service = await TestedService.start()
    const mcpClient = await connect(kind, service.client)
    const registered = await mcpClient.call('register_user', { identifier: 'bob' })
    const secret = /sk-user-\S+/.exec(textOf(registered))?.[0] ?? expect.fail('the secret is shown')
    expect(JSON.stringify(registered).split(secret)).toHaveLength(2)
    const holder = registered.content.filter(({ text }) => text?.includes(secret))
    expect(holder).toHaveLength(1)
    expect(holder[0]?.annotations).toEqual({ audience: ['user'] })
    await mcpClient.call('authenticate')
    await mcpClient.call('list_integrations')
    await mcpClient.call('list_connectors')
    const wire = mcpClient.lines.join('\n')
    expect(wire.split(secret)).toHaveLength(2)
    expect(service.tokens).toHaveLength(1)
    for (const token of service.tokens) expect(wire).not.toContain(token)
  })

  test('a new secret that was saved on this machine is shown to nobody', async () => {
    const service = await TestedService.start()
    const saved: [string, string][] = []
    const saveLogin = async (identifier: string, secret: Secret) => saved.push([identifier, secret.reveal()]) === 1
    const mcpClient = await connect(kind, service.client, { deps: { embedded: true, saveLogin } })
    const first = await mcpClient.call('register_user', { identifier: 'bob' })
    expect(saved).toEqual([['bob', expect.stringMatching(/^sk-user-/)]])
    expect(first.content.some(({ annotations }) => annotations?.audience)).toBe(false)
    expect(textOf(first)).toContain('by `node /opt/connectors-mcp/main.js auth secret` in a terminal')
    expect(await mcpClient.call('authenticate')).toMatchObject({ shown: { identifier: 'bob' } })
    expect(mcpClient.lines.join('\n')).not.toContain('sk-user-')
    const taken = await mcpClient.call('register_user', { identifier: 'bob' })
    expect(textOf(taken)).toContain('by `node /opt/connectors-mcp/main.js users reset IDENTIFIER --login` in')
    // Somebody is logged in by now.
    const second = await mcpClient.call('register_user', { identifier: 'carol' })
    expect(textOf(second)).toContain(`Keep it in a safe place: ${saved[1]?.[1]}`)
  })

  test('a new secret that could not be saved is shown to the person', async () => {
    const service = await TestedService.start()
    const saveLogin = async () => {
      throw new ConnectorsError('MISCONFIGURED', 'The disk is full.')
    }
    const mcpClient = await connect(kind, service.client, { deps: { embedded: true, saveLogin } })
    const registered = await mcpClient.call('register_user', { identifier: 'bob' })
    expect(registered.isError ?? false).toBe(false)
    expect(textOf(registered)).toMatch(/Keep it in a safe place: sk-user-/)
  })

  test('a secret in the arguments is not repeated in the result', async () => {
    const service = await TestedService.start()
    const mcpClient = await connect(kind, service.client)
    const secret = service.secretOf('alice').reveal()
    await mcpClient.call('authenticate', { identifier: 'alice', secret })
    await mcpClient.call('authenticate', { identifier: 'alice', secret: 'sk-user-wrong' })
    for (const given of [secret, 'sk-user-wrong']) expect(mcpClient.lines.join('\n')).not.toContain(given)
  })

  test('calls at the same time share one login', async () => {
    const service = await TestedService.start()
    const mcpClient = await connect(kind, service.client, { seed: service.seed })
    const results = await Promise.all(Array.from({ length: 8 }, () => mcpClient.call('list_integrations')))
    expect(results.every(({ isError }) => !isError)).toBe(true)
    expect(logins(service)).toBe(1)
  })
})
