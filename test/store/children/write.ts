import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import type { Store } from '../../../src/store/store.js'

// Writes beside other processes that do the same. Prints the links it took.
const [file = '', clientId = '', userId = '', rounds = '0'] = process.argv.slice(2)
const store = await openSqliteStore(file)
process.stdout.write('ready\n')
await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()

for (let round = 0; round < Number(rounds); round++) {
  await Promise.all([addUser(store), changeAccounts(store, round), takeLink(store, round), countUp(store)])
}
await countUnderLease(store)
await store.close()
process.exit()

async function addUser({ users }: Store): Promise<void> {
  const id = randomUUID()
  const user = {
    id,
    clientId,
    identifier: id,
    secretHash: 'x',
    secretPreview: 'x',
    secretSerial: 'x',
    isActive: true,
    createdAt: 1,
  }
  if (!(await users.insert(user))) throw new Error('a user was not inserted')
}

/** Adds an account to the shared user, makes it the default, and deletes every second one again. */
async function changeAccounts({ integrations }: Store, round: number): Promise<void> {
  const userIdentifier = `${process.pid}/${round}`
  const row = { connector: 'github', authType: 'oauth2', authStatus: 'active', authScopes: [] as string[] } as const
  await integrations.insert({
    ...row,
    id: randomUUID(),
    clientId,
    userId,
    userIdentifier,
    credential: 'x',
    credentialSerial: 'x',
    createdAt: 1,
  })
  if (!(await integrations.select(userId, 'github', userIdentifier))) throw new Error('an account was not selected')
  if (round % 2) await integrations.delete(userId, 'github', userIdentifier)
}

async function takeLink({ links }: Store, round: number): Promise<void> {
  if (await links.take(`state ${round}`, 1)) process.stdout.write(`took ${round}\n`)
}

/** Adds one by compare-and-set. */
async function countUp({ meta }: Store): Promise<void> {
  for (;;) {
    const before = await meta.putIfAbsent('count', '0')
    if (await meta.replace('count', before, String(Number(before) + 1))) return
  }
}

/** Adds one in two steps that only a lease keeps together. */
async function countUnderLease({ leases, meta }: Store): Promise<void> {
  const holder = randomUUID()
  while (!(await leases.acquire('counting', holder, 2, 1)));
  const before = await meta.putIfAbsent('leased', '0')
  await meta.replace('leased', await meta.putIfAbsent('leased', '0'), String(Number(before) + 1))
  await leases.release('counting', holder)
}
