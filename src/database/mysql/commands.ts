import type { Connection as Client, Query } from 'mysql2'
import type { BoundValue } from '../sql/bind.js'
import type { Statement } from '../sql/statement.js'
import type { OpenMysql } from './connect.js'
import { isServerFault } from './errors.js'
import { type MysqlField, takeFields } from './values.js'

/** What a statement gave, as the driver reads it. */
export interface CommandResult {
  fields: readonly MysqlField[] | undefined
  rows: unknown[][]
  affectedRows: number
}

/** "This command is not supported in the prepared statement protocol yet", and "too many prepared statements". */
const NOT_PREPARABLE = new Set([1295, 1461])

/** The commands of one session, each of which fails when the connection does. */
export class MysqlCommands {
  readonly #client: Client
  readonly #driver: OpenMysql['driver']
  #failed: (error: Error) => void = () => undefined

  constructor({ client, driver }: Pick<OpenMysql, 'client' | 'driver'>) {
    this.#client = client
    this.#driver = driver
  }

  /** The command that runs fails with this. */
  fail(error: Error): void {
    this.#failed(error)
  }

  /** Runs a statement that this service wrote. @returns its rows, if it has any */
  plain(text: string): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      this.#client.query(text, (error, rows) => (error ? reject(error) : resolve(rows as unknown as unknown[][])))
    })
  }

  /**
   * Leaves no variable, lock, temporary table, setting or prepared statement of the last statement.
   * @see https://dev.mysql.com/doc/c-api/8.4/en/mysql-reset-connection.html
   */
  reset(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      const command = Reflect.get(this.#client, 'reset') as (done: (error: Error | null) => void) => void
      command.call(this.#client, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Prepared, since the protocol of plain statements cuts `float` to six digits; plain where it cannot be prepared. */
  /**
   * @param giveUp asked for each row past the limit; true ends the statement there
   */
  async send({ text, values }: Statement, limit: number, giveUp: () => boolean): Promise<CommandResult> {
    try {
      return await this.#take(() => this.#client.execute(text, this.#parameters(values)), limit, giveUp)
    } catch (error) {
      const { errno } = error as { errno?: number }
      if (values.length > 0 || !isServerFault(error as Error) || !NOT_PREPARABLE.has(errno ?? 0)) throw error
      return this.#take(() => this.#client.query(text), limit, giveUp)
    }
  }

  /**
   * Sends a command and keeps at most `limit + 1` of its rows.
   */
  #take(start: () => Query, limit: number, giveUp: () => boolean): Promise<CommandResult> {
    const raw: CommandResult = { fields: undefined, rows: [], affectedRows: 0 }
    return new Promise((resolve, reject) => {
      this.#failed = reject
      const command = start()
      let current: readonly MysqlField[] | undefined
      on(command, 'fields', (fields) => {
        current = takeFields(fields as MysqlField[] | undefined)
        raw.fields ??= current
      })
      on(command, 'result', (row) => {
        // A procedure may answer several times; the first rows count.
        if (!current) raw.affectedRows = (row as { affectedRows?: number } | null)?.affectedRows ?? 0
        else if (current === raw.fields && raw.rows.length <= limit) raw.rows.push(row as unknown[])
        if (raw.rows.length > limit && giveUp()) resolve(raw)
      })
      on(command, 'error', (error) => reject(error as Error))
      on(command, 'end', () => resolve(raw))
    })
  }

  /** Whole numbers go as such: the driver would send them as floating point, which `limit :n` does not take. */
  #parameters(values: readonly BoundValue[]): BoundValue[] {
    const { TypedParameter } = this.#driver as unknown as { TypedParameter: { BIGINT(value: number): BoundValue } }
    return values.map((value) =>
      typeof value === 'number' && Number.isSafeInteger(value) ? TypedParameter.BIGINT(value) : value,
    )
  }
}

function on(command: Query, event: string, listener: (value: unknown) => void): void {
  command.on(event, listener)
}
