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
  /** There only if the keys come from it. */
  keyFile: string
  storeFile: string
  /** Says who is logged in; the logins themselves are beside it. */
  loginFile: string
  keyOrigin: KeyOrigin
  keys: KeySource
  /** Reads a file of saved logins; undefined when there is none. @throws MISCONFIGURED when it is somebody else's */
  readLogin(file: string): string | undefined
  /** False where it is noted that the store was sealed in today's form: an older one in its place is not taken. */
  mayBeOlder(): boolean
  /**
   * Notes which key the store belongs to, so that the next start tells a wrong key file without opening the store, and
   * that it is sealed in today's form.
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
 * Opens the data folder, making it on the first start, and a key file unless the keys come from elsewhere. A key is never
 * made for a store that exists. Two processes may do this at once: the first key file wins.
 * @param say is told what was open to others and is closed now; standard error by default
 * @throws MISCONFIGURED, with what to do, for missing, unreadable or wrong keys, and for what belongs to somebody else
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

/** @param home the home folder where the data folder is there by default: it is never made */
function makeFolder(path: string, home: string | undefined): void {
  if (home !== undefined && !existsSync(home))
    throw misconfigured(
      `The home folder ${home} does not exist, so there is no place for the data; set CONNECTORS_DATA_DIR to a folder that can be written, or HOME.`,
    )
  try {
    makeWithParents(path)
    // A file system may be mounted read-only, and a folder that was made by hand may not be ours to write.
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw misconfigured(
      `The data folder ${path} cannot be ${existsSync(path) ? 'written' : 'made'}${reasonOf(error)}; set CONNECTORS_DATA_DIR to a folder that can be written.`,
      error,
    )
  }
}

/** By hand, since in Node 20 `recursive` never returns where a folder exists and nothing can be made in it, as in /proc. */
function makeWithParents(path: string): void {
  if (!existsSync(path) && dirname(path) !== path) makeWithParents(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: ': this user may not',
  EPERM: ': this user may not',
  EROFS: ': its file system is mounted read-only',
  ENOTDIR: ': a file is in its way',
  EEXIST: ': a file is in its way',
  ENOSPC: ': the disk is full',
}

const reasonOf = (error: unknown): string => REASONS[String((error as NodeJS.ErrnoException).code)] ?? ''

const misconfigured = (sentence: string, cause?: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', sentence, { cause })

const [NOTE, LOGIN] = ['The note about the store', 'The saved login']
/** In which form the store is sealed, as `service/vault/root-key.ts` has it. */
const TODAYS_FORM = '2'

/** All that is there already, and what a process that was killed left of it. */
function checkFiles(own: PrivateFolder, files: ReturnType<typeof filesOf>): void {
  for (const file of [files.store, `${files.store}-wal`, `${files.store}-shm`, `${files.store}-journal`])
    own.check(file, 'The store')
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
      : `${subject} does not hold the key ${needed}, which the store ${store} needs. Put that key there too; it stands in the key file that the store was used with, or in your copy.`,
  )
