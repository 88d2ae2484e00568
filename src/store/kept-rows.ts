/** What a user may have kept: a file, or the result of an action. */
export type KeptKind = 'file' | 'result'

/** A thing that is kept for a user for a while. Its content is in parts, each stored by itself. */
export interface KeptRow {
  /** The handle under which the user has it. */
  id: string
  clientId: string
  userId: string
  kind: KeptKind
  /** Its name and media type. Sealed; opaque to the store. */
  sealed: string
  /** Bytes of its content. */
  size: number
  /** How many parts its content has; 0 where it is empty. */
  parts: number
  createdAt: number
  /** It is there until then; what has expired is deleted later. */
  expiresAt: number
}

/** The most that is kept for one user. `bytes` is at least the size of the largest thing. */
export interface KeptLimits {
  things: number
  bytes: number
}

/** What is kept for users. Each method is one short step, so that the largest thing blocks nothing else for long. */
export interface KeptStore {
  /**
   * Adds a thing, still without its parts. Where it would be too much for the user, the oldest make room: they expire, in the same
   * transaction.
   * @returns false when there is no such user
   */
  begin(row: KeptRow, limits: KeptLimits): Promise<boolean>
  /** Adds a part, numbered from 0, of what has not expired at `now`; false otherwise. */
  addPart(id: string, number: number, sealed: string, now: number): Promise<boolean>
  find(id: string): Promise<KeptRow | undefined>
  /** A part as it was sealed; undefined where there is none. */
  part(id: string, number: number): Promise<string | undefined>
  /** Lets a thing expire. */
  expire(id: string): Promise<void>
  /** Lets everything expire that is kept for users of a client. */
  expireOfClient(clientId: string): Promise<void>
  /**
   * Deletes a little of what has expired at `now`: parts of one thing, and the thing with its last part.
   * @param parts the most that are deleted at once
   * @returns false when nothing is left to delete
   */
  sweep(now: number, parts: number): Promise<boolean>
}
