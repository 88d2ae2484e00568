import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { createSend } from '../../../src/http/send.js'
import type { Send } from '../../../src/kit/index.js'
import type { Service } from '../../../src/service/index.js'
import { RETRY_PAUSES } from '../../../src/service/jobs/callbacks.js'
import type { Caller } from '../../../src/service/tenants/users.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { newScene, type Scene } from '../scene.js'
import { newCaller, newService, readResult } from '../service.js'
import { codeOf, gate, LibraryServer, libraryConnector } from './library.js'

interface Posted {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver of webhooks on this machine. */
async function startReceiver() {
  const posted: Posted[] = []
  const statuses: number[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      posted.push({ path: request.url ?? '', headers: request.headers, body })
      const status = statuses.shift() ?? 204
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return { posted, statuses, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

interface Timer {
  run: () => void
  at: number
}

/** A service whose clock and timers a test moves. */
class World {
  readonly server = new LibraryServer()
  readonly clock = { now: Date.now() }
  readonly #timers = new Set<Timer>()
  readonly scene: Scene
  service!: Service
  caller!: Caller

  private constructor(scene: Scene) {
    this.scene = scene
  }

  static async open(origins: string[]): Promise<World> {
    const world = new World(await newScene())
    world.service = await world.process(world.scene.store)
    world.caller = await newCaller(world.service)
    await world.service.tenants.setCallbackOrigins(world.caller.clientId, origins)
    return world
  }

  async process(store: Scene['store']): Promise<Service> {
    const out = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
    const send: Send = (request) => (request.method === 'POST' ? out(request) : this.server.send(request))
    const service = await newService({
      store,
      keyRing: this.scene.ring.ring,
      connector: libraryConnector(),
      send,
      clock: () => this.clock.now,
      schedule: (run, milliseconds) => {
        const timer = { run, at: this.clock.now + milliseconds }
        this.#timers.add(timer)
        return () => this.#timers.delete(timer)
      },
    })
    onTestFinished(async () => {
      await service.background.stop()
      await out.close()
    })
    return service
  }

  /** Lets time pass, and what is due happen. Milliseconds. */
  pass(milliseconds: number): void {
    this.clock.now += milliseconds
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.clock.now)) {
      this.#timers.delete(timer)
      timer.run()
    }
  }

  list(input: Record<string, unknown>, service = this.service) {
    return service
      .runAction(this.caller, {
        connector: 'library',
        action: 'list_books',
        input: { shelf: 'poems', ...input },
        identifier: null,
        signal: new AbortController().signal,
      })
      .then(readResult)
  }

  async link(): Promise<void> {
    await this.service.accounts.link(this.caller, 'library', { token: 'card-canary-4711' }, { replace: false })
  }
}

const secretOf = ({ service, caller }: World): string => service.background.callbackSecret(caller.clientId).reveal()

test('the answer of the call is posted, signed by Standard Webhooks, with no credential', async () => {
  const receiver = await startReceiver()
  const world = await World.open([receiver.origin])
  await world.link()
  const urls = [`${receiver.origin}/done?x=1`, `${receiver.origin}/done?x=1`]
  await world.list({ waiting: false, page: 2, callback_urls: urls })
  await world.list({})
  await vi.waitFor(() => {
    world.pass(0)
    expect(receiver.posted).toHaveLength(1)
  })
  const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = receiver.posted
  expect(path).toBe('/done?x=1')
  const message = new Webhook(secretOf(world)).verify(body, headers as Record<string, string>)
  expect(message).toEqual({
    type: 'action.completed',
    timestamp: expect.stringMatching(/^20\d\d-/),
    data: {
      connector: 'library',
      action: 'list_books',
      acted_as: 'ann',
      data: ['c'],
      meta: expect.objectContaining({ page: 2, total: 3 }),
    },
  })
  expect(() => new Webhook(secretOf(world)).verify(`${body} `, headers as Record<string, string>)).toThrow()
  expect(headers.authorization).toBeUndefined()
  expect(JSON.stringify([headers, body])).not.toContain('canary')
})

test('an attempt that fails is made again, five in all, under the same id; a redirect is not followed', async () => {
  const receiver = await startReceiver()
  receiver.statuses.push(500, 302, 429, 404, 503)
  const world = await World.open([receiver.origin])
  await world.link()
  await world.list({ callback_urls: [`${receiver.origin}/done`] })
  for (const [tries, pause] of [0, ...RETRY_PAUSES].entries()) {
    world.pass(pause)
    await vi.waitFor(() => {
      world.pass(0)
      expect(receiver.posted).toHaveLength(tries + 1)
    })
    // The outcome of an attempt is stored before the next one can be due.
    const next = RETRY_PAUSES[tries]
    const dueAt = next === undefined ? undefined : world.clock.now + next
    await vi.waitFor(async () => expect(await world.scene.store.callbacks.nextDue()).toBe(dueAt))
  }
  expect(new Set(receiver.posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(new Set(receiver.posted.map(({ path }) => path))).toEqual(new Set(['/done']))
})

test('what is kept is deleted when its time is over, without another call', async () => {
  const world = await World.open([])
  world.service.background.start()
  await world.link()
  const { jobs } = world.scene.store
  const ids = new Set<string>()
  const { find } = jobs
  jobs.find = (id) => {
    ids.add(id)
    return find(id)
  }
  await world.list({})
  const kept = async () => (await Promise.all([...ids].map(find))).filter((job) => job !== undefined).length
  expect(await kept()).toBe(1)
  world.pass(900_000)
  await vi.waitFor(async () => expect(await kept()).toBe(0))
})

test('a receiver that is gone (410) is not asked again', async () => {
  const receiver = await startReceiver()
  receiver.statuses.push(410)
  const world = await World.open([receiver.origin])
  await world.link()
  await world.list({ callback_urls: [`${receiver.origin}/done`] })
  await vi.waitFor(async () => {
    world.pass(0)
    expect(receiver.posted).toHaveLength(1)
    expect(await world.scene.store.callbacks.nextDue()).toBeUndefined()
  })
})

test('a failure is posted, too, in our words', async () => {
  const receiver = await startReceiver()
  const world = await World.open([receiver.origin])
  await world.link()
  world.server.onShelf = () => ({ status: 403, json: { message: 'Theirs.' } })
  expect(await codeOf(world.list({ callback_urls: [`${receiver.origin}/done`] }))).toBe('FORBIDDEN')
  await vi.waitFor(() => {
    world.pass(0)
    expect(receiver.posted).toHaveLength(1)
  })
  const message = JSON.parse(receiver.posted[0]?.body ?? '')
  expect(message).toMatchObject({ type: 'action.failed', data: { error: { code: 'FORBIDDEN', retryable: false } } })
  expect(JSON.stringify(message)).not.toContain('Theirs.')
})

test.each([
  ['another origin', ['https://app.example'], 'https://evil.example/done'],
  ['no list of origins', [], 'https://app.example/done'],
  ['credentials in the address', ['https://app.example'], 'https://me:secret@app.example/done'],
  ['another scheme', ['https://app.example'], 'ftp://app.example/done'],
  ['another port', ['https://app.example'], 'https://app.example:444/done'],
])('%s is refused before anything begins', async (_, origins, url) => {
  const world = await World.open(origins)
  await world.link()
  const failure = await world.list({ callback_urls: ['https://app.example/ok', url] }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'INVALID_PARAMETERS' })
  expect(JSON.stringify(failure)).not.toContain('secret')
  expect(world.server.count('/shelves/poems')).toBe(0)
})

test('an origin that is no longer listed gets nothing', async () => {
  const receiver = await startReceiver()
  const world = await World.open([receiver.origin])
  await world.link()
  const closing = gate()
  world.server.onClosing = () => closing.passed
  await world.list({ waiting: false, callback_urls: [`${receiver.origin}/done`] })
  await world.service.tenants.setCallbackOrigins(world.caller.clientId, ['https://other.example'])
  closing.open()
  await world.list({})
  await vi.waitFor(async () => {
    world.pass(0)
    expect(await world.scene.store.callbacks.nextDue()).toBeUndefined()
  })
  expect(receiver.posted).toEqual([])
})

test('what a process left to be posted is posted by the next one, also after the job was begun again', async () => {
  const receiver = await startReceiver()
  const world = await World.open([receiver.origin])
  await world.link()
  world.server.onClosing = () => new Promise(() => {})
  await world.list({ waiting: false, callback_urls: [`${receiver.origin}/first`] })
  await world.service.background.stop()
  world.server.onClosing = () => {}
  const store = await openSqliteStore(world.scene.file)
  onTestFinished(() => store.close())
  const next = await world.process(store)
  await world.list({ callback_urls: [`${receiver.origin}/second`] }, next)
  await vi.waitFor(() => {
    world.pass(0)
    expect(receiver.posted).toHaveLength(2)
  })
  expect(receiver.posted.map(({ path }) => path).sort()).toEqual(['/first', '/second'])
})
