import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Service } from '../../../src/service/index.js'
import { JOB_TIME, LEASE } from '../../../src/service/jobs/job.js'
import { WAIT } from '../../../src/service/jobs/jobs.js'
import type { Caller } from '../../../src/service/tenants/users.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { newScene, type Scene } from '../scene.js'
import { newCaller, newService, readResult } from '../service.js'
import { codeOf, gate, LibraryServer, libraryConnector } from './library.js'

interface World {
  scene: Scene
  server: LibraryServer
  service: Service
  caller: Caller
  clock: { now: number }
  /** The service on the same store, as another process. */
  another(): Promise<Service>
}

async function newWorld({ needsAccount = false } = {}): Promise<World> {
  const scene = await newScene()
  const server = new LibraryServer()
  const clock = { now: Date.now() }
  const connector = libraryConnector(undefined, needsAccount)
  const open = async (store: Scene['store']): Promise<Service> => {
    const service = await newService({
      store,
      keyRing: scene.ring.ring,
      connector,
      send: server.send,
      clock: () => clock.now,
    })
    onTestFinished(() => service.background.stop())
    return service
  }
  const service = await open(scene.store)
  const another = async (): Promise<Service> => {
    const store = await openSqliteStore(scene.file)
    onTestFinished(() => store.close())
    return open(store)
  }
  return { scene, server, service, caller: await newCaller(service), clock, another }
}

const list = ({ runAction }: Service, caller: Caller, input: Record<string, unknown>, signal?: AbortSignal) =>
  runAction(caller, {
    connector: 'library',
    action: 'list_books',
    input: { shelf: 'poems', ...input },
    identifier: null,
    signal: signal ?? new AbortController().signal,
  }).then(readResult)

const PENDING = { is_processing: true, shelf: 'poems' }
const FIRST_PAGE = { data: ['a', 'b'], meta: expect.objectContaining({ total: 3, has_next: true }) }

afterEach(() => {
  vi.useRealTimers()
})

describe('begun and asked again', () => {
  test('a call waits for the result, and what was gathered serves every page', async () => {
    const { service, caller, server } = await newWorld()
    expect(await list(service, caller, {})).toEqual(FIRST_PAGE)
    expect(await list(service, caller, { page: 2 })).toMatchObject({ data: ['c'] })
    expect(await list(service, caller, { page: 1, per_page: 1 })).toMatchObject({ data: ['a'] })
    expect(server.count('/shelves/poems')).toBe(1)
    expect(await list(service, caller, { shelf: 'plays' })).toMatchObject({ data: ['a', 'b'] })
    expect(server.count('/shelves/plays')).toBe(1)
  })

  test('a call that does not wait is answered at once, and the same call later has the result', async () => {
    const { service, caller, server } = await newWorld()
    const closing = gate()
    server.onClosing = () => closing.passed
    expect(await list(service, caller, { waiting: false })).toEqual({ data: PENDING, meta: {} })
    expect(await list(service, caller, { waiting: false })).toMatchObject({ data: PENDING })
    closing.open()
    expect(await list(service, caller, {})).toEqual(FIRST_PAGE)
    expect(await list(service, caller, { waiting: false })).toEqual(FIRST_PAGE)
    expect(server.count('/shelves/poems')).toBe(1)
  })

  test('a call waits 25 seconds, then says that it goes on and how far it is', async () => {
    const { service, caller, server } = await newWorld()
    server.onShelf = () => ({ json: { books: ['a', 'b', 'c'], total: 40 } })
    const closing = gate()
    server.onClosing = () => closing.passed
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = list(service, caller, {})
    let isAnswered = false
    void answer.then(() => {
      isAnswered = true
    })
    await vi.advanceTimersByTimeAsync(WAIT - 1)
    expect(isAnswered).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await answer).toEqual({ data: PENDING, meta: { items_done: 3, items_total: 40 } })
    closing.open()
    expect(await list(service, caller, {})).toEqual(FIRST_PAGE)
  })

  test('the work goes on when the caller who began it hangs up', async () => {
    const { service, caller, server } = await newWorld()
    const closing = gate()
    server.onClosing = () => closing.passed
    const controller = new AbortController()
    const answer = list(service, caller, {}, controller.signal)
    controller.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    closing.open()
    expect(await list(service, caller, {})).toEqual(FIRST_PAGE)
    expect(server.count('/shelves/poems')).toBe(1)
  })

  test('a second caller of the same collection shares it, another user gathers alone', async () => {
    const { service, caller, server } = await newWorld()
    const closing = gate()
    server.onClosing = () => closing.passed
    const answers = [list(service, caller, {}), list(service, caller, { page: 2 })]
    const other = list(service, await newCaller(service), {})
    await vi.waitFor(() => expect(server.count('/shelves/poems')).toBe(2))
    closing.open()
    expect(await Promise.all(answers)).toMatchObject([{ data: ['a', 'b'] }, { data: ['c'] }])
    expect(await other).toMatchObject({ data: ['a', 'b'] })
    expect(server.count('/shelves/poems')).toBe(2)
  })

  test('force_new gathers again; while that goes on it does not begin a third time', async () => {
    const { service, caller, server } = await newWorld()
    await list(service, caller, {})
    const closing = gate()
    server.onClosing = () => closing.passed
    server.onShelf = () => ({ json: { books: ['new'] } })
    const answers = [list(service, caller, { force_new: true }), list(service, caller, { force_new: true })]
    await vi.waitFor(() => expect(server.count('/shelves/poems/closing')).toBe(2))
    closing.open()
    expect(await Promise.all(answers)).toMatchObject([{ data: ['new'] }, { data: ['new'] }])
    expect(server.count('/shelves/poems')).toBe(2)
  })

  test('what is kept is gone when its time is over', async () => {
    const { service, caller, server, clock } = await newWorld()
    await list(service, caller, {})
    clock.now += 899_000
    await list(service, caller, {})
    expect(server.count('/shelves/poems')).toBe(1)
    clock.now += 1_000
    await list(service, caller, {})
    expect(server.count('/shelves/poems')).toBe(2)
  })

  test('the answer is shaped for each call', async () => {
    const { service, caller, server } = await newWorld()
    server.onShelf = () => ({ json: { books: [{ title: 'Faust', year: 1808 }] } })
    expect(await list(service, caller, { response_fields: ['title'] })).toMatchObject({ data: [{ title: 'Faust' }] })
    expect(await list(service, caller, { response_fields: ['year'] })).toMatchObject({ data: [{ year: 1808 }] })
    expect(server.count('/shelves/poems')).toBe(1)
  })
})

describe('failed', () => {
  test('a failure is told to all who wait, and once to a later call; the next one begins again', async () => {
    const { service, caller, server } = await newWorld()
    const shelf = gate()
    server.onShelf = async () => {
      await shelf.passed
      return { status: 404 }
    }
    const answers = [codeOf(list(service, caller, {})), codeOf(list(service, caller, { page: 2 }))]
    await vi.waitFor(() => expect(server.count('/shelves/poems')).toBe(1))
    shelf.open()
    expect(await Promise.all(answers)).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    server.onShelf = () => ({ json: { books: ['a', 'b', 'c'] } })
    expect(await list(service, caller, {})).toEqual(FIRST_PAGE)
  })

  test('a failure of which no caller has heard is kept for the call that asks', async () => {
    const { service, caller, server } = await newWorld()
    server.onShelf = () => ({ status: 403, json: { message: 'Staff only.' } })
    await list(service, caller, { waiting: false })
    await vi.waitFor(() => expect(server.count('/shelves/poems')).toBe(1))
    const failure = await list(service, caller, { waiting: false }).then(
      () => undefined,
      (error: unknown) => error,
    )
    // It may go on for a moment longer.
    const told = failure ?? (await list(service, caller, {}).catch((error: unknown) => error))
    expect(told).toMatchObject({ code: 'FORBIDDEN', details: { upstream: { message: 'Staff only.' } } })
    server.onShelf = () => ({ json: { books: ['a', 'b', 'c'] } })
    expect(await list(service, caller, {})).toEqual(FIRST_PAGE)
  })

  test('what takes longer than ten minutes ends as a failure', async () => {
    const { service, caller, server } = await newWorld()
    server.onShelf = () => new Promise(() => {})
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    expect(await list(service, caller, { waiting: false })).toMatchObject({ data: PENDING })
    await vi.advanceTimersByTimeAsync(JOB_TIME)
    vi.useRealTimers()
    expect(await codeOf(list(service, caller, { waiting: false }))).toBe('UPSTREAM_TIMEOUT')
    expect(server.count('/shelves/poems')).toBe(1)
  })

  test('what is too large to be kept is refused, and up to that it is kept', async () => {
    const { service, caller, server } = await newWorld()
    server.onShelf = () => ({ json: { books: ['x'.repeat(15 * 1024 * 1024)] } })
    expect(await list(service, caller, { response_fields: [] })).toMatchObject({ meta: { total: 1 } })
    expect(await list(service, caller, { page: 2 })).toMatchObject({ data: [] })
    server.onShelf = () => ({ json: { books: ['x'.repeat(17 * 1024 * 1024)] } })
    expect(await codeOf(list(service, caller, { force_new: true }))).toBe('TOO_LARGE')
  })

  test('a user has four jobs at a time; the fifth is refused, and works when one has ended', async () => {
    const { service, caller, server } = await newWorld()
    const closing = gate()
    server.onClosing = () => closing.passed
    for (const shelf of ['a', 'b', 'c', 'd']) await list(service, caller, { shelf, waiting: false })
    const fifth = list(service, caller, { shelf: 'e', waiting: false })
    await expect(fifth).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: 15 })
    expect(await list(service, await newCaller(service), { waiting: false })).toMatchObject({ data: PENDING })
    closing.open()
    await list(service, caller, { shelf: 'a' })
    expect(await list(service, caller, { shelf: 'e' })).toMatchObject({ data: ['a', 'b'] })
  })

  test('an account whose credential is refused is to be linked again, with a link to do so', async () => {
    const { service, caller, server } = await newWorld({ needsAccount: true })
    await service.accounts.link(caller, 'library', { token: 'card-1' }, { replace: false })
    server.onShelf = () => ({ status: 401 })
    const details = { user_identifier: 'ann', reconnect_url: expect.stringContaining('http://127.0.0.1:1/connect/') }
    await expect(list(service, caller, {})).rejects.toMatchObject({ code: 'RECONNECT_REQUIRED', details })
  })
})

describe('lost, and other processes', () => {
  test('two processes on one store gather once, and the other one sees how far it is', async () => {
    const { service, caller, server, another } = await newWorld()
    const closing = gate()
    server.onClosing = () => closing.passed
    const other = await another()
    const answers = [list(service, caller, {}), list(other, caller, { page: 2 })]
    await vi.waitFor(() => expect(server.count('/shelves/poems/closing')).toBe(1))
    closing.open()
    expect(await Promise.all(answers)).toMatchObject([{ data: ['a', 'b'] }, { data: ['c'] }])
    expect(await list(other, caller, {})).toEqual(FIRST_PAGE)
    expect(server.count('/shelves/poems')).toBe(1)
  })

  test('a job whose process is not heard of is begun again, and the answer says so', async () => {
    const { scene, service, caller, server, another, clock } = await newWorld()
    const closing = gate()
    server.onClosing = () => closing.passed
    // A process that died is one whose heartbeat is not heard.
    scene.store.jobs.renew = async () => true
    await list(service, caller, { waiting: false })
    await vi.waitFor(() => expect(server.count('/shelves/poems/closing')).toBe(1))
    const other = await another()
    clock.now += LEASE - 1
    expect(await list(other, caller, { waiting: false })).toEqual({ data: PENDING, meta: {} })
    clock.now += 1
    expect(await list(other, caller, { waiting: false })).toEqual({ data: PENDING, meta: { restarted: true } })
    closing.open()
    expect(await list(other, caller, {})).toEqual(FIRST_PAGE)
    expect(server.count('/shelves/poems')).toBe(2)
  })

  test('a service that ends leaves no job running: the next process begins it again at once', async () => {
    const { service, caller, server, another } = await newWorld()
    server.onClosing = () => new Promise(() => {})
    server.onShelf = () => ({ json: { books: ['a', 'b', 'c'] } })
    await list(service, caller, { waiting: false })
    await vi.waitFor(() => expect(server.count('/shelves/poems/closing')).toBe(1))
    const closing = gate()
    server.onClosing = () => closing.passed
    const stopped = service.background.stop()
    closing.open()
    await stopped
    const answer = await list(await another(), caller, {})
    expect(answer).toMatchObject({ data: ['a', 'b'], meta: { restarted: true } })
    expect(await codeOf(list(service, caller, { shelf: 'plays' }))).toBe('UNAVAILABLE')
  })
})
