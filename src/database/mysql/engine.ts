import type { Connection as Client } from 'mysql2'
import { invalidParameters } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'
import type { DatabaseAddress } from '../address.js'
import type { Cancellation } from '../cancellation.js'
import { CONNECT_TIME, CONNECTIONS, type DatabaseLimits, type DriverEngine } from '../engine.js'
import { ConnectionPool } from '../pools/connection-pool.js'
import { type Resettable, runClean } from '../pools/reset.js'
import type { QueryResult } from '../port.js'
import { notText, rowObject, uniqueColumnNames } from '../results/rows.js'
import { answerText, Meter } from '../results/size-limit.js'
import type { BoundValue } from '../sql/bind.js'
import { readStatement, type Statement } from '../sql/statement.js'
import { type CommandResult, MysqlCommands } from './commands.js'
import { connectMysql, hangUp, type MysqlSession, newMysqlSession, type OpenMysql, streamOf } from './connect.js'
import { connectError, queryError } from './errors.js'
import { MOST_GRANTS, mysqlAbilities } from './privileges.js'
import { askSettings, type MysqlSettings, setUp } from './settings.js'
import { type MysqlField, toJson, typeName } from './values.js'

/** MySQL and MariaDB by `mysql2`, which is loaded with the first query. */
export function openMysql(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): DriverEngine {
  const session = newMysqlSession(address, readOnly, limits)
  const pool = new ConnectionPool(() => MysqlConnection.open(session), CONNECTIONS)
  const run = (sql: string, variables: Record<string, Json>, limit: number, cancellation: Cancellation) =>
    runClean(pool, cancellation, (connection) => connection.query(connection.read(sql, variables), limit, cancellation))
  return {
    answer: async (sql, variables, limit, cancellation) =>
      answerText(await run(sql, variables, limit, cancellation), cancellation),
    async probe(cancellation) {
      const result = await run('select version() as version', {}, 1, cancellation)
      const version = result.kind === 'rows' ? String(result.rows[0]?.version ?? '') : ''
      return { server: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL', version }
    },
    async abilities(cancellation) {
      const ask = (sql: string) => run(sql, {}, MOST_GRANTS, cancellation)
      const grants = await ask('show grants')
      const setting = await ask('select @@global.read_only as value')
      if (grants.kind !== 'rows' || grants.truncated || setting.kind !== 'rows') return undefined
      return mysqlAbilities(grants.rows, setting.rows[0]?.value)
    },
    close: () => pool.close(),
  }
}

/** Statements whose count of rows means something; for others the answer is -1. */
const COUNTED = new Set(['insert', 'update', 'delete', 'replace', 'with', 'load', 'call'])

class MysqlConnection implements Resettable {
  usable = true
  readonly #open: OpenMysql
  readonly #client: Client
  readonly #session: MysqlSession
  #settings: MysqlSettings = { ansiQuotes: false, backslashes: true, brackets: false, restorable: true, lasting: false }
  readonly #commands: MysqlCommands
  readonly #meter: Meter
  #clean: boolean | Promise<boolean> = true

  private constructor(open: OpenMysql, session: MysqlSession) {
    this.#open = open
    this.#client = open.client
    this.#session = session
    this.#commands = new MysqlCommands(open)
    this.#meter = new Meter(streamOf(open.client))
    open.client.on('error', (error: Error) => {
      this.usable = false
      this.#commands.fail(error)
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
      connection.#settings = await askSettings((sql) => connection.#commands.plain(sql))
      await setUp(connection.#settings, (sql) => connection.#commands.plain(sql))
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
    return readStatement(sql, variables, { engine: 'mysql', quoting: this.#settings }, this.#session.readOnly)
  }

  async query(statement: Statement, limit: number, cancellation: Cancellation): Promise<QueryResult> {
    this.#refuseLarge(statement)
    if (statement.changesSession) this.usable = false
    const { readOnly } = this.#session
    const [word = ''] = statement.words
    const run = () => this.#commands.send(statement, limit, () => this.#isEnough(statement))
    const send = async (): Promise<CommandResult> => {
      if (!readOnly) return run()
      await this.#commands.plain('start transaction read only')
      const raw = await run()
      if (this.usable) await this.#commands.plain('rollback')
      return raw
    }
    this.#meter.begin(cancellation)
    try {
      const raw = await cancellation.guard(send(), () => this.#kill())
      if (!raw.fields) return { kind: 'affected', affectedRows: COUNTED.has(word) ? raw.affectedRows : -1 }
      return resultOf(raw.rows, raw.fields, limit)
    } catch (error) {
      cancellation.check()
      if (readOnly && this.usable) await this.#undo(cancellation)
      throw queryError(error, statement, readOnly)
    } finally {
      this.#meter.end()
    }
  }

  /**
   * The protocol cannot ask for fewer rows than there are, so the connection is given up where a reading statement has more:
   * the server then stops by itself.
   */
  #isEnough({ reads }: Statement): boolean {
    if (!this.usable || !reads) return false
    this.close()
    return true
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

  async #reset(): Promise<boolean> {
    const late = setTimeout(() => this.#breakOff(), CONNECT_TIME)
    late.unref()
    try {
      await this.#commands.reset()
      if (!this.#settings.lasting) await setUp(this.#settings, (sql) => this.#commands.plain(sql))
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
    this.#commands.fail(new Error('no answer in time'))
  }

  /** A definition would commit the transaction around it and go on outside of it; MariaDB then asks the session. */
  async #forbidWriting(): Promise<void> {
    if (this.#session.readOnly) await this.#commands.plain('set session transaction read only')
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
  async #undo(cancellation: Cancellation): Promise<void> {
    const undone = this.#commands.plain('rollback').then(
      () => undefined,
      () => this.close(),
    )
    await cancellation.guard(undone, () => this.#kill())
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
const sizeOf = (values: readonly BoundValue[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 8) + 12, 0)

function resultOf(values: readonly unknown[][], fields: readonly MysqlField[], limit: number): QueryResult {
  const names = uniqueColumnNames(fields.map(({ name }) => name))
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
