import { createConnection as connectSocket, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import type { Connection as Client, ConnectionOptions, Query, SslOptions } from 'mysql2'
import type { DatabaseAddress, JsonObject, QueryResult } from '../kit/index.js'
import { limitAnswer, MOST_IN_GREETING, watchSize } from './answer-size.js'
import type { Bound } from './bind.js'
import { type Connection, ConnectionPool } from './connection-pool.js'
import type { Ending } from './ending.js'
import { CONNECT_TIME, CONNECTIONS, type DatabaseLimits, type Engine, reachedHost } from './engine.js'
import { MOST_GRANTS, mysqlAbilities } from './mysql-abilities.js'
import { connectError, queryError } from './mysql-errors.js'
import { type MysqlField, toJson, typeName } from './mysql-values.js'
import { rowObject, uniqueNames } from './rows.js'
import { readStatement, type Statement } from './statement.js'
import { type TlsMode, tlsMode, tlsOptions } from './tls.js'

type Driver = typeof import('mysql2')

/** MySQL and MariaDB by `mysql2`, which is loaded with the first query. */
export function openMysql(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): Engine {
  const session: Session = { address, readOnly, limits, mode: tlsMode(address) }
  const pool = new ConnectionPool(() => connect(session), CONNECTIONS)
  const run = (statement: Statement, limit: number, ending: Ending) =>
    pool.use(ending, (connection) => connection.query(statement, limit, ending))
  return {
    async query(sql, variables, limit, ending) {
      return run(readStatement(sql, variables, 'mysql', readOnly), limit, ending)
    },
    async probe(ending) {
      const result = await run(readStatement('select version() as version', {}, 'mysql', readOnly), 1, ending)
      const version = result.kind === 'rows' ? String(result.rows[0]?.version ?? '') : ''
      return { server: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL', version }
    },
    async abilities(ending) {
      const ask = (sql: string) => run(readStatement(sql, {}, 'mysql', readOnly), MOST_GRANTS, ending)
      const grants = await ask('show grants')
      const setting = await ask('select @@global.read_only as value')
      if (grants.kind !== 'rows' || grants.truncated || setting.kind !== 'rows') return undefined
      return mysqlAbilities(grants.rows, setting.rows[0]?.value)
    },
    close: () => pool.close(),
  }
}

interface Session {
  address: DatabaseAddress
  readOnly: boolean
  limits: DatabaseLimits
  /** `prefer` becomes `disable` once the server declined. */
  mode: TlsMode
}

interface RawRows {
  fields: readonly MysqlField[] | undefined
  rows: unknown[][]
  affectedRows: number
}

/** Statements whose count of rows means something; for others the answer is -1. */
const COUNTED = new Set(['insert', 'update', 'delete', 'replace', 'with', 'load', 'call'])

class MysqlConnection implements Connection {
  usable = true
  readonly #driver: Driver
  readonly #client: Client
  readonly #session: Session
  readonly #options: ConnectionOptions
  #failed: (error: Error) => void = () => undefined

  constructor(driver: Driver, client: Client, options: ConnectionOptions, session: Session) {
    this.#driver = driver
    this.#client = client
    this.#options = options
    this.#session = session
    client.on('error', (error: Error) => {
      this.usable = false
      this.#failed(error)
    })
    client.on('end', () => {
      this.usable = false
    })
  }

  async query(statement: Statement, limit: number, ending: Ending): Promise<QueryResult> {
    if (statement.changesSession) this.usable = false
    const { readOnly } = this.#session
    const [word = ''] = statement.words
    const send = async (): Promise<RawRows> => {
      if (!readOnly) return this.#send(statement, limit)
      await this.plain('start transaction read only')
      const raw = await this.#send(statement, limit)
      if (this.usable) await this.plain('rollback')
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

  /** @throws what ended the query, where the server takes too long to undo the statement */
  async #undo(ending: Ending): Promise<void> {
    const undone = this.plain('rollback').catch(() => this.close())
    await ending.guard(undone, () => this.#kill())
  }

  close(): void {
    this.usable = false
    hangUp(this.#client)
  }

  get #stream(): Socket {
    return streamOf(this.#client)
  }

  /**
   * Sends a statement and keeps at most `limit + 1` of its rows. The protocol cannot ask for fewer rows than there are,
   * so the connection is given up where a reading statement has more: the server then stops by itself.
   */
  #send({ text, values, reads }: Statement, limit: number): Promise<RawRows> {
    const raw: RawRows = { fields: undefined, rows: [], affectedRows: 0 }
    return new Promise((resolve, reject) => {
      this.#failed = reject
      const command =
        values.length === 0 ? this.#client.query(text) : this.#client.execute(text, this.#parameters(values))
      let current: readonly MysqlField[] | undefined
      on(command, 'fields', (fields) => {
        current = columnsOf(fields as MysqlField[] | undefined)
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
    const { TypedParameter } = this.#driver as unknown as { TypedParameter: { BIGINT(value: number): Bound } }
    return values.map((value) =>
      typeof value === 'number' && Number.isSafeInteger(value) ? TypedParameter.BIGINT(value) : value,
    )
  }

  /** Runs a statement of ours that gives no rows. */
  plain(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      this.#client.query(text, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Runs the same before the connection serves anybody. @param until milliseconds since the epoch; then it is closed */
  settle(text: string, until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => {
        clearTimeout(late)
        this.close()
        reject(error)
      }
      const late = setTimeout(() => failed(new Error('no answer in time')), Math.max(1, until - Date.now()))
      this.plain(text).then(() => {
        clearTimeout(late)
        resolve()
      }, failed)
    })
  }

  /** Ends the statement at the server from a second connection, since the first one is busy with it. */
  #kill(): void {
    const thread = this.#client.threadId
    this.close()
    const killer = this.#driver.createConnection(this.#options)
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

/** The driver's own type leaves it out. */
const streamOf = (client: Client): Socket => Reflect.get(client, 'stream') as Socket

/** The driver only says goodbye; a server that goes on sending, or keeps the connection, would be listened to. */
function hangUp(client: Client): void {
  client.destroy()
  streamOf(client).destroy()
}

function on(command: Query, event: string, listener: (value: unknown) => void): void {
  command.on(event, listener)
}

/** The columns, taken from the driver. It refuses some names (`__proto__`) even where rows are lists, so it gets none. */
function columnsOf(fields: MysqlField[] | undefined): MysqlField[] | undefined {
  return fields?.map((field) => {
    const { name, columnType, flags, characterSet, decimals, extendedTypeName, extendedFormat } = field
    field.name = ''
    return { name, columnType, flags, characterSet, decimals, extendedTypeName, extendedFormat }
  })
}

function resultOf(values: readonly unknown[][], fields: readonly MysqlField[], limit: number): QueryResult {
  const names = uniqueNames(fields.map(({ name }) => name))
  const truncated = values.length > limit
  const rows = (truncated ? values.slice(0, limit) : values).map((row) =>
    rowObject(names, (index) => toJson(row[index], fields[index] as MysqlField)),
  )
  const columns: JsonObject[] = names.map((name, index) => ({ name, type: typeName(fields[index] as MysqlField) }))
  return { kind: 'rows', rows, columns, truncated }
}

async function connect(session: Session): Promise<MysqlConnection> {
  const { address, limits } = session
  const driver = (await import('mysql2')).default as unknown as Driver
  const host = address.host ?? 'localhost'
  const port = address.port ?? 3306
  const reached = await reachedHost(address, limits)
  const started = Date.now()
  const open = async (mode: TlsMode): Promise<MysqlConnection> => {
    const options: ConnectionOptions = {
      ...(reached.startsWith('/')
        ? { socketPath: reached }
        : { host, port, stream: () => connectSocket({ host: reached, port, noDelay: true, keepAlive: true }) }),
      ...(mode === 'disable' ? {} : { ssl: await sslOf(address, mode, limits.localFiles) }),
      user: address.username ?? userInfo().username,
      ...(address.password ? { password: address.password } : {}),
      ...(address.database ? { database: address.database } : {}),
      connectTimeout: Math.max(1, CONNECT_TIME - (Date.now() - started)),
      charset: 'utf8mb4',
      // A server must not be able to ask for files of this machine.
      flags: ['-LOCAL_FILES'],
      ...{ rowsAsArray: true, dateStrings: true, supportBigNumbers: true, jsonStrings: true },
      maxPreparedStatements: 50,
    }
    const connection = new MysqlConnection(driver, await openClient(driver, options), options, session)
    // A definition would commit the transaction around it and go on outside of it; MariaDB then asks the session.
    if (session.readOnly) await connection.settle('set session transaction read only', started + CONNECT_TIME)
    return connection
  }
  const { mode } = session
  try {
    return await open(mode)
  } catch (error) {
    if (mode !== 'prefer' || (error as { code?: unknown }).code !== 'HANDSHAKE_NO_SSL_SUPPORT') {
      throw connectError(error)
    }
    session.mode = 'disable'
    return open('disable').catch((again) => Promise.reject(connectError(again)))
  }
}

function openClient(driver: Driver, options: ConnectionOptions): Promise<Client> {
  const client = driver.createConnection(options)
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      forget()
      hangUp(client)
      reject(error)
    }
    const forget = watchSize(streamOf(client), MOST_IN_GREETING, () => failed(new Error('no end of the greeting')))
    client.once('error', failed)
    client.once('connect', () => {
      forget()
      client.removeListener('error', failed)
      resolve(client)
    })
  })
}

async function sslOf(address: DatabaseAddress, mode: TlsMode, localFiles: boolean): Promise<SslOptions> {
  const { ca, cert, key } = await tlsOptions(address, mode, localFiles)
  return {
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    verifyIdentity: mode === 'verify-full',
    ...(ca ? { ca: ca as string } : {}),
    ...(cert ? { cert: cert as string } : {}),
    ...(key ? { key: key as string } : {}),
  }
}
