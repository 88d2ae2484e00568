import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Json } from '../../src/base/json.js'
import { hackernews } from '../../src/connectors/hackernews.js'
import { FAILURES, HOSTILE_NAMES, IMPOSSIBLE_NAMES, playAgainst } from './answering.js'
import { type Exchange, play } from './harness.js'

const act = (action: string, input: unknown, exchanges?: Exchange | Exchange[]) =>
  play(hackernews, action, input, exchanges)
const failed = (played: Promise<unknown>) =>
  played.then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

/** Examples from its description at https://github.com/HackerNews/API, some members shortened. */
const STORY = {
  by: 'dhouston',
  descendants: 71,
  id: 8863,
  kids: [8952, 9224, 8917],
  score: 111,
  time: 1175714200,
  title: 'My YC app: Dropbox - Throw away your USB drive',
  type: 'story',
  url: 'http://www.getdropbox.com/u/2/screencast.html',
}
const COMMENT = {
  by: 'norvig',
  id: 2921983,
  kids: [2922097, 2922429],
  parent: 2921506,
  text: 'Aw shucks, guys ... you make me blush with your compliments.<p>Tell you what, Ill make a deal',
  time: 1314211127,
  type: 'comment',
}
const USER = { about: 'This is a <i>test</i>', created: 1173923446, id: 'jl', karma: 2937, submitted: [8265435, 4289] }

const story = (id: number, more: Record<string, Json> = {}): Json => ({
  id,
  type: 'story',
  title: `Story ${id}`,
  ...more,
})
const comment = (id: number, more: Record<string, Json> = {}): Json => ({ id, type: 'comment', by: 'other', ...more })
const got = (id: number, response: Json): Exchange => ({ request: `GET /v0/item/${id}.json`, response })
const top = (...ids: number[]): Exchange => ({ request: 'GET /v0/topstories.json', response: ids })
const userWith = (...submitted: number[]): Exchange => ({
  request: 'GET /v0/user/jl.json',
  response: { ...USER, submitted },
})
const idsOf = (data: Json): number[] => (data as { id: number }[]).map(({ id }) => id)
const times = (count: number, first = 1): number[] => Array.from({ length: count }, (_, index) => first + index)

test('needs no account', () => {
  expect(hackernews.auth).toEqual({})
  expect(hackernews.authorize).toBeUndefined()
})

describe('item_get', () => {
  test.each([STORY, COMMENT])('returns the item as it is', async (item) => {
    expect(await act('item_get', { item_id: item.id }, got(item.id, item))).toEqual({ data: item, meta: null })
  })

  test.each([0, -1, 999_999_999_999])('says that there is no item %j', async (item_id) => {
    expect(await failed(act('item_get', { item_id }, got(item_id, null)))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'Hacker News has no item with this id; check the number.',
    })
  })

  test.each(['8863', 1.5, '..', null, 2 ** 53])('sends nothing for %j', async (item_id) => {
    expect(await failed(act('item_get', { item_id }))).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})

describe('user_get', () => {
  test('returns the user as they are', async () => {
    const exchange = { request: 'GET /v0/user/jl.json', response: USER }
    expect(await act('user_get', { username: 'jl' }, exchange)).toEqual({ data: USER, meta: null })
  })
})

const BY_NAME = ['user_get', 'user_stories_get', 'user_received_get']

describe.each(BY_NAME)('%s', (action) => {
  test('says that there is no such user', async () => {
    const exchange = { request: 'GET /v0/user/JL.json', response: null }
    expect(await failed(act(action, { username: 'JL' }, exchange))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/no user of this name/),
    })
  })

  test('does not take a part of a user for one', async () => {
    const exchange = { request: 'GET /v0/user/jl%2Fkarma.json', response: 2937 }
    expect(await failed(act(action, { username: 'jl/karma' }, exchange))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each(HOSTILE_NAMES)('%j stays in its segment', async (username, segment) => {
    // Firebase refuses some characters in a path; the answer is from memory.
    const refusal = { status: 400, response: { error: 'Invalid path: Invalid token in path' } }
    const exchange = { request: `GET /v0/user/${segment}.json`, ...refusal }
    expect(await failed(act(action, { username }, exchange))).toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { message: 'Invalid path: Invalid token in path' } },
    })
  })

  test.each(IMPOSSIBLE_NAMES)('sends nothing for %j', async (username) => {
    expect(await failed(act(action, { username }))).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})

describe('top_stories_get', () => {
  test('takes 30 from the top by default', async () => {
    const ids = times(40)
    const exchanges = [top(...ids), ...ids.slice(0, 30).map((id) => got(id, story(id)))]
    const { data, meta } = await act('top_stories_get', {}, exchanges)
    expect(idsOf(data)).toEqual(ids.slice(0, 30))
    expect(meta).toEqual({ has_next: true, forwards_cursor: '30', total: 40 })
  })

  test('goes on at an offset, and by the cursor rather than by the offset', async () => {
    const some = [got(3, story(3)), got(4, { id: 4, type: 'job' })]
    const result = {
      data: [story(3), { id: 4, type: 'job' }],
      meta: { has_next: false, forwards_cursor: null, total: 4 },
    }
    expect(await act('top_stories_get', { limit: 2, offset: 2 }, [top(1, 2, 3, 4), ...some])).toEqual(result)
    const both = { limit: 2, offset: 0, cursor: '2' }
    expect(await act('top_stories_get', both, [top(1, 2, 3, 4), ...some])).toEqual(result)
  })

  test('leaves out what is not there, and keeps what is marked', async () => {
    const marked = story(3, { dead: true })
    const exchanges = [top(1, 2, 3), got(1, story(1)), got(2, null), got(3, marked)]
    const { data, meta } = await act('top_stories_get', { limit: 3 }, exchanges)
    expect(data).toEqual([story(1), marked])
    expect(meta).toEqual({ has_next: false, forwards_cursor: null, total: 3 })
  })

  test('reads 200 items at once, however many are wanted', async () => {
    const ids = times(500)
    const exchanges = [top(...ids), ...ids.slice(0, 200).map((id) => got(id, story(id)))]
    const { data, meta } = await act('top_stories_get', { limit: 500 }, exchanges)
    expect(idsOf(data)).toEqual(ids.slice(0, 200))
    expect(meta).toEqual({ has_next: true, forwards_cursor: '200', total: 500 })
  })

  test.each([[], null])('is empty for %j', async (response) => {
    const exchange = { request: 'GET /v0/topstories.json', response }
    const empty = { data: [], meta: { has_next: false, forwards_cursor: null, total: 0 } }
    expect(await act('top_stories_get', {}, exchange)).toEqual(empty)
  })

  test('is empty beyond the end', async () => {
    const { data, meta } = await act('top_stories_get', { offset: 500 }, top(1, 2))
    expect([data, meta?.has_next]).toEqual([[], false])
  })

  test('waits when it is told to, and asks again', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const busy = { request: 'GET /v0/item/1.json', status: 503, responseHeaders: { 'retry-after': '7' } }
    const played = act('top_stories_get', {}, [top(1), busy, got(1, story(1))])
    await vi.advanceTimersByTimeAsync(7000)
    expect(await played).toMatchObject({ data: [story(1)] })
  })

  test('fails when an item cannot be read', async () => {
    const broken = { request: 'GET /v0/item/1.json', status: 500 }
    expect(await failed(act('top_stories_get', {}, [top(1), broken]))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

describe('user_stories_get', () => {
  test('returns the stories that are neither deleted nor dead', async () => {
    const items: Json[] = [
      story(9),
      comment(8),
      story(7, { deleted: true }),
      story(6, { dead: true }),
      null,
      { id: 4, type: 'poll' },
      story(3),
    ]
    const exchanges = [userWith(9, 8, 7, 6, 5, 4, 3), ...items.map((item, index) => got(9 - index, item))]
    const result = await act('user_stories_get', { username: 'jl' }, exchanges)
    expect(result).toEqual({ data: [story(9), story(3)], meta: { has_next: false, forwards_cursor: null } })
  })

  test('goes on right behind the last story', async () => {
    const three = [9, 8, 7].map((id) => got(id, story(id)))
    const first = await act('user_stories_get', { username: 'jl', limit: 1 }, [userWith(9, 8, 7), ...three])
    expect(first).toEqual({ data: [story(9)], meta: { has_next: true, forwards_cursor: '1' } })
    const second = { username: 'jl', limit: 1, offset: 0, cursor: '1' }
    const exchanges = [userWith(9, 8, 7), got(8, story(8)), got(7, story(7))]
    expect(await act('user_stories_get', second, exchanges)).toMatchObject({ data: [story(8)] })
  })

  test('looks through 200 submissions, and says that there are more though it found none', async () => {
    const ids = times(201)
    const exchanges = [userWith(...ids), ...ids.slice(0, 200).map((id) => got(id, comment(id)))]
    const { data, meta } = await act('user_stories_get', { username: 'jl', limit: 100 }, exchanges)
    expect([data, meta]).toEqual([[], { has_next: true, forwards_cursor: '200' }])
  })

  test('is empty for a user who submitted nothing', async () => {
    const { submitted: _, ...user } = USER
    for (const response of [user, { ...user, submitted: [] }, { ...user, submitted: null }]) {
      const exchange = { request: 'GET /v0/user/jl.json', response }
      const { data, meta } = await act('user_stories_get', { username: 'jl' }, exchange)
      expect([data, meta]).toEqual([[], { has_next: false, forwards_cursor: null }])
    }
  })
})

describe('user_received_get', () => {
  const exchanges = [
    userWith(30, 20, 10),
    got(30, story(30, { kids: [31, 32] })),
    got(20, comment(20)),
    got(10, comment(10, { kids: [11, 12, 13] })),
    got(31, comment(31)),
    got(32, comment(32, { dead: true })),
    got(11, { id: 11, deleted: true, type: 'comment' }),
    got(12, comment(12)),
    got(13, comment(13)),
  ]

  test('returns the comments on what the user submitted, in the order of both', async () => {
    const { data, meta } = await act('user_received_get', { username: 'jl' }, exchanges)
    expect(idsOf(data)).toEqual([31, 12, 13])
    expect(meta).toEqual({ has_next: false, forwards_cursor: null })
  })

  test('goes on in the middle of the comments on one submission', async () => {
    const first = await act('user_received_get', { username: 'jl', limit: 2 }, exchanges)
    expect(idsOf(first.data)).toEqual([31, 12])
    expect(first.meta).toEqual({ has_next: true, forwards_cursor: '2-2-0' })
    const input = { username: 'jl', limit: 2, cursor: '2-2-0', offset: 7 }
    const rest = [userWith(30, 20, 10), got(10, comment(10, { kids: [11, 12, 13] })), got(13, comment(13))]
    expect(await act('user_received_get', input, rest)).toMatchObject({
      data: [comment(13)],
      meta: { has_next: false },
    })
  })

  test('an offset counts comments that are there', async () => {
    const { data, meta } = await act('user_received_get', { username: 'jl', offset: 1, limit: 1 }, exchanges)
    expect(idsOf(data)).toEqual([12])
    expect(meta).toEqual({ has_next: true, forwards_cursor: '2-2-0' })
  })

  test('an offset that is too far for one call goes on in the cursor', async () => {
    const kids = times(300, 1000)
    const parent = got(1, story(1, { kids }))
    const first = await act('user_received_get', { username: 'jl', offset: 250, limit: 10 }, [
      userWith(1),
      parent,
      ...kids.slice(0, 199).map((id) => got(id, comment(id))),
    ])
    expect(first).toEqual({ data: [], meta: { has_next: true, forwards_cursor: '0-199-51' } })
    const second = await act('user_received_get', { username: 'jl', cursor: '0-199-51', limit: 10 }, [
      userWith(1),
      parent,
      ...kids.slice(199, 260).map((id) => got(id, comment(id))),
    ])
    expect(idsOf(second.data)).toEqual(kids.slice(250, 260))
    expect(second.meta).toEqual({ has_next: true, forwards_cursor: '0-260-0' })
  })

  test('the greatest offset leads to a cursor that is taken', async () => {
    const input = { username: 'jl', offset: Number.MAX_SAFE_INTEGER }
    const { meta } = await playAgainst(hackernews, 'user_received_get', input, (address) =>
      body(address.includes('/user/') ? { ...USER, submitted: times(300) } : comment(1, { kids: [1] })),
    )
    const exchange = userWith()
    const next = { username: 'jl', cursor: meta?.forwards_cursor }
    expect(meta?.has_next).toBe(true)
    expect(await act('user_received_get', next, exchange)).toMatchObject({ data: [], meta: { has_next: false } })
  })

  test('is empty beyond the end of a list that has become shorter', async () => {
    const beyond = await act('user_received_get', { username: 'jl', cursor: '5-0-0' }, userWith(30))
    expect(beyond).toEqual({ data: [], meta: { has_next: false, forwards_cursor: null } })
    const inside = [userWith(30), got(30, story(30, { kids: [31] }))]
    expect(await act('user_received_get', { username: 'jl', cursor: '0-4-0' }, inside)).toEqual(beyond)
  })
})

describe('a cursor or a number that is not one', () => {
  const PAGED = ['top_stories_get', 'user_stories_get', 'user_received_get']
  const input = (action: string) => (action === 'top_stories_get' ? {} : { username: 'jl' })

  test.each(PAGED)('%s refuses it and sends nothing', async (action) => {
    const strange = [
      '',
      'x',
      '-1',
      '1.5',
      '1e3',
      ' 1',
      '1-2',
      '1-2-3-4',
      '1-2-x',
      '1-2--3',
      '1-2-9999999999999999',
      '../1',
    ]
    const others = action === 'user_received_get' ? ['7'] : ['1-2-3', '9999999999']
    for (const cursor of [...strange, ...others]) {
      expect(await failed(act(action, { ...input(action), cursor })), cursor).toMatchObject({
        code: 'INVALID_PARAMETERS',
        details: { errors: [{ field: 'cursor' }] },
      })
    }
    const most = action === 'top_stories_get' ? 500 : 100
    for (const wrong of [{ limit: 0 }, { limit: most + 1 }, { offset: -1 }, { offset: 0.5 }, { page: 2 }]) {
      expect(await failed(act(action, { ...input(action), ...wrong }))).toMatchObject({ code: 'INVALID_PARAMETERS' })
    }
  })
})

const body = (json: Json) => ({ body: JSON.stringify(json) })

describe.each<[string, Record<string, unknown>]>([
  ['top_stories_get', {}],
  ['item_get', { item_id: 1 }],
  ['user_get', { username: 'jl' }],
  ['user_stories_get', { username: 'jl' }],
  ['user_received_get', { username: 'jl' }],
])('%s', (action, input) => {
  test.each(FAILURES)('fails for %s', async (_, answer, error) => {
    const seen = await failed(playAgainst(hackernews, action, input, () => answer))
    expect(seen).toMatchObject(error)
  })

  test('names no account when it is refused for its rate', async () => {
    const limited = { status: 429, headers: { 'retry-after': '3600' }, body: '' }
    const error = await failed(playAgainst(hackernews, action, input, () => limited))
    expect(error.message).toBe('Hacker News accepts no more requests from this address for now; try again later.')
  })
})

/** An item of a made-up Hacker News, and whether it is deleted once the second page is asked for. */
interface Made {
  kind: 'story' | 'comment'
  state: 'live' | 'deleted' | 'dead' | 'missing'
  deletedLater: boolean
  kids: Made[]
}

const state = fc.constantFrom('live' as const, 'live' as const, 'deleted' as const, 'dead' as const, 'missing' as const)
const kind = fc.constantFrom('story' as const, 'comment' as const, 'comment' as const)
const leaf: fc.Arbitrary<Made> = fc.record({
  kind: fc.constant('comment' as const),
  state,
  deletedLater: fc.boolean(),
  kids: fc.constant([]),
})
const made = (most: number): fc.Arbitrary<Made> =>
  fc.record({ kind, state, deletedLater: fc.boolean(), kids: fc.array(leaf, { maxLength: most }) })

/** Hacker News with what one user submitted, which is also what is on top. Items are deleted as it does that: they stay listed. */
class MadeUp {
  readonly submitted: number[]
  /** Requests for items since the last call began. */
  asked = 0
  #isLater = false
  readonly #items = new Map<number, Made>()
  readonly #kids = new Map<number, number[]>()

  constructor(submissions: Made[]) {
    this.submitted = submissions.map((item) => this.#add(item))
  }

  async walk(action: string, input: Record<string, unknown>): Promise<number[]> {
    const seen: number[] = []
    let cursor: Json | undefined
    for (let calls = 0; ; calls++) {
      expect(calls).toBeLessThan(1000)
      this.asked = 0
      const { data, meta } = await playAgainst(
        hackernews,
        action,
        { ...input, ...(cursor === undefined ? {} : { cursor }) },
        (address) => this.#respond(address),
      )
      expect(this.asked).toBeLessThanOrEqual(200)
      expect((data as Json[]).length).toBeLessThanOrEqual(Number(input.limit))
      seen.push(...idsOf(data))
      this.#isLater = true
      expect(meta?.has_next).toBe(typeof meta?.forwards_cursor === 'string')
      if (meta?.has_next !== true) return seen
      expect(meta.forwards_cursor).not.toBe(cursor)
      cursor = meta.forwards_cursor
    }
  }

  /** What a walk must have seen, and what it may have seen, in this order. */
  expected(ids: number[], isWanted: (item: Made) => boolean): { must: number[]; may: number[] } {
    const may = ids.filter((id) => isWanted(this.#item(id)))
    return { may, must: may.filter((id) => !this.#item(id).deletedLater) }
  }

  kidsOf = (id: number): number[] => (this.#item(id).state === 'missing' ? [] : (this.#kids.get(id) ?? []))

  #item = (id: number): Made => this.#items.get(id) ?? expect.fail(`There is no item ${id}.`)

  #add(item: Made): number {
    const id = this.#items.size + 1
    this.#items.set(id, item)
    this.#kids.set(
      id,
      item.kids.map((kid) => this.#add(kid)),
    )
    return id
  }

  #respond(address: string) {
    if (address === '/v0/topstories.json') return body(this.submitted)
    if (address === '/v0/user/jl.json') return body({ ...USER, submitted: this.submitted })
    this.asked++
    const id = Number(/^\/v0\/item\/(\d+)\.json$/.exec(address)?.[1])
    const { kind, state, deletedLater } = this.#item(id)
    if (state === 'missing') return body(null)
    const isDeleted = state === 'deleted' || (deletedLater && this.#isLater)
    return body({
      id,
      type: kind,
      kids: this.#kids.get(id) ?? [],
      ...(isDeleted ? { deleted: true } : {}),
      ...(state === 'dead' ? { dead: true } : {}),
    })
  }
}

const isLive = ({ state }: Made): boolean => state === 'live'
const limit = fc.integer({ min: 1, max: 100 })

/** Making a large counterexample smaller could take many minutes. */
const NO_LONGER = { interruptAfterTimeLimit: 15_000 }

/** Each of `may` at most once and in its order, and all of `must`. */
function expectWalk(seen: number[], { must, may }: { must: number[]; may: number[] }): void {
  expect(seen).toEqual(may.filter((id) => seen.includes(id)))
  expect(must.filter((id) => !seen.includes(id))).toEqual([])
}

describe('by their cursors, also when items are deleted meanwhile', () => {
  test('user_stories_get shows every story once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(made(0), { maxLength: 450, size: 'max' }), limit, async (submissions, limit) => {
        const world = new MadeUp(submissions)
        const seen = await world.walk('user_stories_get', { username: 'jl', limit })
        expectWalk(
          seen,
          world.expected(world.submitted, (item) => isLive(item) && item.kind === 'story'),
        )
      }),
      { numRuns: 40, ...NO_LONGER },
    )
  })

  test('user_received_get shows every comment once, from any offset', async () => {
    const submissions = fc.oneof(
      fc.array(made(6), { maxLength: 60, size: 'max' }),
      fc.array(made(250), { maxLength: 3, size: 'max' }),
    )
    await fc.assert(
      fc.asyncProperty(submissions, limit, fc.integer({ min: 0, max: 30 }), async (submissions, limit, offset) => {
        const kept = offset === 0 ? submissions : submissions.map(withoutDeletion)
        const world = new MadeUp(kept)
        const seen = await world.walk('user_received_get', { username: 'jl', limit, offset })
        const { must, may } = world.expected(world.submitted.flatMap(world.kidsOf), isLive)
        // What is skipped can only be told where nothing was deleted.
        expectWalk(seen, { must: must.slice(offset), may: may.slice(offset) })
      }),
      { numRuns: 60, ...NO_LONGER },
    )
  })

  test('top_stories_get shows every item once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(made(0), { maxLength: 500, size: 'max' }), limit, async (submissions, limit) => {
        const world = new MadeUp(submissions)
        const seen = await world.walk('top_stories_get', { limit })
        expect(seen).toEqual(world.expected(world.submitted, ({ state }) => state !== 'missing').may)
      }),
      { numRuns: 30, ...NO_LONGER },
    )
  })
})

const withoutDeletion = (item: Made): Made => ({ ...item, deletedLater: false, kids: item.kids.map(withoutDeletion) })
