import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConnectorsError } from '../base/errors.js'
import { uuid } from '../base/random.js'
import { KeyRing } from '../crypto/key-ring.js'

/** Only the owner may read what is written here. */
const OWNER_ONLY = 0o600

/** The folder of an embedded service, or of a served one on SQLite: key file, store, saved login. */
export interface DataFolder {
  path: string
  storeFile: string
  loginFile: string
  keyRing: KeyRing
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
 * Opens the data folder, making it and a key file on the first start. A key is never made for a store that exists.
 * Two processes may do this at once: the first key file wins.
 * @throws INTERNAL, with what to do, for a missing, unreadable or wrong key file
 */
export function openDataFolder(path: string): DataFolder {
  const files = filesOf(path)
  makeFolder(path)
  if (!existsSync(files.key)) {
    if (existsSync(files.store)) throw keyMissing(files)
    publishKey(files.key)
  }
  const keyRing = KeyRing.parse(readKey(files.key))
  const needed = existsSync(files.storeKey) ? readFileSync(files.storeKey, 'utf8').trim() : undefined
  if (needed !== undefined && !keyRing.ids.includes(needed)) throw keyWrong(files, needed)
  return {
    path,
    storeFile: files.store,
    loginFile: files.login,
    keyRing,
    noteKey: (keyId) => {
      if (keyId !== needed) writeFileSync(files.storeKey, `${keyId}\n`, { mode: OWNER_ONLY })
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

/** Written whole under another name first, then given its name: nobody ever reads half a key. */
function publishKey(file: string): void {
  const draft = `${file}.${uuid()}`
  writeFileSync(draft, KeyRing.generate().text, { mode: OWNER_ONLY, flag: 'wx' })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConnectorsError('INTERNAL', `The key file ${file} cannot be read; give its owner the right to read it.`, {
      cause: error,
    })
  }
}

const keyMissing = ({ key, store }: ReturnType<typeof filesOf>) =>
  new ConnectorsError(
    'INTERNAL',
    `The key file ${key} is missing, and the store ${store} cannot be opened without it. Put the key file back from your backup; if it is lost for good, move the store away to begin anew and link the accounts again.`,
  )

const keyWrong = ({ key, store }: ReturnType<typeof filesOf>, needed: string) =>
  new ConnectorsError(
    'INTERNAL',
    `The key file ${key} does not belong to the store ${store}, which needs the key ${needed}. Put the right key file back, or set CONNECTORS_DATA_DIR to the folder that belongs to this key.`,
  )
