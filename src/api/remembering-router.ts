import type { Result, Router } from 'hono/router'
import { RememberedTexts } from '../base/remembered-texts.js'

/** Far more than the paths that are in use at a time. */
const PATHS_KEPT = { most: 500, longest: 200 }

/** Only these are asked for again and again. What others have in their path (a link, a handle) opens something, and is not kept. */
const KEPT = '/connectors/'

/** A router that remembers where the last paths led: a path with parameters is otherwise taken apart by each request. */
export class RememberingRouter<T> implements Router<T> {
  readonly name = 'RememberingRouter'
  readonly #router: Router<T>
  readonly #found = new RememberedTexts<Result<T>>(PATHS_KEPT)

  constructor(router: Router<T>) {
    this.#router = router
  }

  add(method: string, path: string, handler: T): void {
    this.#found.clear()
    this.#router.add(method, path, handler)
  }

  match(method: string, path: string): Result<T> {
    const find = () => this.#router.match(method, path)
    return path.startsWith(KEPT) ? this.#found.of(`${method} ${path}`, find) : find()
  }
}
