/** What a link is begun for. */
export interface LinkTarget {
  /** null where the session does not know. */
  user: string | null
  connector: string
  /** null: the browser ends on the service's own page. */
  callbackUrl: string | null
  /** By a code on another device, not on a page of the service. */
  device: boolean
}

/** How many are remembered; the oldest are dropped. */
const KEPT = 500

/**
 * The links that this process began last, so that the outcome of one that was finished meanwhile is told once, and a person
 * who agreed to open a page is not asked again. Links that wait for a person are found by the service, for every process.
 */
export class BegunLinks {
  readonly #last = new Map<string, string>()
  readonly #opened = new Set<string>()

  /** The id of the last link for that, until its outcome was told. */
  last(target: LinkTarget): string | undefined {
    return this.#last.get(keyOf(target))
  }

  note(target: LinkTarget, linkId: string): void {
    const key = keyOf(target)
    this.#last.delete(key)
    if (this.#last.size >= KEPT) this.#last.delete(this.#last.keys().next().value ?? '')
    this.#last.set(key, linkId)
  }

  /** The outcome is known, or the link is not wanted any more. */
  forget(linkId: string): void {
    for (const [key, id] of this.#last) if (id === linkId) this.#last.delete(key)
    this.#opened.delete(linkId)
  }

  /** The person agreed to open the page. */
  markOpened(linkId: string): void {
    if (this.#opened.size >= KEPT) this.#opened.delete(this.#opened.keys().next().value ?? '')
    this.#opened.add(linkId)
  }

  isOpened(linkId: string): boolean {
    return this.#opened.has(linkId)
  }
}

const keyOf = ({ user, connector, callbackUrl, device }: LinkTarget): string =>
  JSON.stringify([user, connector, callbackUrl, device])
