import type { Clock } from '../../base/clock.js'
import type { Schedule } from '../../base/schedule.js'
import type { LinkRow, Store } from '../../store/store.js'
import type { Vault } from '../vault/vault.js'
import { type LinkSecrets, openLink, sealLink } from './link.js'

export type Records = { store: Store; vault: Vault; clock: Clock; schedule: Schedule }

/**
 * Keeps with a link what a person has yet to decide on: a configuration that works, or an answer of a third party. It goes
 * with the decision, and when the link ends or expires.
 * @param link as it was read; if it was changed since, nothing is kept
 * @returns whether it was kept
 */
export async function keepUndecided(records: Records, link: LinkRow, secrets: LinkSecrets): Promise<boolean> {
  const { store, vault, clock, schedule } = records
  const left = link.expiresAt - clock()
  if (left <= 0) return false
  if (!(await store.links.reseal(link.id, link.sealed, await sealLink(vault, link, secrets)))) return false
  // It goes even if the expired link is never looked at.
  schedule(() => void dropExpired(records, link.id).catch(() => {}), left)
  return true
}

async function dropExpired({ store, vault, clock }: Records, linkId: string): Promise<void> {
  const link = await store.links.find(linkId)
  if (link?.status === 'pending' && link.expiresAt <= clock()) await dropUndecided({ store, vault }, link)
}

/** Forgets what a person was to decide on. */
export async function dropUndecided({ store, vault }: Pick<Records, 'store' | 'vault'>, link: LinkRow): Promise<void> {
  const { draft, unconfirmed, ...secrets } = await openLink(vault, link)
  if (draft || unconfirmed) await store.links.reseal(link.id, link.sealed, await sealLink(vault, link, secrets))
}
