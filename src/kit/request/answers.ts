import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'
import type { Call } from '../call.js'
import type { Selection } from '../dialect/dialect.js'
import { memberAt } from '../member-at.js'
import type { RunResult } from '../result.js'
import type { Upstream, UpstreamRequest } from '../upstream/upstream.js'

/** A request that is about to be sent, for the one who makes the result of its answer. */
export interface Asked {
  upstream: Upstream
  request: UpstreamRequest
  input: Readonly<Record<string, unknown>>
  call: Call
}

/** How the answer of a request becomes the result of an action. */
export interface AnswerForm {
  /** Parameters that it reads itself, and that are not sent. */
  readonly reads?: readonly string[]
  /** Where the answer has what is wanted, for vendors that can be asked for some members only. */
  readonly selects?: Omit<Selection, 'fields'>
  run(asked: Asked): Promise<RunResult>
}

/** One member of the answer as the result. @throws UPSTREAM_ERROR where it is missing */
export const member = (name: string): AnswerForm => ({
  run: async ({ upstream, request }) => {
    const { json } = await upstream.send(request)
    const value = memberAt(json, name)
    if (value === undefined) throw unexpected()
    return value
  },
})

/**
 * A list without pages: the whole answer, or a member of it. Null is an empty list. @throws UPSTREAM_ERROR for anything else, and
 * where the member is missing
 */
export const list = (items?: string): AnswerForm => ({
  ...(items === undefined ? {} : { selects: { items } }),
  run: async ({ upstream, request }) => {
    const { json } = await upstream.send(request)
    if (json === null) return []
    if (items !== undefined && memberAt(json, items) === undefined) throw unexpected()
    return itemsAt(json, items)
  },
})

/** The answer without some members, for what every answer of a vendor has and says nothing: Slack's `ok`. */
export const without = (...names: readonly string[]): AnswerForm => ({
  run: async ({ upstream, request }) => {
    const { json } = await upstream.send(request)
    if (!isPlainObject(json)) throw unexpected()
    return Object.fromEntries(Object.entries(json as JsonObject).filter(([name]) => !names.includes(name)))
  },
})

/** For a request whose answer says nothing: the result is an empty object. */
export const nothing: AnswerForm = {
  run: async ({ upstream, request }) => {
    await upstream.send(request)
    return {}
  },
}

/** The result is an empty text, as the published service returns it for some actions. */
export const emptyText: AnswerForm = {
  run: async ({ upstream, request }) => {
    await upstream.send(request)
    return ''
  },
}

/** The answer is a file. */
export const file: AnswerForm = { run: ({ upstream, request }) => upstream.file(request) }

/** The answer, made into something else. @param change gets the JSON of the answer, in our spelling */
export const mapped = (change: (json: Json) => RunResult): AnswerForm => ({
  run: async ({ upstream, request }) => change((await upstream.send(request)).json),
})

/** @throws UPSTREAM_ERROR for what is not a list */
export function itemsAt(json: Json, path?: string): Json[] {
  const items = path === undefined ? json : (memberAt(json, path) ?? null)
  if (items === null) return []
  if (Array.isArray(items)) return items
  throw unexpected()
}

const unexpected = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The third party answered in a form that is not the documented one; try again later.',
  )
