import type { SqliteDatabase, SqliteStatement } from 'kysely'
import type Database from 'libsql'
import { ConnectorsError } from '../../base/errors.js'
import { storeError } from './errors.js'

/**
 * Keeps each prepared statement, since preparing takes longer than running. The texts are those of the
 * store's queries, a fixed number: values are always parameters.
 */
export class PreparedStatements implements SqliteDatabase {
  readonly #database: Database.Database
  readonly #statements = new Map<string, CheckedStatement>()
  #versions: Database.Statement | undefined
  /** Valid until this turn of the event loop ends, or until our own next write: asking SQLite costs as much as a row. */
  #version: string | undefined
  #refusal: Error | undefined

  constructor(database: Database.Database) {
    this.#database = database
  }

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    if (known) return known
    const writes = !/^\s*select\b/i.test(text)
    const hooks = {
      before: () => this.#mayRun(),
      after: () => {
        if (writes) this.#version = undefined
      },
    }
    const statement = orStoreError(() => new CheckedStatement(this.#database.prepare(text), hooks))
    this.#statements.set(text, statement)
    return statement
  }

  /**
   * A different text after every write of this connection, and by the next turn of the event loop after a write of another.
   * @see https://www.sqlite.org/pragma.html#pragma_data_version
   */
  version(): string {
    this.#mayRun()
    this.#versions ??= this.#database
      .prepare('select data_version as others, total_changes() as own from pragma_data_version')
      .raw()
    if (this.#version === undefined) {
      const [others, own] = orStoreError(() => this.#versions?.get() as [number, number])
      this.#version = `${others}:${own}`
      setImmediate(() => {
        this.#version = undefined
      })
    }
    return this.#version
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
    this.#versions = undefined
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
