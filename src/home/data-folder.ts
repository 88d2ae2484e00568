import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConnectorsError } from '../base/errors.js'
import type { Config } from '../config/index.js'
import type { KeyRing } from '../crypto/key-ring.js'
import { KeySource } from '../crypto/key-source.js'
import { isDraftOf, writeAtomically } from './atomic-file.js'
import { type KeyOrigin, keyOrigin } from './key-origin.js'
import { type Notify, PrivateFolder } from './private-files.js'

/** The folder of an embedded service, or of a served one on SQLite: key file, store, saved logins. */
export interface DataFolder {
  path: string
  /** Exists only if the keys come from it. */
  keyFile: string
  storeFile: string
  /** Says who is logged in; the logins themselves are in files next to it. */
  loginFile: string
  keyOrigin: KeyOrigin
  keys: KeySource
  /** Reads a file of saved logins; undefined when there is none. @throws MISCONFIGURED when it belongs to another user */
  readLogin(file: string): string | undefined
  /** False once it is recorded that the store was sealed in the current format: an older one in its place is then refused. */
  mayBeOlder(): boolean
  /**
   * Records which key the store belongs to, so that the next start recognizes a wrong key file without opening the store,
   * and that it is sealed in the current format.
   */
  noteKey(keyId: string): void
}

const filesOf = (path: string) => ({
  key: join(path, 'key'),
  store: join(path, 'store.db'),
  storeKey: join(path, 'store.key-id'),
  storeForm: join(path, 'store.form'),
  login: join(path, 'login.json'),
})

/**
 * Opens the data folder. The first start creates it, with a key file unless the keys come from elsewhere. A key is never
 * made for an existing store. Two processes may do this at once: the first key file wins.
 * @param say receives a sentence for each file that was open to others and is closed now; standard error by default
 * @throws MISCONFIGURED, with what to do, for missing, unreadable or wrong keys, and for files of another user
 */
export async function openDataFolder(
  config: Pick<Config, 'dataDir' | 'key' | 'keyCommand'> & Partial<Pick<Config, 'homeOfDataDir'>>,
  say: Notify = onStandardError,
): Promise<DataFolder> {
  const path = config.dataDir
  const files = filesOf(path)
  makeFolder(path, config.homeOfDataDir)
  const own = new PrivateFolder(path, say)
  checkFiles(own, files)
  const origin = keyOrigin(config, files, own)
  const noted = (file: string) => own.read(file, NOTE)?.trim() || undefined
  const read = async (): Promise<KeyRing> => {
    const ring = await origin.read()
    const needed = noted(files.storeKey)
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
    readLogin: (file) => own.read(file, LOGIN),
    mayBeOlder: () => noted(files.storeForm) !== TODAYS_FORM,
    noteKey: (keyId) => {
      if (keyId !== noted(files.storeKey)) writeAtomically(files.storeKey, `${keyId}\n`)
      if (noted(files.storeForm) !== TODAYS_FORM) writeAtomically(files.storeForm, `${TODAYS_FORM}\n`)
    },
  }
}

/** @param home the home folder, if the data folder is at its default place: a home folder is never created */
function makeFolder(path: string, home: string | undefined): void {
  if (home !== undefined && !existsSync(home))
    throw misconfigured(
      `The home folder ${home} does not exist, so the data cannot be stored; set CONNECTORS_DATA_DIR to a writable folder, or set HOME.`,
    )
  try {
    makeWithParents(path)
    // A file system may be mounted read-only, and a folder that was created by hand may not be writable for us.
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw misconfigured(
      `The data folder ${path} cannot be ${existsSync(path) ? 'written' : 'created'}${reasonOf(error)}; set CONNECTORS_DATA_DIR to a writable folder.`,
      error,
    )
  }
}

/** By hand, since in Node 20 `recursive` never returns for a folder that exists but in which nothing can be created, as /proc. */
function makeWithParents(path: string): void {
  if (!existsSync(path) && dirname(path) !== path) makeWithParents(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: ': this user has no permission',
  EPERM: ': this user has no permission',
  EROFS: ': its file system is mounted read-only',
  ENOTDIR: ': a file is in its place',
  EEXIST: ': a file is in its place',
  ENOSPC: ': the disk is full',
}

const reasonOf = (error: unknown): string => REASONS[String((error as NodeJS.ErrnoException).code)] ?? ''

const misconfigured = (sentence: string, cause?: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', sentence, { cause })

const [NOTE, LOGIN] = ['The note about the store', 'The saved login']
/** The format in which the store is sealed, as defined in `service/vault/root-key.ts`. */
const TODAYS_FORM = '2'

/** All files that exist, and what a killed process left of them. */
function checkFiles(own: PrivateFolder, files: ReturnType<typeof filesOf>): void {
  for (const ending of ['', '-wal', '-shm', '-journal', '-open', '-checked'])
    own.check(files.store + ending, 'The store')
  for (const file of [files.storeKey, files.storeForm]) own.check(file, NOTE)
  own.check(files.login, LOGIN)
  const folder = dirname(files.key)
  for (const name of readdirSync(folder))
    if (isDraftOf(files.key, name) || isDraftOf(files.login, name)) own.check(join(folder, name), 'The file')
    // Drafts of them as well.
    else if (name.startsWith('login-')) own.check(join(folder, name), LOGIN)
}

const onStandardError: Notify = (sentence) => void process.stderr.write(`connectors-mcp: ${sentence}\n`)

const keyWrong = ({ kind, subject }: KeyOrigin, store: string, needed: string) =>
  new ConnectorsError(
    'MISCONFIGURED',
    kind === 'file'
      ? `${subject} does not belong to the store ${store}, which needs the key ${needed}. Put the right key file back, or set CONNECTORS_DATA_DIR to the folder that belongs to this key.`
      : `${subject} does not hold the key ${needed}, which the store ${store} needs. Put that key there too; it is in the key file that the store was used with, or in your copy.`,
  )
