import { describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { Cancellation } from '../../../src/database/cancellation.js'
import { ConnectionPool } from '../../../src/database/pools/connection-pool.js'

class FakeConnection {
  usable = true
  closed = false
  close(): void {
    this.closed = true
    this.usable = false
  }
}

function newPool(size = 2) {
  const opened: FakeConnection[] = []
  const connect = vi.fn(async () => {
    const connection = new FakeConnection()
    opened.push(connection)
    return connection
  })
  return { pool: new ConnectionPool(connect, size), connect, opened }
}

/** A query that goes on until it is told to stop. */
function held(pool: ConnectionPool<FakeConnection>, cancellation = new Cancellation(60_000)) {
  let finish: () => void = () => undefined
  let started: () => void = () => undefined
  const running = new Promise<void>((resolve) => {
    started = resolve
  })
  const done = pool.use(cancellation, async (connection) => {
    started()
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return connection
  })
  return { running, done, finish: () => finish() }
}

const quick = (pool: ConnectionPool<FakeConnection>, cancellation = new Cancellation(60_000)) =>
  pool.use(cancellation, async (connection) => connection)

describe('connections of a pool', () => {
  test('are reused by the next statement', async () => {
    const { pool, connect } = newPool()
    expect(await quick(pool)).toBe(await quick(pool))
    expect(connect).toHaveBeenCalledTimes(1)
  })

  test('never exceed the size, and waiting queries get one in their order', async () => {
    const { pool, connect } = newPool(2)
    const [first, second] = [held(pool), held(pool)]
    await Promise.all([first.running, second.running])
    const order: number[] = []
    const waiting = [1, 2, 3].map((n) => pool.use(new Cancellation(60_000), async () => order.push(n)))
    expect(connect).toHaveBeenCalledTimes(2)
    first.finish()
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
    second.finish()
    await second.done
    expect(connect).toHaveBeenCalledTimes(2)
  })

  test('that broke are replaced, busy or idle', async () => {
    const { pool, opened } = newPool(1)
    const one = held(pool)
    await one.running
    const next = quick(pool)
    if (opened[0]) opened[0].usable = false
    one.finish()
    const second = await next
    expect(second).not.toBe(opened[0])
    expect(opened[0]?.closed).toBe(true)
    second.usable = false
    expect(await quick(pool)).toBe(opened[2])
  })

  test('that cannot be opened fail one query each, and leave the pool as it was', async () => {
    const { pool, connect } = newPool(1)
    connect.mockRejectedValueOnce(new Error('first')).mockRejectedValueOnce(new Error('second'))
    const outcomes = await Promise.allSettled([quick(pool), quick(pool), quick(pool)])
    expect(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).message : 'ok')),
    ).toEqual(['first', 'second', 'ok'])
  })

  test('are returned to the pool by a query that fails', async () => {
    const { pool, connect } = newPool(1)
    const refused = new ConnectorsError('INVALID_PARAMETERS', 'no')
    await expect(pool.use(new Cancellation(60_000), async () => Promise.reject(refused))).rejects.toBe(refused)
    await quick(pool)
    expect(connect).toHaveBeenCalledTimes(1)
  })

  test('are closed when a driver throws in the middle of its work', async () => {
    const { pool, connect, opened } = newPool(1)
    await expect(pool.use(new Cancellation(60_000), async () => Promise.reject(new TypeError('no')))).rejects.toThrow(
      'no',
    )
    expect(opened[0]?.closed).toBe(true)
    await quick(pool)
    expect(connect).toHaveBeenCalledTimes(2)
  })

  test('are closed with the pool, and busy ones when they are returned', async () => {
    const { pool, opened } = newPool(2)
    const out = held(pool)
    await out.running
    await quick(pool)
    pool.close()
    expect(opened.map(({ closed }) => closed)).toEqual([false, true])
    out.finish()
    await out.done
    expect(opened.map(({ closed }) => closed)).toEqual([true, true])
  })
})

describe('cancelling a query', () => {
  test('removes a waiting query from the queue', async () => {
    const { pool } = newPool(1)
    const one = held(pool)
    await one.running
    const caller = new AbortController()
    const ended = quick(pool, new Cancellation(60_000, caller.signal))
    const patient = quick(pool)
    caller.abort()
    await expect(ended).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    one.finish()
    expect(await patient).toBe(await one.done)
  })

  test('while a connection is opened leaves that connection to the next query', async () => {
    const { pool, connect } = newPool(1)
    const caller = new AbortController()
    const ended = quick(pool, new Cancellation(60_000, caller.signal))
    caller.abort()
    await expect(ended).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    await quick(pool)
    expect(connect).toHaveBeenCalledTimes(1)
  })

  test('before the start prevents the query from running at all', async () => {
    const { pool, connect } = newPool(1)
    await expect(quick(pool, new Cancellation(60_000, AbortSignal.abort()))).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    })
    expect(connect).not.toHaveBeenCalled()
  })

  test('kills the work once, and throws the reason whatever the work does afterwards', async () => {
    const cancellation = new Cancellation(20)
    const kill = vi.fn()
    const work = new Promise<void>((_, reject) => kill.mockImplementation(() => reject(new Error('killed'))))
    await expect(cancellation.guard(work, kill)).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: expect.stringContaining('20 ms'),
    })
    expect(kill).toHaveBeenCalledTimes(1)
    expect(() => cancellation.check()).toThrow('20 ms')
  })

  test('does not interrupt work that is done', async () => {
    vi.useFakeTimers()
    try {
      const cancellation = new Cancellation(1_000)
      const kill = vi.fn()
      expect(await cancellation.guard(Promise.resolve(1), kill)).toBe(1)
      cancellation.clear()
      vi.advanceTimersByTime(5_000)
      expect(kill).not.toHaveBeenCalled()
    } finally {
      vi.useRealTimers()
    }
  })
})
