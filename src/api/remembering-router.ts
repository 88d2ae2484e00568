import type { Result, Router } from 'hono/router'
import { BoundedMap } from '../base/bounded-map.js'

/** Far more than the paths that are in use at a time. */
const PATHS_KEPT = 500
/** A longer path is looked up each time. Characters. */
const LONGEST_PATH = 200

/** Only these are asked for again and again. What others have in their path (a link, a handle) opens something, and is not kept. */
const KEPT = '/connectors/'

/** A router that remembers where the last paths led: a path with parameters is otherwise taken apart by each request. */
export class RememberingRouter<T> implements Router<T> {
  readonly name = 'RememberingRouter'
  readonly #router: Router<T>
  readonly #found = new BoundedMap<string, Result<T>>(PATHS_KEPT)

  constructor(router: Router<T>) {
    this.#router = router
  }

  add(method: string, path: string, handler: T): void {
    this.#found.clear()
    this.#router.add(method, path, handler)
  }

  match(method: string, path: string): Result<T> {
    if (path.length > LONGEST_PATH || !path.startsWith(KEPT)) return this.#router.match(method, path)
    const key = `${method} ${path}`
    const known = this.#found.get(key)
    if (known) return known
    const found = this.#router.match(method, path)
    this.#found.set(key, found)
    return found
  }
}
