import { describe, expect, test } from 'vitest'
import { ConnectorsClient, type ExecuteOptions } from '../../../src/client/index.js'
import { envelope, failureOf, inProcess, json } from '../scripted-service.js'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const OK = () => json({ data: 'done' })

type Answer = () => Response | Promise<Response>

const refused =
  (status: number, recovery: Record<string, unknown>, headers: Record<string, string> = {}): Answer =>
  () =>
    json(envelope('RATE_LIMITED', 'Wait.', { recovery }), { status, headers })

const networkError: Answer = () => Promise.reject(new TypeError('fetch failed'))

/** Plays the answers in order, the last one again and again; gives the outcome, how often it was asked, and the waits in seconds. */
async function play(answers: Answer[], options: ExecuteOptions) {
  const waits: number[] = []
  const { fetch, sent } = inProcess(() => (answers[Math.min(sent.length, answers.length) - 1] ?? OK)())
  const connectors = new ConnectorsClient({
    baseUrl: 'http://x',
    fetch,
    userToken: 't',
    clock: () => NOW,
    sleep: async (ms) => {
      waits.push(ms / 1000)
    },
  })
  const outcome = await connectors.execute('github', 'x', options).catch((error: unknown) => error)
  return { outcome, calls: sent.length, waits }
}

describe('a failed request is repeated only if the service allows it', () => {
  const MAY = { retryable: true }
  const IN_90_S = new Date(NOW + 90_000).toUTCString()
  const IN_20_S = new Date(NOW + 20_000).toUTCString()

  test.each<[string, Answer, number[]]>([
    ['after what the envelope asks for', refused(429, { retryable: true, retry_after_seconds: 7 }), [7]],
    ['whatever the status', refused(403, { retryable: true, retry_after_seconds: 1 }), [1]],
    ['at once when asked so', refused(503, { retryable: true, retry_after_seconds: 0 }), [0]],
    ['after 64 s', refused(503, { retryable: true, retry_after_seconds: 64 }), [64]],
    ['after Retry-After in seconds', refused(429, MAY, { 'retry-after': '9' }), [9]],
    ['after Retry-After as a date', refused(429, MAY, { 'retry-after': IN_20_S }), [20]],
    [
      'after what the envelope asks for, before Retry-After',
      refused(429, { ...MAY, retry_after_seconds: 2 }, { 'retry-after': '50' }),
      [2],
    ],
  ])('%s', async (_, failure, expected) => {
    const { outcome, calls, waits } = await play([failure, OK], { maxAttempts: 2 })
    expect({ outcome, calls, waits }).toEqual({
      outcome: { data: 'done', meta: null, actedAs: null },
      calls: 2,
      waits: expected,
    })
  })

  test.each<[string, Answer]>([
    ['it says no', refused(429, { retryable: false }, { 'retry-after': '1' })],
    ['it says nothing', () => json({ detail: 'busy' }, { status: 503, headers: { 'retry-after': '1' } })],
    ['it says so in another form', refused(503, { retryable: 'true' })],
    ['the network fails', networkError],
    ['the wait would be over 64 s', refused(503, { retryable: true, retry_after_seconds: 65 })],
    ['the wait would be over 64 s by Retry-After', refused(503, MAY, { 'retry-after': '65' })],
    ['the wait would be over 64 s by date', refused(503, MAY, { 'retry-after': IN_90_S })],
    ['the answer is out of contract', () => json('text')],
  ])('and not when %s', async (_, failure) => {
    const { outcome, calls, waits } = await play([failure, OK], { maxAttempts: 11 })
    expect(outcome).toMatchObject({ name: 'ApiError' })
    expect({ calls, waits }).toEqual({ calls: 1, waits: [] })
  })

  test('and not by default', async () => {
    const { calls, outcome } = await play([refused(429, { ...MAY, retry_after_seconds: 1 }), OK], {})
    expect(calls).toBe(1)
    expect(outcome).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: 1 })
  })

  test('after 1, 2, 4, … 64 s plus up to one of jitter, with eleven attempts at most', async () => {
    const { calls, waits, outcome } = await play([refused(429, MAY)], { maxAttempts: 11 })
    expect(calls).toBe(11)
    expect(outcome).toMatchObject({ code: 'RATE_LIMITED' })
    expect(waits.map(Math.floor)).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64, 64])
    expect(waits.every((wait) => wait < 65)).toBe(true)
  })

  test('and the last failure is thrown', async () => {
    const { outcome, calls } = await play([refused(429, MAY), () => json({ detail: 'x' }, { status: 404 })], {
      maxAttempts: 5,
    })
    expect(calls).toBe(2)
    expect(outcome).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('replayUnsafe', () => {
  test.each<[string, Answer]>([
    ['429', refused(429, { retryable: false })],
    ['500', () => new Response('', { status: 500 })],
    ['503', refused(503, { retryable: false, retry_after_seconds: 3000 }, { 'retry-after': '3000' })],
    ['a network error', networkError],
  ])('repeats a request after %s with a delay, whatever the service says', async (_, failure) => {
    const { calls, waits, outcome } = await play([failure, failure, OK], { maxAttempts: 3, replayUnsafe: true })
    expect(calls).toBe(3)
    expect(waits.map(Math.floor)).toEqual([1, 2])
    expect(outcome).toMatchObject({ data: 'done' })
  })

  test('does not repeat a request after a 4xx', async () => {
    const { calls } = await play([refused(400, { retryable: true }), OK], { maxAttempts: 3, replayUnsafe: true })
    expect(calls).toBe(1)
  })

  test('has no effect without attempts', async () => {
    expect((await play([networkError, OK], { replayUnsafe: true })).calls).toBe(1)
  })
})

test.each([0, -1, 12, 1.5, Number.NaN])('maxAttempts %s is refused before sending', async (maxAttempts) => {
  const { outcome, calls } = await play([OK], { maxAttempts })
  expect(outcome).toMatchObject({ code: 'INVALID_PARAMETERS' })
  expect(calls).toBe(0)
})

describe('aborting the wait for a retry', () => {
  const busy = () =>
    json(envelope('RATE_LIMITED', 'Wait.', { recovery: { retryable: true, retry_after_seconds: 60 } }), { status: 429 })

  test('ends the wait at once and throws the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { fetch, sent } = inProcess(() => {
      setImmediate(() => controller.abort(reason))
      return busy()
    })
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    const call = connectors.execute('github', 'x', { maxAttempts: 3, signal: controller.signal })
    expect(await failureOf(call)).toBe(reason)
    expect(sent).toHaveLength(1)
  })

  test('prevents the retry even if the wait ignores the signal', async () => {
    const controller = new AbortController()
    const { fetch, sent } = inProcess(busy)
    const sleep = async () => controller.abort(new Error('enough'))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't', sleep })
    await failureOf(connectors.execute('github', 'x', { maxAttempts: 3, signal: controller.signal }))
    expect(sent).toHaveLength(1)
  })
})
