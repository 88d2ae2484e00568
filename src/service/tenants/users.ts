import { BoundedMap } from '../../base/bounded-map.js'
import type { Clock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { randomToken, uuid } from '../../base/random.js'
import { Secret } from '../../base/secret.js'
import {
  formatUserSecret,
  hashSecret,
  issueUserToken,
  parseUserSecret,
  secretPreview,
  type UserTokenClaims,
  verifyUserToken,
} from '../../crypto/index.js'
import type { Store, UserRow } from '../../store/store.js'
import { userContext } from '../vault/seal-contexts.js'
import { SecretHashes } from '../vault/secret-hashes.js'
import type { Vault } from '../vault/vault.js'
import type { Tenant } from './tenants.js'

/** A user with a verified token. */
export interface Caller {
  clientId: string
  userId: string
  identifier: string
}

/** The hosted default: 30 days, in milliseconds. */
const TOKEN_LIFETIME = 30 * 86_400_000
/** The most verified tokens that are remembered, so that a busy session's token is not verified for every call. */
const KEPT_TOKENS = 1000

/** A user who logged in, and their token, valid until `expiresAt` (milliseconds since the epoch). */
export interface Login {
  user: UserRow
  token: Secret
  expiresAt: number
}

interface UsersDeps {
  store: Store
  vault: Vault
  clock: Clock
}

/** The users of all tenants: creates them, logs them in and verifies their tokens. */
export class Users {
  readonly #store: Store
  readonly #clock: Clock
  readonly #hashes: SecretHashes
  readonly #tokenKey: Uint8Array
  /** The claims of verified tokens by their hashes: the tokens themselves are not kept. */
  readonly #verified = new BoundedMap<string, UserTokenClaims>(KEPT_TOKENS)

  constructor({ store, vault, clock }: UsersDeps) {
    this.#store = store
    this.#clock = clock
    this.#hashes = new SecretHashes(vault)
    this.#tokenKey = vault.derived('user-token')
  }

  /** @param identifier 1 to 255 characters, not blank @throws USER_EXISTS */
  async create(tenant: Tenant, identifier: string): Promise<{ user: UserRow; secret: Secret }> {
    const named = { id: uuid(), clientId: tenant.id, identifier, isActive: true, createdAt: this.#clock() }
    const { secret, kept } = this.#newSecret(named)
    const user: UserRow = { ...named, ...kept }
    if (!(await this.#store.users.insert(user))) {
      throw new ConnectorsError(
        'USER_EXISTS',
        'The identifier is taken; log in with the secret of that user, or register a user with another one.',
      )
    }
    return { user, secret }
  }

  /** All users of a tenant, the oldest first, with the number of accounts each has linked. */
  async list(tenant: Tenant): Promise<{ user: UserRow; accounts: number }[]> {
    const users = await this.#store.users.list(tenant.id)
    const accounts = await Promise.all(users.map(({ id }) => this.#store.integrations.listOfUser(id)))
    return users.map((user, at) => ({ user, accounts: accounts[at]?.length ?? 0 }))
  }

  /**
   * Replaces a user's secret. The accounts stay; the old secret and its logins end at once.
   * @throws NOT_FOUND
   */
  async resetSecret(tenant: Tenant, identifier: string): Promise<{ user: UserRow; secret: Secret }> {
    const found = await this.#store.users.findByIdentifier(tenant.id, identifier)
    if (!found) throw noSuchUser()
    const { secret, kept } = this.#newSecret(found)
    if (!(await this.#store.users.setSecret(found.id, kept))) throw noSuchUser()
    return { user: { ...found, ...kept }, secret }
  }

  /**
   * @param tenant the client that the user must belong to; undefined for any
   * @throws INVALID_CREDENTIALS, the same for every reason
   */
  async login(identifier: string, secret: string, tenant: Tenant | undefined): Promise<Login> {
    const named = parseUserSecret(secret)
    const user = named && (await this.#store.users.find(named.id))
    // Opened, hashed and compared even for an unknown name, so that it takes as long as a wrong secret.
    const held = user && { context: userContext(user), sealed: user.secretHash }
    const proven = this.#hashes.matches(held, secret)
    const ofTenant = !tenant || tenant.id === user?.clientId
    if (!user || !proven || user.identifier !== identifier || !user.isActive || !ofTenant) {
      throw new ConnectorsError(
        'INVALID_CREDENTIALS',
        'The login was refused: identifier and secret do not match, or belong to another client.',
      )
    }
    const expiresAt = Math.floor(this.#clock() / 1000) * 1000 + TOKEN_LIFETIME
    const { id: userId, clientId, secretSerial } = user
    const claims = { userId, clientId, identifier: user.identifier, secretSerial, expiresAt }
    return { user, token: new Secret(await issueUserToken(this.#tokenKey, claims)), expiresAt }
  }

  /** @throws INVALID_TOKEN */
  async byToken(token: string): Promise<Caller> {
    const hash = hashSecret(token)
    const claims = this.#verified.get(hash) ?? (await this.#verify(token, hash))
    const user = claims && claims.expiresAt > this.#clock() ? await this.#store.users.find(claims.userId) : undefined
    // The same client, and the user's current secret.
    const isOfUser = user?.clientId === claims?.clientId && user?.secretSerial === claims?.secretSerial
    if (!claims || !user?.isActive || !isOfUser) {
      throw new ConnectorsError(
        'INVALID_TOKEN',
        'The bearer token was refused: it is invalid or has expired; log in again.',
      )
    }
    return callerOf(user)
  }

  /** @throws INVALID_TOKEN for a user who was removed */
  async get(caller: Caller): Promise<UserRow> {
    const user = await this.#store.users.find(caller.userId)
    if (!user) throw new ConnectorsError('INVALID_TOKEN', 'The user of this login no longer exists.')
    return user
  }

  async #verify(token: string, hash: string): Promise<UserTokenClaims | undefined> {
    const claims = await verifyUserToken(this.#tokenKey, token, this.#clock())
    if (claims) this.#verified.set(hash, claims)
    return claims
  }

  /** A new secret for a user, and what the store keeps of it. */
  #newSecret(user: Pick<UserRow, 'id' | 'clientId' | 'identifier' | 'isActive'>) {
    const secret = formatUserSecret({ id: user.id, identifier: user.identifier, secret: randomToken() })
    const kept = {
      secretHash: this.#hashes.seal(userContext(user), hashSecret(secret)),
      secretPreview: secretPreview(secret),
      secretSerial: uuid(),
    }
    return { secret: new Secret(secret), kept }
  }
}

const noSuchUser = (): ConnectorsError => new ConnectorsError('NOT_FOUND', 'This client has no such user.')

const callers = new WeakMap<UserRow, Caller>()

/** The same object for the same row, so that what is made for a caller can be remembered by it. */
function callerOf(user: UserRow): Caller {
  const known = callers.get(user)
  if (known) return known
  const caller = { clientId: user.clientId, userId: user.id, identifier: user.identifier }
  callers.set(user, caller)
  return caller
}

const names = new WeakMap<Caller, string>()

/** An opaque text by which connectors tell users apart. */
export function callerName(caller: Caller): string {
  const known = names.get(caller)
  if (known !== undefined) return known
  const name = hashSecret(`${caller.clientId}:${caller.userId}`)
  names.set(caller, name)
  return name
}
