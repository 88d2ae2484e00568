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

/** Tells the person something that is no error: a sentence. */
export type Notify = (sentence: string) => void

/** What others than the owner may do. */
const OTHERS = 0o077
/** Others may change it: members of its group, or anybody. */
const WRITABLE = 0o022
const WRITABLE_BY_ANYBODY = 0o002
const GROUP_READS = 0o040
/** In a folder with this bit everybody removes and renames only what is their own. */
const STICKY = 0o1000
/** More than any file that is read whole here. Bytes. */
const LIMIT = 1024 * 1024

/** What is asked about a file. */
type Status = Pick<Stats, 'uid' | 'mode' | 'size' | 'isFile'>

/**
 * A folder that is one user's own, and its files. Each is looked at before it is used. What belongs to somebody else is
 * refused, since they could have put it there or could replace it, and so are keys that others may have copied, until the
 * person has decided what to do. Whatever else is ours and open to others is closed, and said. On Windows, which has other
 * rights, nothing is looked at.
 */
export class PrivateFolder {
  readonly #path: string
  readonly #say: Notify
  /** The users that are trusted with what lies here; undefined where there are none to be told apart. */
  readonly #owners: ReadonlySet<number> | undefined

  /** @throws MISCONFIGURED for a folder of somebody else's, or one that others may change and that cannot be closed to them */
  constructor(path: string, say: Notify) {
    this.#path = path
    this.#say = say
    const own = process.getuid?.()
    this.#owners = own === undefined ? undefined : this.#checkFolder(own)
  }

  /**
   * Looks at a file that something else opens. One that is not there is fine.
   * @param subject how sentences call it: `The store`
   * @throws MISCONFIGURED when it belongs to somebody else, or is no regular file
   */
  check(file: string, subject: string): void {
    const status = statSync(file, { throwIfNoEntry: false })
    this.#checkLink(file, subject)
    if (status) this.#checkFile(status, file, subject, (mode) => chmodSync(file, mode))
  }

  /**
   * Reads a small text file, and looks at the very file that is read.
   * @returns undefined when there is none
   * @throws MISCONFIGURED as `check`, and for one that cannot be read
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

  /** @returns who may own what lies here */
  #checkFolder(own: number): Set<number> {
    const path = this.#path
    const status = statSync(path)
    const owners = new Set([own, 0])
    const link = lstatSync(path)
    // Root acts for the user whose folder it is, unless anybody could have made that folder.
    if (own === 0 && link.uid === status.uid && !isOpenToAll(dirname(resolve(path)))) owners.add(status.uid)
    if (!owners.has(status.uid) || !owners.has(link.uid)) {
      const uid = owners.has(status.uid) ? link.uid : status.uid
      throw refused(
        `The data folder ${path} belongs to another user (uid ${uid}), who could read and replace what is kept there; start this as that user, have the folder given to yours ("chown"), or set CONNECTORS_DATA_DIR to a folder of your own.`,
      )
    }
    if ((status.mode & STICKY) === 0) this.#checkWriters(status.mode, status.uid === own || own === 0)
    return owners
  }

  #checkWriters(mode: number, isOwn: boolean): void {
    const path = this.#path
    if ((mode & WRITABLE_BY_ANYBODY) !== 0) {
      throw refused(
        `Others can write into the data folder ${path} (mode ${octal(mode)}) and replace what is in it; take that right away ("chmod go-w"), see that nothing in it is strange to you, or set CONNECTORS_DATA_DIR to a folder of your own.`,
      )
    }
    // A folder of root's that a group may write is how a user without rights gets one.
    if ((mode & WRITABLE) === 0 || !isOwn || !closed(mode, WRITABLE, (less) => chmodSync(path, less))) return
    this.#say(
      `The group of the data folder ${path} could write into it (mode ${octal(mode)}); its mode is ${octal(mode & ~WRITABLE)} now. See that nothing in it is strange to you.`,
    )
  }

  /** A symbolic link counts for what it leads to, if somebody trusted made it. */
  #checkLink(file: string, subject: string): void {
    const link = lstatSync(file, { throwIfNoEntry: false })
    if (link && this.#owners && !this.#owners.has(link.uid)) throw this.#foreign(file, subject, link.uid)
  }

  #checkFile(status: Status, file: string, subject: string, change: (mode: number) => void): void {
    if (!status.isFile()) throw refused(`${subject} ${file} is no regular file; put the right one there, or remove it.`)
    if (!this.#owners) return
    if (!this.#owners.has(status.uid)) throw this.#foreign(file, subject, status.uid)
    const own = process.getuid?.()
    // Root may let a group read what the service of another user needs.
    const open = status.uid === own || own === 0 ? OTHERS : OTHERS & ~GROUP_READS
    if ((status.mode & open) === 0) return
    if (subject === KEY_FILE && (status.mode & open) !== GROUP_READS) throw keyOpen(file, status.mode)
    const now = closed(status.mode, open, change)
      ? `its mode is ${octal(status.mode & ~open)} now.`
      : 'that cannot be changed here: do so ("chmod 600").'
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

/** How sentences call the file of the keys. */
export const KEY_FILE = 'The key file'

const REPLACE = 'replace them by "connectors-mcp keys rotate" and then "connectors-mcp keys prune".'

/** Closed silently, a key that is known to others would go on being used. */
function keyOpen(file: string, mode: number): ConnectorsError {
  const what = (mode & WRITABLE) === 0 ? 'copied the keys' : 'copied the keys or put in their own'
  const look = (mode & WRITABLE) === 0 ? '' : ', see by "connectors-mcp keys status" that all keys are yours,'
  return refused(
    `${KEY_FILE} ${file} is open to others (mode ${octal(mode)}), who may have ${what}. Make it yours alone ("chmod 600")${look} and ${REPLACE}`,
  )
}

/** Takes rights away. False when that is not possible; true on a file system that has no rights to take. */
function closed(mode: number, rights: number, change: (mode: number) => void): boolean {
  try {
    change(mode & 0o7777 & ~rights)
    return true
  } catch {
    return false
  }
}

/** Whether anybody can put something into a folder. */
const isOpenToAll = (folder: string): boolean => (statSync(folder).mode & WRITABLE_BY_ANYBODY) !== 0

/** @returns undefined when there is none */
function opened(file: string, subject: string): number | undefined {
  try {
    // Opening a pipe would wait for somebody to write.
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw refused(`${subject} ${file} cannot be read; give its owner the right to read it.`, error)
  }
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

const refused = (sentence: string, cause?: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', sentence, { cause })
