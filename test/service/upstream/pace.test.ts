import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Send, SendRequest } from '../../../src/http/send.js'
import { defineConnector } from '../../../src/kit/index.js'
import { Pacer } from '../../../src/service/upstream/pace.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { ManualTime, settled } from './time.js'

const facts = {
  title: 'Slow',
  description: 'Asks for a pace.',
  port: 'http',
  baseUrl: 'https://slow.example',
  auth: {},
  actions: [],
} as const
const slow = defineConnector({ ...facts, name: 'slow', pace: { everyMs: 3000 } })

/** A third party that answers when a test says so, or at once. */
class SlowThirdParty {
  readonly begun: [at: number, request: SendRequest][] = []
  readonly #time: ManualTime
  hold: Promise<void> = Promise.resolve()

  constructor(time: ManualTime) {
    this.#time = time
  }

  readonly send: Send = async (request) => {
    this.begun.push([this.#time.clock(), request])
    await this.hold
    return { status: 200, headers: new Headers(), body: Buffer.from('') }
  }

  /** Since the first request, in milliseconds. */
  get times(): number[] {
    return this.begun.map(([at]) => at - (this.begun[0]?.[0] ?? 0))
  }
}

async function openStore(folder = mkdtempSync(join(tmpdir(), 'connectors-pace-'))) {
  const store = await openSqliteStore(join(folder, 'store.db'))
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { store, folder }
}

async function scene() {
  const time = new ManualTime()
  const { store, folder } = await openStore()
  const thirdParty = new SlowThirdParty(time)
  const deps = { clock: time.clock, schedule: time.schedule }
  const pacer = new Pacer({ leases: store.leases, ...deps })
  const another = async () => new Pacer({ leases: (await openStore(folder)).store.leases, ...deps })
  const request = (path = '/', more: Partial<SendRequest> = {}): SendRequest => ({
    method: 'GET',
    url: new URL(path, 'https://slow.example'),
    headers: {},
    ...more,
  })
  return { time, store, thirdParty, pacer, another, request, send: pacer.paced(slow, thirdParty.send) }
}

const codeOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'sent',
    (error: { code?: string; retryAfterSeconds?: number; retryable?: boolean }) => error,
  )

describe('in one process', () => {
  test('requests begin three seconds apart, in the order in which they came', async () => {
    const { time, thirdParty, send, request } = await scene()
    const sent = Promise.all(['/1', '/2', '/3'].map((path) => send(request(path))))
    await time.pass(2_999)
    expect(thirdParty.times).toEqual([0])
    await time.pass(3_001)
    await sent
    expect(thirdParty.times).toEqual([0, 3000, 6000])
    expect(thirdParty.begun.map(([, { url }]) => url.pathname)).toEqual(['/1', '/2', '/3'])
    expect(time.pending).toBe(0)
  })

  test('one that comes after the pause is not kept waiting', async () => {
    const { time, thirdParty, send, request } = await scene()
    await send(request())
    await time.pass(3000)
    await send(request())
    expect(thirdParty.times).toEqual([0, 3000])
  })

  test('there is one request at a time, and the next begins three seconds after its end', async () => {
    const { time, thirdParty, send, request } = await scene()
    let answer = () => {}
    thirdParty.hold = new Promise((resolve) => {
      answer = resolve
    })
    const sent = Promise.all([send(request()), send(request())])
    await time.pass(10_000)
    expect(thirdParty.times).toEqual([0])
    answer()
    await time.pass(2_999)
    expect(thirdParty.times).toEqual([0])
    await time.pass(1)
    await sent
    expect(thirdParty.times).toEqual([0, 13_000])
  })

  test('a request that failed counts as well, and lets the next one go', async () => {
    const { time, thirdParty, pacer, request } = await scene()
    const send = pacer.paced(slow, async (asked) => {
      await thirdParty.send(asked)
      throw new Error('broken off')
    })
    const sent = Promise.allSettled([send(request()), send(request())])
    await time.pass(3000)
    expect((await sent).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(thirdParty.times).toEqual([0, 3000])
  })

  test('a long line is refused at once, with the time after which to try again', async () => {
    const { time, thirdParty, send, request } = await scene()
    const sent = Array.from({ length: 9 }, () => codeOf(send(request())))
    await settled()
    const refused = { code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: 21 }
    expect(await sent[8]).toMatchObject(refused)
    expect(await sent[7]).toMatchObject({ ...refused, message: expect.stringContaining('one every 3 seconds') })
    await time.pass(18_000)
    expect(await Promise.all(sent.slice(0, 7))).toEqual(Array(7).fill('sent'))
    expect(thirdParty.times).toEqual([0, 3, 6, 9, 12, 15, 18].map((seconds) => seconds * 1000))
  })

  test('nobody waits for more than 20 seconds behind a request that takes long', async () => {
    const { time, thirdParty, send, request } = await scene()
    let answer = () => {}
    thirdParty.hold = new Promise((resolve) => {
      answer = resolve
    })
    const first = codeOf(send(request()))
    const second = codeOf(send(request()))
    await time.pass(20_000)
    expect(await second).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 3 })
    answer()
    expect(await first).toBe('sent')
    expect(time.pending).toBe(0)
  })

  test('one whose caller has gone leaves the line, and the others move up', async () => {
    const { time, thirdParty, send, request } = await scene()
    const caller = new AbortController()
    const sent = [
      codeOf(send(request('/1'))),
      codeOf(send(request('/2', { signal: caller.signal }))),
      codeOf(send(request('/3'))),
    ]
    await time.pass(1000)
    caller.abort('gone')
    expect(await sent[1]).toBe('gone')
    await time.pass(2000)
    expect(await sent[2]).toBe('sent')
    expect(thirdParty.begun.map(([, { url }]) => url.pathname)).toEqual(['/1', '/3'])
    expect(thirdParty.times).toEqual([0, 3000])
    expect(await codeOf(send(request('/4', { signal: caller.signal })))).toBe('gone')
    expect(time.pending).toBe(0)
  })

  test('the wait is taken off the time for the answer', async () => {
    const { time, thirdParty, send, request } = await scene()
    const sent = Promise.all([send(request()), send(request()), send(request('/', { timeoutMs: 5000 }))])
    await time.pass(6000)
    await sent
    expect(thirdParty.begun.map(([, { timeoutMs }]) => timeoutMs)).toEqual([30_000, 27_000, 1])
  })

  test('connectors have a pace each, and most have none', async () => {
    const { thirdParty, pacer, request } = await scene()
    const other = defineConnector({ ...facts, name: 'other', pace: { everyMs: 60_000 } })
    expect(pacer.paced(defineConnector({ ...facts, name: 'fast' }), thirdParty.send)).toBe(thirdParty.send)
    await pacer.paced(slow, thirdParty.send)(request())
    await pacer.paced(other, thirdParty.send)(request())
    expect(thirdParty.times).toEqual([0, 0])
    expect(await codeOf(pacer.paced(other, thirdParty.send)(request()))).toMatchObject({ retryAfterSeconds: 60 })
  })

  test('it is the pace of a connector, whichever call asks for it', async () => {
    const { thirdParty, pacer, request } = await scene()
    await pacer.paced(slow, thirdParty.send)(request())
    void codeOf(pacer.paced(slow, thirdParty.send)(request()))
    await settled()
    expect(thirdParty.begun).toHaveLength(1)
  })
})

describe('in processes on one store', () => {
  test('the requests of both are one line', async () => {
    const { time, thirdParty, another, send, request } = await scene()
    const other = (await another()).paced(slow, thirdParty.send)
    const sent = Promise.all([send(request()), other(request()), send(request()), other(request())])
    await time.pass(9_300)
    await sent
    const gaps = thirdParty.times.slice(1).map((at, index) => at - (thirdParty.times[index] ?? 0))
    expect(thirdParty.begun).toHaveLength(4)
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(3000)
    expect(time.pending).toBe(0)
  })

  test('a request of one keeps the other waiting until three seconds after its end', async () => {
    const { time, thirdParty, another, send, request } = await scene()
    let answer = () => {}
    thirdParty.hold = new Promise((resolve) => {
      answer = resolve
    })
    const first = send(request())
    await settled()
    const second = (await another()).paced(slow, thirdParty.send)(request())
    await time.pass(8_000)
    expect(thirdParty.begun).toHaveLength(1)
    answer()
    await first
    await time.pass(2_999)
    expect(thirdParty.begun).toHaveLength(1)
    await time.pass(101)
    await second
    expect(thirdParty.times).toEqual([0, 11_000])
  })

  test('a process that ended within a request is waited for no longer than the request could have taken', async () => {
    const { time, store, thirdParty, send, request } = await scene()
    await store.leases.acquire('pace:slow', 'one that is gone', time.clock() + 35_000, time.clock())
    const first = codeOf(send(request()))
    await time.pass(20_000)
    expect(await first).toMatchObject({ code: 'RATE_LIMITED' })
    const second = codeOf(send(request()))
    await time.pass(15_000)
    expect(await second).toBe('sent')
    expect(thirdParty.begun).toHaveLength(1)
  })
})

test.each([0, -1, 0.5, Number.NaN])('a pace of %s milliseconds is none', (everyMs) => {
  expect(() => defineConnector({ ...facts, name: 'wrong', pace: { everyMs } })).toThrow(/pace of connector "wrong"/)
})
