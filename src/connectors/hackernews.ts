import {
  type Call,
  ConnectorsError,
  cursorMeta,
  defineAction,
  defineConnector,
  type FailureRule,
  fanOut,
  itemsAt,
  type Json,
  mapped,
  memberAt,
  offsetIn,
  path,
  Result,
  request,
  type Upstream,
  wrongCursor,
  z,
} from '../kit/index.js'

/** The most requests for items in one call. */
const MOST_REQUESTS = 200
/** How many items are read before it is decided whether more are needed; some may be read in vain. */
const ROUND = 8

const user = {
  username: z.string().min(1).describe('Name of the user; upper and lower case differ'),
}
const cursor = z.string().describe('meta.forwards_cursor of the page before; offset then has no effect').optional()

const NO_ITEM = 'Hacker News has no item with this id; check the number.'
const NO_USER =
  'Hacker News has no user of this name who has written anything; check the name, also its upper and lower case.'

/**
 * Hacker News answers with null, and the status of a success, where it has nothing. A name with a slash leads it to a part of
 * a user, which is not a user either.
 * @throws NOT_FOUND
 */
function existing(json: Json, message: string): Json {
  if (isThere(json)) return json
  throw new ConnectorsError('NOT_FOUND', message)
}

/** The ids of what a user wrote, the newest first. @throws NOT_FOUND */
const submissionsOf = async (hackernews: Upstream, username: string): Promise<number[]> =>
  idsIn(existing(await hackernews.get(path`/v0/user/${username}.json`), NO_USER), 'submitted')

const idsIn = (json: Json, member?: string): number[] =>
  itemsAt(json, member).filter((id): id is number => typeof id === 'number')

/** Reads the items of one call, some of them at the same time, and no more than a call may read. */
class ItemReader {
  left = MOST_REQUESTS
  readonly #hackernews: Upstream
  readonly #signal: AbortSignal

  constructor(hackernews: Upstream, { signal }: Pick<Call, 'signal'>) {
    this.#hackernews = hackernews.patient()
    this.#signal = signal
  }

  /** The first items of a list, as many as may still be read. Null for what is not there. */
  async read(ids: readonly number[]): Promise<Json[]> {
    const some = ids.slice(0, this.left)
    this.left -= some.length
    return fanOut(some, (id) => this.#hackernews.get(path`/v0/item/${id}.json`), { signal: this.#signal })
  }

  /**
   * Reads items in their order until enough are wanted ones, or no more may be read.
   * @returns the wanted ones, and how many ids have been decided upon
   */
  async pick(
    ids: readonly number[],
    most: number,
    isWanted: (item: Json) => boolean,
  ): Promise<{ items: Json[]; looked: number }> {
    const items: Json[] = []
    let looked = 0
    while (items.length < most && looked < ids.length && this.left > 0) {
      const size = Math.max(most - items.length, ROUND)
      for (const item of await this.read(ids.slice(looked, looked + size))) {
        if (items.length === most) break
        looked++
        if (isWanted(item)) items.push(item)
      }
    }
    return { items, looked }
  }
}

const isThere = (item: Json): boolean => memberAt(item, 'id') !== undefined
const isLive = (item: Json): boolean =>
  isThere(item) && memberAt(item, 'deleted') !== true && memberAt(item, 'dead') !== true
const isStory = (item: Json): boolean => isLive(item) && memberAt(item, 'type') === 'story'

/** @see https://github.com/HackerNews/API#new-top-and-best-stories */
const topStoriesGet = defineAction({
  name: 'top_stories_get',
  description: `List the stories and job offers on the front page of Hacker News, best first, up to 500. At most ${MOST_REQUESTS} come at once; meta.forwards_cursor leads on.`,
  examples: ["what's on Hacker News right now", 'top tech stories today', 'front page of HN'],
  effect: 'read',
  input: {
    limit: z.number().int().min(1).max(500).default(30).describe('The most stories to return'),
    offset: z.number().int().min(0).default(0).describe('How many stories to skip, from the top'),
    cursor,
  },
  run: async (hackernews, { limit, ...at }, call) => {
    const start = offsetIn(at)
    const ids = idsIn(await hackernews.get(path`/v0/topstories.json`))
    const page = ids.slice(start, start + limit)
    const { items, looked } = await new ItemReader(hackernews, call).pick(page, limit, isThere)
    const next = start + looked
    return new Result(items, cursorMeta(next < ids.length ? next : null, { total: ids.length }))
  },
})

/** @see https://github.com/HackerNews/API#items */
const itemGet = defineAction({
  name: 'item_get',
  description:
    'Get one story, comment, job, poll or poll option of Hacker News by its id: title, link, score, text as HTML, and the ids of its direct comments (`kids`).',
  examples: [
    'read this Hacker News post',
    'how many points does this story have',
    'open the comment from this HN link',
  ],
  effect: 'read',
  input: { item_id: z.number().int().describe('Id of the item, as in its URL (item?id=8863)') },
  run: request('GET /v0/item/{item_id}.json', { answer: mapped((json) => existing(json, NO_ITEM)) }),
})

/** @see https://github.com/HackerNews/API#users */
const userGet = defineAction({
  name: 'user_get',
  description:
    'Get a user of Hacker News: karma, when they joined, what they say about themselves (HTML), and the ids of all they submitted, the newest first.',
  examples: ['who is this Hacker News user', 'how much karma does pg have', 'when did they join HN'],
  effect: 'read',
  input: user,
  run: request('GET /v0/user/{username}.json', { answer: mapped((json) => existing(json, NO_USER)) }),
})

/** @see https://github.com/HackerNews/API#users */
const userStoriesGet = defineAction({
  name: 'user_stories_get',
  description: `List the stories a user posted on Hacker News, the newest first, without deleted ones. Looks through at most ${MOST_REQUESTS} of their submissions at once, so a page may be short or empty; meta.forwards_cursor leads on.`,
  examples: ['what has this person posted on Hacker News', "someone's latest HN submissions", 'stories by dang'],
  effect: 'read',
  input: {
    ...user,
    limit: z.number().int().min(1).max(100).default(30).describe('The most stories to return'),
    offset: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('How many submissions to skip, from the newest; comments count too'),
    cursor,
  },
  run: async (hackernews, { username, limit, ...at }, call) => {
    const start = offsetIn(at)
    const submitted = await submissionsOf(hackernews, username)
    const reader = new ItemReader(hackernews, call)
    const { items, looked } = await reader.pick(submitted.slice(start), limit, isStory)
    const next = start + looked
    return new Result(items, cursorMeta(next < submitted.length ? next : null))
  },
})

/** Where the reading of received comments goes on. */
interface Place {
  /** Index of the submission among those of the user, and of the comment among those on it. */
  submission: number
  comment: number
  /** How many comments are still to be skipped. */
  skip: number
}

const PLACE = /^\d{1,16}-\d{1,16}-\d{1,16}$/

/** @throws INVALID_PARAMETERS for a cursor that is not a place */
function placeIn({ cursor, offset }: { cursor?: string | undefined; offset: number }): Place {
  if (cursor === undefined) return { submission: 0, comment: 0, skip: offset }
  const [submission = 0, comment = 0, skip = 0] = PLACE.test(cursor) ? cursor.split('-').map(Number) : [Number.NaN]
  if ([submission, comment, skip].every(Number.isSafeInteger)) return { submission, comment, skip }
  throw wrongCursor()
}

/** The comments on submissions that stand next to each other, from a place on. */
const commentsOn = (parents: readonly Json[], from: Omit<Place, 'skip'>) =>
  parents
    .flatMap((parent, index) =>
      idsIn(parent, 'kids').map((id, comment) => ({ id, submission: from.submission + index, comment })),
    )
    .filter(({ submission, comment }) => submission > from.submission || comment >= from.comment)

/**
 * Hacker News lists what a user submitted, and under each item the comments on it, so both are walked.
 * @see https://github.com/HackerNews/API#users
 */
const userReceivedGet = defineAction({
  name: 'user_received_get',
  description: `List the comments on what a user submitted to Hacker News, those on their newest submission first, without deleted ones. Makes at most ${MOST_REQUESTS} requests at once, so a page may be short or empty; meta.forwards_cursor leads on.`,
  examples: ['did anyone reply to me on Hacker News', 'replies to my HN comments', 'what do people answer this user'],
  effect: 'read',
  input: {
    ...user,
    limit: z.number().int().min(1).max(100).default(30).describe('The most comments to return'),
    offset: z.number().int().min(0).default(0).describe('How many comments to skip'),
    cursor,
  },
  run: async (hackernews, { username, limit, ...at }, call) => {
    const { skip, ...from } = placeIn(at)
    const submitted = await submissionsOf(hackernews, username)
    const reader = new ItemReader(hackernews, call)
    const most = skip + limit
    const found: Json[] = []
    let place = from
    while (found.length < most && place.submission < submitted.length && reader.left > 0) {
      const parents = await reader.read(submitted.slice(place.submission, place.submission + ROUND))
      const comments = commentsOn(parents, place)
      const ids = comments.map(({ id }) => id)
      const { items, looked } = await reader.pick(ids, most - found.length, isLive)
      found.push(...items)
      place = comments[looked] ?? { submission: place.submission + parents.length, comment: 0 }
    }
    const left = Math.max(0, skip - found.length)
    const next = place.submission < submitted.length ? `${place.submission}-${place.comment}-${left}` : null
    return new Result(found.slice(skip), cursorMeta(next))
  },
})

/** Its documentation names no limit; the sentences of HTTP speak of an account, and here is none. */
const failures: readonly FailureRule[] = [
  {
    when: { status: [429] },
    code: 'RATE_LIMITED',
    message: 'Hacker News accepts no more requests from this address for now; try again later.',
    retryable: true,
  },
]

/** The texts of items and users are HTML, as Hacker News keeps them. @see https://github.com/HackerNews/API */
export const hackernews = defineConnector({
  name: 'hackernews',
  title: 'Hackernews',
  description: 'Stories, comments and users of Hacker News; needs no account.',
  categories: ['news'],
  port: 'http',
  baseUrl: 'https://hacker-news.firebaseio.com',
  auth: {},
  failures,
  actions: [topStoriesGet, itemGet, userGet, userStoriesGet, userReceivedGet],
})
