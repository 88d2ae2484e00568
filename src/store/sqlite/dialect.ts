import { setTimeout as wait } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely'
import { isBusy } from './errors.js'

/** How long a statement waits for the lock of another process, in milliseconds. */
const LONGEST_WAIT = 10_000

/** SQLite as the store uses it: one connection, used in turns, that waits for other processes without blocking this one. */
export class StoreDialect extends SqliteDialect {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    super({ database })
    this.#database = database
  }

  override createDriver(): Driver {
    return new StoreDriver({ database: this.#database })
  }
}

class StoreDriver extends SqliteDriver {
  /** The waiting callers, in order: kysely's own lock wakes all of them each time. */
  readonly #queue: (() => void)[] = []
  #taken = false
  #connection: WaitingConnection | undefined

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#taken) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#taken = true
    const connection = await super.acquireConnection()
    this.#connection ??= new WaitingConnection(connection)
    return this.#connection
  }

  override async releaseConnection(): Promise<void> {
    await super.releaseConnection()
    const next = this.#queue.shift()
    if (next) next()
    else this.#taken = false
  }

  /**
   * A plain BEGIN takes the write lock at the first write only, and fails there if another process wrote since the first
   * read. After BEGIN IMMEDIATE no statement of the transaction finds the file locked.
   * @see https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/**
 * Tries again while the file is locked, which a statement finds out before it does anything. SQLite's `busy_timeout` would
 * wait inside the statement and block this whole process, including the transaction it waits for.
 */
class WaitingConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection

  constructor(connection: DatabaseConnection) {
    this.#connection = connection
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    let giveUp: number | undefined
    for (;;) {
      try {
        return await this.#connection.executeQuery<Row>(query)
      } catch (error) {
        giveUp ??= performance.now() + LONGEST_WAIT
        if (!isBusy(error) || performance.now() > giveUp) throw error
        await wait(1 + Math.random() * 9)
      }
    }
  }

  streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>(query, 1)
  }
}
