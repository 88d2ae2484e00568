import { BoundedMap } from '../../base/bounded-map.js'
import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { jsonChecker, redactor } from '../../base/redact.js'
import type { Connector } from '../../kit/index.js'
import { secretsOf, withoutSecrets } from '../../kit/index.js'
import type { TokenSet } from '../../oauth/index.js'
import type { OAuthClient, OAuthProvider } from '../../oauth/provider.js'
import type { IntegrationRow, SealedCredential } from '../../store/store.js'
import { credentialContext } from '../vault/seal-contexts.js'
import type { Vault } from '../vault/vault.js'

/** The credential of an account. Sealed at rest, bound to client, user, connector, the account's name and its serial. */
export type AccountCredential = OAuthCredential | { kind: 'custom'; configuration: Record<string, unknown> }

export interface OAuthCredential {
  kind: 'oauth2'
  /** The issuer of the tokens; a refresh token is sent to no one else. */
  issuer: string
  tokens: TokenSet
}

/** Where one connector's provider and API are, and which OAuth client the operator registered there. */
export interface ConnectorEndpoints {
  /** Undefined when the operator set none. */
  oauthClient: OAuthClient | undefined
  /** The vendor's data, with the operator's addresses replacing the vendor's. */
  provider: OAuthProvider | undefined
  baseUrl: string | undefined
  /** Addresses of the connector's further hosts, by their names. */
  hosts: Readonly<Record<string, string>>
  /** A sentence that says which settings are needed, for when no OAuth client is configured. */
  howToConfigure: string
}

/** Whether its token has expired, by our clock, and cannot be refreshed. */
export const hasExpiredForGood = (credential: AccountCredential, now: number): boolean =>
  credential.kind === 'oauth2' &&
  credential.tokens.refresh_token === undefined &&
  credential.tokens.expires_at !== undefined &&
  credential.tokens.expires_at <= now

type Owner = Pick<IntegrationRow, 'clientId' | 'userId' | 'connector' | 'userIdentifier'>

/** The most opened credentials that are kept in memory when the store was written to, and returns other objects for the same rows. */
const KEPT = 500

/** Seals and opens the credentials of accounts. */
export class Credentials {
  readonly #vault: Vault
  /** By the object of the row as it was read, which is the same while nothing is written. */
  readonly #ofRows = new WeakMap<object, AccountCredential>()
  /**
   * By the sealed text and what it is bound to: a changed credential has another text, and one that was put into another row must not
   * open there.
   */
  readonly #kept = new BoundedMap<string, AccountCredential>(KEPT)

  constructor({ vault }: { vault: Vault }) {
    this.#vault = vault
  }

  /** Seals it under a new serial. */
  async seal(owner: Owner, credential: AccountCredential): Promise<SealedCredential> {
    const credentialSerial = uuid()
    const context = credentialContext({ ...owner, credentialSerial })
    const sealed = await this.#vault.seal(owner.clientId, context, JSON.stringify(credential))
    return { credential: sealed, credentialSerial }
  }

  /**
   * @param row the row with the credential: the account, or the pending revocation of its grant
   * @throws MISCONFIGURED for what was not sealed here, or for another row
   */
  async open(row: Owner & SealedCredential): Promise<AccountCredential> {
    const credential = this.opened(row) ?? (await this.#open(row))
    this.#ofRows.set(row, credential)
    return credential
  }

  /** The credential of a row that was opened already; undefined if it was not. */
  opened(row: Owner & SealedCredential): AccountCredential | undefined {
    return this.#ofRows.get(row)
  }

  async #open(row: Owner & SealedCredential): Promise<AccountCredential> {
    const context = credentialContext(row)
    const key = JSON.stringify([row.clientId, ...context, row.credential])
    const known = this.#kept.get(key)
    if (known) return known
    const credential = JSON.parse(await this.#vault.open(row.clientId, context, row.credential)) as AccountCredential
    this.#kept.set(key, credential)
    return credential
  }
}

/**
 * In a result only long texts are redacted: a password `postgres` quoted in an error is a leak, but the same
 * word in a row is someone's data.
 */
const SHORTEST_IN_RESULT = 12

/** Redacts a credential: everywhere in errors, and in results where it can be distinguished from data. */
export interface Redactors {
  inErrors: <T>(value: T) => T
  inResults: <T>(value: T) => T
  /**
   * True if `inResults` would leave the value of this text alone, which is nearly always so; false if only `inResults` can tell.
   * @param json as `JSON.stringify` writes it
   */
  isCleanResult: (json: string) => boolean
}

/** Created once for each opened credential. */
const redactors = new WeakMap<AccountCredential, Redactors>()

export function redactorsOf(connector: Connector, credential: AccountCredential): Redactors {
  const known = redactors.get(credential)
  if (known) return known
  const secrets = secretsOfCredential(connector, credential)
  const made = {
    inErrors: redactor(secrets),
    inResults: redactor(secrets, SHORTEST_IN_RESULT),
    isCleanResult: jsonChecker(secrets, SHORTEST_IN_RESULT),
  }
  redactors.set(credential, made)
  return made
}

/** Every text of a credential that must never be seen. */
function secretsOfCredential(connector: Connector, credential: AccountCredential): string[] {
  if (credential.kind === 'oauth2') {
    const { access_token, refresh_token } = credential.tokens
    return refresh_token ? [access_token, refresh_token] : [access_token]
  }
  return connector.auth.custom ? secretsOf(connector.auth.custom, credential.configuration) : []
}

const NO_CONFIGURATION: Readonly<Record<string, unknown>> = Object.freeze({})
/** Created once for each opened credential: looking for secrets would cost every call. */
const shownConfigurations = new WeakMap<AccountCredential, Readonly<Record<string, unknown>>>()

/** What an action may see of a credential: the configuration without its secrets, and nothing of OAuth tokens. */
export function shownConfiguration(
  { auth }: Connector,
  credential: AccountCredential | undefined,
): Readonly<Record<string, unknown>> {
  if (credential?.kind !== 'custom' || !auth.custom) return NO_CONFIGURATION
  const known = shownConfigurations.get(credential)
  if (known) return known
  const shown = Object.freeze(withoutSecrets(auth.custom, credential.configuration))
  shownConfigurations.set(credential, shown)
  return shown
}

/** The same error with its message and details cleaned of secrets that a driver or a third party quoted. */
export function withCleanDetails(error: unknown, clean: Redactors['inErrors']): unknown {
  if (!(error instanceof ConnectorsError)) return error
  const message = clean(error.message)
  const options = {
    ...(error.details ? { details: clean(error.details) } : {}),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    retryable: error.retryable,
  }
  return error instanceof CredentialRefused
    ? new CredentialRefused(message, options)
    : new ConnectorsError(error.code, message, options)
}
