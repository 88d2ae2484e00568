import type { Json, JsonObject } from '../../base/json.js'
import type { ActionResult } from './answers.js'
import { ApiError } from './api-error.js'
import { ClientFile } from './files.js'

/** Where another page of a list is: the only parameter to send in addition to those of the call. */
export type PagePosition = Readonly<{ cursor: string }> | Readonly<{ page: number }>

type Move = (position: PagePosition) => Promise<ActionResponse>

/**
 * The result of an action, with access to neighbouring pages.
 * @see the section "Paging" of the HTTP contract
 */
export class ActionResponse {
  /** An object, a list, or the file. */
  readonly data: Json | ClientFile
  readonly meta: JsonObject | null
  /** The account that acted; null if none did or the service does not say. */
  readonly actedAs: string | null
  readonly isList: boolean
  readonly #move: Move

  constructor(answer: ActionResult | ClientFile, move: Move) {
    const isFile = answer instanceof ClientFile
    this.data = isFile ? answer : answer.data
    this.meta = isFile ? null : answer.meta
    this.actedAs = answer.actedAs
    this.isList = Array.isArray(this.data)
    this.#move = move
  }

  /** True if there is a next page and the service said how to reach it. */
  hasNext(): boolean {
    return this.#position('next') !== undefined
  }

  hasPrev(): boolean {
    return this.#position('prev') !== undefined
  }

  /** Repeats the call for the next page. @returns undefined when there is none @throws as the call itself */
  async nextPage(): Promise<ActionResponse | undefined> {
    const position = this.#position('next')
    return position && (await this.#move(position))
  }

  /** Repeats the call for the page before. @returns undefined when there is none @throws as the call itself */
  async prevPage(): Promise<ActionResponse | undefined> {
    const position = this.#position('prev')
    return position && (await this.#move(position))
  }

  /**
   * This page and all after it.
   * @throws as the call itself; UPSTREAM_ERROR when the service returns the same position twice, which would never end
   */
  async *pages(): AsyncGenerator<ActionResponse, void, undefined> {
    const seen = new Set<string>()
    let current: ActionResponse = this
    for (;;) {
      yield current
      const position = current.#position('next')
      if (position === undefined) return
      rememberPosition(seen, position)
      current = await this.#move(position)
    }
  }

  /** The items of this page and of all after it; a result that is not a list is the only item. @throws as `pages` */
  async *items(): AsyncGenerator<Json | ClientFile, void, undefined> {
    for await (const page of this.pages()) {
      if (Array.isArray(page.data)) yield* page.data
      else yield page.data
    }
  }

  #position(direction: 'next' | 'prev'): PagePosition | undefined {
    return this.isList ? positionIn(this.meta, direction) : undefined
  }
}

/**
 * Where the page after that of an answer is.
 * @returns undefined on the last page, and where the service does not say how to reach the next one
 */
export const nextPage = ({ data, meta }: Pick<ActionResult, 'data' | 'meta'>): PagePosition | undefined =>
  Array.isArray(data) ? positionIn(meta, 'next') : undefined

/** A cursor, else a page number; if the service says that there is more but not where, the list ends here. */
function positionIn(meta: JsonObject | null, direction: 'next' | 'prev'): PagePosition | undefined {
  if (meta?.[`has_${direction}`] !== true) return undefined
  const cursor = meta[direction === 'next' ? 'forwards_cursor' : 'backwards_cursor']
  if (typeof cursor === 'string' && cursor !== '') return { cursor }
  const { page } = meta
  if (typeof page !== 'number' || !Number.isSafeInteger(page) || page === 0) return undefined
  const target = direction === 'next' ? page + 1 : page - 1
  return target >= 1 ? { page: target } : undefined
}

function rememberPosition(seen: Set<string>, position: PagePosition): void {
  const key = JSON.stringify(position)
  if (seen.has(key)) {
    throw new ApiError('UPSTREAM_ERROR', 'The pages of this list lead in a circle; take one page at a time instead.')
  }
  seen.add(key)
}
