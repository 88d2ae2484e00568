import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** The header of the index: what every commit, and every new beginning of the log, changes. Bytes. */
const HEADER = 48

/** What the header begins with, in the form that all versions of SQLite 3 write. */
const FORM = 3_007_000

/** An open index, and how many stores of this process read it. */
interface Opened {
  descriptor: number
  /** Device and inode. */
  file: string
  stores: number
}

/**
 * Every index that this process has open. Closing any descriptor of a file gives up all locks that the process has on it, and SQLite
 * has its locks on this one: those of a second store on the same file, and of a store that was closed, which libsql holds open until
 * its statements are collected. So a file is opened once, and is closed only after it was deleted.
 * @see https://www.sqlite.org/howtocorrupt.html section 2.2
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/fcntl.html "All locks associated with a file for a given process"
 */
const opened: Opened[] = []

/**
 * The header of a write-ahead log's index, through which the processes on a store tell each other how far the log goes. SQLite compares
 * the same bytes at the beginning of each read, so that two looks which find the same header prove that nothing was committed in
 * between. Read halfway through a change, it is like neither the old nor the new one, which the next look finds.
 * @see https://www.sqlite.org/walformat.html#the_wal_index_header
 */
export class LogIndex {
  readonly #opened: Opened
  readonly #now = Buffer.alloc(HEADER)
  readonly #before = Buffer.alloc(HEADER)
  #released = false

  constructor(index: Opened) {
    this.#opened = index
    index.stores++
  }

  /** @returns whether it is another header than the last time; true the first time */
  hasChanged(): boolean {
    // One `read`: a microsecond, where asking SQLite takes six.
    const bytes = readSync(this.#opened.descriptor, this.#now, 0, HEADER, 0)
    if (bytes === HEADER && this.#now.equals(this.#before)) return false
    this.#now.copy(this.#before)
    return true
  }

  /** Whether it is in a form that is known; false also for one that is empty. */
  isKnownForm(): boolean {
    const words = new Uint32Array(1)
    return readSync(this.#opened.descriptor, words, 0, 4, 0) === 4 && words[0] === FORM
  }

  /** The store does not look at it any more. */
  release(): void {
    if (!this.#released) this.#opened.stores--
    this.#released = true
  }
}

/**
 * Opens the index of a store's log, after SQLite did.
 * @param path that of the store
 * @returns undefined where it cannot be read like this: there is no such file, its form is not known, or this is a thread, whose end would
 * close it; other systems than Linux need not show a mapped file's changes to `read`
 */
export function openLogIndex(path: string): LogIndex | undefined {
  if (process.platform !== 'linux' || !isMainThread) return undefined
  closeDeleted()
  try {
    const index = new LogIndex(descriptorOf(`${path}-shm`))
    if (index.isKnownForm()) return index
    index.release()
    return undefined
  } catch {
    return undefined
  }
}

function descriptorOf(path: string): Opened {
  const inode = identityOf(statSync(path, { bigint: true }))
  const known = opened.find(({ file }) => file === inode)
  if (known) return known
  const descriptor = openSync(path, 'r')
  const index = { descriptor, file: identityOf(fstatSync(descriptor, { bigint: true })), stores: 0 }
  opened.push(index)
  return index
}

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

/** Closes those of deleted files: no other process can come upon their locks. */
function closeDeleted(): void {
  for (const index of [...opened]) {
    if (index.stores > 0 || fstatSync(index.descriptor).nlink > 0) continue
    opened.splice(opened.indexOf(index), 1)
    closeSync(index.descriptor)
  }
}
