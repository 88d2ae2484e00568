/**
 * Which file it is that a path names. A file is known by device and inode: a name says nothing, since links of both
 * kinds, `/proc` and `..` give it any number of others, and since it may mean another file a moment later.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'

/** What is wrong with a path or file; `code` is a system's (`ENOENT`) or one of these. */
export type FileFault = 'NOT_A_FILE' | 'OWN_FILE' | 'SIDE_FILE' | 'SUPER_JOURNAL' | 'MOVED'

export interface DatabaseFile {
  /** The path without symbolic links in it, which SQLite puts its own files beside. */
  path: string
  /** Device and inode. */
  identity: string
}

interface Identified {
  dev: bigint
  ino: bigint
}

const identityOf = ({ dev, ino }: Identified): string => `${dev}:${ino}`

/**
 * Finds the file of a path, without opening it: the locks of SQLite on a file end when its process closes it once.
 * @throws with the code of the system, or `NOT_A_FILE` for a directory, pipe or device
 */
export function locate(path: string): DatabaseFile {
  const real = realpathSync.native(path)
  const stats = statSync(real, { bigint: true })
  if (!stats.isFile()) throw unopened('NOT_A_FILE')
  return { path: real, identity: identityOf(stats) }
}

/** The files of a folder and the folders in it, by identity. A folder that is not there has none. */
export function filesOf(folder: string | undefined): Set<string> {
  const found = new Set<string>()
  if (folder === undefined) return found
  let entries: ReturnType<typeof listed>
  try {
    entries = listed(folder)
  } catch {
    return found
  }
  for (const entry of entries) {
    const stats = lstatSync(join(entry.parentPath, entry.name), { bigint: true, throwIfNoEntry: false })
    if (stats?.isFile()) found.add(identityOf(stats))
  }
  return found
}

const listed = (folder: string) => readdirSync(folder, { recursive: true, withFileTypes: true })

/** @throws `OWN_FILE` for a file of the service, before anything opens it */
export function checkOwn({ identity }: DatabaseFile, ownFolder: string | undefined): void {
  if (filesOf(ownFolder).has(identity)) throw unopened('OWN_FILE')
}

/**
 * Checks the files that SQLite reads and writes beside the database. Somebody who may write in its folder could have put
 * links in their places, or a journal that names another file, which SQLite would delete.
 * @param ownFolder where the files of the service are
 * @throws `SIDE_FILE`, `OWN_FILE`, `SUPER_JOURNAL`
 */
export function checkSideFiles({ path }: DatabaseFile, ownFolder: string | undefined): void {
  for (const suffix of ['-journal', '-wal', '-shm']) {
    const stats = lstatSync(path + suffix, { bigint: true, throwIfNoEntry: false })
    if (!stats) continue
    if (!stats.isFile()) throw unopened('SIDE_FILE')
    // A file of the service has a name in its own folder already, so that this one would be the second.
    if (stats.nlink > 1n && filesOf(ownFolder).has(identityOf(stats))) throw unopened('OWN_FILE')
    if (suffix === '-journal' && stats.size > 0n && namesSuperJournal(path + suffix)) throw unopened('SUPER_JOURNAL')
  }
}

/** The end of a journal that names another one. @see https://www.sqlite.org/atomiccommit.html#multi_file_commit */
const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex')

/**
 * Whether a journal belongs to a transaction over several files. Here there are none, since nothing can be attached;
 * rolling such a one back ends in deleting the file that its end names.
 */
function namesSuperJournal(path: string): boolean {
  let file: number
  try {
    // Neither through a link nor waiting for a pipe that was put there since.
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch {
    // Gone by now: another program has finished its transaction.
    return false
  }
  try {
    const end = Buffer.alloc(JOURNAL_MAGIC.length)
    const { size } = fstatSync(file)
    return (
      readSync(file, end, 0, end.length, Math.max(0, size - end.length)) === end.length && end.equals(JOURNAL_MAGIC)
    )
  } finally {
    closeSync(file)
  }
}

/**
 * Checks what this process really has open, whatever the path meant while it was opened.
 * @throws `OWN_FILE` when one of them belongs to the service, `MOVED` when the path means another file now
 */
export function checkOpenedFiles(located: DatabaseFile, ownFolder: string | undefined): void {
  const own = filesOf(ownFolder)
  if (own.size > 0 && openFiles().some((identity) => own.has(identity))) throw unopened('OWN_FILE')
  if (locate(located.path).identity !== located.identity) throw unopened('MOVED')
}

/** The files this process has open, by identity; none where the system does not list them. */
function openFiles(): string[] {
  const list = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'
  let numbers: string[]
  try {
    numbers = readdirSync(list)
  } catch {
    return []
  }
  return numbers.flatMap((number) => {
    try {
      return [identityOf(fstatSync(Number(number), { bigint: true }))]
    } catch {
      // The list itself, which was open while it was read.
      return []
    }
  })
}

const unopened = (code: FileFault): Error => Object.assign(new Error(code), { code })
