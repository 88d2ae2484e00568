import { describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { Secret } from '../../../src/base/secret.js'
import { ApiError, ClientFile } from '../../../src/client/index.js'
import { KeptMemory, MemoryKeeping } from '../../../src/mcp/kept/memory.js'
import { type KeepingClient, KeepingOfProcess, ServiceKeeping } from '../../../src/mcp/kept/service-keeping.js'
import type { Me } from '../../../src/wire/index.js'

const MIB = 1024 * 1024
const FILE = new ClientFile(Buffer.from('a'), 'a.txt', 'text/plain')
const ANSWER = { data: { n: 1 }, meta: null }
const NOT_FOUND = { code: 'NOT_FOUND' }

/** A service; what it does is the test's. It knows users by their tokens. */
class Script implements KeepingClient {
  readonly calls: string[] = []
  fault: unknown
  readonly #service = new MemoryKeeping()

  keepFile = (file: ClientFile) => this.#call('keepFile', () => this.#service.keepFile(file))
  keptFile = (handle: string) => this.#call('keptFile', () => this.#service.file(handle))
  keepResult = (answer: typeof ANSWER) => this.#call('keepResult', () => this.#service.keepResult(answer))
  keptResult = (handle: string) => this.#call('keptResult', () => this.#service.result(handle))
  me = async (userToken: Secret) => {
    this.calls.push('me')
    return { id: `id of ${userToken.reveal()}` } as Me
  }

  async #call<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.calls.push(name)
    if (this.fault) throw this.fault
    return run()
  }
}

/** The keeping of each user in one process. */
function started() {
  const client = new Script()
  const shared = new KeepingOfProcess()
  const tokens = new Map<string, Secret>()
  const keepingOf = (user: string) => {
    const token = tokens.get(user) ?? new Secret(user)
    tokens.set(user, token)
    return new ServiceKeeping((run) => run(client, token), shared)
  }
  return { client, keepingOf }
}

describe('a service that keeps', () => {
  test('is asked for everything', async () => {
    const { client, keepingOf } = started()
    const keeping = keepingOf('alice')
    const file = await keeping.keepFile(FILE)
    expect(file).toEqual({ handle: expect.stringMatching(/^file_/), size: 1, expires_at: expect.any(String) })
    expect(await keeping.file(file.handle)).toEqual(FILE)
    const result = await keeping.keepResult(ANSWER)
    expect(await keeping.result(result.handle)).toEqual(ANSWER)
    await expect(keeping.file('file_other')).rejects.toMatchObject(NOT_FOUND)
    expect(client.calls).toEqual(['keepFile', 'keptFile', 'keepResult', 'keptResult', 'keptFile'])
  })

  test('has kept once, so that a later NOT_FOUND is a failure', async () => {
    const { client, keepingOf } = started()
    await keepingOf('alice').keepFile(FILE)
    client.fault = new ApiError('NOT_FOUND', 'Nothing there.', { status: 404 })
    await expect(keepingOf('alice').keepResult(ANSWER)).rejects.toBe(client.fault)
  })

  test.each([
    new ApiError('UNAVAILABLE', 'Later.', { status: 503 }),
    new ApiError('UPSTREAM_ERROR', 'It failed.', { status: 502 }),
    new ApiError('UPSTREAM_ERROR', 'It cannot be reached.'),
    new ApiError('TOO_LARGE', 'Too large.', { status: 413 }),
    new ApiError('INVALID_TOKEN', 'Log in.', { status: 401 }),
    new ConnectorsError('NOT_FOUND', 'Something of our own.'),
    new Error('a fault'),
  ])('may fail, and is asked again: %s', async (fault) => {
    const { client, keepingOf } = started()
    client.fault = fault
    await expect(keepingOf('alice').keepFile(FILE)).rejects.toBe(fault)
    client.fault = undefined
    await keepingOf('alice').keepFile(FILE)
    expect(client.calls).toEqual(['keepFile', 'keepFile'])
  })
})

describe.each([
  new ApiError('NOT_FOUND', 'Nothing there.', { status: 404 }),
  new ApiError('METHOD_NOT_ALLOWED', 'Not so.', { status: 405 }),
  new ApiError('UPSTREAM_ERROR', 'Out of contract.', { status: 200 }),
])('a service without such routes, by %s', (fault) => {
  test('is asked once, and this process keeps things in its place, for each user alone', async () => {
    const { client, keepingOf } = started()
    client.fault = fault
    const [alice, bob] = [keepingOf('alice'), keepingOf('bob')]
    const { handle } = await alice.keepFile(FILE)
    expect(await alice.file(handle)).toBe(FILE)
    await expect(bob.file(handle)).rejects.toMatchObject(NOT_FOUND)
    const { handle: result } = await bob.keepResult(ANSWER)
    expect(await bob.result(result)).toEqual(ANSWER)
    await expect(alice.result(result)).rejects.toMatchObject(NOT_FOUND)
    await expect(bob.file(result)).rejects.toMatchObject(NOT_FOUND)
    await expect(alice.result(handle)).rejects.toMatchObject(NOT_FOUND)
    // Who has a token is asked once.
    expect(client.calls).toEqual(['keepFile', 'me', 'me'])
  })
})

test('where the service does not say who the user is, nothing is kept, and it is asked again', async () => {
  const { client, keepingOf } = started()
  client.fault = new ApiError('NOT_FOUND', 'Nothing there.', { status: 404 })
  const { me } = client
  client.me = () => Promise.reject(new ApiError('UNAVAILABLE', 'Later.', { status: 503 }))
  await expect(keepingOf('alice').keepFile(FILE)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  client.me = me
  const { handle } = await keepingOf('alice').keepFile(FILE)
  expect(await keepingOf('alice').file(handle)).toBe(FILE)
})

describe('the memory of a process', () => {
  test('holds 64 MiB of all users together; the oldest make room', async () => {
    const memory = new KeptMemory()
    const [alice, bob] = ['alice', 'bob'].map((owner) => new MemoryKeeping({ memory, owner }))
    const large = () => new ClientFile(Buffer.alloc(30 * MIB))
    const first = await alice?.keepFile(large())
    const second = await bob?.keepFile(large())
    expect((await alice?.file(first?.handle ?? ''))?.bytes.length).toBe(30 * MIB)
    const third = await bob?.keepFile(large())
    await expect(alice?.file(first?.handle ?? '')).rejects.toMatchObject(NOT_FOUND)
    for (const kept of [second, third]) expect((await bob?.file(kept?.handle ?? ''))?.bytes.length).toBe(30 * MIB)
    const tooLarge = alice?.keepFile(new ClientFile(Buffer.alloc(64 * MIB + 1)))
    await expect(tooLarge).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect((await bob?.file(third?.handle ?? ''))?.bytes.length).toBe(30 * MIB)
  })

  test('forgets files after a day and results after an hour', async () => {
    let now = 0
    const keeping = new MemoryKeeping({ clock: () => now })
    const [file, result] = [await keeping.keepFile(FILE), await keeping.keepResult(ANSWER)]
    expect(result.expires_at).toBe('1970-01-01T01:00:00.000Z')
    now = 3_600_000 - 1
    expect(await keeping.result(result.handle)).toEqual(ANSWER)
    now = 3_600_000
    await expect(keeping.result(result.handle)).rejects.toMatchObject(NOT_FOUND)
    expect(await keeping.file(file.handle)).toBe(FILE)
    now = 24 * 3_600_000
    await expect(keeping.file(file.handle)).rejects.toMatchObject(NOT_FOUND)
  })

  test('keeps a result as it was', async () => {
    const keeping = new MemoryKeeping()
    const data = { n: 1 }
    const { handle } = await keeping.keepResult({ data, meta: null })
    data.n = 2
    expect(await keeping.result(handle)).toEqual({ data: { n: 1 }, meta: null })
  })
})
