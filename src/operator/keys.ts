import { systemClock } from '../base/clock.js'
import { ConnectorsError } from '../base/errors.js'
import { uuid } from '../base/random.js'
import type { Config } from '../config/index.js'
import { type NewKeyRing, newKeyLine } from '../crypto/key-ring.js'
import { removeDrafts, writeAtomically } from '../home/atomic-file.js'
import { type DataFolder, openDataFolder } from '../home/data-folder.js'
import { loginKeyIds, resealLogins } from '../home/saved-login.js'
import { recordsByKey, rewrapAll, rootKeyId } from '../service/index.js'
import { openSqliteStore } from '../store/sqlite/store.js'
import type { Store } from '../store/store.js'

/**
 * How long the process that changes the keys holds its lease. It is renewed before each change, so that a process that was
 * killed is soon replaced. Milliseconds.
 */
const LEASE = 'keys'
const LEASE_TIME = 5_000
const LONGEST_WAIT = 30_000
const LOOK_AGAIN = 100

export interface KeysStatus {
  /** Where the keys come from, as error sentences call it. */
  subject: string
  /** The current one first; `records` is how many wrapped keys and logins use it. */
  keys: { id: string; current: boolean; records: number }[]
  /** Keys that records use and that are missing. */
  missing: { id: string; records: number }[]
}

export interface Rotation {
  /** Whether a new key was put in front; an unfinished rotation is completed with the key it began with. */
  fresh: boolean
  currentId: string
  /** How many records were wrapped again with the current key. */
  rewrapped: number
}

/** A new key as a line of a key file; changes nothing. */
export const generateKeyLine = newKeyLine

/** Which keys there are and how many records use each; never the keys themselves. */
export const keysStatus = (config: Config): Promise<KeysStatus> =>
  withKeys(config, async ({ folder, store }) => {
    const counts = await countRecords(folder, store)
    const { ids, currentId } = folder.keys.ring
    return {
      subject: folder.keyOrigin.subject,
      keys: ids.map((id) => ({ id, current: id === currentId, records: counts.get(id) ?? 0 })),
      missing: [...counts].flatMap(([id, records]) => (ids.includes(id) ? [] : [{ id, records }])),
    }
  })

/**
 * Wraps every record with the current key; a key file gets a new one in front first, and keeps the old ones. Other
 * processes keep working. If it is interrupted, run it again to complete it.
 * @throws MISCONFIGURED when a record cannot be opened, UNAVAILABLE when another process changes the keys
 */
export const rotateKeys = (config: Config): Promise<Rotation> =>
  changingKeys(config, async ({ folder, store }, stillMine) => {
    const { keys } = folder
    const counts = await countRecords(folder, store)
    const unfinished = [...counts.keys()].some((id) => id !== keys.ring.currentId)
    const fresh = folder.keyOrigin.kind === 'file' && !unfinished
    if (fresh) {
      await stillMine()
      await writeKeyFile(folder, keys.ring.rotate())
    }
    const inStore = await rewrapAll(store, keys, stillMine, folder.mayBeOlder())
    const rewrapped = inStore + (await resealLogins(folder))
    const keyId = await rootKeyId(store)
    if (keyId !== undefined) folder.noteKey(keyId)
    return { fresh, currentId: keys.ring.currentId, rewrapped }
  })

/**
 * Removes the keys that no record uses any more from the key file. If the keys come from elsewhere, nothing is changed.
 * @returns the ids of those keys, of old keys that are still needed, and whether they were removed here
 */
export const pruneKeys = (config: Config): Promise<{ unused: string[]; needed: string[]; removed: boolean }> =>
  changingKeys(config, async ({ folder, store }, stillMine) => {
    const { ring } = folder.keys
    const old = ring.ids.filter((id) => id !== ring.currentId)
    const counts = await countRecords(folder, store)
    const [unused, needed] = [old.filter((id) => !counts.has(id)), old.filter((id) => counts.has(id))]
    const removed = folder.keyOrigin.kind === 'file' && unused.length > 0
    if (removed) {
      const before = ring.without([])
      await stillMine()
      await writeKeyFile(folder, ring.without(unused))
      // A process that read the keys before may have used one of them since.
      const now = await countRecords(folder, store)
      if (unused.some((id) => now.has(id))) {
        await writeKeyFile(folder, before)
        throw new ConnectorsError(
          'UNAVAILABLE',
          'A key came back into use in the meantime, so none was removed; try again.',
        )
      }
    }
    return { unused, needed, removed }
  })

interface Opened {
  folder: DataFolder
  store: Store
}

async function withKeys<T>(config: Config, run: (opened: Opened) => Promise<T>): Promise<T> {
  const folder = await openDataFolder(config)
  const store = await openSqliteStore(folder.storeFile)
  try {
    return await run({ folder, store })
  } finally {
    await store.close()
  }
}

/** Runs with the current keys, while no other process changes them. `stillMine` makes sure of that before each change. */
function changingKeys<T>(
  config: Config,
  run: (opened: Opened, stillMine: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return withKeys(config, async (opened) => {
    const { leases } = opened.store
    const holder = uuid()
    const take = () => leases.acquire(LEASE, holder, systemClock() + LEASE_TIME, systemClock())
    const giveUp = systemClock() + LONGEST_WAIT
    while (!(await take())) {
      if (systemClock() > giveUp) throw changedElsewhere()
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
    }
    try {
      const { keys, keyFile, keyOrigin } = opened.folder
      await keys.latest()
      if (keyOrigin.kind === 'file') removeDrafts(keyFile)
      return await run(opened, async () => {
        if (!(await take())) throw changedElsewhere()
      })
    } finally {
      await leases.release(LEASE, holder)
    }
  })
}

async function countRecords(folder: DataFolder, store: Store): Promise<Map<string, number>> {
  const counts = await recordsByKey(store)
  for (const login of loginKeyIds(folder)) counts.set(login, (counts.get(login) ?? 0) + 1)
  return counts
}

/** On the disk before anything is sealed with the new key. */
async function writeKeyFile({ keyFile, keys }: DataFolder, { text }: NewKeyRing): Promise<void> {
  try {
    writeAtomically(keyFile, text)
  } catch (error) {
    throw new ConnectorsError(
      'MISCONFIGURED',
      `The key file ${keyFile} cannot be written, so the keys stay as they are; run this as the user who owns it.`,
      { cause: error },
    )
  }
  await keys.latest()
}

const changedElsewhere = (): ConnectorsError =>
  new ConnectorsError('UNAVAILABLE', 'Another process is changing the keys; run this again when it is done.')
