import {
  type BackgroundCall,
  fanOutPartly,
  itemsAt,
  type Json,
  type JsonObject,
  memberAt,
  path,
  type Query,
  type Upstream,
  z,
} from '../../../kit/index.js'

/** The most repositories of one call, and how many are looked at where it names none. */
const MOST_REPOSITORIES = 50
const BY_DEFAULT = 20
/** The most that one call gathers; each repository has an equal part of it. */
const MOST_ITEMS = 5000
const MOST_CHARACTERS = 10_000_000
const PER_PAGE = 100

const NAME = /^[\w.-]{1,100}\/[\w.-]{1,100}$/

export const repositories = z
  .array(z.string().refine((name) => NAME.test(name), 'is not in the form owner/name'))
  .max(MOST_REPOSITORIES)
  .optional()
  .describe(`Names as owner/name; without it the ${BY_DEFAULT} that the account can reach and that were pushed to last`)

/** A repository, and how much may be gathered of it. */
export interface Share {
  name: string
  owner: string
  repo: string
  items: number
  characters: number
}

/** What was gathered of one list. */
export interface Found {
  items: JsonObject[]
  truncated: boolean
}

/** What was gathered of several repositories, as it is kept. A type, since an interface does not count as JSON. */
export type OfRepositories = {
  repositories: string[]
  items: JsonObject[]
  /** The repositories that could not be read, each with a code and a sentence. */
  errors: JsonObject[]
  truncated: boolean
}

/**
 * Gathers something of each repository, four at a time. One that this account may not read does not end it.
 * @param given the names; those that were pushed to last where there are none
 * @throws as `fanOutPartly`
 */
export async function ofRepositories(
  github: Upstream,
  given: readonly string[] | undefined,
  { signal, report }: Pick<BackgroundCall, 'signal' | 'report'>,
  gatherOne: (share: Share) => Promise<Found>,
): Promise<OfRepositories> {
  const { names, truncated } = await namesOf(github, given ?? [])
  let looked = 0
  report(looked, names.length)
  const works = sharesOf(names).map((share) => {
    const work = async (): Promise<Found> => {
      const found = await gatherOne(share)
      report(++looked, names.length)
      return found
    }
    return [share.name, work] as const
  })
  const { done, errors } = await fanOutPartly(new Map(works), { as: 'repository', signal })
  return {
    repositories: names,
    items: done.flatMap(({ items }) => items),
    errors,
    truncated: truncated || done.some((found) => found.truncated),
  }
}

/** @see https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user */
async function namesOf(github: Upstream, given: readonly string[]): Promise<{ names: string[]; truncated: boolean }> {
  // GitHub does not tell names apart by their case.
  const unique = new Map(given.map((name) => [name.toLowerCase(), name]))
  if (unique.size > 0) return { names: [...unique.values()], truncated: false }
  const { json, links } = await github.read(path`/user/repos`, { sort: 'pushed', per_page: BY_DEFAULT })
  return { names: itemsAt(json).map((one) => String(memberAt(one, 'full_name'))), truncated: links.has('next') }
}

const sharesOf = (names: readonly string[]): Share[] =>
  names.map((name) => {
    const [owner = '', repo = ''] = name.split('/')
    const part = (whole: number): number => Math.floor(whole / names.length)
    return { name, owner, repo, items: part(MOST_ITEMS), characters: part(MOST_CHARACTERS) }
  })

/** A list of a repository, and what is made of its items. */
export interface Listing {
  at: ReturnType<typeof path>
  query: Query
  /** Undefined for what is left out. */
  flat: (item: Json) => JsonObject | undefined
  /** Names an item: a list that changes while it is walked can show one twice. */
  id: (item: JsonObject) => Json | undefined
  /** Whether an item, and so all that follow it, lies before what is asked for. */
  isPast?: (item: Json) => boolean
}

/** Walks the pages of a list, until its end or that of the share. */
export async function listed(github: Upstream, { at, query, flat, id, isPast }: Listing, share: Share): Promise<Found> {
  const found = new Map<Json | undefined, JsonObject>()
  let [looked, characters] = [0, 0]
  for (let page = 1; ; page++) {
    const { json, links } = await github.read(at, { ...query, per_page: PER_PAGE, page })
    for (const one of itemsAt(json)) {
      if (isPast?.(one)) return { items: [...found.values()], truncated: false }
      const item = flat(one)
      characters += item ? JSON.stringify(item).length : 0
      if (characters > share.characters) return { items: [...found.values()], truncated: true }
      if (item) found.set(id(item), item)
    }
    looked += PER_PAGE
    const isMore = links.has('next')
    if (!isMore || looked >= share.items) return { items: [...found.values()], truncated: isMore }
  }
}
