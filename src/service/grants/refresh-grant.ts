import type { Clock } from '../../base/clock.js'
import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError } from '../../base/errors.js'
import { refreshGrant, type TokenSet } from '../../oauth/index.js'
import type { OAuthClient, OAuthProvider } from '../../oauth/provider.js'
import type { IntegrationRow, Store } from '../../store/store.js'
import type { Ports } from '../upstream/bind.js'
import type { AccountCredential, ConnectorEndpoints, Credentials, OAuthCredential } from '../upstream/credentials.js'
import type { PendingRevocations } from './pending-revocations.js'
import { ReconnectRequired } from './reconnect-required.js'

/** A grant that was found to be gone is not tried again within this time. Milliseconds. */
const JUST_NOW = 60_000

/** The credential with its refresh token, if it has one, which is sent only to the issuer that issued it. */
export function refreshTokenOf(
  credential: AccountCredential,
  { provider }: ConnectorEndpoints,
): { credential: OAuthCredential; refreshToken: string } | undefined {
  if (credential.kind !== 'oauth2' || !credential.tokens.refresh_token) return undefined
  if (provider && provider.issuer !== credential.issuer) return undefined
  return { credential, refreshToken: credential.tokens.refresh_token }
}

/** What a refresh under a lease needs. */
export interface GrantRenewalDeps {
  store: Store
  credentials: Credentials
  ports: Ports
  clock: Clock
  revocations: Pick<PendingRevocations, 'add'>
}

/** Refreshes grants, each for a caller that holds the account's lease. */
export class GrantRenewal {
  readonly #deps: GrantRenewalDeps
  /** Tokens that a provider issued and the store could not save: asking again could end the grant. */
  readonly #unsaved = new Map<string, OAuthCredential>()

  constructor(deps: GrantRenewalDeps) {
    this.#deps = deps
  }

  /**
   * Refreshes one grant and stores the tokens. Afterwards the store holds a valid credential: the new one, or
   * another one that replaced it meanwhile.
   * @throws ReconnectRequired when the grant is gone, and the account is marked; OAUTH_NOT_CONFIGURED, UPSTREAM_ERROR,
   * UPSTREAM_TIMEOUT
   */
  async renew(
    { row, credential }: { row: IntegrationRow; credential: AccountCredential },
    endpoints: ConnectorEndpoints,
  ): Promise<void> {
    const { provider, oauthClient, howToConfigure } = endpoints
    if (!provider || !oauthClient) throw new ConnectorsError('OAUTH_NOT_CONFIGURED', howToConfigure)
    const grant = refreshTokenOf(credential, endpoints)
    const foundJustNow =
      row.authStatus === 'reconnect_required' && Math.abs(this.#deps.clock() - row.updatedAt) < JUST_NOW
    if (!grant || foundJustNow) throw new ReconnectRequired(row)
    const kept = this.#unsaved.get(`${row.id}:${row.version}`)
    const tokens = kept?.tokens ?? (await this.#ask(row, provider, oauthClient, grant.refreshToken))
    if (tokens) await this.#save(row, { ...grant.credential, tokens })
  }

  /** @returns undefined where the grant is gone, and the account has another or is removed */
  async #ask(
    row: IntegrationRow,
    provider: OAuthProvider,
    oauthClient: OAuthClient,
    refreshToken: string,
  ): Promise<TokenSet | undefined> {
    const { store, ports, clock } = this.#deps
    try {
      return await refreshGrant(provider, oauthClient, refreshToken, { send: ports.send, clock })
    } catch (error) {
      if (!(error instanceof CredentialRefused)) throw error
      // Not marked: it was linked again or removed meanwhile, and this grant no longer matters.
      if (!(await store.integrations.setStatus(row.id, row.version, 'reconnect_required', clock()))) return undefined
      throw new ReconnectRequired(row, error)
    }
  }

  async #save(row: IntegrationRow, renewed: OAuthCredential): Promise<void> {
    const { store, credentials, clock, revocations } = this.#deps
    const key = `${row.id}:${row.version}`
    this.#unsaved.set(key, renewed)
    const sealed = await credentials.seal(row, renewed)
    const change = { ...sealed, authScopes: renewed.tokens.scopes }
    const stored = await store.integrations.updateCredential(row.id, row.version, change, clock())
    this.#unsaved.delete(key)
    if (stored || (await store.integrations.find(row.userId, row.connector, row.userIdentifier))) return
    // The removal could only revoke the token before this one.
    await revocations.add(row, sealed)
  }
}
