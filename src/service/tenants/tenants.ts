import { BoundedMap } from '../../base/bounded-map.js'
import type { Clock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { randomToken, uuid } from '../../base/random.js'
import { Secret } from '../../base/secret.js'
import { formatApiKey, hashSecret, parseApiKey, sameHash } from '../../crypto/index.js'
import type { ClientRow, Store } from '../../store/store.js'
import { clientContext } from '../vault/seal-contexts.js'
import { SecretHashes } from '../vault/secret-hashes.js'
import type { Vault } from '../vault/vault.js'
import { parseCallbackOrigins } from './callback-origins.js'

/** A tenant that proved its API key. */
export interface Tenant {
  id: string
  name: string
}

const DEFAULT_CLIENT = 'default_client'
const DEFAULT_NAME = 'default'
/** Other processes may delete and create it meanwhile. */
const DEFAULT_ATTEMPTS = 10
/** The most clients whose opened hash is remembered, and the most keys that are known to be right. */
const KEPT_KEYS = 500
const ADMINISTRATOR_KEY = 'sk-admin-'

interface TenantsDeps {
  store: Store
  vault: Vault
  clock: Clock
}

/** The clients of the service, each identified by its API key. */
export class Tenants {
  readonly #deps: TenantsDeps
  readonly #hashes: SecretHashes
  /**
   * Keys that were right, by their hashes, with the row that they were held against. The keys themselves are not kept: a hash takes a
   * third of a microsecond, and a secret should be in memory no longer than its request.
   */
  readonly #proven = new BoundedMap<string, { row: ClientRow; tenant: Tenant }>(KEPT_KEYS)
  readonly #administratorKey: Secret
  readonly #administratorHash: string

  constructor(deps: TenantsDeps) {
    this.#deps = deps
    this.#hashes = new SecretHashes(deps.vault, KEPT_KEYS)
    const key = `${ADMINISTRATOR_KEY}${Buffer.from(deps.vault.derived('administrator')).toString('base64url')}`
    this.#administratorKey = new Secret(key)
    this.#administratorHash = hashSecret(key)
  }

  /**
   * @param name 1 to 100 characters, not blank
   * @param callbackOrigins as for `setCallbackOrigins`; any by default
   * @throws INVALID_PARAMETERS for the origins, CLIENT_EXISTS
   */
  async create(
    name: string,
    callbackOrigins: readonly string[] = [],
  ): Promise<{ id: string; name: string; apiKey: Secret }> {
    const origins = parseCallbackOrigins(callbackOrigins)
    const id = uuid()
    const apiKey = formatApiKey({ id, name, secret: randomToken() })
    // The name of the default client is reserved: that client is created on its first use.
    if (name === DEFAULT_NAME || !(await this.#insert(id, name, apiKey, origins))) {
      throw new ConnectorsError('CLIENT_EXISTS', 'A client of that name already exists; choose another name.')
    }
    return { id, name, apiKey: new Secret(apiKey) }
  }

  /** @throws INVALID_API_KEY */
  async byApiKey(apiKey: string): Promise<Tenant> {
    const hash = hashSecret(apiKey)
    const proven = this.#proven.get(hash)
    // The store returns the same object as long as nothing was written.
    if (proven && (await this.#deps.store.clients.findRecent(proven.row.id)) === proven.row) return proven.tenant
    const named = parseApiKey(apiKey)
    const client = named && (await this.#deps.store.clients.findRecent(named.id))
    const held = client && { context: clientContext(client), sealed: client.keyHash }
    if (!this.#hashes.matches(held, apiKey) || !client?.isActive) {
      throw new ConnectorsError(
        'INVALID_API_KEY',
        'The API key belongs to no client of this service; check its value, or ask the administrator for a new one.',
      )
    }
    const tenant = { id: client.id, name: client.name }
    this.#proven.set(hash, { row: client, tenant })
    return tenant
  }

  /** The key of the default client, which always exists, for the person whose machine this is. */
  async defaultApiKey(): Promise<Secret> {
    const { store, vault } = this.#deps
    const secret = Buffer.from(vault.derived('default-client')).toString('base64url')
    for (let attempt = 0; attempt < DEFAULT_ATTEMPTS; attempt++) {
      const id = (await store.meta.get(DEFAULT_CLIENT)) ?? (await store.meta.putIfAbsent(DEFAULT_CLIENT, uuid()))
      const apiKey = formatApiKey({ id, name: DEFAULT_NAME, secret })
      const isThere = async () => (await store.clients.find(id)) !== undefined
      if ((await isThere()) || (await this.#insert(id, DEFAULT_NAME, apiKey, [])) || (await isThere()))
        return new Secret(apiKey)
      // One of that id was deleted, and its rows are still there.
      await store.meta.replace(DEFAULT_CLIENT, id, uuid())
    }
    throw new ConnectorsError('UNAVAILABLE', 'The default client is being deleted; try again.', { retryable: true })
  }

  /** The key that may create clients. */
  administratorKey(): Secret {
    return this.#administratorKey
  }

  isAdministrator(apiKey: string): boolean {
    // No other key begins like this, and everyone may know it.
    return apiKey.startsWith(ADMINISTRATOR_KEY) && sameHash(hashSecret(apiKey), this.#administratorHash)
  }

  async findByName(name: string): Promise<Tenant | undefined> {
    const clients = await this.#deps.store.clients.list()
    return clients.find((client) => client.name === name)
  }

  /** All of them, the oldest first; `createdAt` is in milliseconds since the epoch. */
  async list(): Promise<(Tenant & { createdAt: number })[]> {
    const clients = await this.#deps.store.clients.list()
    return clients.map(({ id, name, createdAt }) => ({ id, name, createdAt }))
  }

  /** The origins that callback URLs of its links may lead to; an empty list allows any. @throws NOT_FOUND */
  async callbackOrigins(id: string): Promise<string[]> {
    const client = await this.#deps.store.clients.find(id)
    if (!client) throw noClient()
    return client.callbackOrigins
  }

  /** Replaces them. @returns them as stored @throws INVALID_PARAMETERS, NOT_FOUND */
  async setCallbackOrigins(id: string, given: readonly string[]): Promise<string[]> {
    const origins = parseCallbackOrigins(given)
    if (!(await this.#deps.store.clients.setCallbackOrigins(id, origins))) throw noClient()
    return origins
  }

  /**
   * Destroys the tenant's data key, and with it every credential of its users; the users and their accounts are found no more,
   * and `sweepRemovals` deletes what is left of them. Grants at third parties are not revoked; `removeClient` does that first. False when there was no such client.
   */
  remove(id: string): Promise<boolean> {
    return this.#deps.store.clients.delete(id)
  }

  /** False when the id or the name is taken. */
  async #insert(id: string, name: string, apiKey: string, callbackOrigins: string[]): Promise<boolean> {
    const { store, vault, clock } = this.#deps
    return store.clients.insert({
      id,
      name,
      keyHash: this.#hashes.seal(clientContext({ id, name, isActive: true }), hashSecret(apiKey)),
      dataKey: await vault.newDataKey(id),
      isActive: true,
      createdAt: clock(),
      callbackOrigins,
    })
  }
}

const noClient = () => new ConnectorsError('NOT_FOUND', 'That client no longer exists.')
