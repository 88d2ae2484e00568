import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ConnectorsError } from '../base/errors.js'

/** Shows the person a sentence that is not an error. */
export type Notify = (sentence: string) => void

/** All permissions of group and others. */
const OTHERS = 0o077
/** Write permission of group and others. */
const WRITABLE = 0o022
const WRITABLE_BY_ANYBODY = 0o002
const GROUP_READS = 0o040
/** In a folder with this bit, users can remove and rename only their own files. */
const STICKY = 0o1000
/** More than any file that is read completely here. Bytes. */
const LIMIT = 1024 * 1024

/** What is asked about a file. */
type Status = Pick<Stats, 'uid' | 'mode' | 'size' | 'isFile'>

/**
 * A folder that belongs to one user, and its files. Each is checked before it is used. A file of another user is
 * refused, since they could have put it there or could replace it, and so are keys that others may have copied, until the
 * person has decided what to do. The user's other files are closed to others, with a notice. On Windows, which
 * has other permissions, nothing is checked.
 */
export class PrivateFolder {
  readonly #path: string
  readonly #say: Notify
  /** The users that may own these files; undefined on systems without such owners. */
  readonly #owners: ReadonlySet<number> | undefined

  /** @throws MISCONFIGURED for a folder of another user, or one that others can write and that cannot be closed to them */
  constructor(path: string, say: Notify) {
    this.#path = path
    this.#say = say
    const own = process.getuid?.()
    this.#owners = own === undefined ? undefined : this.#checkFolder(own)
  }

  /**
   * Checks a file that other code opens. A missing file passes.
   * @param subject its name in sentences: `The store`
   * @throws MISCONFIGURED when it belongs to another user, or is not a regular file
   */
  check(file: string, subject: string): void {
    const status = statSync(file, { throwIfNoEntry: false })
    this.#checkLink(file, subject)
    if (status) this.#checkFile(status, file, subject, (mode) => chmodSync(file, mode))
  }

  /**
   * Reads a small text file, and checks the very file that is read.
   * @returns undefined when there is none
   * @throws MISCONFIGURED as `check`, and for a file that cannot be read
   */
  read(file: string, subject: string): string | undefined {
    this.#checkLink(file, subject)
    const descriptor = opened(file, subject)
    if (descriptor === undefined) return undefined
    try {
      const status = fstatSync(descriptor)
      this.#checkFile(status, file, subject, (mode) => fchmodSync(descriptor, mode))
      if (status.size > LIMIT)
        throw refused(`${subject} ${file} is far larger than such a file ever is; put the right one there.`)
      return readFileSync(descriptor, 'utf8')
    } finally {
      closeSync(descriptor)
    }
  }

  /** @returns the users that may own these files */
  #checkFolder(own: number): Set<number> {
    const path = this.#path
    const status = statSync(path)
    const owners = new Set([own, 0])
    const link = lstatSync(path)
    // Root acts for the owner of the folder, unless any user could have created that folder.
    if (own === 0 && link.uid === status.uid && !isOpenToAll(dirname(resolve(path)))) owners.add(status.uid)
    if (!owners.has(status.uid) || !owners.has(link.uid)) {
      const uid = owners.has(status.uid) ? link.uid : status.uid
      throw refused(
        `The data folder ${path} belongs to another user (uid ${uid}), who could read and replace the files in it; start this as that user, have the folder given to yours ("chown"), or set CONNECTORS_DATA_DIR to a folder of your own.`,
      )
    }
    if ((status.mode & STICKY) === 0) this.#checkWriters(status.mode, status.uid === own || own === 0)
    return owners
  }

  #checkWriters(mode: number, isOwn: boolean): void {
    const path = this.#path
    if ((mode & WRITABLE_BY_ANYBODY) !== 0) {
      throw refused(
        `Others can write into the data folder ${path} (mode ${octal(mode)}) and replace the files in it; remove that permission ("chmod go-w"), check that you know all files in it, or set CONNECTORS_DATA_DIR to a folder of your own.`,
      )
    }
    // A folder of root that a group may write is a usual way to give one to an unprivileged user.
    if ((mode & WRITABLE) === 0 || !isOwn || !closed(mode, WRITABLE, (less) => chmodSync(path, less))) return
    this.#say(
      `The group of the data folder ${path} could write into it (mode ${octal(mode)}); its mode is ${octal(mode & ~WRITABLE)} now. Check that you know all files in it.`,
    )
  }

  /** A symbolic link stands for its target if a trusted user created it. */
  #checkLink(file: string, subject: string): void {
    const link = lstatSync(file, { throwIfNoEntry: false })
    if (link && this.#owners && !this.#owners.has(link.uid)) throw this.#foreign(file, subject, link.uid)
  }

  #checkFile(status: Status, file: string, subject: string, change: (mode: number) => void): void {
    if (!status.isFile())
      throw refused(`${subject} ${file} is not a regular file; put the right one there, or remove it.`)
    if (!this.#owners) return
    if (!this.#owners.has(status.uid)) throw this.#foreign(file, subject, status.uid)
    const own = process.getuid?.()
    // Root may let a group read what the service of another user needs.
    const open = status.uid === own || own === 0 ? OTHERS : OTHERS & ~GROUP_READS
    if ((status.mode & open) === 0) return
    if (subject === KEY_FILE && (status.mode & open) !== GROUP_READS) throw keyOpen(file, status.mode)
    const now = closed(status.mode, open, change)
      ? `its mode is ${octal(status.mode & ~open)} now.`
      : 'its mode could not be changed here; change it yourself ("chmod 600").'
    this.#say(
      `${subject} ${file} was open to others (mode ${octal(status.mode)}); ${now}${subject === KEY_FILE ? ` They may have copied the keys: ${REPLACE}` : ''}`,
    )
  }

  #foreign(file: string, subject: string, uid: number): ConnectorsError {
    return refused(
      `${subject} ${file} belongs to another user (uid ${uid}), who could have put it there and can change it, so it is not used. If it is the right one, make it yours ("chown"); otherwise remove it, or put back your copy.`,
    )
  }
}

/** The name of the key file in sentences. */
export const KEY_FILE = 'The key file'

const REPLACE = 'replace them by "connectors-mcp keys rotate" and then "connectors-mcp keys prune".'

/** If the file were closed silently, a key that others know would stay in use. */
function keyOpen(file: string, mode: number): ConnectorsError {
  const what = (mode & WRITABLE) === 0 ? 'copied the keys' : 'copied the keys or put in their own'
  const look = (mode & WRITABLE) === 0 ? '' : ', see by "connectors-mcp keys status" that all keys are yours,'
  return refused(
    `${KEY_FILE} ${file} is open to others (mode ${octal(mode)}), who may have ${what}. Make it yours alone ("chmod 600")${look} and ${REPLACE}`,
  )
}

/** Removes permissions. False when that is not possible; true on a file system without permissions. */
function closed(mode: number, rights: number, change: (mode: number) => void): boolean {
  try {
    change(mode & 0o7777 & ~rights)
    return true
  } catch {
    return false
  }
}

/** Whether any user can create files in a folder. */
const isOpenToAll = (folder: string): boolean => (statSync(folder).mode & WRITABLE_BY_ANYBODY) !== 0

/** @returns undefined when there is none */
function opened(file: string, subject: string): number | undefined {
  try {
    // Opening a pipe would wait for a writer.
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw refused(`${subject} ${file} cannot be read; give its owner permission to read it.`, error)
  }
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

const refused = (sentence: string, cause?: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', sentence, { cause })
