import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { KeyRing, KeySource } from '../../../src/crypto/index.js'
import { recordsByKey, rewrapAll, rootKeyId } from '../../../src/service/index.js'
import { Tenants } from '../../../src/service/tenants/tenants.js'
import { openVault } from '../../../src/service/vault/vault.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import type { Store } from '../../../src/store/store.js'

const noted = async () => undefined

/** Two processes' views of one store whose keys come from the same place. */
async function scene() {
  const folder = mkdtempSync(join(tmpdir(), 'rotation-'))
  const file = join(folder, 'store.db')
  const [mine, theirs] = [await openSqliteStore(file), await openSqliteStore(file)]
  onTestFinished(async () => {
    await Promise.all([mine.close(), theirs.close()])
    rmSync(folder, { recursive: true, force: true })
  })
  const place = { ring: KeyRing.generate().ring }
  const source = () => new KeySource(place.ring, async () => place.ring)
  return { mine, theirs, place, source }
}

const clientOf = async (store: Store, source: KeySource, name: string) => {
  const vault = await openVault(store, source)
  const { id } = await new Tenants({ store, vault, clock: Date.now }).create(name)
  return { id, sealed: await vault.seal(id, ['x'], `secret of ${name}`) }
}

test('a process with the older keys still opens, seals and creates clients after a rotation', async () => {
  const { mine, theirs, place, source } = await scene()
  const old = source()
  const running = await openVault(mine, old)
  const [known, unknown] = [await clientOf(theirs, source(), 'known'), await clientOf(theirs, source(), 'unknown')]
  expect(await running.open(known.id, ['x'], known.sealed)).toBe('secret of known')
  const derived = running.derived('x')

  const before = place.ring.currentId
  place.ring = place.ring.rotate().ring
  expect(await rewrapAll(theirs, source(), noted)).toBe(3)
  expect(await recordsByKey(theirs)).toEqual(new Map([[place.ring.currentId, 3]]))
  expect(await rootKeyId(theirs)).toBe(place.ring.currentId)
  expect(place.ring.currentId).not.toBe(before)

  expect(old.ring.currentId).toBe(before)
  expect(await running.open(known.id, ['x'], known.sealed)).toBe('secret of known')
  expect(await running.open(unknown.id, ['x'], unknown.sealed)).toBe('secret of unknown')
  expect(await running.open(known.id, ['y'], await running.seal(known.id, ['y'], 'later'))).toBe('later')
  const later = await new Tenants({ store: mine, vault: running, clock: Date.now }).create('later')
  expect((await mine.clients.find(later.id))?.dataKey).toContain(`.${place.ring.currentId}.`)
  // A process that starts with the new key alone opens everything, under the same root key.
  const alone = await openVault(theirs, KeySource.fixed(place.ring.without([before]).ring))
  expect(alone.derived('x')).toEqual(derived)
  expect(await alone.open(unknown.id, ['x'], unknown.sealed)).toBe('secret of unknown')
})

test('two concurrent rotations leave everything sealed by a key that both processes have', async () => {
  const { mine, theirs, place, source } = await scene()
  const clients = []
  for (let index = 0; index < 8; index++) clients.push(await clientOf(mine, source(), `client ${index}`))
  place.ring = place.ring.rotate().ring
  const done = await Promise.all([rewrapAll(mine, source(), noted), rewrapAll(theirs, source(), noted)])
  expect(done[0] + done[1]).toBe(9)
  const vault = await openVault(mine, source())
  for (const { id, sealed } of clients) expect(await vault.open(id, ['x'], sealed)).toMatch(/^secret of/)
})

test('a rotation that stops after any record is completed by the next one', async () => {
  const { mine, place, source } = await scene()
  const clients = []
  for (let index = 0; index < 4; index++) clients.push(await clientOf(mine, source(), `client ${index}`))
  for (let stopAt = 1; stopAt <= 5; stopAt++) {
    place.ring = place.ring.rotate().ring
    let records = 0
    const stop = async () => {
      if (++records === stopAt) throw new Error('stopped')
    }
    await expect(rewrapAll(mine, source(), stop)).rejects.toThrow('stopped')
    const vault = await openVault(mine, source())
    for (const { id, sealed } of clients) expect(await vault.open(id, ['x'], sealed)).toMatch(/^secret of/)
    expect(await rewrapAll(mine, source(), noted)).toBe(6 - stopAt)
  }
})

test('a client created again under a deleted id gets its data sealed under its new key', async () => {
  const { mine, theirs, source } = await scene()
  const running = await openVault(mine, source())
  const tenants = new Tenants({ store: mine, vault: running, clock: Date.now })
  await tenants.defaultApiKey()
  const [client] = await tenants.list()
  const id = client?.id ?? ''
  const before = await running.seal(id, ['x'], 'before')
  const other = await openVault(theirs, source())
  expect(await other.open(id, ['x'], before)).toBe('before')

  expect(await tenants.remove(id)).toBe(true)
  await expect(running.seal(id, ['x'], 'nothing')).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  await new Tenants({ store: theirs, vault: other, clock: Date.now }).defaultApiKey()
  const after = await running.seal(id, ['x'], 'after')
  expect(await other.open(id, ['x'], after)).toBe('after')
  const fresh = await openVault(theirs, source())
  expect(await fresh.open(id, ['x'], after)).toBe('after')
  await expect(fresh.open(id, ['x'], before)).rejects.toThrow('cannot be opened')
})
