import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Json } from '../../../src/base/json.js'
import type { Exchange } from '../harness.js'
import { act } from './acting.js'

const REPO = { owner: 'octocat', repo: 'hello' }
const WEEKS: Json = [{ days: [0, 3, 26, 20, 39, 1, 0], total: 89, week: 1336280400 }]
const ACTIVITY: Json = [{ author: { login: 'octocat' }, total: 135, weeks: [{ w: 1367712000, a: 6, d: 7, c: 1 }] }]
const COUNTS: Json = { all: [11, 21], owner: [3, 2] }

const actions: [action: string, path: string, answer: Json, empty: Json][] = [
  ['get_all_contributor_commit_activity', 'contributors', ACTIVITY, []],
  ['get_the_last_year_of_commit_activity', 'commit_activity', WEEKS, []],
  ['get_weekly_commit_count', 'participation', COUNTS, { all: [], owner: [] }],
]

describe.each(actions)('%s', (action, path, answer, empty) => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const asked = (more: Partial<Exchange>): Exchange => ({ request: `GET /repos/octocat/hello/stats/${path}`, ...more })
  const COMPUTING = asked({ status: 202, response: {} })
  /** What comes of it, with the seconds that passed. */
  const outcome = async (exchanges: Exchange[]) => {
    const begun = Date.now()
    const played = act(action, REPO, exchanges).catch((error: unknown) => error)
    await vi.runAllTimersAsync()
    return { result: await played, seconds: (Date.now() - begun) / 1000 }
  }

  test('gives what GitHub has computed', async () => {
    const { result, seconds } = await outcome([asked({ response: answer })])
    expect([result, seconds]).toEqual([{ data: answer, meta: null }, 0])
  })

  test('has nothing for a repository without commits', async () => {
    const { result } = await outcome([asked({ status: 204 })])
    expect(result).toEqual({ data: empty, meta: null })
  })

  test('asks again while GitHub computes', async () => {
    const { result, seconds } = await outcome([COMPUTING, COMPUTING, asked({ response: answer })])
    expect([result, seconds]).toEqual([{ data: answer, meta: null }, 3])
  })

  test('says after five times that GitHub is not done', async () => {
    const { result, seconds } = await outcome(Array(5).fill(COMPUTING))
    expect(seconds).toBe(15)
    expect(result).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true, retryAfterSeconds: 10 })
  })
})
