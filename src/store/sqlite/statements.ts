import type { SqliteDatabase, SqliteStatement } from 'kysely'
import type Database from 'libsql'
import { ConnectorsError } from '../../base/errors.js'
import { storeError } from './errors.js'
import type { LogIndex } from './log-index.js'
import { Writes } from './writes.js'

/**
 * Keeps each prepared statement, since preparing takes longer than running. The texts are those of the
 * store's queries, a fixed number: values are always parameters.
 */
export class PreparedStatements implements SqliteDatabase {
  readonly #database: Database.Database
  readonly #statements = new Map<string, CheckedStatement>()
  readonly #writes: Writes
  #refusal: Error | undefined

  constructor(database: Database.Database) {
    this.#database = database
    this.#writes = new Writes(database)
  }

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    if (known) return known
    const writes = !/^\s*select\b/i.test(text)
    const hooks = {
      before: () => this.#mayRun(),
      after: () => {
        if (writes) this.#writes.noteOwn()
      },
    }
    const statement = orStoreError(() => new CheckedStatement(this.#database.prepare(text), hooks))
    this.#statements.set(text, statement)
    return statement
  }

  /** Another number after every write of this connection, and by the next turn of the event loop after a write of another. */
  version(): number {
    this.#mayRun()
    return orStoreError(() => this.#writes.version())
  }

  /** From now on the log's index says whether another process wrote, which is quicker than asking SQLite. */
  watch(index: LogIndex): void {
    this.#writes.watch(index)
  }

  /** From now on nothing is read or written any more: each attempt throws this error. */
  refuse(error: Error): void {
    this.#refusal = error
  }

  #mayRun(): void {
    if (this.#refusal !== undefined) throw this.#refusal
  }

  close(): void {
    this.#statements.clear()
    this.#writes.end()
    this.#database.close()
  }
}

/** A statement that refuses values which libsql would alter or which would end the process. */
class CheckedStatement implements SqliteStatement {
  readonly reader: boolean
  readonly #statement: Database.Statement
  readonly #hooks: { before(): void; after(): void }

  constructor(statement: Database.Statement, hooks: { before(): void; after(): void }) {
    this.reader = statement.reader
    this.#statement = statement
    this.#hooks = hooks
  }

  all(parameters: readonly unknown[]): unknown[] {
    this.#hooks.before()
    try {
      return orStoreError(() => this.#statement.all(checked(parameters)))
    } finally {
      this.#hooks.after()
    }
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    this.#hooks.before()
    try {
      return orStoreError(() => this.#statement.run(checked(parameters)))
    } finally {
      this.#hooks.after()
    }
  }

  /** Part of kysely's interface; the store reads all rows at once, since a statement is in use until its last row. */
  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.all(parameters).values()
  }
}

/**
 * Reading gives only the text before a NUL, PostgreSQL takes none, and half a surrogate pair has no UTF-8: two names
 * that differ would become one. A boolean aborts the process inside libsql.
 */
function checked(parameters: readonly unknown[]): unknown[] {
  for (const value of parameters) {
    if (typeof value === 'string') {
      if (value.includes('\0') || LONE_SURROGATE.test(value)) {
        throw new ConnectorsError(
          'INVALID_PARAMETERS',
          'A text contains a NUL character or half a surrogate pair, which cannot be stored; remove it.',
        )
      }
    } else if (value !== null && !Number.isSafeInteger(value) && !(value instanceof Uint8Array)) {
      throw new TypeError('The store accepts texts, bytes, whole numbers and null.')
    }
  }
  return parameters as unknown[]
}

const LONE_SURROGATE = /\p{Surrogate}/u

function orStoreError<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw storeError(error)
  }
}
