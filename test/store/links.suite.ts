import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { LinkRow, Store } from '../../src/store/store.js'
import { type NewStore, newIntegration, newLink, newSealed, sceneTest } from './scene.js'

/** `links` and `leases`. */
export function linksSuite(newStore: NewStore): void {
  describe('links', () => links(newStore))
  describe('links: pending', () => pending(newStore))
  describe('links: ending with an account', () => endings(newStore))
  describe('leases', () => leases(newStore))
}

function links(newStore: NewStore): void {
  const scene = sceneTest(newStore)
  const hash = () => `hash ${randomUUID()}`

  scene('a link is read back as it was inserted', async ({ store, mine }) => {
    const link = newLink(mine.user, { replaceDuplicate: true, stateHash: hash() })
    await store.links.insert(link)
    expect(await store.links.find(link.id)).toEqual(link)
    expect(await store.links.find('nothing')).toBeUndefined()
  })

  scene("a link is found only for its own user and that user's client", async ({ store, mine, theirs }) => {
    const mixed = newLink(mine.user, { clientId: theirs.client.id })
    await store.links.insert(mixed)
    expect(await store.links.find(mixed.id)).toBeUndefined()
    await store.links.insert(newLink(mine.user, { id: theirs.link.id }))
    await store.links.insert(newLink(mine.user, { stateHash: theirs.link.stateHash }))
    expect(await store.links.find(theirs.link.id)).toEqual(theirs.link)
  })

  scene('a link can be started only once', async ({ store, mine }) => {
    const link = newLink(mine.user)
    await store.links.insert(link)
    const state = hash()
    expect(await store.links.start(link.id, state, 'v1.started')).toBe(true)
    expect(await store.links.start(link.id, hash(), 'v1.again')).toBe(false)
    expect(await store.links.start(link.id, state, 'v1.again')).toBe(false)
    expect(await store.links.start('nothing', hash(), 'v1.again')).toBe(false)
    expect(await store.links.find(link.id)).toEqual({ ...link, stateHash: state, sealed: 'v1.started' })
  })

  scene('a link that has ended, or with a state already in use, cannot be started', async ({ store, mine, theirs }) => {
    const ended = newLink(mine.user)
    await store.links.insert(ended)
    await store.links.finish(ended.id, { error: 'cancelled_error' })
    expect(await store.links.start(ended.id, hash(), 'v1.x')).toBe(false)
    const link = newLink(mine.user)
    await store.links.insert(link)
    expect(await store.links.start(link.id, theirs.link.stateHash ?? '', 'v1.x')).toBe(false)
    expect(await store.links.find(link.id)).toEqual(link)
  })

  scene(
    'the sealed text of a pending link is replaced only by a caller that knows the current one',
    async ({ store, mine, openAgain }) => {
      const link = newLink(mine.user)
      await store.links.insert(link)
      expect(await store.links.reseal(link.id, 'v1.other', 'v1.new')).toBe(false)
      expect(await store.links.reseal('nothing', link.sealed, 'v1.new')).toBe(false)
      expect(await store.links.find(link.id)).toEqual(link)
      const other = await openAgain()
      const done = await Promise.all(
        Array.from({ length: 10 }, (_, n) => (n % 2 ? store : other).links.reseal(link.id, link.sealed, `v1.${n}`)),
      )
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(await store.links.find(link.id)).toEqual({ ...link, sealed: `v1.${done.indexOf(true)}` })
      await store.links.claim(link.id, 1500)
      expect(await store.links.reseal(link.id, `v1.${done.indexOf(true)}`, 'v1.new')).toBe(false)
    },
  )

  scene('a link is taken by its state, and only once', async ({ store, mine }) => {
    const { stateHash } = mine.link
    expect(await store.links.take('unknown', 1500)).toBeUndefined()
    expect(await store.links.take(stateHash?.toUpperCase() ?? '', 1500)).toBeUndefined()
    expect(await store.links.take(stateHash ?? '', 1500)).toEqual({ ...mine.link, status: 'consumed', expiresAt: 1500 })
    expect(await store.links.take(stateHash ?? '', 1500)).toBeUndefined()
    expect((await store.links.find(mine.link.id))?.status).toBe('consumed')
  })

  scene('finding a link by its state does not take it', async ({ store, mine }) => {
    expect(await store.links.findByState('unknown')).toBeUndefined()
    expect(await store.links.findByState(mine.link.stateHash?.toUpperCase() ?? '')).toBeUndefined()
    expect(await store.links.findByState(mine.link.stateHash ?? '')).toEqual(mine.link)
    expect(await store.links.find(mine.link.id)).toEqual(mine.link)
  })

  scene('a taken link can be reopened once, without its state, and no other link can', async ({ store, mine }) => {
    const { id, stateHash, expiresAt } = mine.link
    const change = { sealed: 'v1.reopened', expiresAt }
    expect(await store.links.reopen(id, change)).toBe(false)
    expect(await store.links.reopen('nothing', change)).toBe(false)
    await store.links.claim(id, 1500)
    expect(await store.links.reopen(id, change)).toBe(true)
    expect(await store.links.reopen(id, change)).toBe(false)
    expect(await store.links.find(id)).toEqual({ ...mine.link, ...change, stateHash: null })
    expect(await store.links.findByState(stateHash ?? '')).toBeUndefined()
    const state = hash()
    expect(await store.links.start(id, state, 'v1.started')).toBe(true)
    expect((await store.links.take(state, 1500))?.id).toBe(id)
    await store.links.finish(id, { error: 'cancelled_error' })
    expect(await store.links.reopen(id, change)).toBe(false)
    expect((await store.links.find(id))?.status).toBe('failed')
  })

  scene('a link that many take at once goes to one of them', async ({ store, mine, openAgain }) => {
    const other = await openAgain()
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? store : other).links.take(mine.link.stateHash ?? '', 1500)),
    )
    expect(taken.filter(Boolean)).toEqual([{ ...mine.link, status: 'consumed', expiresAt: 1500 }])
  })

  scene('an expired link cannot be taken', async ({ store, mine }) => {
    const state = mine.link.stateHash ?? ''
    expect(await store.links.take(state, mine.link.expiresAt)).toBeUndefined()
    expect((await store.links.find(mine.link.id))?.status).toBe('pending')
    expect((await store.links.take(state, mine.link.expiresAt - 1))?.id).toBe(mine.link.id)
  })

  scene('a link is claimed by its id, with or without a state, and only once', async ({ store, mine }) => {
    const without = newLink(mine.user)
    const ended = newLink(mine.user)
    for (const link of [without, ended]) await store.links.insert(link)
    await store.links.finish(ended.id, { error: 'cancelled_error' })
    for (const link of [without, mine.link]) {
      expect(await store.links.claim(link.id, link.expiresAt)).toBeUndefined()
      expect(await store.links.claim(link.id, 1500)).toEqual({ ...link, status: 'consumed', expiresAt: 1500 })
      expect(await store.links.claim(link.id, 1500)).toBeUndefined()
    }
    expect(await store.links.take(mine.link.stateHash ?? '', 1500)).toBeUndefined()
    expect(await store.links.start(without.id, hash(), 'v1.x')).toBe(false)
    expect(await store.links.claim(ended.id, 1500)).toBeUndefined()
    expect(await store.links.claim('nothing', 1500)).toBeUndefined()
  })

  scene('a link that many claim or take at once goes to one of them', async ({ store, mine, openAgain }) => {
    const other = await openAgain()
    const got = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 ? store.links.claim(mine.link.id, 1500) : other.links.take(mine.link.stateHash ?? '', 1500),
      ),
    )
    expect(got.filter(Boolean)).toEqual([{ ...mine.link, status: 'consumed', expiresAt: 1500 }])
  })

  scene('the sealed text of a link can be replaced when the link ends', async ({ store, mine }) => {
    await store.links.finish(mine.link.id, { userIdentifier: 'octocat' }, 'v1.ended')
    const end = { status: 'linked', userIdentifier: 'octocat', sealed: 'v1.ended' }
    expect(await store.links.find(mine.link.id)).toEqual({ ...mine.link, ...end })
  })

  scene('a link without a state cannot be taken', async ({ store, mine }) => {
    await store.links.insert(newLink(mine.user))
    expect(await store.links.take('', 1500)).toBeUndefined()
    expect(await store.links.take('null', 1500)).toBeUndefined()
  })

  scene('the outcome of a link is recorded', async ({ store, mine }) => {
    const failed = newLink(mine.user)
    await store.links.insert(failed)
    await store.links.finish(mine.link.id, { userIdentifier: 'octocat' })
    await store.links.finish(failed.id, { error: 'cancelled_error' })
    await store.links.finish('nothing', { error: 'cancelled_error' })
    expect(await store.links.find(mine.link.id)).toEqual({ ...mine.link, status: 'linked', userIdentifier: 'octocat' })
    expect(await store.links.find(failed.id)).toEqual({ ...failed, status: 'failed', error: 'cancelled_error' })
    expect(await store.links.take(mine.link.stateHash ?? '', 1500)).toBeUndefined()
  })

  scene('sweeping deletes expired links and no others', async ({ store, mine, theirs }) => {
    const [over, ends, stays] = [100, 500, 501].map((expiresAt) => newLink(mine.user, { expiresAt }))
    if (!over || !ends || !stays) throw new Error('unreachable')
    for (const link of [over, ends, stays]) await store.links.insert(link)
    await store.links.finish(over.id, { userIdentifier: 'octocat' })
    await store.links.deleteExpired(500)
    expect(await store.links.find(over.id)).toBeUndefined()
    expect(await store.links.find(ends.id)).toBeUndefined()
    expect(await store.links.find(stays.id)).toEqual(stays)
    expect(await store.links.find(theirs.link.id)).toEqual(theirs.link)
  })
}

function pending(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  scene('pending links with the same purpose are found, the newest first', async ({ store, mine, theirs }) => {
    const { userId, connector, callbackUrl, replaceDuplicate } = mine.link
    const wanted = { userId, connector, callbackUrl, replaceDuplicate }
    const older = newLink(mine.user, { createdAt: 900 })
    const newer = newLink(mine.user, { createdAt: 1100 })
    const others = [
      newLink(mine.user, { connector: 'slack' }),
      newLink(mine.user, { callbackUrl: '' }),
      newLink(mine.user, { replaceDuplicate: true }),
      newLink(mine.user, { status: 'consumed' }),
      newLink(mine.user, { expiresAt: 1499 }),
      newLink(theirs.user),
    ]
    for (const link of [older, newer, ...others]) await store.links.insert(link)
    expect(await store.links.findPending(wanted, 1500)).toEqual([newer, mine.link, older])
    expect(await store.links.findPending({ ...wanted, userId: 'nobody' }, 1500)).toEqual([])
    expect(await store.links.findPending(wanted, 2001)).toEqual([])
  })
}

function endings(newStore: NewStore): void {
  const scene = sceneTest(newStore)
  const sealed = { added: 'v1.ended', replaced: 'v1.replaced' }
  const endingOf = ({ id }: LinkRow) => ({ linkId: id, sealed })
  const linked = { status: 'linked', sealed: 'v1.ended', error: null }
  const take = (store: Store, link: LinkRow) => store.links.take(link.stateHash ?? '', 1500)

  scene('one transaction stores the account and marks its link as linked', async ({ store, mine, openAgain }) => {
    const again = newLink(mine.user)
    await store.links.insert(again)
    await take(store, mine.link)
    await store.links.claim(again.id, 1500)
    const row = newIntegration(mine.user, { userIdentifier: 'new' })
    expect(await store.integrations.insert(row, endingOf(mine.link))).toBeDefined()
    const { id } = mine.user
    const work = newIntegration(mine.user, { ...newSealed('v1.new'), userIdentifier: 'work' })
    const put = await store.integrations.put(work, endingOf(again))
    expect(put).toMatchObject({ replaced: true, row: { credential: 'v1.new', version: 2 } })
    const other = await openAgain()
    expect(await other.links.find(mine.link.id)).toMatchObject({ ...linked, userIdentifier: 'new' })
    expect(await other.links.find(again.id)).toMatchObject({ ...linked, sealed: 'v1.replaced', userIdentifier: 'work' })
    expect(await other.integrations.find(id, 'github', 'new')).toMatchObject({ id: row.id })
  })

  scene('a link stays as it is if its account cannot be stored', async ({ store, mine }) => {
    await take(store, mine.link)
    const ending = endingOf(mine.link)
    expect(await store.integrations.insert(newIntegration(mine.user), ending)).toBeUndefined()
    expect(await store.integrations.put(newIntegration({ ...mine.user, id: 'nobody' }), ending)).toBeUndefined()
    expect(await store.links.find(mine.link.id)).toMatchObject({ status: 'consumed', userIdentifier: null })
  })

  scene('an account for a link that is not being finished is not stored', async ({ store, mine }) => {
    const failed = newLink(mine.user, { status: 'consumed' })
    await store.links.insert(failed)
    await store.links.finish(failed.id, { error: 'integration_error' })
    const before = await store.integrations.listOfUser(mine.user.id)
    for (const linkId of [mine.link.id, failed.id, 'nothing']) {
      const ending = { linkId, sealed }
      const row = newIntegration(mine.user, { userIdentifier: 'new' })
      const replacing = newIntegration(mine.user, { userIdentifier: 'work' })
      for (const stored of [
        store.integrations.insert(row, ending),
        store.integrations.put(row, ending),
        store.integrations.put(replacing, ending),
      ])
        await expect(stored).rejects.toMatchObject({ code: 'LINK_EXPIRED' })
    }
    expect(await store.integrations.listOfUser(mine.user.id)).toEqual(before)
    expect(await store.links.find(mine.link.id)).toEqual(mine.link)
    expect(await store.links.find(failed.id)).toMatchObject({ status: 'failed', sealed: failed.sealed })
  })

  scene('a link that has ended keeps its outcome', async ({ store, mine }) => {
    await take(store, mine.link)
    await store.integrations.insert(newIntegration(mine.user, { userIdentifier: 'new' }), endingOf(mine.link))
    await store.links.finish(mine.link.id, { error: 'integration_error' }, 'v1.failed')
    expect(await store.links.find(mine.link.id)).toMatchObject({ ...linked, userIdentifier: 'new' })
  })

  scene('a link that is cancelled and linked at once is only one of the two', async ({ store, mine, openAgain }) => {
    const other = await openAgain()
    for (let round = 0; round < 20; round++) {
      const link = newLink(mine.user, { status: 'consumed' })
      await store.links.insert(link)
      const userIdentifier = `new ${round}`
      const row = newIntegration(mine.user, { userIdentifier })
      const insert = () => store.integrations.insert(row, endingOf(link)).catch(() => undefined)
      const giveUp = () => other.links.finish(link.id, { error: 'integration_error' })
      const [stored] = await Promise.all(round % 2 ? [insert(), giveUp()] : [giveUp().then(insert)])
      const { status } = (await store.links.find(link.id)) ?? {}
      expect(status).toBe(stored ? 'linked' : 'failed')
      const found = await store.integrations.find(mine.user.id, 'github', userIdentifier)
      expect(found?.id).toBe(stored?.row.id)
    }
  })
}

function leases(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  scene('a held lease is refused to all others', async ({ store, openAgain }) => {
    const other = await openAgain()
    expect(await store.leases.acquire('refresh:1', 'one', 2000, 1000)).toBe(true)
    expect(await other.leases.acquire('refresh:1', 'two', 2500, 1999)).toBe(false)
    expect(await other.leases.acquire('refresh:2', 'two', 2500, 1999)).toBe(true)
    expect(await other.leases.acquire('REFRESH:1', 'two', 2500, 1999)).toBe(true)
  })

  scene('a lease ends when it expires', async ({ store }) => {
    await store.leases.acquire('lease', 'one', 2000, 1000)
    expect(await store.leases.acquire('lease', 'two', 3000, 2000)).toBe(true)
    expect(await store.leases.acquire('lease', 'one', 3500, 2500)).toBe(false)
    expect(await store.leases.acquire('lease', 'one', 4000, 3000)).toBe(true)
  })

  scene('a lease can be extended by its holder', async ({ store }) => {
    await store.leases.acquire('lease', 'one', 2000, 1000)
    expect(await store.leases.acquire('lease', 'one', 3000, 1500)).toBe(true)
    expect(await store.leases.acquire('lease', 'two', 4000, 2500)).toBe(false)
  })

  scene('a lease can be released only by its holder', async ({ store, openAgain }) => {
    const other = await openAgain()
    await store.leases.acquire('lease', 'one', 2000, 1000)
    await other.leases.release('lease', 'two')
    await other.leases.release('another', 'one')
    expect(await other.leases.acquire('lease', 'two', 2000, 1000)).toBe(false)
    await store.leases.release('lease', 'one')
    await store.leases.release('lease', 'one')
    expect(await other.leases.acquire('lease', 'two', 2000, 1000)).toBe(true)
  })

  scene('sweeping deletes expired leases and no others', async ({ store }) => {
    await store.leases.acquire('over', 'one', 2000, 1000)
    await store.leases.acquire('held', 'one', 2001, 1000)
    await store.leases.deleteExpired(2000)
    expect(await store.leases.acquire('held', 'two', 4000, 2000)).toBe(false)
    expect(await store.leases.acquire('over', 'two', 4000, 1999)).toBe(true)
  })

  scene('a former holder does not release a lease that another now holds', async ({ store }) => {
    await store.leases.acquire('lease', 'one', 2000, 1000)
    await store.leases.acquire('lease', 'two', 4000, 2000)
    await store.leases.release('lease', 'one')
    expect(await store.leases.acquire('lease', 'three', 5000, 2500)).toBe(false)
  })

  scene('a lease that many request at once goes to one of them', async ({ store, openAgain }) => {
    const other = await openAgain()
    const got = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? store : other).leases.acquire('lease', `h${index}`, 2000, 1000),
      ),
    )
    expect(got.filter(Boolean)).toHaveLength(1)
  })
}
