/** What an administrator's action can do with the accounts of its connector, whichever user of the client has them. */
export interface Administration {
  /**
   * Removes all of them, and ends their grants at the third party.
   * @returns how many grants were ended, and how many accounts were removed whose credential lives on at the third party, for now
   * or because it has no way to end it
   */
  removeAccounts(): Promise<{ revoked: number; failed: number }>
}

/** What an action may know about the call, in addition to its input. Never a token, a tenant or a status code. */
export interface Call {
  /** The account the caller named, or null for the default. */
  identifier: string | null
  /** The account that acts, with the scopes that were found when it was linked; null for a connector that needs none. */
  account: { readonly identifier: string; readonly scopes: readonly string[] } | null
  /**
   * True for a call that may only read. An action whose effect is not `read` sees it only where it is `readOnlyCapable`;
   * it then changes nothing, or throws `readOnlyCall`.
   */
  readOnly: boolean
  /** An opaque text, the same for every call of one user. */
  caller: string
  /** What a person filled in to link the account, without what is secret. Empty for OAuth. Read it with `configured`. */
  configuration: Readonly<Record<string, unknown>>
  /** Aborts when the caller disconnects or the time is up. */
  signal: AbortSignal
  /**
   * The members of the answer that are wanted, where the caller named only members that the action returns by default: so all
   * of them exist, and a third party that can be asked for some members may be. Null: all members.
   */
  fields: readonly string[] | null
  /** Only in an administrator's action. */
  administration?: Administration
  /** Makes an opaque text for the caller to return later, in a cursor: only the same user's calls of the same action open it. */
  seal(text: string): Promise<string>
  /** @returns undefined for what `seal` did not make for this user and action */
  open(sealed: string): Promise<string | undefined>
}

/** What the service knows of a call; the rest follows from its input. */
export type ServiceCall = Omit<Call, 'fields'>
