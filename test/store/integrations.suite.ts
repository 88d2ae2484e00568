import { describe, expect } from 'vitest'
import type { IntegrationRow, Store, UserRow } from '../../src/store/store.js'
import { type NewStore, newIntegration, newSealed, sceneTest } from './scene.js'

/** Names at github in the order added, the default marked. */
async function accounts(store: Store, user: UserRow, connector = 'github'): Promise<string[]> {
  const rows = (await store.integrations.listOfUser(user.id)).filter((row) => row.connector === connector)
  return rows.map((row) => (row.selected ? `*${row.userIdentifier}` : row.userIdentifier))
}

async function found(store: Store, user: UserRow, name = 'octocat', connector = 'github'): Promise<IntegrationRow> {
  const row = await store.integrations.find(user.id, connector, name)
  if (!row) throw new Error(`no account ${name}`)
  return row
}

export function integrationsSuite(newStore: NewStore): void {
  describe('integrations: the default', () => defaults(newStore))
  describe('integrations: grants', () => grants(newStore))
  describe('integrations: rows', () => rows(newStore))
  describe('integrations: credentials', () => credentials(newStore))
}

function grants(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  scene('those of one client come in pages, oldest first, whatever is removed meanwhile', async ({ store, mine }) => {
    await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'pasted', authType: 'custom' }))
    await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'late' }))
    const names: string[] = []
    for (let last: number | undefined = 0; last !== undefined; ) {
      const page = (await store.integrations.pageOfGrants(mine.client.id, last, 2)) as {
        rows: IntegrationRow[]
        last?: number
      }
      for (const row of page.rows) {
        names.push(`${row.connector} ${row.userIdentifier}`)
        await store.integrations.delete(row.userId, row.connector, row.userIdentifier)
      }
      last = page.last
    }
    expect(names).toEqual(['github octocat', 'github work', 'slack octocat', 'github late'])
    expect(await accounts(store, mine.user)).toEqual(['*pasted'])
    expect(await store.integrations.pageOfGrants('nobody', 0, 2)).toEqual({ rows: [], last: undefined })
  })
}

function defaults(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  scene(
    'the first account of a connector becomes the default, and adding another keeps it',
    async ({ store, mine }) => {
      expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
      expect(await accounts(store, mine.user, 'slack')).toEqual(['*octocat'])
      await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'a' }))
      expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work', 'a'])
      expect((await store.integrations.findSelected(mine.user.id, 'github'))?.userIdentifier).toBe('octocat')
      expect((await store.integrations.findSelected(mine.user.id, 'slack'))?.connector).toBe('slack')
      expect(await store.integrations.findSelected(mine.user.id, 'sql')).toBeUndefined()
    },
  )

  scene('selecting an account makes it the default', async ({ store, mine }) => {
    expect(await store.integrations.select(mine.user.id, 'github', 'work')).toBe(true)
    expect(await accounts(store, mine.user)).toEqual(['octocat', '*work'])
    expect(await store.integrations.select(mine.user.id, 'github', 'work')).toBe(true)
    expect(await accounts(store, mine.user)).toEqual(['octocat', '*work'])
    expect(await accounts(store, mine.user, 'slack')).toEqual(['*octocat'])
    expect((await store.integrations.findSelected(mine.user.id, 'github'))?.userIdentifier).toBe('work')
  })

  scene('selecting a missing account changes nothing', async ({ store, mine, theirs }) => {
    await store.integrations.insert(newIntegration(mine.user, { connector: 'sql', userIdentifier: 'chinook' }))
    expect(await store.integrations.select(mine.user.id, 'github', 'Octocat')).toBe(false)
    expect(await store.integrations.select(mine.user.id, 'github', 'chinook')).toBe(false)
    expect(await store.integrations.select('nobody', 'github', 'octocat')).toBe(false)
    expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
    expect(await accounts(store, theirs.user)).toEqual(['*octocat', 'work'])
  })

  scene(
    'after the default is deleted, the most recently created account becomes the default',
    async ({ store, mine }) => {
      await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'a third' }))
      await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'a fourth' }))
      const first = await found(store, mine.user)
      expect(await store.integrations.delete(mine.user.id, 'github', 'octocat')).toEqual({
        removed: first,
        newDefault: 'a fourth',
      })
      expect(await accounts(store, mine.user)).toEqual(['work', 'a third', '*a fourth'])
      const done = await store.integrations.delete(mine.user.id, 'github', 'a fourth')
      expect(done).toMatchObject({ newDefault: 'a third', removed: { userIdentifier: 'a fourth', selected: true } })
      expect(await accounts(store, mine.user)).toEqual(['work', '*a third'])
    },
  )

  scene('deleting an account that is not the default keeps the default', async ({ store, mine }) => {
    const done = await store.integrations.delete(mine.user.id, 'github', 'work')
    expect(done).toMatchObject({ newDefault: null, removed: { userIdentifier: 'work', selected: false } })
    expect(await accounts(store, mine.user)).toEqual(['*octocat'])
  })

  scene(
    'after the last account is deleted there is no default, and the next one added becomes it',
    async ({ store, mine }) => {
      expect((await store.integrations.delete(mine.user.id, 'slack', 'octocat'))?.newDefault).toBeNull()
      expect(await store.integrations.findSelected(mine.user.id, 'slack')).toBeUndefined()
      await store.integrations.insert(newIntegration(mine.user, { connector: 'slack', userIdentifier: 'again' }))
      expect(await accounts(store, mine.user, 'slack')).toEqual(['*again'])
      expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
    },
  )

  scene('deleting a missing account changes nothing', async ({ store, mine }) => {
    expect(await store.integrations.delete(mine.user.id, 'github', 'OCTOCAT')).toBeUndefined()
    expect(await store.integrations.delete(mine.user.id, 'Github', 'octocat')).toBeUndefined()
    expect(await store.integrations.delete('nobody', 'github', 'octocat')).toBeUndefined()
    expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
  })

  scene('an account that is deleted and added again is the last in order', async ({ store, mine }) => {
    await store.integrations.delete(mine.user.id, 'github', 'work')
    await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'x' }))
    await store.integrations.delete(mine.user.id, 'github', 'x')
    await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'a', createdAt: 5 }))
    await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'work', createdAt: 5 }))
    expect(await accounts(store, mine.user)).toEqual(['*octocat', 'a', 'work'])
  })

  scene('concurrent changes always leave exactly one default', async ({ store, mine, openAgain }) => {
    const { integrations } = await openAgain()
    const names = Array.from({ length: 8 }, (_, index) => `account ${index}`)
    const row = (userIdentifier: string) => newIntegration(mine.user, { connector: 'sql', userIdentifier })
    const added = await Promise.all(
      names.map((name, index) => (index % 2 ? store.integrations : integrations).insert(row(name))),
    )
    expect(added.map((put) => put?.row.userIdentifier)).toEqual(names)
    await Promise.all([
      ...names.map((name) => store.integrations.select(mine.user.id, 'sql', name)),
      ...names.slice(1).map((name) => integrations.delete(mine.user.id, 'sql', name)),
      integrations.insert(row('late')),
    ])
    const rows = (await store.integrations.listOfUser(mine.user.id)).filter(({ connector }) => connector === 'sql')
    expect(rows.map((left) => left.userIdentifier)).toEqual(['account 0', 'late'])
    expect(rows.filter(({ selected }) => selected)).toHaveLength(1)
  })
}

function rows(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  scene('an account is read back as it was inserted', async ({ store, mine }) => {
    const row = newIntegration(mine.user, {
      connector: 'sql',
      userIdentifier: 'mysql:db.example.com:3306:ann:chinook',
      authType: 'custom',
      authScopes: ['a "quoted" one', 'https://example.com/auth/x', 'ü'],
      authStatus: 'reconnect_required',
      title: 'Größe 日本',
      accountId: '583231',
      readOnly: false,
    })
    expect(await store.integrations.insert(row)).toBeDefined()
    const read = await store.integrations.find(mine.user.id, 'sql', row.userIdentifier)
    expect(read).toEqual({ ...row, selected: true, version: 1, updatedAt: row.createdAt })
    expect(await store.integrations.findSelected(mine.user.id, 'sql')).toEqual(read)
    expect((await store.integrations.listOfUser(mine.user.id)).at(-1)).toEqual(read)
  })

  scene('the name of an account is unique for one user and one connector only', async ({ store, mine }) => {
    const before = await store.integrations.listOfUser(mine.user.id)
    expect(await store.integrations.insert(newIntegration(mine.user))).toBeUndefined()
    expect(await store.integrations.listOfUser(mine.user.id)).toEqual(before)
    expect(await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'Octocat' }))).toBeDefined()
    expect(await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'octocat ' }))).toBeDefined()
    expect(await store.integrations.insert(newIntegration(mine.user, { connector: 'GitHub' }))).toBeDefined()
    expect(await accounts(store, mine.user, 'GitHub')).toEqual(['*octocat'])
  })

  scene("an account is found only for its own user and that user's client", async ({ store, mine, theirs }) => {
    const theirId = (await found(store, theirs.user)).id
    expect(
      await store.integrations.insert(newIntegration(mine.user, { id: theirId, userIdentifier: 'x' })),
    ).toBeUndefined()
    const mixed = newIntegration(mine.user, { clientId: theirs.client.id, userIdentifier: 'x' })
    expect(await store.integrations.insert(mixed)).toBeUndefined()
    expect(await store.integrations.insert(newIntegration({ ...mine.user, id: theirs.user.id }))).toBeUndefined()
    expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
    for (const row of await store.integrations.listOfUser(mine.user.id)) expect(row.clientId).toBe(mine.client.id)
  })

  scene('reading a missing account finds nothing', async ({ store, mine }) => {
    expect(await store.integrations.listOfUser('nobody')).toEqual([])
    expect(await store.integrations.find('nobody', 'github', 'octocat')).toBeUndefined()
    expect(await store.integrations.find(mine.user.id, 'sql', 'octocat')).toBeUndefined()
    expect(await store.integrations.find(mine.user.id, 'github', 'OctoCat')).toBeUndefined()
    expect(await store.integrations.findSelected('nobody', 'github')).toBeUndefined()
  })
}

function credentials(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  scene(
    'putting an account with an existing name keeps id, position and default, and activates it',
    async ({ store, mine }) => {
      for (const name of ['octocat', 'work']) {
        const before = await found(store, mine.user, name)
        await store.integrations.setStatus(before.id, before.version, 'reconnect_required', 3)
        const change = { ...newSealed('v1.new'), authScopes: ['gist'], authType: 'custom' as const, updatedAt: 77 }
        const put = await store.integrations.put(newIntegration(mine.user, { ...change, userIdentifier: name }))
        const after = { ...before, ...change, authStatus: 'active', version: before.version + 1 }
        expect(put).toEqual({ row: after, replaced: true })
        expect(await found(store, mine.user, name)).toEqual(after)
      }
      expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
    },
  )

  scene(
    'putting an account with a new name adds it, and the first of a connector as the default',
    async ({ store, mine }) => {
      const second = newIntegration(mine.user, { userIdentifier: 'OCTOCAT' })
      const first = newIntegration(mine.user, { connector: 'drive' })
      expect(await store.integrations.put(second)).toMatchObject({
        replaced: false,
        row: { id: second.id, selected: false },
      })
      expect(await store.integrations.put(first)).toMatchObject({
        replaced: false,
        row: { id: first.id, selected: true },
      })
      expect(await found(store, mine.user, 'octocat')).toMatchObject({ version: 1 })
    },
  )

  scene(
    'putting an account for a missing user, or a user of another client, stores nothing',
    async ({ store, mine, theirs }) => {
      const before = await store.integrations.listOfUser(mine.user.id)
      expect(await store.integrations.put(newIntegration({ ...mine.user, id: 'nobody' }))).toBeUndefined()
      expect(await store.integrations.put(newIntegration({ ...mine.user, clientId: theirs.client.id }))).toBeUndefined()
      expect(await store.integrations.listOfUser(mine.user.id)).toEqual(before)
    },
  )

  scene('an account is replaced as it was read, and not after it changed', async ({ store, mine, openAgain }) => {
    const before = await found(store, mine.user, 'octocat')
    const change = { ...newSealed('v1.new'), title: 'Größe', accountId: '7', readOnly: true, updatedAt: 77 }
    const row = newIntegration(mine.user, { ...change })
    const after = { ...before, ...change, version: before.version + 1 }
    const again = [store, await openAgain()].map((one) => one.integrations.replace(row, before))
    expect((await Promise.all(again)).filter(Boolean)).toEqual([{ row: after, replaced: true }])
    for (const asRead of [before, { ...after, id: 'another' }])
      expect(await store.integrations.replace(row, asRead)).toBeUndefined()
    const nobody = newIntegration(mine.user, { userIdentifier: 'nobody' })
    expect(await store.integrations.replace(nobody, after)).toBeUndefined()
    expect(await found(store, mine.user, 'octocat')).toEqual(after)
    expect(await accounts(store, mine.user)).toEqual(['*octocat', 'work'])
  })

  scene('one account that is put many times at once is stored once', async ({ store, mine, openAgain }) => {
    const other = await openAgain()
    const puts = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? store : other).integrations.put(newIntegration(mine.user, { userIdentifier: 'new' })),
    )
    const outcomes = await Promise.all(puts)
    expect(outcomes.filter((outcome) => outcome?.replaced === false)).toHaveLength(1)
    expect(await found(store, mine.user, 'new')).toMatchObject({ version: 10 })
  })

  scene(
    'a refreshed credential is stored only if the stored one has not changed in the meantime',
    async ({ store, mine }) => {
      const before = await found(store, mine.user)
      expect(await store.integrations.updateCredential(before.id, before.version + 1, newSealed('v1.early'), 5)).toBe(
        false,
      )
      expect(await store.integrations.updateCredential('nothing', before.version, newSealed('v1.lost'), 5)).toBe(false)
      expect(await found(store, mine.user)).toEqual(before)
      expect(await store.integrations.updateCredential(before.id, before.version, newSealed('v1.fresh'), 5)).toBe(true)
      expect(await store.integrations.updateCredential(before.id, before.version, newSealed('v1.late'), 6)).toBe(false)
      const after = { ...before, ...newSealed('v1.fresh'), version: before.version + 1, updatedAt: 5 }
      expect(await found(store, mine.user)).toEqual(after)
    },
  )

  scene('of many concurrent refreshes of one version, one is stored', async ({ store, mine, openAgain }) => {
    const other = await openAgain()
    const { id, version } = await found(store, mine.user)
    const done = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 ? store : other).integrations.updateCredential(id, version, newSealed(`v1.${index}`), index),
      ),
    )
    expect(done.filter(Boolean)).toHaveLength(1)
    const after = await found(store, mine.user)
    expect(after).toMatchObject({ ...newSealed(`v1.${done.indexOf(true)}`), version: version + 1 })
  })

  scene('a status is set only if the credential has not changed in the meantime', async ({ store, mine }) => {
    const before = await found(store, mine.user)
    const { setStatus } = store.integrations
    expect(await setStatus(before.id, before.version, 'reconnect_required', 9)).toBe(true)
    const marked = { ...before, authStatus: 'reconnect_required', updatedAt: 9 }
    expect(await found(store, mine.user)).toEqual(marked)
    expect(await setStatus(before.id, before.version - 1, 'active', 10)).toBe(false)
    expect(await setStatus('nothing', before.version, 'active', 10)).toBe(false)
    expect(await found(store, mine.user)).toEqual(marked)
    expect(await setStatus(before.id, before.version, 'active', 11)).toBe(true)
    expect((await found(store, mine.user)).authStatus).toBe('active')
  })

  scene(
    'a refreshed credential clears an older mark, and an older refusal cannot set one again',
    async ({ store, mine }) => {
      const { id, version } = await found(store, mine.user)
      await store.integrations.setStatus(id, version, 'reconnect_required', 1)
      expect(await store.integrations.updateCredential(id, version, newSealed('v1.fresh'), 2)).toBe(true)
      expect((await found(store, mine.user)).authStatus).toBe('active')
      expect(await store.integrations.setStatus(id, version, 'reconnect_required', 3)).toBe(false)
      expect((await found(store, mine.user)).authStatus).toBe('active')
    },
  )
}
