import type { SqliteDatabase, SqliteStatement } from 'kysely'
import type Database from 'libsql'
import { ConnectorsError } from '../base/errors.js'
import { storeError } from './sqlite-errors.js'

/**
 * Keeps each statement after it was prepared once, which takes longer than running it. The texts are those of the
 * store's queries, a fixed number: values are always parameters.
 */
export class PreparedStatements implements SqliteDatabase {
  readonly #database: Database.Database
  readonly #statements = new Map<string, CheckedStatement>()

  constructor(database: Database.Database) {
    this.#database = database
  }

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = orStoreError(() => new CheckedStatement(this.#database.prepare(text)))
    this.#statements.set(text, statement)
    return statement
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }
}

/** A statement that refuses values which libsql would store otherwise than given, or which end the process. */
class CheckedStatement implements SqliteStatement {
  readonly reader: boolean
  readonly #statement: Database.Statement

  constructor(statement: Database.Statement) {
    this.reader = statement.reader
    this.#statement = statement
  }

  all(parameters: readonly unknown[]): unknown[] {
    return orStoreError(() => this.#statement.all(checked(parameters)))
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return orStoreError(() => this.#statement.run(checked(parameters)))
  }

  /** Part of kysely's interface; the store reads rows at once, since a statement is in use until its last row. */
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
          'A text holds a NUL character or half of a surrogate pair, which cannot be stored; leave it out.',
        )
      }
    } else if (value !== null && !Number.isSafeInteger(value)) {
      throw new TypeError('The store takes texts, whole numbers and null.')
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
