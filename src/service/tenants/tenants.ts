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
/** Clients whose hash is remembered opened, since every request asks for it. */
const KEPT_KEYS = 500

export interface Tenants {
  /**
   * @param name 1 to 100 characters, not all blanks
   * @param callbackOrigins as for `setCallbackOrigins`; any by default
   * @throws INVALID_PARAMETERS for the origins, CLIENT_EXISTS
   */
  create(name: string, callbackOrigins?: readonly string[]): Promise<{ id: string; name: string; apiKey: Secret }>
  /** @throws INVALID_API_KEY */
  byApiKey(apiKey: string): Promise<Tenant>
  /** The client that exists from the first start on, for the person whose machine this is. */
  defaultApiKey(): Promise<Secret>
  /** The key that may create clients. */
  administratorKey(): Secret
  isAdministrator(apiKey: string): boolean
  findByName(name: string): Promise<Tenant | undefined>
  /** All of them, the oldest first; `createdAt` is in milliseconds since the epoch. */
  list(): Promise<(Tenant & { createdAt: number })[]>
  /** The origins that callback URLs of its links may lead to; none: any. @throws NOT_FOUND */
  callbackOrigins(id: string): Promise<string[]>
  /** Replaces them. @returns the form they are kept in @throws INVALID_PARAMETERS, NOT_FOUND */
  setCallbackOrigins(id: string, origins: readonly string[]): Promise<string[]>
  /**
   * Destroys the tenant's data key, and with it every credential of its users; they and their accounts go too. Grants at
   * third parties are not revoked; `removeClient` does that before. False when there was none.
   */
  remove(id: string): Promise<boolean>
}

export function createTenants(store: Store, vault: Vault, clock: Clock): Tenants {
  const administrator = `sk-admin-${Buffer.from(vault.derived('administrator')).toString('base64url')}`
  const administratorHash = hashSecret(administrator)
  const hashes = new SecretHashes(vault, KEPT_KEYS)

  const row = async (id: string, name: string, apiKey: string, callbackOrigins: string[] = []): Promise<ClientRow> => ({
    id,
    name,
    keyHash: hashes.seal(clientContext({ id, name, isActive: true }), hashSecret(apiKey)),
    dataKey: await vault.newDataKey(id),
    isActive: true,
    createdAt: clock(),
    callbackOrigins,
  })
  const findByName = async (name: string) => (await store.clients.list()).find((client) => client.name === name)

  return {
    findByName,
    list: async () => (await store.clients.list()).map(({ id, name, createdAt }) => ({ id, name, createdAt })),
    remove: (id) => store.clients.delete(id),
    ...originLists(store),
    async create(name, callbackOrigins = []) {
      const origins = parseCallbackOrigins(callbackOrigins)
      const id = uuid()
      const apiKey = formatApiKey({ id, name, secret: randomToken() })
      // The name of the default client is kept for it: it is made on its first use.
      if (name === DEFAULT_NAME || !(await store.clients.insert(await row(id, name, apiKey, origins)))) {
        throw new ConnectorsError('CLIENT_EXISTS', 'There is a client of that name; choose another.')
      }
      return { id, name, apiKey: new Secret(apiKey) }
    },
    async byApiKey(apiKey) {
      const named = parseApiKey(apiKey)
      const client = named && (await store.clients.find(named.id))
      const held = client && { context: clientContext(client), sealed: client.keyHash }
      if (!hashes.matches(held, apiKey) || !client?.isActive) {
        throw new ConnectorsError(
          'INVALID_API_KEY',
          'The API key is not one of a client here; check its value, or ask the administrator for another.',
        )
      }
      return { id: client.id, name: client.name }
    },
    async defaultApiKey() {
      const id = (await store.meta.get(DEFAULT_CLIENT)) ?? (await store.meta.putIfAbsent(DEFAULT_CLIENT, uuid()))
      const secret = Buffer.from(vault.derived('default-client')).toString('base64url')
      const apiKey = formatApiKey({ id, name: DEFAULT_NAME, secret })
      if (!(await store.clients.find(id))) await store.clients.insert(await row(id, DEFAULT_NAME, apiKey))
      return new Secret(apiKey)
    },
    administratorKey: () => new Secret(administrator),
    isAdministrator: (apiKey) => sameHash(hashSecret(apiKey), administratorHash),
  }
}

const originLists = (store: Store): Pick<Tenants, 'callbackOrigins' | 'setCallbackOrigins'> => ({
  async callbackOrigins(id) {
    const client = await store.clients.find(id)
    if (!client) throw noClient()
    return client.callbackOrigins
  },
  async setCallbackOrigins(id, given) {
    const origins = parseCallbackOrigins(given)
    if (!(await store.clients.setCallbackOrigins(id, origins))) throw noClient()
    return origins
  },
})

const noClient = () => new ConnectorsError('NOT_FOUND', 'There is no such client any more.')
