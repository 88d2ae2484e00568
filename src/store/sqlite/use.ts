import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type Database from 'libsql'
import { storeError } from './errors.js'
import { openFile } from './file.js'

/** What is beside the store: the lock that says who has it open, and the note that says as what it was last found whole. */
export const [LOCK_ENDING, NOTE_ENDING] = ['-open', '-checked'] as const

/** What is known of a store's file when a process begins to use it, and what it leaves for the next one. */
export interface StoreUse {
  /**
   * True if the whole file was checked and no one else has changed it since: it is as the last process left it that closed it, or a
   * process that has it open has checked it. False after a process was killed that had written, and for a file that was put there.
   */
  readonly isKnown: boolean
  /** Records that the whole file has been checked as it is. */
  note(): void
  /**
   * Ends the use.
   * @param isSound true after everything was moved into the file; the last process to leave it then records how it is
   */
  end(isSound: boolean): void
}

/** A store in memory is its process's own. */
export const useOfMemory: StoreUse = { isKnown: false, note: () => {}, end: () => {} }

/**
 * Begins to use a store's file. A lock that the system gives up with the process says whether another process has it open: an empty
 * database beside it, on which each holds a read transaction.
 * @param subject what the sentence of an error begins with
 * @param trust false to take nothing for known, and to forget what was
 * @throws MISCONFIGURED when nothing can be written beside the file
 * @see https://www.sqlite.org/lockingv3.html
 */
export async function useFile(path: string, subject: string, trust: boolean): Promise<StoreUse> {
  const note = path + NOTE_ENDING
  const lock = new UseLock(openFile(path + LOCK_ENDING, subject))
  try {
    const isAlone = await lock.takeAtLeastShared()
    const noted = readNote(note)
    const isKnown = trust && noted !== undefined && (!isAlone || noted === stateOf(path))
    // Those who come next must not take the word of a process that has not checked it yet.
    if (!isKnown) rmSync(note, { force: true })
    if (isAlone) await lock.goOnShared()
    return {
      isKnown,
      note: () => writeNote(note, stateOf(path)),
      end(isSound) {
        try {
          if (isSound && lock.takeAlone()) writeNote(note, stateOf(path))
        } catch {
          // Whatever became of the folder meanwhile: without a note the next opening checks the file once more.
        } finally {
          lock.close()
        }
      },
    }
  } catch (error) {
    lock.close()
    throw storeError(error, subject)
  }
}

/** Other processes hold the lock alone for the time of a look at two files. Milliseconds. */
const LONGEST_LOOK = 10

class UseLock {
  readonly #database: Database.Database

  constructor(database: Database.Database) {
    this.#database = database
  }

  /** @returns whether no other process has the store open; then this one holds the lock alone, and otherwise with the others */
  async takeAtLeastShared(): Promise<boolean> {
    for (;;) {
      if (this.takeAlone()) return true
      if (this.#takeShared()) return false
      await wait(Math.random() * LONGEST_LOOK)
    }
  }

  async goOnShared(): Promise<void> {
    this.#letGo()
    while (!this.#takeShared()) await wait(Math.random() * LONGEST_LOOK)
  }

  /** Lets go of what it holds, and takes all of it if no other process has any. */
  takeAlone(): boolean {
    this.#letGo()
    return this.#attempt(() => this.#database.exec('begin exclusive'))
  }

  close(): void {
    this.#letGo()
    this.#database.close()
  }

  #takeShared(): boolean {
    const taken = this.#attempt(() => {
      this.#database.exec('begin')
      this.#database.prepare('select count(*) from sqlite_master').get()
    })
    if (!taken) this.#letGo()
    return taken
  }

  #letGo(): void {
    if (this.#database.inTransaction) this.#database.exec('rollback')
  }

  #attempt(run: () => void): boolean {
    try {
      run()
      return true
    } catch (error) {
      if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return false
      throw error
    }
  }
}

/** What changes with every write to the file; undefined while a log holds more than the file. */
function stateOf(path: string): string | undefined {
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return undefined
  const { size, mtimeNs, ino } = statSync(path, { bigint: true })
  return `${size} ${mtimeNs} ${ino}\n`
}

function readNote(note: string): string | undefined {
  try {
    return readFileSync(note, 'latin1')
  } catch {
    return undefined
  }
}

/** Where it cannot be written, the next process checks the file once more. */
function writeNote(note: string, state = 'in use\n'): void {
  if (readNote(note) === state) return
  try {
    writeFileSync(note, state, { mode: 0o600 })
  } catch {
    rmSync(note, { force: true })
  }
}
