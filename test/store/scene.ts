import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type {
  ClientRow,
  LinkRow,
  NewIntegration,
  RevocationRow,
  SealedCredential,
  SkillRow,
  Store,
  UserRow,
} from '../../src/store/store.js'

/** An empty store, and a way to open the same one again as another process would. */
export interface OpenedStore {
  store: Store
  openAgain(): Promise<Store>
}
export type NewStore = () => Promise<OpenedStore>

/** A tenant with one user, who has two accounts at github and one at slack, a link and a skill. */
export interface Tenant {
  client: ClientRow
  user: UserRow
  link: LinkRow
  skill: SkillRow
}

export interface Scene extends OpenedStore {
  mine: Tenant
  /** Another tenant whose rows carry the same names. No test may see or change anything of it. */
  theirs: Tenant
}

/** A sealed credential, and a serial that is its own. */
export const newSealed = (text: string): SealedCredential => ({ credential: text, credentialSerial: `of ${text}` })

export const newClient = (over: Partial<ClientRow> = {}): ClientRow => ({
  id: randomUUID(),
  name: `team ${randomUUID()}`,
  keyHash: 'key-hash',
  dataKey: 'v1.wrapped',
  isActive: true,
  createdAt: 1_764_000_000_000,
  callbackOrigins: [],
  ...over,
})

export const newUser = (clientId: string, over: Partial<UserRow> = {}): UserRow => ({
  id: randomUUID(),
  clientId,
  identifier: 'ann',
  secretHash: 'secret-hash',
  secretPreview: 'sk-user-...abcdefgh',
  secretSerial: 'serial-1',
  isActive: true,
  createdAt: 1_764_000_000_001,
  ...over,
})

export const newIntegration = (user: UserRow, over: Partial<NewIntegration> = {}): NewIntegration => ({
  id: randomUUID(),
  clientId: user.clientId,
  userId: user.id,
  connector: 'github',
  userIdentifier: 'octocat',
  authType: 'oauth2',
  authScopes: ['repo', 'read:user'],
  authStatus: 'active',
  ...newSealed('v1.sealed'),
  createdAt: 1_764_000_000_002,
  ...over,
})

export const newLink = (user: UserRow, over: Partial<LinkRow> = {}): LinkRow => ({
  id: randomUUID(),
  clientId: user.clientId,
  userId: user.id,
  connector: 'github',
  stateHash: null,
  callbackUrl: 'http://127.0.0.1:1/done',
  replaceDuplicate: false,
  sealed: 'v1.sealed',
  status: 'pending',
  userIdentifier: null,
  error: null,
  createdAt: 1000,
  expiresAt: 2000,
  ...over,
})

export const newRevocation = (user: UserRow, over: Partial<RevocationRow> = {}): RevocationRow => ({
  id: randomUUID(),
  clientId: user.clientId,
  userId: user.id,
  connector: 'github',
  userIdentifier: 'octocat',
  ...newSealed('v1.sealed'),
  attempts: 0,
  dueAt: 2000,
  createdAt: 1000,
  ...over,
})

export const newSkill = (clientId: string, over: Partial<SkillRow> = {}): SkillRow => ({
  id: randomUUID(),
  clientId,
  name: 'release-notes',
  description: 'Writes release notes.',
  content: '---\nname: release-notes\n---\n',
  createdAt: 1,
  updatedAt: 2,
  ...over,
})

export async function addTenant(store: Store): Promise<Tenant> {
  const client = newClient()
  const user = newUser(client.id)
  const link = newLink(user, { stateHash: `state ${randomUUID()}` })
  const skill = newSkill(client.id)
  const added = [
    await store.clients.insert(client),
    await store.users.insert(user),
    await store.integrations.insert(newIntegration(user)),
    await store.integrations.insert(newIntegration(user, { userIdentifier: 'work' })),
    await store.integrations.insert(newIntegration(user, { connector: 'slack', userIdentifier: 'octocat' })),
    await store.skills.insert(skill),
  ]
  expect(added.map(Boolean)).toEqual([true, true, true, true, true, true])
  await store.links.insert(link)
  return { client, user, link, skill }
}

/** Everything the store holds of a tenant. */
export async function everythingOf(store: Store, tenant: Tenant) {
  const users = await store.users.list(tenant.client.id)
  return {
    client: await store.clients.find(tenant.client.id),
    users,
    integrations: await Promise.all(users.map((user) => store.integrations.listOfUser(user.id))),
    link: await store.links.find(tenant.link.id),
    revocations: await store.revocations.listOfClient(tenant.client.id),
    skills: await store.skills.list(tenant.client.id, 200, 0),
  }
}

/** A test with two tenants, which fails as well when anything of the other one was changed. */
export const sceneTest =
  (newStore: NewStore) =>
  (name: string, run: (scene: Scene) => Promise<void>): void => {
    test(name, async () => {
      const opened = await newStore()
      const mine = await addTenant(opened.store)
      const theirs = await addTenant(opened.store)
      const before = await everythingOf(opened.store, theirs)
      await run({ ...opened, mine, theirs })
      expect(await everythingOf(opened.store, theirs)).toEqual(before)
    })
  }
