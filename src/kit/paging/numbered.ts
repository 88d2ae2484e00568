import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'
import type { ListForm, PageNumbers } from '../upstream/upstream.js'

type Links = ReadonlyMap<string, string>

/** The items of an answer; no answer at all is an empty list. @throws UPSTREAM_ERROR when it is not a list */
export function itemsOf(json: Json, form: ListForm): Json[] {
  const items = form.items === undefined ? json : (member(json, form.items) ?? null)
  if (items === null && json === null) return []
  if (Array.isArray(items)) return items
  throw new ConnectorsError('UPSTREAM_ERROR', 'The third party answered with something other than a list.')
}

/** What an answer says about itself, apart from its items. */
export function ownMeta(json: Json, form: ListForm): JsonObject {
  const total = form.total === undefined ? undefined : member(json, form.total)
  const others = (form.meta ?? []).flatMap((name) => {
    const value = member(json, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...(typeof total === 'number' ? { total } : {}), ...Object.fromEntries(others) }
}

const member = (json: Json, name: string): Json | undefined =>
  isPlainObject(json) && Object.hasOwn(json, name) ? json[name] : undefined

/**
 * The last page, where the third party names it and it lies on the origin we talk to. A link to elsewhere is ignored:
 * following it would send the credential there.
 */
export function lastPage(links: Links, baseUrl: string): { url: URL; page: number } | undefined {
  const target = links.get('last')
  if (target === undefined || !URL.canParse(target, baseUrl)) return undefined
  const url = new URL(target, baseUrl)
  const page = Number(url.searchParams.get('page'))
  return url.origin === new URL(baseUrl).origin && Number.isSafeInteger(page) && page > 0 ? { url, page } : undefined
}

/** A page as received. */
interface ShownPage {
  /** How many items it has. */
  shown: number
  links: Links
  /** The last page, where the third party names it. */
  last: { page: number } | undefined
}

/**
 * How many items and pages there are, as far as the current page and its links reveal.
 * @param countLast returns how many items the last page has; undefined when that cannot be found out
 */
export async function countAll(
  { page, size }: PageNumbers,
  { shown, links, last }: ShownPage,
  countLast: () => Promise<number | undefined>,
): Promise<{ total?: number; total_page?: number }> {
  if (last && last.page !== page) {
    const onLast = await countLast()
    return { total_page: last.page, ...(onLast === undefined ? {} : { total: (last.page - 1) * size + onLast }) }
  }
  // A page beyond the end is empty too, so an empty page reveals the total only when it is the first.
  const isLast = !links.has('next') && (shown > 0 || page === 1)
  return isLast ? { total: (page - 1) * size + shown, total_page: shown > 0 ? page : 0 } : {}
}
