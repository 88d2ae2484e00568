import { describe, expect, test } from 'vitest'
import { once } from '../../src/base/once.js'
import { KeyedFlights, makeOnce, singleFlight } from '../../src/base/single-flight.js'

/** A function that counts its calls and is answered by the test, the first call first. */
function answered<T>() {
  const calls: { resolve: (value: T) => void; reject: (error: Error) => void }[] = []
  const run = () => new Promise<T>((resolve, reject) => void calls.push({ resolve, reject }))
  return { calls, run }
}

describe('singleFlight', () => {
  test('callers at the same time share one call, and the next caller gets another', async () => {
    const { calls, run } = answered<number>()
    const shared = singleFlight(run)
    const [first, second] = [shared(), shared()]
    expect(calls).toHaveLength(1)
    calls[0]?.resolve(1)
    expect(await Promise.all([first, second])).toEqual([1, 1])
    const third = shared()
    calls[1]?.resolve(2)
    expect(await third).toBe(2)
  })

  test('a failure goes to all who waited, and is forgotten', async () => {
    const { calls, run } = answered<number>()
    const shared = singleFlight(run)
    const waiting = Promise.allSettled([shared(), shared()])
    calls[0]?.reject(new Error('locked'))
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = shared()
    calls[1]?.resolve(7)
    expect(await next).toBe(7)
  })
})

describe('makeOnce', () => {
  test('what was made is kept, however many asked for it at the same time', async () => {
    const { calls, run } = answered<object>()
    const get = makeOnce(run)
    const both = [get(), get()]
    const made = {}
    calls[0]?.resolve(made)
    for (const one of [...both, get()]) expect(await one).toBe(made)
    expect(calls).toHaveLength(1)
  })

  test('a failure is not kept: the next call after it makes another attempt', async () => {
    const { calls, run } = answered<number>()
    const get = makeOnce(run)
    const first = get()
    calls[0]?.reject(new Error('locked'))
    await expect(first).rejects.toThrow('locked')
    expect(get.existing()).toBeUndefined()
    const second = get()
    calls[1]?.resolve(5)
    expect(await second).toBe(5)
  })

  test('a function that throws at once fails like one that throws later, and is called again', async () => {
    let attempts = 0
    const get = makeOnce<number>(() => {
      attempts += 1
      if (attempts === 1) throw new Error('no')
      return attempts
    })
    await expect(get()).rejects.toThrow('no')
    expect(await get()).toBe(2)
  })

  test('after forget another one is made, and the failure of the first does not undo it', async () => {
    const { calls, run } = answered<number>()
    const get = makeOnce(run)
    const first = get()
    expect(get.existing()).toBe(first)
    get.forget()
    const second = get()
    calls[0]?.reject(new Error('too late'))
    await expect(first).rejects.toThrow('too late')
    expect(get.existing()).toBe(second)
    calls[1]?.resolve(2)
    expect(await get()).toBe(2)
  })
})

describe('KeyedFlights', () => {
  test('one call for each key, and none is kept when it is done', async () => {
    const { calls, run } = answered<string>()
    const flights = new KeyedFlights<string>()
    const [a, again, b] = [flights.run('a', run), flights.run('a', run), flights.run('b', run)]
    expect(calls).toHaveLength(2)
    calls[0]?.resolve('A')
    calls[1]?.reject(new Error('B'))
    expect(await Promise.all([a, again])).toEqual(['A', 'A'])
    await expect(b).rejects.toThrow('B')
    void flights.run('a', run)
    expect(calls).toHaveLength(3)
  })

  test('a caller that has not seen the outcome yet finds the call under way', async () => {
    const { calls, run } = answered<string>()
    const flights = new KeyedFlights<string>()
    let outcome: string | undefined
    void flights.run('a', run).then((value) => {
      outcome = value
    })
    calls[0]?.resolve('A')
    while (outcome === undefined) {
      void flights.run('a', run)
      await Promise.resolve()
    }
    expect(calls).toHaveLength(1)
  })

  test('settled waits for failing calls, and for those that begin meanwhile', async () => {
    const { calls, run } = answered<string>()
    const flights = new KeyedFlights<string>()
    const done: string[] = []
    flights.run('a', run).catch(() => {
      done.push('a')
      void flights.run('b', run).then(() => done.push('b'))
      calls[1]?.resolve('B')
    })
    const settled = flights.settled().then(() => done.push('settled'))
    calls[0]?.reject(new Error('A'))
    await settled
    expect(done).toEqual(['a', 'b', 'settled'])
    await flights.settled()
  })
})

describe('once', () => {
  test('the function is called once, also where it returns undefined', () => {
    let calls = 0
    const get = once(() => {
      calls += 1
    })
    get()
    get()
    expect(calls).toBe(1)
  })

  test('what it throws is not kept', () => {
    let calls = 0
    const get = once(() => {
      calls += 1
      if (calls === 1) throw new Error('no')
      return calls
    })
    expect(get).toThrow('no')
    expect(get()).toBe(2)
    expect(get()).toBe(2)
  })
})
