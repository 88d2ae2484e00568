import type { Account } from '../../kit/index.js'

/** What answered a trial, in a form that is safe to show. */
export interface FoundServer {
  name: string
  /** Empty where it was no version. */
  version: string
}

/** What the trial of a credential found. */
export interface TriedAccount {
  identifier: string
  /** Undefined where the third party does not say. */
  scopes: readonly string[] | undefined
  server: FoundServer | undefined
  /** Undefined where the connector does not say. */
  readOnly: boolean | undefined
}

/** What is told of an account that was linked, besides its name and whether it is the default. */
export interface LinkedEnd {
  replaced: boolean
  scopes: readonly string[]
  server: FoundServer | undefined
  readOnly: boolean | undefined
}

const NAME_LENGTH = 40

/** @param identifier what the account is called */
export const triedAccount = (identifier: string, { scopes, server, readOnly }: Account): TriedAccount => ({
  identifier,
  scopes,
  server: server && { name: plain(server.name), version: shortVersion(server.version) },
  readOnly,
})

/** The number at the beginning, `17.5` of `17.5 (Debian 17.5-1)`: the rest is whatever a server likes to say. */
const shortVersion = (text: string): string => /^\d[0-9A-Za-z.]{0,19}/.exec(text.trim())?.[0] ?? ''

const plain = (text: string): string =>
  text
    .replaceAll(/[^\w .+-]+/g, ' ')
    .trim()
    .slice(0, NAME_LENGTH)
