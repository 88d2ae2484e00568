import type { Clock } from '../../base/clock.js'
import { ConnectorsError, isForOperator } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import { uuid } from '../../base/random.js'
import type { Schedule } from '../../base/schedule.js'
import { hashSecret } from '../../crypto/index.js'
import type { LinkCompletion, LinkRow, Store } from '../../store/store.js'
import type { TrialResult } from '../accounts/trial.js'
import type { Caller } from '../tenants/users.js'
import type { LinkBinding } from '../vault/seal-contexts.js'
import type { Vault } from '../vault/vault.js'
import {
  type DeviceLink,
  type DeviceSecrets,
  FINISHING_TIME,
  type FormValues,
  LINK_LIFETIME,
  LINK_RETENTION,
  type Link,
  type LinkDraft,
  type LinkFailureCode,
  linkFailureCodeOf,
  type PendingAuthorization,
  toReason,
  type UnconfirmedResponse,
} from './link.js'
import {
  callbackColumn,
  linkOf,
  openSealedLink,
  type SealedLink,
  type SealedOutcome,
  sealedFinishedLink,
  sealedOf,
  sealLink,
} from './sealed-link.js'

/** The minimum remaining lifetime for a pending link to be offered again. Milliseconds. */
const TIME_TO_FINISH = 2 * 60_000
/** The longest third-party text that is kept with a failed link, as JSON. Characters. */
const UPSTREAM_LIMIT = 2000
const INTERRUPTED = 'The link was interrupted while it was being finished; nothing was linked. Start another one.'

/** The purpose of a link. Two with the same purpose are interchangeable while they are pending. */
export interface LinkPurpose {
  kind: Link['kind']
  caller: Caller
  connector: string
  callbackUrl: string | null
  replaceDuplicate: Link['replaceDuplicate']
}

export interface NewLink extends LinkPurpose {
  code?: string
  request?: PendingAuthorization
  device?: DeviceSecrets
  form?: FormValues | undefined
  /** Milliseconds since the epoch; the link expires earlier if its own lifetime ends first. */
  expiresBy?: number
}

/** What a person must still decide on: a configuration that works, or a response of a third party. */
export type PendingDecision = { draft: LinkDraft } | { unconfirmed: UnconfirmedResponse }

/** An earlier release did not store what the person of a device link sees. */
const canBeShown = (link: Link): boolean => link.kind !== 'device' || link.device?.shown !== undefined

interface LinksDeps {
  store: Store
  vault: Vault
  clock: Clock
  schedule: Schedule
  /** For the operator. */
  log?: Logger | undefined
}

/** The links in the store, opened and sealed. Each step is one statement, so that of two concurrent attempts one succeeds. */
export class Links {
  readonly #deps: LinksDeps

  constructor(deps: LinksDeps) {
    this.#deps = deps
  }

  async begin({ kind, caller, connector, callbackUrl, replaceDuplicate, ...begun }: NewLink): Promise<Link> {
    const { store, clock } = this.#deps
    const { code, request, device, form, expiresBy = Number.POSITIVE_INFINITY } = begun
    const now = clock()
    const bound = {
      id: uuid(),
      clientId: caller.clientId,
      userId: caller.userId,
      connector,
      stateHash: request === undefined ? null : hashSecret(request.state),
      callbackUrl: callbackColumn(callbackUrl),
      replaceDuplicate: replaceDuplicate === true,
    }
    const replaceSame = replaceDuplicate === 'same' ? true : undefined
    const sealed: SealedLink = { kind, caller, code, request, device, form, replaceSame }
    const row: LinkRow = {
      ...bound,
      sealed: await this.#seal(bound, sealed),
      status: 'pending',
      userIdentifier: null,
      error: null,
      createdAt: now,
      expiresAt: Math.min(now + LINK_LIFETIME, expiresBy),
    }
    await store.links.deleteExpired(now - LINK_RETENTION)
    await store.links.insert(row)
    return linkOf(row, sealed, now)
  }

  /** A link in its current state; one whose process is gone has failed. */
  async find(id: string): Promise<Link | undefined> {
    const row = await this.#deps.store.links.find(id)
    if (!row) return undefined
    const link = await this.#open(row)
    if (link.state.phase !== 'finishing' || row.expiresAt + FINISHING_TIME > this.#deps.clock()) return link
    // The account is stored together with the link's outcome, and only for a link that has not ended, so nothing is linked
    // and nothing will be.
    await this.fail(link, new ConnectorsError('LINK_FAILED', INTERRUPTED))
    const ended = await this.#deps.store.links.find(id)
    return ended && this.#open(ended)
  }

  /** @param state as an authorization server sends it back */
  async findByState(state: string): Promise<Link | undefined> {
    const row = await this.#deps.store.links.findByState(hashSecret(state))
    return row && this.#open(row)
  }

  /** The pending link for the same purpose, whichever process began it. */
  async findPending({
    kind,
    caller,
    connector,
    callbackUrl,
    replaceDuplicate,
  }: LinkPurpose): Promise<Link | undefined> {
    const { store, clock } = this.#deps
    const flag = replaceDuplicate === true
    const query = { userId: caller.userId, connector, callbackUrl: callbackColumn(callbackUrl), replaceDuplicate: flag }
    for (const row of await store.links.findPending(query, clock() + TIME_TO_FINISH)) {
      const link = await this.#open(row)
      if (link.kind === kind && link.replaceDuplicate === replaceDuplicate && canBeShown(link)) return link
    }
    return undefined
  }

  /** Records where the person is sent; false when that was done before, or the link has ended. */
  async start(link: Link, request: PendingAuthorization, browser: string): Promise<boolean> {
    const stateHash = hashSecret(request.state)
    const sealed = await this.#seal({ ...link.row, stateHash }, { ...sealedOf(link), browser, request })
    return this.#deps.store.links.start(link.id, stateHash, sealed)
  }

  /** Takes a pending link, once: from here on a failure ends it. Undefined when it is no longer pending. */
  async claim({ id }: Pick<Link, 'id'>): Promise<Link | undefined> {
    const row = await this.#deps.store.links.claim(id, this.#deps.clock())
    return row && this.#open(row)
  }

  /** Takes a link as `claim` does, if it still has the authorization request that it was found by. */
  async take({ row: { stateHash } }: Link): Promise<Link | undefined> {
    const row = await this.#deps.store.links.take(stateHash ?? '', this.#deps.clock())
    return row && this.#open(row)
  }

  /**
   * Stores with a link what a person must decide on. It is deleted with the decision, and when the link ends or expires.
   * @param link as it was read; if it has changed since, nothing is stored
   * @returns whether it was stored
   */
  async keep(link: Link, undecided: PendingDecision, browser: string): Promise<boolean> {
    const { clock, schedule } = this.#deps
    const left = link.expiresAt - clock()
    if (left <= 0 || !(await this.#reseal(link, { ...sealedOf(link), browser, ...undecided }))) return false
    // It is deleted even if the expired link is never read.
    schedule(() => void this.#dropExpired(link.id).catch(() => {}), left)
    return true
  }

  /** Forgets what a person was to decide on. @param form what the form shows afterwards, where there is one */
  async drop(link: Link, form?: FormValues): Promise<void> {
    const { draft, unconfirmed, ...rest } = sealedOf(link)
    if (draft || unconfirmed) await this.#reseal(link, form ? { ...rest, form } : rest)
  }

  /** Changes what the form of a link shows, unless the link was changed meanwhile. */
  async fillIn(link: Link, form: FormValues): Promise<void> {
    await this.#reseal(link, { ...sealedOf(link), form })
  }

  /** Changes the polling data of a device link, unless it was changed meanwhile. */
  async setDevice(link: DeviceLink, device: DeviceSecrets): Promise<void> {
    await this.#reseal(link, { ...sealedOf(link), device })
  }

  /**
   * Returns a taken link to pending, so that the person can go to the third party with another request.
   * @param link as it was before it was taken
   * @returns false when it has ended
   */
  async reopen(link: Link): Promise<boolean> {
    const { store, clock } = this.#deps
    if (link.expiresAt <= clock()) return false
    const { request: _, unconfirmed: __, ...rest } = sealedOf(link)
    const sealed = await this.#seal({ ...link.row, stateHash: null }, rest)
    return store.links.reopen(link.id, { sealed, expiresAt: link.expiresAt })
  }

  /**
   * What the store records about the link, together with the account.
   * @param replacedAccount the account it replaces, as in `StoredAccount`
   */
  async completionFor(
    link: Link,
    { scopes, server, readOnly }: TrialResult,
    replacedAccount: string | null,
  ): Promise<LinkCompletion> {
    const seal = (replaced: boolean) =>
      this.#seal(link.row, sealedFinishedLink(link, { replaced, replacedAccount, scopes, server, readOnly }))
    return { linkId: link.id, sealed: { added: await seal(false), replaced: await seal(true) } }
  }

  /**
   * Records that the link failed, and why; one that has already ended stays as it is.
   * @param as the code for the callback URL, where the error does not determine it
   */
  async fail(link: Link, error: unknown, as: LinkFailureCode = linkFailureCodeOf(error)): Promise<void> {
    const { store, log } = this.#deps
    const reason = toReason(error)
    if (isForOperator(reason)) log?.error({ err: error, connector: link.connector }, 'a link could not be finished')
    const { message, details } = reason
    const upstream = details?.upstream
    const isKept = upstream !== undefined && JSON.stringify(upstream).length <= UPSTREAM_LIMIT
    const end: SealedOutcome = isKept ? { message, upstream } : { message }
    await store.links.finish(link.id, { error: as }, await this.#seal(link.row, sealedFinishedLink(link, end)))
  }

  async #dropExpired(id: string): Promise<void> {
    const row = await this.#deps.store.links.find(id)
    const link = row && (await this.#open(row))
    if (link?.state.phase === 'expired') await this.drop(link)
  }

  async #reseal(link: Link, sealed: SealedLink): Promise<boolean> {
    return this.#deps.store.links.reseal(link.id, link.row.sealed, await this.#seal(link.row, sealed))
  }

  #seal(link: LinkBinding, sealed: SealedLink): Promise<string> {
    return sealLink(this.#deps.vault, link, sealed)
  }

  async #open(row: LinkRow): Promise<Link> {
    const { vault, clock } = this.#deps
    return linkOf(row, await openSealedLink(vault, row), clock())
  }
}
