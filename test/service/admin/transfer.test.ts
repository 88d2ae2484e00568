import { expect, test } from 'vitest'
import type { Caller, Service } from '../../../src/service/index.js'
import { type Harness, newApi } from '../../api/harness.js'

/** A service whose third party says that the account is called as the token. */
async function newService(): Promise<Harness & { clientId: string }> {
  const harness = await newApi()
  harness.thirdParty.answer = ({ headers }) => ({
    json: { login: new Headers(headers).get('authorization')?.replace('Bearer ', '').split(':')[0] },
  })
  await harness.service.tenants.defaultApiKey()
  const client = await harness.service.tenants.findByName('default')
  return { ...harness, clientId: client?.id ?? '' }
}

async function addUser({ users, tenants }: Service, identifier: string, clientName = 'default') {
  const tenant = await tenants.findByName(clientName)
  if (!tenant) throw new Error('no such client')
  const { user, secret } = await users.create(tenant, identifier)
  return { secret: secret.reveal(), caller: { clientId: tenant.id, userId: user.id, identifier } }
}
type Person = Awaited<ReturnType<typeof addUser>>

const link = ({ accounts }: Service, { caller }: Person, token: string) =>
  accounts.link(caller, 'notes', { token }, { replace: true })

async function* again(records: readonly string[]): AsyncGenerator<string> {
  yield* records
}

async function recordsOf({ service, clientId }: { service: Service; clientId: string }): Promise<string[]> {
  const records: string[] = []
  for await (const record of service.transfer.records(clientId)) records.push(record.text)
  return records
}

const runAs = ({ runAction }: Service, caller: Caller, identifier: string | null) =>
  runAction(caller, {
    connector: 'notes',
    action: 'list_notes',
    input: {},
    identifier,
    signal: AbortSignal.timeout(10_000),
  })

/** The accounts of a user with the token that each is used with. */
async function accounts(harness: Harness, identifier: string, secret: string) {
  const { service, thirdParty } = harness
  const login = await service.users.login(identifier, secret, undefined)
  const caller = await service.users.byToken(login.token.reveal())
  const rows = await service.accounts.listOfUser(caller)
  const used: Record<string, string> = {}
  for (const { userIdentifier } of rows) {
    thirdParty.requests.length = 0
    await runAs(service, caller, userIdentifier)
    used[userIdentifier] = new Headers(thirdParty.requests[0]?.headers).get('authorization') ?? ''
  }
  return { used, selected: rows.filter((row) => row.selected).map((row) => row.userIdentifier), rows, caller }
}

test('an import keeps logins, credentials and default accounts working', async () => {
  const [from, to] = [await newService(), await newService()]
  const people = []
  for (let index = 0; index < 5; index++) people.push(await addUser(from.service, `user ${index}`))
  const [ann] = people as [Person]
  for (const token of ['octo:1', 'work:2', 'home:3']) await link(from.service, ann, token)
  await from.service.accounts.select(ann.caller, 'notes', 'work')
  const records = await recordsOf(from)
  expect(records).toHaveLength(8)

  await to.service.transfer.check(to.clientId, again(records), false)
  expect(await recordsOf(to)).toEqual([])
  expect(await to.service.transfer.write(to.clientId, again(records), false)).toEqual({
    users: 5,
    existingUsers: 0,
    integrations: 3,
  })
  const before = await accounts(from, 'user 0', ann.secret)
  const moved = await accounts(to, 'user 0', ann.secret)
  expect(moved.used).toEqual({ octo: 'Bearer octo:1', work: 'Bearer work:2', home: 'Bearer home:3' })
  expect(moved.used).toEqual(before.used)
  expect(moved.selected).toEqual(['work'])
  expect(moved.caller.userId).toBe(ann.caller.userId)
  expect(moved.rows.map(({ createdAt }) => createdAt)).toEqual(before.rows.map(({ createdAt }) => createdAt))
  // Sealed anew: nothing sealed in one store opens in the other.
  for (const row of moved.rows) expect(before.rows.map(({ credential }) => credential)).not.toContain(row.credential)
  const token = (await from.service.users.login('user 0', ann.secret, undefined)).token.reveal()
  await expect(to.service.users.byToken(token)).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  // And back again, into a client that is empty.
  await from.service.tenants.remove(from.clientId)
  await from.service.tenants.defaultApiKey()
  expect((await recordsOf(to)).toSorted()).toEqual(records.toSorted())
  await from.service.transfer.write(from.clientId, again(await recordsOf(to)), false)
  expect(await recordsOf(from)).toEqual(records)
})

test('an import keeps what people call an account, and takes a file of an earlier release', async () => {
  const [from, to] = [await newService(), await newService()]
  const ann = await addUser(from.service, 'ann')
  await link(from.service, ann, 'büro:1')
  const records = await recordsOf(from)
  await to.service.transfer.write(to.clientId, again(records), false)
  const { rows } = await accounts(to, 'ann', ann.secret)
  expect(rows).toMatchObject([{ userIdentifier: expect.stringMatching(/^b_ro-[0-9a-f]{8}$/), title: 'büro' }])
  expect(await recordsOf(to)).toEqual(records)
  const earlier = records.map((record) => record.replace(/"title":"[^"]*",/, ''))
  expect(earlier).not.toEqual(records)
  await to.service.transfer.write(to.clientId, again(earlier), true)
  expect((await accounts(to, 'ann', ann.secret)).rows).toMatchObject([{ title: null }])
  const hostile = records.map((record) => record.replace('"title":"büro"', '"title":"a\\u202eb"'))
  await to.service.transfer.write(to.clientId, again(hostile), true)
  expect((await accounts(to, 'ann', ann.secret)).rows).toMatchObject([{ title: 'ab' }])
})

test('an import without replace refuses users that exist by name or id, and writes nothing', async () => {
  const [from, to] = [await newService(), await newService()]
  const [ann] = [await addUser(from.service, 'ann'), await addUser(from.service, 'bob')] as const
  await link(from.service, ann, 'octo:1')
  await addUser(to.service, 'ann')
  const before = await recordsOf(to)
  const records = await recordsOf(from)
  const refused = await to.service.transfer.check(to.clientId, again(records), false).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'USER_EXISTS', message: expect.stringMatching(/: "ann"\.$/) })
  await expect(to.service.transfer.write(to.clientId, again(records), false)).rejects.toMatchObject({
    code: 'USER_EXISTS',
  })
  expect((await recordsOf(to)).filter((record) => record.includes('"ann"'))).toEqual(before)

  // The same users in another client of the same store keep belonging to that one.
  await from.service.tenants.create('other')
  const other = (await from.service.tenants.findByName('other'))?.id ?? ''
  for (const replace of [false, true]) {
    await expect(from.service.transfer.check(other, again(records), replace)).rejects.toMatchObject({
      code: 'USER_EXISTS',
      message: expect.stringMatching(/"ann".*"bob"|"bob".*"ann"/),
    })
  }
})

test('an import with replace keeps secret, id and defaults of existing users and adds the accounts of the file', async () => {
  const [from, to] = [await newService(), await newService()]
  const ann = await addUser(from.service, 'ann')
  for (const token of ['octo:new', 'work:new']) await link(from.service, ann, token)
  const there = await addUser(to.service, 'ann')
  for (const token of ['home:old', 'octo:old']) await link(to.service, there, token)
  const records = await recordsOf(from)
  await to.service.transfer.check(to.clientId, again(records), true)
  for (const round of [1, 2]) {
    expect(await to.service.transfer.write(to.clientId, again(records), true), `round ${round}`).toEqual({
      users: 0,
      existingUsers: 1,
      integrations: 2,
    })
    const moved = await accounts(to, 'ann', there.secret)
    expect(moved.caller.userId).toBe(there.caller.userId)
    expect(moved.used).toEqual({ home: 'Bearer home:old', octo: 'Bearer octo:new', work: 'Bearer work:new' })
    expect(moved.selected).toEqual(['home'])
  }
  await expect(accounts(to, 'ann', ann.secret)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
})

test('an account that needs a new link still needs it after an import', async () => {
  const [from, to] = [await newService(), await newService()]
  const ann = await addUser(from.service, 'ann')
  await link(from.service, ann, 'octo:1')
  const answer = from.thirdParty.answer
  from.thirdParty.answer = () => ({ status: 401, json: {} })
  await expect(runAs(from.service, ann.caller, null)).rejects.toMatchObject({ code: 'RECONNECT_REQUIRED' })
  from.thirdParty.answer = answer
  const records = await recordsOf(from)
  expect(records[1]).toContain('reconnect_required')
  for (const replace of [false, true]) await to.service.transfer.write(to.clientId, again(records), replace)
  const login = await to.service.users.login('ann', ann.secret, undefined)
  const rows = await to.service.accounts.listOfUser(await to.service.users.byToken(login.token.reveal()))
  expect(rows.map(({ authStatus }) => authStatus)).toEqual(['reconnect_required'])
})

test('an import with unknown records is refused before anything is written', async () => {
  const to = await newService()
  const user = {
    type: 'user',
    id: 'u',
    identifier: 'ann',
    secret_hash: 'h',
    secret_preview: 'p',
    is_active: true,
    created_at: 1,
  }
  const account = {
    type: 'integration',
    connector: 'notes',
    user_identifier: 'octo',
    auth_type: 'custom',
    auth_scopes: [],
    auth_status: 'active',
    selected: true,
    created_at: 1,
    credential: { kind: 'custom', configuration: {} },
  }
  for (const bad of [[account], [user, { ...account, more: 1 }], [user, { type: 'skill' }], [user, null]]) {
    const records = again(bad.map((record) => JSON.stringify(record)))
    await expect(to.service.transfer.check(to.clientId, records, false)).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
    })
  }
  await to.service.transfer.check(to.clientId, again([user, account].map((record) => JSON.stringify(record))), false)
})
