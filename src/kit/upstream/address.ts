import { RememberedTexts } from '../../base/remembered-texts.js'
import { withoutTrailingSlashes } from '../../base/trailing-slashes.js'
import type { Path } from '../../http/path.js'
import type { Dialect } from '../dialect/dialect.js'
import type { Query } from './query.js'

/** A base URL in two parts, between which the path of an action goes. */
interface Base {
  /** Up to its own path, without slashes at the end. */
  start: string
  /** True where it ends with the host, to which nothing may be added. */
  endsWithHost: boolean
  /** Its own parameters. */
  search: string
}

/** There are as many as an operator has connectors and hosts. */
const bases = new RememberedTexts<Base>({ most: 200, longest: 2_000 })

function readBase(text: string): Base {
  const url = new URL(text)
  const { search } = url
  url.search = ''
  url.hash = ''
  return { start: withoutTrailingSlashes(url.href), endsWithHost: /^\/+$/.test(url.pathname), search }
}

/** What is added to the address of a base URL. */
interface Asked {
  path: Path
  query?: Query | undefined
  /** Parameters that name the members wanted. */
  selected?: Query | undefined
}

/** The base URL's own path and query stay; the path of an action follows, its parameters are added. */
export function addressOf(base: string, { path, query, selected }: Asked, dialect: Dialect): URL {
  const { start, endsWithHost, search } = bases.of(base, readBase)
  const added: [string, string][] = []
  if (query) for (const name in query) addValue(added, dialect.query?.(name) ?? name, query[name], dialect)
  if (selected) for (const name in selected) addValue(added, name, selected[name], dialect)
  const way = withoutMarks(path.value)
  const slash = endsWithHost && !/^[\\/]/.test(way) ? '/' : ''
  return new URL(start + slash + way + (added.length === 0 ? search : searchWith(search, added)))
}

function addValue(to: [string, string][], name: string, value: Query[string], { lists }: Dialect): void {
  if (value === undefined || value === null) return
  if (!Array.isArray(value)) to.push([name, String(value)])
  else if (lists === 'comma') to.push([name, value.map(String).join(',')])
  else for (const item of value) to.push([name, String(item)])
}

function searchWith(search: string, added: readonly [string, string][]): string {
  const own = search === '' ? [] : [...new URLSearchParams(search)]
  return `?${new URLSearchParams([...own, ...added])}`
}

/** A path ends where the one who wrote it ended it: what would begin a query or a fragment belongs to it. */
const withoutMarks = (path: string): string =>
  path.includes('?') || path.includes('#') ? path.replaceAll('?', '%3F').replaceAll('#', '%23') : path
