import type Database from 'libsql'
import type { LogIndex } from './log-index.js'

/** Tells that something was written, by this connection or by another one. */
export class Writes {
  readonly #database: Database.Database
  #index: LogIndex | undefined
  #dataVersion: Database.Statement | undefined
  #others: number | undefined
  /** How often something was found to be written. */
  #count = 0
  /** The count is valid until this turn of the event loop ends, or until our own next write: even one look costs something. */
  #isValid = false

  constructor(database: Database.Database) {
    this.#database = database
  }

  /** From now on this index says whether another connection wrote. */
  watch(index: LogIndex): void {
    this.#index = index
  }

  /** To be called after each statement of this connection that may have written. */
  noteOwn(): void {
    this.#count++
    this.#isValid = false
  }

  /** A number that grows with each write of this connection, and by the next turn of the event loop with those of others. */
  version(): number {
    if (this.#isValid) return this.#count
    if (this.#index ? this.#index.hasChanged() : this.#hasOtherVersion()) this.#count++
    this.#isValid = true
    setImmediate(this.#forget)
    return this.#count
  }

  end(): void {
    this.#index?.release()
    this.#index = undefined
    this.#dataVersion = undefined
  }

  readonly #forget = (): void => {
    this.#isValid = false
  }

  /** @see https://www.sqlite.org/pragma.html#pragma_data_version */
  #hasOtherVersion(): boolean {
    this.#dataVersion ??= this.#database.prepare('pragma data_version').raw()
    const [others] = this.#dataVersion.get() as [number]
    if (others === this.#others) return false
    this.#others = others
    return true
  }
}
