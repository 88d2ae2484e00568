import { userInfo } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Client, ClientConfig } from 'pg'
import type { DatabaseAddress, Json, JsonObject, QueryResult } from '../kit/index.js'
import { type Connection, ConnectionPool } from './connection-pool.js'
import type { Ending } from './ending.js'
import { CONNECT_TIME, CONNECTIONS, type DatabaseLimits, type Engine } from './engine.js'
import { connectError, queryError } from './postgres-errors.js'
import { type Field, PostgresQuery, type RawRows, retyped, typed } from './postgres-query.js'
import { arrayOf, namedType, type PostgresType, postgresTypes } from './postgres-types.js'
import { rowObject, uniqueNames } from './rows.js'
import { readStatement, type Statement } from './statement.js'
import { type TlsMode, tlsMode, tlsOptions } from './tls.js'

type Driver = typeof import('pg')

/** PostgreSQL by `pg`, which is loaded with the first query. */
export function openPostgres(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): Engine {
  const session = { address, readOnly, limits, mode: tlsMode(address), types: undefined as Types | undefined }
  const pool = new ConnectionPool(() => connect(session), CONNECTIONS)
  const run = (statement: Statement, limit: number, ending: Ending) =>
    pool.use(ending, (connection) => connection.query(statement, limit, ending))
  return {
    async query(sql, variables, limit, ending) {
      return run(readStatement(sql, variables, 'postgresql', readOnly), limit, ending)
    },
    async probe(ending) {
      const result = await run(readStatement('show server_version', {}, 'postgresql', readOnly), 1, ending)
      const [row] = result.kind === 'rows' ? result.rows : []
      return { server: 'PostgreSQL', version: String(row?.server_version ?? '') }
    },
    close: () => pool.close(),
  }
}

type Types = Map<number, PostgresType>

interface Session {
  address: DatabaseAddress
  readOnly: boolean
  limits: DatabaseLimits
  /** `prefer` becomes `disable` once the server declined. */
  mode: TlsMode
  types: Types | undefined
}

class PostgresConnection implements Connection {
  usable = true
  readonly #driver: Driver
  readonly #client: Client
  readonly #session: Session
  readonly #types: Types

  constructor(driver: Driver, client: Client, session: Session) {
    this.#driver = driver
    this.#client = client
    this.#session = session
    session.types ??= postgresTypes(driver.types)
    this.#types = session.types
    const broken = () => {
      this.usable = false
    }
    client.on('error', broken).on('end', broken)
  }

  async query(statement: Statement, limit: number, ending: Ending): Promise<QueryResult> {
    if (statement.changesSession) this.usable = false
    const raw = await this.#run(statement, limit, ending)
    if (this.#client.getTransactionStatus() !== 'I') this.usable = false
    if (!raw.fields) return { kind: 'affected', affectedRows: affectedRows(raw.command) }
    await ending.guard(this.#learnTypes(raw.fields), () => this.#kill())
    return resultOf(raw.rows, raw.fields, limit, this.#types)
  }

  close(): void {
    this.usable = false
    this.#client.end().catch(() => undefined)
  }

  async #run(statement: Statement, limit: number, ending: Ending): Promise<RawRows> {
    const { readOnly } = this.#session
    let sql = typed(statement)
    for (;;) {
      const query = new PostgresQuery(sql, limit + 1, readOnly)
      this.#client.query(query)
      try {
        return await ending.guard(query.result, () => this.#kill())
      } catch (error) {
        ending.check()
        // The rollback that was sent behind a failed statement is skipped by the server.
        if (readOnly) await this.#client.query('rollback').catch(() => undefined)
        const again = retyped(sql, error as Error, statement.unshared)
        if (!again) throw queryError(error, { ...statement, ...sql }, readOnly)
        sql = again
      }
    }
  }

  /** Asks the server to stop the statement, and leaves without waiting for it. */
  #kill(): void {
    this.usable = false
    cancel(this.#driver, this.#client)
    streamOf(this.#client).destroy()
  }

  /** Types that are not built in, once for a pool: enums, composites, those of extensions. */
  async #learnTypes(fields: readonly Field[]): Promise<void> {
    const unknown = fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !this.#types.has(oid))
    if (unknown.length === 0) return
    const found = await this.#client.query<TypeRow>(TYPE_NAMES, [unknown]).catch(() => ({ rows: [] as TypeRow[] }))
    for (const { oid, name, element } of found.rows) {
      const type = element === null ? namedType(name) : arrayOf(namedType(element), this.#driver.types)
      this.#types.set(Number(oid), type)
    }
  }
}

interface TypeRow {
  oid: number
  name: string
  /** The element's name, of an array whose elements a comma parts. */
  element: string | null
}

const TYPE_NAMES = `select t.oid, t.typname as name, e.typname as element from pg_catalog.pg_type t
  left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A' and e.typdelim = ',' where t.oid = any($1)`

function resultOf(
  values: readonly (string | null)[][],
  fields: readonly Field[],
  limit: number,
  types: Types,
): QueryResult {
  const names = uniqueNames(fields.map(({ name }) => name))
  const own = fields.map(({ dataTypeID }) => types.get(dataTypeID) ?? namedType(`oid ${dataTypeID}`))
  const truncated = values.length > limit
  const rows = (truncated ? values.slice(0, limit) : values).map((row) =>
    rowObject(names, (index): Json => {
      const text = row[index]
      return text === null || text === undefined ? null : (own[index]?.convert(text) ?? null)
    }),
  )
  const columns: JsonObject[] = names.map((name, index) => ({ name, type: own[index]?.name ?? null }))
  return { kind: 'rows', rows, columns, truncated }
}

/** The count of a command tag that changes rows; -1 for all others, `SELECT` of `create table … as` included. */
function affectedRows(command: string): number {
  const [, count] = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(command) ?? []
  return count === undefined ? -1 : Number(count)
}

async function connect(session: Session): Promise<PostgresConnection> {
  const { address, readOnly, limits } = session
  const driver = (await import('pg')).default as unknown as Driver
  const socket = address.parameters.get('host')
  const host =
    socket?.startsWith('/') && limits.localFiles ? socket : await limits.resolveHost(address.host ?? 'localhost')
  const started = Date.now()
  const open = async (mode: TlsMode): Promise<Client> => {
    const ssl = mode === 'disable' ? false : await tlsOptions(address, mode, limits.localFiles)
    return openClient(
      driver,
      address,
      { host, ssl, connectionTimeoutMillis: Math.max(1, CONNECT_TIME - (Date.now() - started)) },
      readOnly,
    )
  }
  try {
    return new PostgresConnection(driver, await open(session.mode), session)
  } catch (error) {
    if (session.mode !== 'prefer' || !declinesTls(error)) throw connectError(error)
    session.mode = 'disable'
    return new PostgresConnection(
      driver,
      await open('disable').catch((again) => Promise.reject(connectError(again))),
      session,
    )
  }
}

const declinesTls = (error: unknown): boolean =>
  error instanceof Error && error.message === 'The server does not support SSL connections'

async function openClient(
  driver: Driver,
  address: DatabaseAddress,
  transport: Required<Pick<ClientConfig, 'host' | 'ssl' | 'connectionTimeoutMillis'>>,
  readOnly: boolean,
): Promise<Client> {
  const user = address.username ?? userInfo().username
  const client = new driver.Client({
    ...transport,
    port: address.port ?? 5432,
    user,
    database: address.database ?? user,
    // A function, because the driver takes an empty text for a password to look for in the environment.
    password: () => address.password ?? '',
    application_name: address.parameters.get('application_name') ?? 'connectors-mcp',
    keepAlive: true,
  })
  const asked = address.parameters.get('options')
  const options = [asked, readOnly ? '-c default_transaction_read_only=on' : undefined].filter(Boolean).join(' ')
  // What the driver would otherwise take from the environment of this process.
  Object.assign(Reflect.get(client, 'connectionParameters') as object, {
    options: options === '' ? undefined : options,
    replication: undefined,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const streamOf = (client: Client): Duplex => client.connection.stream

/**
 * Sends a cancel request on a connection of its own; whether it worked nobody is told.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
function cancel(driver: Driver, client: Client): void {
  const { ssl, host, port } = client
  const processId: unknown = Reflect.get(client, 'processID')
  const secretKey: unknown = Reflect.get(client, 'secretKey')
  const connection = new driver.Connection({ ssl }) as unknown as CancelWire
  const send = () => {
    connection.cancel(processId, secretKey)
    connection.stream.end()
  }
  connection.on('error', () => undefined)
  connection.on('connect', ssl ? () => connection.requestSsl() : send)
  connection.on('sslconnect', send)
  const giveUp = setTimeout(() => connection.stream.destroy(), CONNECT_TIME)
  giveUp.unref()
  connection.on('end', () => clearTimeout(giveUp))
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
  else connection.connect(port, host)
}

/** The part of `pg`'s connection that its types leave out. */
interface CancelWire {
  stream: Duplex
  on(event: string, listener: () => void): void
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: unknown, secretKey: unknown): void
}
