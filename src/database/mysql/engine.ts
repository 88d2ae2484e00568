import type { Socket } from 'node:net'
import type { Connection as Client, Query } from 'mysql2'
import { invalidParameters } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'
import type { DatabaseAddress } from '../address.js'
import type { Ending } from '../cancellation.js'
import { CONNECT_TIME, CONNECTIONS, type DatabaseLimits, type Engine } from '../engine.js'
import { ConnectionPool } from '../pools/connection-pool.js'
import { type Resettable, runClean } from '../pools/reset.js'
import type { QueryResult } from '../port.js'
import { notText, rowObject, uniqueNames } from '../results/rows.js'
import { limitAnswer } from '../results/size-limit.js'
import type { Bound } from '../sql/bind.js'
import { scan } from '../sql/scanner.js'
import { readScanned, type Statement } from '../sql/statement.js'
import { connectMysql, hangUp, type MysqlSession, newMysqlSession, type OpenMysql, streamOf } from './connect.js'
import { connectError, isServerFault, queryError } from './errors.js'
import { MOST_GRANTS, mysqlAbilities } from './privileges.js'
import { askSettings, type MysqlSettings, setUp } from './settings.js'
import { type MysqlField, takeFields, toJson, typeName } from './values.js'

/** MySQL and MariaDB by `mysql2`, which is loaded with the first query. */
export function openMysql(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): Engine {
  const session = newMysqlSession(address, readOnly, limits)
  const pool = new ConnectionPool(() => MysqlConnection.open(session), CONNECTIONS)
  const run = (sql: string, variables: Record<string, Json>, limit: number, ending: Ending) =>
    runClean(pool, ending, (connection) => connection.query(connection.read(sql, variables), limit, ending))
  return {
    query: run,
    async probe(ending) {
      const result = await run('select version() as version', {}, 1, ending)
      const version = result.kind === 'rows' ? String(result.rows[0]?.version ?? '') : ''
      return { server: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL', version }
    },
    async abilities(ending) {
      const ask = (sql: string) => run(sql, {}, MOST_GRANTS, ending)
      const grants = await ask('show grants')
      const setting = await ask('select @@global.read_only as value')
      if (grants.kind !== 'rows' || grants.truncated || setting.kind !== 'rows') return undefined
      return mysqlAbilities(grants.rows, setting.rows[0]?.value)
    },
    close: () => pool.close(),
  }
}

interface RawRows {
  fields: readonly MysqlField[] | undefined
  rows: unknown[][]
  affectedRows: number
}

/** Statements whose count of rows means something; for others the answer is -1. */
const COUNTED = new Set(['insert', 'update', 'delete', 'replace', 'with', 'load', 'call'])

/** "This command is not supported in the prepared statement protocol yet", and "too many prepared statements". */
const NOT_PREPARABLE = new Set([1295, 1461])

class MysqlConnection implements Resettable {
  usable = true
  readonly #open: OpenMysql
  readonly #client: Client
  readonly #session: MysqlSession
  #settings: MysqlSettings = { ansiQuotes: false, backslashes: true, brackets: false, restorable: true, lasting: false }
  #failed: (error: Error) => void = () => undefined
  #clean: boolean | Promise<boolean> = true

  private constructor(open: OpenMysql, session: MysqlSession) {
    this.#open = open
    this.#client = open.client
    this.#session = session
    open.client.on('error', (error: Error) => {
      this.usable = false
      this.#failed(error)
    })
    open.client.on('end', () => {
      this.usable = false
    })
  }

  /** @throws what `connectMysql` throws */
  static async open(session: MysqlSession): Promise<MysqlConnection> {
    const open = await connectMysql(session)
    const connection = new MysqlConnection(open, session)
    const late = setTimeout(() => connection.#breakOff(), Math.max(1, open.until - Date.now()))
    try {
      connection.#settings = await askSettings((sql) => connection.#plain(sql))
      await setUp(connection.#settings, (sql) => connection.#plain(sql))
      await connection.#forbidWriting()
      return connection
    } catch (error) {
      connection.close()
      throw connectError(error)
    } finally {
      clearTimeout(late)
    }
  }

  /** Reads a query as this session does: what a quote ends depends on its `sql_mode`. @throws as `readStatement` */
  read(sql: string, variables: Record<string, Json>): Statement {
    return readScanned({ sql, tokens: scan(sql, 'mysql', this.#settings) }, variables, 'mysql', this.#session.readOnly)
  }

  async query(statement: Statement, limit: number, ending: Ending): Promise<QueryResult> {
    this.#refuseLarge(statement)
    if (statement.changesSession) this.usable = false
    const { readOnly } = this.#session
    const [word = ''] = statement.words
    const send = async (): Promise<RawRows> => {
      if (!readOnly) return this.#send(statement, limit)
      await this.#plain('start transaction read only')
      const raw = await this.#send(statement, limit)
      if (this.usable) await this.#plain('rollback')
      return raw
    }
    const forget = limitAnswer(this.#stream, ending)
    try {
      const raw = await ending.guard(send(), () => this.#kill())
      if (!raw.fields) return { kind: 'affected', affectedRows: COUNTED.has(word) ? raw.affectedRows : -1 }
      return resultOf(raw.rows, raw.fields, limit)
    } catch (error) {
      ending.check()
      if (readOnly && this.usable) await this.#undo(ending)
      throw queryError(error, statement, readOnly)
    } finally {
      forget()
    }
  }

  startReset(): void {
    if (!this.usable) return
    // What the server does for new sessions only, a reset would not do.
    if (this.#settings.restorable) this.#clean = this.#reset()
    else this.usable = false
  }

  clean(): boolean | Promise<boolean> {
    return this.#clean
  }

  close(): void {
    this.usable = false
    hangUp(this.#client)
  }

  /**
   * Leaves no variable, lock, temporary table, setting or prepared statement of the last statement.
   * @see https://dev.mysql.com/doc/c-api/8.4/en/mysql-reset-connection.html
   */
  async #reset(): Promise<boolean> {
    const late = setTimeout(() => this.#breakOff(), CONNECT_TIME)
    late.unref()
    try {
      await new Promise<void>((resolve, reject) => {
        this.#failed = reject
        const command = Reflect.get(this.#client, 'reset') as (done: (error: Error | null) => void) => void
        command.call(this.#client, (error) => (error ? reject(error) : resolve()))
      })
      if (!this.#settings.lasting) await setUp(this.#settings, (sql) => this.#plain(sql))
      await this.#forbidWriting()
      this.#clean = this.usable
    } catch {
      this.close()
      this.#clean = false
    } finally {
      clearTimeout(late)
    }
    return this.#clean
  }

  /** Ends what waits for the server, and the connection. */
  #breakOff(): void {
    this.close()
    this.#failed(new Error('no answer in time'))
  }

  /** A definition would commit the transaction around it and go on outside of it; MariaDB then asks the session. */
  async #forbidWriting(): Promise<void> {
    if (this.#session.readOnly) await this.#plain('set session transaction read only')
  }

  /** @throws INVALID_PARAMETERS before anything is sent, since the server would end the connection */
  #refuseLarge({ text, values }: Statement): void {
    const most = this.#settings.maxPacket
    if (most === undefined || Math.max(Buffer.byteLength(text), sizeOf(values)) + MESSAGE_HEAD <= most) return
    throw invalidParameters(
      `The statement or its values are larger than the ${most} bytes that the server takes at once (max_allowed_packet); send less.`,
    )
  }

  /** @throws what ended the query, where the server takes too long to undo the statement */
  async #undo(ending: Ending): Promise<void> {
    const undone = this.#plain('rollback').then(
      () => undefined,
      () => this.close(),
    )
    await ending.guard(undone, () => this.#kill())
  }

  get #stream(): Socket {
    return streamOf(this.#client)
  }

  /** Prepared, since the protocol of plain statements cuts `float` to six digits; plain where it cannot be prepared. */
  async #send(statement: Statement, limit: number): Promise<RawRows> {
    const { text, values } = statement
    try {
      return await this.#take(() => this.#client.execute(text, this.#parameters(values)), statement, limit)
    } catch (error) {
      const { errno } = error as { errno?: number }
      if (values.length > 0 || !isServerFault(error as Error) || !NOT_PREPARABLE.has(errno ?? 0)) throw error
      return this.#take(() => this.#client.query(text), statement, limit)
    }
  }

  /**
   * Sends a command and keeps at most `limit + 1` of its rows. The protocol cannot ask for fewer rows than there are,
   * so the connection is given up where a reading statement has more: the server then stops by itself.
   */
  #take(start: () => Query, { reads }: Statement, limit: number): Promise<RawRows> {
    const raw: RawRows = { fields: undefined, rows: [], affectedRows: 0 }
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
        if (raw.rows.length <= limit || !this.usable || !reads) return
        this.close()
        resolve(raw)
      })
      on(command, 'error', (error) => reject(error as Error))
      on(command, 'end', () => resolve(raw))
    })
  }

  /** Whole numbers go as such: the driver would send them as floating point, which `limit :n` does not take. */
  #parameters(values: readonly Bound[]): Bound[] {
    const { TypedParameter } = this.#open.driver as unknown as { TypedParameter: { BIGINT(value: number): Bound } }
    return values.map((value) =>
      typeof value === 'number' && Number.isSafeInteger(value) ? TypedParameter.BIGINT(value) : value,
    )
  }

  /** Runs a statement that this service wrote. @returns its rows, if it has any */
  #plain(text: string): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      this.#client.query(text, (error, rows) => (error ? reject(error) : resolve(rows as unknown as unknown[][])))
    })
  }

  /** Ends the statement at the server from a second connection, since the first one is busy with it. */
  #kill(): void {
    const thread = this.#client.threadId
    this.close()
    const killer = this.#open.driver.createConnection(this.#open.options)
    const giveUp = setTimeout(() => hangUp(killer), CONNECT_TIME)
    giveUp.unref()
    const done = () => {
      clearTimeout(giveUp)
      hangUp(killer)
    }
    killer.on('error', done)
    killer.query(`kill ${thread}`, done)
  }
}

/** What a message has beside its text or values, at most. Bytes. */
const MESSAGE_HEAD = 64

/** Values with their types and lengths, in bytes, rather too large than too small. */
const sizeOf = (values: readonly Bound[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 8) + 12, 0)

function on(command: Query, event: string, listener: (value: unknown) => void): void {
  command.on(event, listener)
}

function resultOf(values: readonly unknown[][], fields: readonly MysqlField[], limit: number): QueryResult {
  const names = uniqueNames(fields.map(({ name }) => name))
  const truncated = values.length > limit
  const rows = (truncated ? values.slice(0, limit) : values).map((row) =>
    rowObject(names, (index) => {
      const json = toJson(row[index], fields[index] as MysqlField)
      if (json === undefined) throw notText(names[index] as string)
      return json
    }),
  )
  const columns: JsonObject[] = names.map((name, index) => ({ name, type: typeName(fields[index] as MysqlField) }))
  return { kind: 'rows', rows, columns, truncated }
}
