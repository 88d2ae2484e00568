import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConnectorsError } from '../base/errors.js'
import type { Config } from '../config/index.js'
import type { KeyRing } from '../crypto/key-ring.js'
import { KeySource } from '../crypto/key-source.js'
import { type KeyOrigin, keyOrigin } from './key-origin.js'
import { writeWhole } from './whole-file.js'

/** The folder of an embedded service, or of a served one on SQLite: key file, store, saved login. */
export interface DataFolder {
  path: string
  /** There only if the keys come from it. */
  keyFile: string
  storeFile: string
  loginFile: string
  keyOrigin: KeyOrigin
  keys: KeySource
  /** Notes which key the store belongs to, so that the next start tells a wrong key file without opening the store. */
  noteKey(keyId: string): void
}

const filesOf = (path: string) => ({
  key: join(path, 'key'),
  store: join(path, 'store.db'),
  storeKey: join(path, 'store.key-id'),
  login: join(path, 'login.json'),
})

/**
 * Opens the data folder, making it on the first start, and a key file unless the keys come from elsewhere. A key is never
 * made for a store that exists. Two processes may do this at once: the first key file wins.
 * @throws INTERNAL, with what to do, for missing, unreadable or wrong keys
 */
export async function openDataFolder(config: Pick<Config, 'dataDir' | 'key' | 'keyCommand'>): Promise<DataFolder> {
  const path = config.dataDir
  const files = filesOf(path)
  makeFolder(path)
  const origin = keyOrigin(config, files)
  const read = async (): Promise<KeyRing> => {
    const ring = await origin.read()
    const needed = notedKey(files.storeKey)
    if (needed !== undefined && !ring.ids.includes(needed)) throw keyWrong(origin, files.store, needed)
    return ring
  }
  return {
    path,
    keyFile: files.key,
    storeFile: files.store,
    loginFile: files.login,
    keyOrigin: origin,
    keys: new KeySource(await read(), read),
    noteKey: (keyId) => {
      if (keyId !== notedKey(files.storeKey)) writeWhole(files.storeKey, `${keyId}\n`)
    },
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new ConnectorsError(
      'INTERNAL',
      `The data folder ${path} cannot be made; set CONNECTORS_DATA_DIR to a folder that can be written.`,
      { cause: error },
    )
  }
}

/** The key that the store was last known to need. */
function notedKey(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const keyWrong = ({ kind, subject }: KeyOrigin, store: string, needed: string) =>
  new ConnectorsError(
    'INTERNAL',
    kind === 'file'
      ? `${subject} does not belong to the store ${store}, which needs the key ${needed}. Put the right key file back, or set CONNECTORS_DATA_DIR to the folder that belongs to this key.`
      : `${subject} does not hold the key ${needed}, which the store ${store} needs. Put that key there too; it stands in the key file that the store was used with, or in your copy.`,
  )
