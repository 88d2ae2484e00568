import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'
import { nextPage } from '../../client/responses/action-response.js'
import type { ActionResult } from '../../client/responses/answers.js'

/** What vendors call how many items there may be, the most usual first. */
const LIMITS = ['limit', 'per_page', 'page_size', 'max_results', 'max_page_size', 'count', 'first', 'top']
const CURSORS = ['cursor', 'page_token', 'next_token', 'after']

/** The parameters by which an action takes a part of its list. */
export interface PageParameters {
  limit?: { name: string; most: number }
  cursor?: string
  page?: string
}

/** @param properties the parameters of an action with their JSON Schemas */
export function pageParameters(properties: Readonly<Record<string, unknown>>): PageParameters {
  const has = (name: string) => Object.hasOwn(properties, name)
  const limit = LIMITS.find((name) => has(name) && isNumber(properties[name]))
  const cursor = CURSORS.find(has)
  return {
    ...(limit === undefined ? {} : { limit: { name: limit, most: mostOf(properties[limit]) } }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(has('page') ? { page: 'page' } : {}),
  }
}

const isNumber = (schema: unknown): boolean => /"(integer|number)"/.test(JSON.stringify(schema))

/** The largest number that the schema allows. */
function mostOf(schema: unknown): number {
  const branches = isPlainObject(schema) && Array.isArray(schema.anyOf) ? schema.anyOf : [schema]
  const limits = branches.map((branch) => (isPlainObject(branch) ? branch.maximum : undefined))
  return limits.find((most) => typeof most === 'number') ?? Number.MAX_SAFE_INTEGER
}

/** The arguments of a tool that ask for a part of a list. */
export interface PageArguments {
  limit?: number | undefined
  cursor?: string | undefined
  page?: number | undefined
}

/**
 * Adds these arguments to the parameters, under the action's own names. A limit is never above what the action takes.
 * @returns the parameters, and the limit that is left to be kept here, where the action has none
 * @throws INVALID_PARAMETERS for an argument that the action has no parameter for, or that `params` gives, too
 */
export function withPage(
  params: Readonly<Record<string, unknown>>,
  { limit, cursor, page }: PageArguments,
  names: PageParameters,
): { params: Record<string, unknown>; limitHere: number | undefined } {
  const paged = { ...params }
  const put = (argument: string, name: string | undefined, value: unknown) => {
    if (value === undefined) return
    if (name === undefined)
      throw wrong(argument, `The action has no ${argument}. Leave it out; for a part of a long answer, set limit.`)
    if (Object.hasOwn(paged, name) && paged[name] !== value)
      throw wrong(argument, `Give ${argument} once: as an argument of the tool, or in params.`)
    paged[name] = value
  }
  put('cursor', names.cursor, cursor)
  put('page', names.page, page)
  if (limit === undefined || names.limit === undefined) return { params: paged, limitHere: limit }
  put('limit', names.limit.name, Math.min(limit, names.limit.most))
  return { params: paged, limitHere: undefined }
}

const wrong = (argument: string, sentence: string): ConnectorsError =>
  invalidParameters(sentence, [{ field: argument, message: 'cannot be used here' }])

/** All pages together are no longer. */
export const MOST_ITEMS = 1_000
const MOST_PAGES = 50
/** No page is begun after this. Milliseconds. */
const LONGEST = 40_000

interface Walk {
  first: ActionResult
  names: PageParameters
  /** The most items of all pages. */
  most: number
  /** The time since the walk began. Milliseconds. */
  elapsed: () => number
  /** Makes the call for another page, with these parameters in addition. */
  ask(position: Record<string, unknown>): Promise<ActionResult>
}

/**
 * Follows the pages of a list, and puts their items together.
 * @returns one list; its `meta` is that of the last page, with the number of pages. Where a page failed, `stopped_by` says how; where
 * there are more than are walked to, `has_next` and the position of the next page are there as after any other page
 */
export async function walkPages({ first, names, most, elapsed, ask }: Walk): Promise<ActionResult> {
  if (!Array.isArray(first.data)) return first
  const items: Json[] = [...first.data]
  let last = first
  let failure: JsonObject | undefined
  let pages = 1
  for (const seen = new Set<string>(); ; pages += 1) {
    const position = ownPosition(nextPage(last), names)
    const isEnough = items.length >= most || pages >= MOST_PAGES || elapsed() > LONGEST
    if (position === undefined || isEnough || seen.has(JSON.stringify(position))) break
    seen.add(JSON.stringify(position))
    try {
      const next = await ask(position)
      if (!Array.isArray(next.data)) throw new ConnectorsError('UPSTREAM_ERROR', 'A later page is not a list.')
      // One by one: a page may have more items than a call has arguments.
      for (const item of next.data) items.push(item)
      last = next
    } catch (error) {
      // What is there is shown; the pages after it can be asked for.
      if (!(error instanceof ConnectorsError)) throw error
      failure = { code: error.code, message: error.message }
      break
    }
  }
  const meta: JsonObject = { ...last.meta, pages, ...(failure ? { stopped_by: failure } : {}) }
  return { ...first, data: items, meta }
}

/** Where the next page is, by the action's own names. */
function ownPosition(next: ReturnType<typeof nextPage>, names: PageParameters): Record<string, unknown> | undefined {
  if (next === undefined) return undefined
  const [kind, value] = Object.entries(next)[0] ?? []
  const name = kind === 'cursor' ? names.cursor : names.page
  return name === undefined ? undefined : { [name]: value }
}
