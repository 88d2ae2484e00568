import type { ClientRow, IntegrationRow, LinkRow, UserRow } from '../../store/store.js'

/** The name of the root key in the store's meta table. */
export const ROOT_KEY_NAME = 'root_key'

/** What the wrapped root key is bound to. */
export const ROOT_CONTEXT: readonly string[] = [ROOT_KEY_NAME]

/** What the wrapped data key of a client is bound to. */
export const dataKeyContext = (clientId: string): readonly string[] => ['data_key', clientId]

/**
 * What a credential is bound to, and its client. Each credential has its own serial, so that an older one of
 * the same account does not open in place of a newer one.
 */
export const credentialContext = (
  row: Pick<IntegrationRow, 'userId' | 'connector' | 'userIdentifier' | 'credentialSerial'>,
): string[] => ['credential', row.credentialSerial, row.userId, row.connector, row.userIdentifier]

/** What decides where a link leads. The state is included as soon as there is one. */
export type LinkBinding = Pick<
  LinkRow,
  'id' | 'clientId' | 'userId' | 'connector' | 'callbackUrl' | 'replaceDuplicate' | 'stateHash'
>

/** What the secrets of a link are bound to, and its client. */
export const linkContext = (link: Omit<LinkBinding, 'clientId'>): string[] => [
  'link',
  link.id,
  link.userId,
  link.connector,
  link.callbackUrl,
  link.replaceDuplicate ? 'replace' : 'keep',
  link.stateHash ?? '',
]

/**
 * What the sealed hash of a user's secret is bound to: it is valid only in that user's row, and only while these values stay
 * the same.
 */
export const userContext = (user: Pick<UserRow, 'clientId' | 'id' | 'identifier' | 'isActive'>): string[] => [
  'user',
  user.clientId,
  user.id,
  user.identifier,
  user.isActive ? 'active' : 'inactive',
]

/** What the sealed hash of a client's API key is bound to. */
export const clientContext = (client: Pick<ClientRow, 'id' | 'name' | 'isActive'>): string[] => [
  'client',
  client.id,
  client.name,
  client.isActive ? 'active' : 'inactive',
]

/** What the first release bound the same things to. Read once, by `seal-upgrade.ts`; nothing is sealed with it any more. */
export const FIRST_RELEASE_CONTEXTS = {
  credential: (row: Pick<IntegrationRow, 'userId' | 'connector' | 'userIdentifier'>): string[] => [
    'credential',
    row.userId,
    row.connector,
    row.userIdentifier,
  ],
  link: (link: Pick<LinkRow, 'id'>): string[] => ['link', link.id],
}
