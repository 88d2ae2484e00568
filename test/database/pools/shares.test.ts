import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cancellation } from '../../../src/database/cancellation.js'
import { Shares } from '../../../src/database/pools/shares.js'
import { failureOf } from '../harness.js'

const owner = (client: string, user = 'u') => ({ client, user })
/** Takes as many as the share of the owner allows. */
function takeAll(shares: Shares, who: ReturnType<typeof owner>): number {
  let taken = 0
  while (shares.tryTake(who)) taken += 1
  return taken
}
const patient = () => new Cancellation(60_000)
/** The order in which owners get what they wait for. */
function waiting(shares: Shares, owners: readonly ReturnType<typeof owner>[]): string[] {
  const order: string[] = []
  for (const who of owners) void shares.take(who, patient()).then(() => order.push(`${who.client}.${who.user}`))
  return order
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the shares of a client', () => {
  test.each([
    [8, 5, 6],
    [50, 30, 34],
    [100, 60, 67],
    [4, 3, 3],
    [2, 2, 2],
    [1, 1, 1],
  ])('of %i places are %i for a single user and %i for all users of a client', (total, ofUser, ofClient) => {
    expect(takeAll(new Shares(total, 'x'), owner('a'))).toBe(ofUser)
    const shares = new Shares(total, 'x')
    const users = Array.from({ length: 100 }, (_, index) => takeAll(shares, owner('a', `${index}`)))
    expect(users.reduce((sum, taken) => sum + taken, 0)).toBe(ofClient)
  })

  test('leave places for the second and the third client', () => {
    const shares = new Shares(50, 'x')
    for (let user = 0; user < 60; user += 1) takeAll(shares, owner('greedy', `${user}`))
    expect(takeAll(shares, owner('second'))).toBeGreaterThanOrEqual(8)
    expect(takeAll(shares, owner('third'))).toBeGreaterThanOrEqual(2)
  })

  test('grow again when others release their places', () => {
    const shares = new Shares(8, 'x')
    const taken = takeAll(shares, owner('a'))
    for (let count = 0; count < taken; count += 1) shares.release(owner('a'))
    expect(takeAll(shares, owner('b'))).toBe(taken)
  })
})

describe('waiting for a place', () => {
  test('is ordered by client, then by user, and not first come first served', async () => {
    const shares = new Shares(1, 'x')
    shares.tryTake(owner('busy'))
    const order = waiting(shares, [owner('a', '1'), owner('a', '1'), owner('a', '2'), owner('b'), owner('busy')])
    let last = owner('busy')
    for (let count = 0; count < 5; count += 1) {
      shares.release(last)
      await settled()
      const [client = '', user = ''] = order.at(-1)?.split('.') ?? []
      last = owner(client, user)
    }
    expect(order).toEqual(['a.1', 'b.u', 'busy.u', 'a.2', 'a.1'])
  })

  test('of a user above their share does not delay others', async () => {
    const shares = new Shares(8, 'x')
    takeAll(shares, owner('a'))
    waiting(shares, [owner('a'), owner('a')])
    expect(shares.tryTake(owner('b'))).toBe(true)
  })

  test('ends with the time limit of the call, and the error says what was waited for', async () => {
    const shares = new Shares(1, 'one of the boats')
    shares.tryTake(owner('a'))
    const error = await failureOf(shares.take(owner('b'), new Cancellation(20)))
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true })
    expect(error.message).toContain('20 ms for one of the boats')
    shares.release(owner('a'))
    expect(shares.tryTake(owner('b'))).toBe(true)
  })

  test('ends when the caller aborts, and the place goes to the next', async () => {
    const shares = new Shares(1, 'x')
    shares.tryTake(owner('a'))
    const caller = new AbortController()
    const gone = failureOf(shares.take(owner('b'), new Cancellation(60_000, caller.signal)))
    const next = shares.take(owner('c'), patient())
    caller.abort()
    expect(await gone).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    shares.release(owner('a'))
    await next
  })

  test('is limited to a thousand calls of a user, and further ones get an error', async () => {
    const shares = new Shares(1, 'one of the boats')
    shares.tryTake(owner('a'))
    for (let count = 0; count < 1000; count += 1) void shares.take(owner('a'), patient())
    expect(await failureOf(shares.take(owner('a'), patient()))).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('one of the boats'),
    })
    const other = shares.take(owner('b'), patient())
    shares.release(owner('a'))
    await other
  })

  test('releasing a place twice frees it once', async () => {
    const shares = new Shares(1, 'x')
    const letGo = await shares.lend(owner('a'), patient())
    letGo()
    letGo()
    expect(shares.heldBy(owner('a'))).toEqual({ client: 0, user: 0 })
    expect(shares.tryTake(owner('b'))).toBe(true)
    expect(shares.tryTake(owner('c'))).toBe(false)
  })
})

test('whatever is taken and released, shares never exceed the total and leave room for a newcomer', () => {
  const step = fc.record({
    take: fc.boolean(),
    client: fc.integer({ min: 0, max: 3 }),
    user: fc.integer({ min: 0, max: 2 }),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (total, steps) => {
      const shares = new Shares(total, 'x')
      const held: ReturnType<typeof owner>[] = []
      for (const { take, client, user } of steps) {
        const who = owner(`${client}`, `${user}`)
        if (take && shares.tryTake(who)) held.push(who)
        const at = held.findIndex((each) => each.client === who.client && each.user === who.user)
        if (!take && at !== -1) shares.release(held.splice(at, 1)[0] ?? who)
        expect(held.length).toBeLessThanOrEqual(total)
        expect(shares.blocked(owner('newcomer'))).toBe(held.length < total ? undefined : 'all')
        expect(shares.heldBy(who).user).toBe(
          held.filter((each) => each.client === who.client && each.user === who.user).length,
        )
      }
      for (const who of held) shares.release(who)
      expect(shares.heldBy(owner('0', '0'))).toEqual({ client: 0, user: 0 })
    }),
  )
})
