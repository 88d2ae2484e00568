import type { CallbackRow, JobRow } from './job-rows.js'
import type { KeptStore } from './kept-rows.js'

export type { CallbackRow, JobRow, JobState } from './job-rows.js'

/** A tenant: an application or a team. */
export interface ClientRow {
  id: string
  name: string
  /** The hash of the API key, sealed; opaque to the store. */
  keyHash: string
  /** The tenant's data key, wrapped by a key-encryption key. Destroying it destroys every credential of the tenant. */
  dataKey: string
  isActive: boolean
  /** Milliseconds since the epoch, as every time in the store. */
  createdAt: number
  /** The origins that callback URLs may lead to; an empty list allows any. */
  callbackOrigins: string[]
}

export interface UserRow {
  id: string
  clientId: string
  /** Unique within the client. */
  identifier: string
  /** The hash of the user's secret, sealed; opaque to the store. */
  secretHash: string
  secretPreview: string
  /** Names this one secret: every new secret of the user has another one. Logins refer to it, and end with it. */
  secretSerial: string
  isActive: boolean
  createdAt: number
}

export type AuthStatus = 'active' | 'reconnect_required'

/** One account of one user at one connector. */
export interface IntegrationRow {
  id: string
  clientId: string
  userId: string
  connector: string
  /** Unique among the user's accounts at the connector. */
  userIdentifier: string
  /** What people call it, where that could not be its name. */
  title: string | null
  /** The third party's own id of it, where that is known. */
  accountId: string | null
  /** True when nothing can be changed through it; null where that is not known. */
  readOnly: boolean | null
  authType: 'oauth2' | 'custom'
  authScopes: string[]
  authStatus: AuthStatus
  /** The default; exactly one per user and connector. */
  selected: boolean
  /** Sealed; opaque to the store. */
  credential: string
  /** Names this one credential, which is bound to it: every new credential of the account has another one. */
  credentialSerial: string
  /** Grows with every change of the credential. */
  version: number
  createdAt: number
  updatedAt: number
}

/** A sealed credential, and the serial that it is bound to. They are stored together. */
export type SealedCredential = Pick<IntegrationRow, 'credential' | 'credentialSerial'>

/** A new account; the store decides `selected`, `version` and its position in the order. */
export type NewIntegration = Omit<IntegrationRow, 'selected' | 'version' | 'updatedAt' | keyof Described> &
  Partial<Described> & { updatedAt?: number }

/** What is known about an account beyond its name. */
type Described = Pick<IntegrationRow, 'title' | 'accountId' | 'readOnly'>

/** Identifies an account as it was read; no longer matches once its credential has changed. */
export type AccountVersion = Pick<IntegrationRow, 'id' | 'version'>

export type LinkStatus = 'pending' | 'consumed' | 'linked' | 'failed'

/** A link that a person has begun and a browser will finish. */
export interface LinkRow {
  id: string
  clientId: string
  userId: string
  connector: string
  /** SHA-256 of the `state` parameter; null until the person was sent to the authorization server. */
  stateHash: string | null
  callbackUrl: string
  replaceDuplicate: boolean
  /** Sealed; opaque to the store. */
  sealed: string
  status: LinkStatus
  /** How it ended: the account's name, or one of the callback errors. */
  userIdentifier: string | null
  error: string | null
  createdAt: number
  /** Until when it may be taken; after that, when it was taken. */
  expiresAt: number
}

/** An account as it is after it was stored. */
export interface PutIntegration {
  row: IntegrationRow
  /** True when an account of that name already existed and got the credential. */
  replaced: boolean
}

/** What two links for the same purpose have in common. */
export type PendingLinkQuery = Pick<LinkRow, 'userId' | 'connector' | 'callbackUrl' | 'replaceDuplicate'>

/** Completes a link in progress (`consumed`); recorded together with its account. */
export interface LinkCompletion {
  linkId: string
  /** Replaces what was sealed with the link, depending on whether the account was added or replaced one of that name. */
  sealed: { added: string; replaced: string }
}

/** The grant of a removed account that must still be revoked at the third party. */
export interface RevocationRow {
  id: string
  clientId: string
  userId: string
  connector: string
  userIdentifier: string
  /** As it was sealed for the account, and bound to the same names and the same serial. */
  credential: string
  credentialSerial: string
  /** How many attempts have failed. */
  attempts: number
  /** It is not tried earlier. */
  dueAt: number
  createdAt: number
}

/** A skill of a tenant: one `SKILL.md`. */
export interface SkillRow {
  id: string
  clientId: string
  name: string
  description: string
  content: string
  createdAt: number
  updatedAt: number
}

export interface RowPage<Row> {
  rows: Row[]
  total: number
}

/** Returns the replacement for what is sealed in a row. No method touches the store. */
export interface Resealing {
  /** @returns the sealed hash of its API key */
  client(row: ClientRow): string
  /** @returns the sealed hash of the user's secret */
  user(row: UserRow): string
  /** @returns the credential of an account, or of a grant that must still be revoked */
  credential(row: IntegrationRow | RevocationRow): SealedCredential
  /** @returns what is sealed with the link */
  link(row: LinkRow): string
}

/**
 * Everything durable. A promise that resolved is on disk: kill -9 afterwards loses nothing. Several processes may hold
 * the same store. No method throws for a missing row; methods that would violate a unique name return `false`
 * or `undefined` and change nothing.
 */
export interface Store {
  meta: {
    get(key: string): Promise<string | undefined>
    /** Stores the value unless there is one, and returns the stored one. Safe against another process doing the same. */
    putIfAbsent(key: string, value: string): Promise<string>
    /** Replaces `before` with `after`; false when the value has changed meanwhile. */
    replace(key: string, before: string, after: string): Promise<boolean>
  }
  clients: {
    insert(row: ClientRow): Promise<boolean>
    find(id: string): Promise<ClientRow | undefined>
    /**
     * The same for what each request asks, as of this turn of the event loop: like all other rows that are remembered, it may miss what
     * another process has written since the turn began. Whether a client is there decides whether one is created, and under which key
     * data is sealed, so that `find` asks each time.
     */
    findRecent(id: string): Promise<ClientRow | undefined>
    list(): Promise<ClientRow[]>
    /** Replaces the wrapped data key; false when it has changed meanwhile. */
    rewrap(id: string, before: string, after: string): Promise<boolean>
    /** Replaces the list; false when there is no such client. */
    setCallbackOrigins(id: string, origins: readonly string[]): Promise<boolean>
    /**
     * Destroys the keys of the client: it and all that belongs to it are found no more. The rows of a small one are deleted
     * with that; for a large one `removeSome` goes on, and until it is done no other client can have the id.
     * @returns false when there was no such client
     */
    delete(id: string): Promise<boolean>
    /**
     * Deletes some of the rows that deleted clients have left, in one short transaction.
     * @returns false when nothing is left to delete
     */
    removeSome(): Promise<boolean>
  }
  users: {
    /** False when the client has a user of that identifier. */
    insert(row: UserRow): Promise<boolean>
    find(id: string): Promise<UserRow | undefined>
    findByIdentifier(clientId: string, identifier: string): Promise<UserRow | undefined>
    list(clientId: string): Promise<UserRow[]>
    /** Up to `limit` users in the order of their ids, those after `afterId`; undefined starts at the beginning. */
    page(clientId: string, afterId: string | undefined, limit: number): Promise<UserRow[]>
    /** Replaces the user's secret; false when there is no such user. */
    setSecret(id: string, secret: Pick<UserRow, 'secretHash' | 'secretPreview' | 'secretSerial'>): Promise<boolean>
  }
  integrations: {
    /** In the order in which they were added. */
    listOfUser(userId: string): Promise<readonly IntegrationRow[]>
    find(userId: string, connector: string, userIdentifier: string): Promise<IntegrationRow | undefined>
    findSelected(userId: string, connector: string): Promise<IntegrationRow | undefined>
    /**
     * Up to `limit` accounts of a client that were linked by OAuth, in the order in which they were added.
     * @param after the place that the page before ended at; 0 starts at the beginning
     * @returns `last` is the place that this one ends at; undefined where it is empty
     */
    pageOfGrants(
      clientId: string,
      after: number,
      limit: number,
    ): Promise<{ rows: IntegrationRow[]; last: number | undefined }>
    /**
     * Adds an account; the first of a connector becomes the default.
     * @param ending makes its link `linked` in the same transaction
     * @returns undefined when the name is taken, or there is no such user
     * @throws LINK_EXPIRED when that link is no longer `consumed`; then nothing is stored
     */
    insert(row: NewIntegration, ending?: LinkCompletion): Promise<PutIntegration | undefined>
    /**
     * Adds an account as `insert` does, or updates the credential, scopes, status and title of the account of that name:
     * it keeps its id, position and `selected`.
     * @returns undefined when there is no such user
     * @throws LINK_EXPIRED as `insert`
     */
    put(row: NewIntegration, ending?: LinkCompletion): Promise<PutIntegration | undefined>
    /**
     * Updates the account of that name as `put` does, if it has not changed since it was read.
     * @returns undefined when it has changed
     * @throws LINK_EXPIRED as `insert`
     */
    replace(row: NewIntegration, asRead: AccountVersion, ending?: LinkCompletion): Promise<PutIntegration | undefined>
    /**
     * Stores a refreshed credential; false when the credential changed since `version`.
     * @param change without `authScopes` the scopes stay as they are
     */
    updateCredential(
      id: string,
      version: number,
      change: SealedCredential & { authScopes?: readonly string[] | undefined },
      at: number,
    ): Promise<boolean>
    /** Marks the account; false when the credential changed since `version`. */
    setStatus(id: string, version: number, status: AuthStatus, at: number): Promise<boolean>
    /** Makes the account the default; false when no account has that name. */
    select(userId: string, connector: string, userIdentifier: string): Promise<boolean>
    /**
     * Removes the account. If it was the default, the most recently added of the others becomes the default.
     * @param revocation moves the credential of an OAuth account to `revocations`, in the same transaction
     */
    delete(
      userId: string,
      connector: string,
      userIdentifier: string,
      revocation?: Pick<RevocationRow, 'id' | 'dueAt' | 'createdAt'>,
    ): Promise<{ removed: IntegrationRow; newDefault: string | null } | undefined>
  }
  links: {
    insert(row: LinkRow): Promise<void>
    find(id: string): Promise<LinkRow | undefined>
    /**
     * The pending links for the same purpose, the newest first.
     * @param begunFor all fields must be equal
     * @param until only links that do not expire before, in milliseconds since the epoch
     */
    findPending(begunFor: PendingLinkQuery, until: number): Promise<LinkRow[]>
    /** The link with that state; it is not taken. */
    findByState(stateHash: string): Promise<LinkRow | undefined>
    /** Records where the person was sent; false unless the link is pending and has no state yet. */
    start(id: string, stateHash: string, sealed: string): Promise<boolean>
    /** Takes the link with that state, once: pending becomes consumed. Undefined when unknown, taken or expired. */
    take(stateHash: string, now: number): Promise<LinkRow | undefined>
    /** Takes a pending link by its id, once, whether it has a state or not. Undefined when unknown, taken, ended or expired. */
    claim(id: string, now: number): Promise<LinkRow | undefined>
    /** Replaces what was sealed with a pending link; false when it has changed meanwhile, or the link is not pending. */
    reseal(id: string, before: string, after: string): Promise<boolean>
    /**
     * Returns a taken link to pending, without a state, so that it can be started once more.
     * @returns false unless it was taken and has not ended
     */
    reopen(id: string, change: Pick<LinkRow, 'sealed' | 'expiresAt'>): Promise<boolean>
    /** Records how the link ended, unless it has already ended; `sealed` replaces what was sealed with it. */
    finish(id: string, outcome: { userIdentifier: string } | { error: string }, sealed?: string): Promise<void>
    deleteExpired(now: number): Promise<void>
  }
  revocations: {
    /** False when there is no such user, or the id is taken. */
    insert(row: RevocationRow): Promise<boolean>
    /** Up to `limit` that are due, the longest overdue first. */
    due(now: number, limit: number): Promise<RevocationRow[]>
    /** The oldest first. */
    listOfClient(clientId: string): Promise<RevocationRow[]>
    /** Sets when it is due next; false if that has changed meanwhile: of several concurrent attempts, one succeeds. */
    putOff(row: Pick<RevocationRow, 'id' | 'dueAt'>, next: Pick<RevocationRow, 'attempts' | 'dueAt'>): Promise<boolean>
    delete(id: string): Promise<void>
  }
  leases: {
    /** Takes the named lease until `until`; false while another holder has it. Held across processes. */
    acquire(name: string, holder: string, until: number, now: number): Promise<boolean>
    release(name: string, holder: string): Promise<void>
    /** Removes expired leases, which are free already; this only frees space. */
    deleteExpired(now: number): Promise<void>
  }
  skills: {
    insert(row: SkillRow): Promise<boolean>
    list(clientId: string, limit: number, offset: number): Promise<RowPage<SkillRow>>
    find(clientId: string, id: string): Promise<SkillRow | undefined>
  }
  jobs: {
    find(id: string): Promise<JobRow | undefined>
    /**
     * Begins to gather, in place of an earlier run. What was not posted of that run waits for this one.
     * @param replaced the run that was found there; undefined where there was none
     * @returns `taken` when another process was faster; `no owner` when user or account are gone
     */
    begin(row: JobRow, replaced: string | undefined): Promise<'begun' | 'taken' | 'no owner'>
    /** Says that its process is still at it; false when the run has ended or was replaced. */
    renew(of: Pick<JobRow, 'id' | 'run'>, progress: Pick<JobRow, 'heldUntil' | 'done' | 'total'>): Promise<boolean>
    /** Records the outcome, and makes its callbacks due; false when the run has ended or was replaced. */
    end(
      of: Pick<JobRow, 'id' | 'run'>,
      outcome: { state: 'done' | 'failed'; sealed: string; endedAt: number; expiresAt: number },
    ): Promise<boolean>
    /** Gives up a run: it counts as lost at once. */
    letGo(of: Pick<JobRow, 'id' | 'run'>): Promise<void>
    /** Records that its failure was reported to a caller. */
    markReported(of: Pick<JobRow, 'id' | 'run'>): Promise<void>
    /** How many jobs of the user are running, those that are lost not counted. */
    countHeld(userId: string, now: number): Promise<number>
    deleteExpired(now: number): Promise<void>
    /** Deletes those of the user's ended jobs that ended before the last `most`. */
    trim(userId: string, most: number): Promise<void>
  }
  callbacks: {
    /** Due at `dueAt`, or when the job ends, whichever run that is. False when user or job are gone. */
    insert(row: CallbackRow): Promise<boolean>
    /** Up to `limit` that are due, the longest overdue first. */
    due(now: number, limit: number): Promise<CallbackRow[]>
    /** When the next one is due, of those whose job has ended. */
    nextDue(): Promise<number | undefined>
    /** Sets when it is due next; false if that has changed meanwhile: of several concurrent attempts, one succeeds. */
    putOff(row: Pick<CallbackRow, 'id' | 'dueAt'>, next: { attempts: number; dueAt: number }): Promise<boolean>
    delete(id: string): Promise<void>
  }
  kept: KeptStore
  /**
   * Reseals every row, and adds a value to `meta`, all in one transaction; an error of `resealing` rolls it back.
   * @returns false, without changing anything, when the value exists
   */
  reseal(value: { key: string; value: string }, resealing: Resealing): Promise<boolean>
  close(): Promise<void>
}
