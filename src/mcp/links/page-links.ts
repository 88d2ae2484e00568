import type { BegunLink } from '../deps.js'

/** Whose link of what: a second call for the same picks up the link of the first. */
export interface LinkTarget {
  /** null where the session does not know. */
  user: string | null
  connector: string
  /** null: the browser ends on our own page. */
  callbackUrl: string | null
  /** By a code on another device, not on a page of ours. */
  device: boolean
}

/** The links that wait for the person; as long as the process lives, unless they are known to be over. */
export interface PageLinks {
  /** The link begun for that, or being begun right now. */
  find(target: LinkTarget): Promise<BegunLink> | undefined
  /** Begins a link, or takes part in what another call has begun meanwhile. Failures are not kept. */
  begin(target: LinkTarget, begin: () => Promise<BegunLink>): Promise<BegunLink>
  forget(linkId: string): void
  /** The person agreed to open the page, so nobody need be asked again. */
  markOpened(linkId: string): void
  isOpened(linkId: string): boolean
}

export function createPageLinks(): PageLinks {
  const begun = new Map<string, Promise<BegunLink>>()
  const keys = new Map<string, string>()
  const opened = new Set<string>()
  const keyOf = ({ user, connector, callbackUrl, device }: LinkTarget) =>
    JSON.stringify([user, connector, callbackUrl, device])
  return {
    find: (target) => begun.get(keyOf(target)),
    begin(target, begin) {
      const key = keyOf(target)
      const running = begun.get(key)
      if (running !== undefined) return running
      const link = begin()
      begun.set(key, link)
      link.then(
        ({ link_id }) => keys.set(link_id, key),
        () => begun.delete(key),
      )
      return link
    },
    forget(linkId) {
      const key = keys.get(linkId)
      if (key !== undefined) begun.delete(key)
      keys.delete(linkId)
      opened.delete(linkId)
    },
    markOpened: (linkId) => void opened.add(linkId),
    isOpened: (linkId) => opened.has(linkId),
  }
}
