import { BoundedMap } from '../../base/bounded-map.js'

/** What a link is for; calls for the same target share a link. */
export interface LinkTarget {
  /** null if the session does not know the user. */
  user: string | null
  connector: string
  /** null: the browser ends on the service's own page. */
  callbackUrl: string | null
  /** With a code on another device, not on a page of the service. */
  device: boolean
  /** Another account of the same name may be replaced. */
  replace: boolean
}

/** How many are remembered; the oldest are dropped. */
const KEPT = 500

/**
 * The links that this process began last, so that the outcome of a link that was finished meanwhile is reported once, and a
 * person who agreed to open a page is not asked again. Pending links are found by the service, for every process.
 */
export class BegunLinks {
  readonly #last = new BoundedMap<string, string>(KEPT)
  readonly #targets = new BoundedMap<string, string>(KEPT)
  readonly #opened = new BoundedMap<string, true>(KEPT)

  /** The id of the last link for the target, until its outcome is reported. */
  last(target: LinkTarget): string | undefined {
    return this.#last.get(keyOf(target))
  }

  note(target: LinkTarget, linkId: string): void {
    this.#last.set(keyOf(target), linkId)
    this.#targets.set(linkId, keyOf(target))
  }

  /** To be called when the outcome is known, or the link is no longer wanted. */
  forget(linkId: string): void {
    const target = this.#targets.get(linkId)
    if (target !== undefined && this.#last.get(target) === linkId) this.#last.delete(target)
    this.#targets.delete(linkId)
    this.#opened.delete(linkId)
  }

  /** Records that the person agreed to open the page. */
  markOpened(linkId: string): void {
    this.#opened.set(linkId, true)
  }

  isOpened(linkId: string): boolean {
    return this.#opened.get(linkId) === true
  }
}

const keyOf = ({ user, connector, callbackUrl, device, replace }: LinkTarget): string =>
  JSON.stringify([user, connector, callbackUrl, device, replace])
