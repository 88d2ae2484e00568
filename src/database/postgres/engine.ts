import type { Socket } from 'node:net'
import type { Client } from 'pg'
import { ConnectorsError } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'
import type { DatabaseAddress } from '../address.js'
import { Cancellation } from '../cancellation.js'
import { CONNECT_TIME, CONNECTIONS, type DatabaseLimits, type Engine } from '../engine.js'
import { ConnectionPool } from '../pools/connection-pool.js'
import { ResetFailure, type Resettable, runClean } from '../pools/reset.js'
import type { QueryResult } from '../port.js'
import { notText, rowObject, uniqueColumnNames } from '../results/rows.js'
import { limitAnswer } from '../results/size-limit.js'
import { readStatement, type Statement } from '../sql/statement.js'
import {
  connectPostgres,
  newSession,
  type OpenPostgres,
  type PostgresDriver,
  type PostgresSession,
  sendCancelRequest,
  TRANSACTION_PRESETS,
} from './connect.js'
import { isLost, queryError } from './errors.js'
import { POSTGRES_ABILITIES, postgresAbilities } from './privileges.js'
import {
  PlainStatement,
  type PostgresField,
  PostgresQuery,
  type RawRows,
  type RowLimit,
  withOtherTypes,
  withTypes,
} from './query.js'
import { arrayOf, namedType, type PostgresType, postgresTypes } from './values.js'

/** PostgreSQL by `pg`, which is loaded with the first query. */
export function openPostgres(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): Engine {
  const shared: Shared = { session: newSession(address, readOnly, limits), types: new Map(), watch: undefined }
  const connect = async (): Promise<PostgresConnection> => {
    const open = await connectPostgres(shared.session)
    if (shared.types.size === 0) for (const [oid, type] of postgresTypes(open.driver.types)) shared.types.set(oid, type)
    return new PostgresConnection(open, shared)
  }
  const pool = new ConnectionPool(connect, CONNECTIONS)
  const watchers = new ConnectionPool(connect, 1)
  if (!readOnly) shared.watch = (client) => hasWritten(watchers, client)
  const run = (statement: Statement, limit: number, cancellation: Cancellation) =>
    runClean(pool, cancellation, (connection) => connection.query(statement, limit, cancellation))
  return {
    async query(sql, variables, limit, cancellation) {
      return run(readStatement(sql, variables, { engine: 'postgresql' }, readOnly), limit, cancellation)
    },
    async probe(cancellation) {
      const result = await run(
        readStatement('show server_version', {}, { engine: 'postgresql' }, readOnly),
        1,
        cancellation,
      )
      const [row] = result.kind === 'rows' ? result.rows : []
      return { server: 'PostgreSQL', version: String(row?.server_version ?? '') }
    },
    async abilities(cancellation) {
      const result = await run(
        readStatement(POSTGRES_ABILITIES, {}, { engine: 'postgresql' }, readOnly),
        1,
        cancellation,
      )
      return postgresAbilities(result.kind === 'rows' ? result.rows[0] : undefined)
    },
    close: () => {
      pool.close()
      watchers.close()
    },
  }
}

type Types = Map<number, PostgresType>

/** What the connections of an account have in common. */
interface Shared {
  readonly session: PostgresSession
  readonly types: Types
  /** Whether the statement that a connection runs wrote something; undefined for an account whose work is undone anyway. */
  watch: ((client: Client) => Promise<Written>) | undefined
}

class PostgresConnection implements Resettable {
  usable = true
  readonly #driver: PostgresDriver
  readonly #client: Client
  readonly #reported: ReadonlyMap<string, string>
  readonly #shared: Shared
  /** The last statement, which may run on after its answer was complete. */
  #last: PostgresQuery | undefined
  /** True once the server said of the running statement that it cut a name in it. */
  #nameCut = false
  /** False where the last statement cannot have changed the session. */
  #touched = false
  #clean: boolean | Promise<boolean> = true
  /** True while the session is to be reset: with the next statement, in its round trip, or when none comes soon. */
  #used = false
  readonly #soon = setTimeout(() => {
    if (this.#used && this.usable) this.#clean = this.#reset()
    this.#used = false
  }, RESET_PAUSE).unref()

  constructor({ driver, client, reported }: OpenPostgres, shared: Shared) {
    this.#driver = driver
    this.#client = client
    this.#reported = reported
    this.#shared = shared
    const broken = () => {
      this.usable = false
    }
    client.on('error', broken).on('end', broken)
    client.on('notice', ({ code }) => {
      if (code === NAME_CUT) this.#nameCut = true
    })
  }

  get client(): Client {
    return this.#client
  }

  async query(statement: Statement, limit: number, cancellation: Cancellation): Promise<QueryResult> {
    if (statement.changesSession) this.usable = false
    // It runs no code of the database, so that it leaves the session as it was.
    this.#touched = statement.words[0] !== 'show'
    this.#nameCut = false
    const raw = await this.#limited(statement, limit, cancellation)
    if (this.#nameCut && statement.reads) throw nameTooLong()
    if ((this.#reported.get('client_encoding') ?? 'UTF8').toUpperCase() !== 'UTF8') throw encodingChanged()
    if (!raw.fields) return { kind: 'affected', affectedRows: affectedRows(raw.command) }
    const { types } = this.#shared
    const unknown = raw.fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !types.has(oid))
    if (unknown.length > 0) await cancellation.guard(this.#learnTypes(unknown), () => this.#kill())
    return resultOf(raw.rows, raw.fields, limit, types)
  }

  startReset(): void {
    if (!this.usable) return
    const last = this.#last
    if (last && (!last.done || last.failed)) this.#clean = this.#reset()
    else if (this.#touched) {
      this.#used = true
      this.#soon.refresh()
    }
  }

  clean(): boolean | Promise<boolean> {
    return this.#clean
  }

  /**
   * Leaves no setting, lock, temporary table, prepared statement, cursor or listener of the last statement.
   * @see https://www.postgresql.org/docs/current/sql-discard.html
   */
  async #reset(): Promise<boolean> {
    const late = setTimeout(() => this.#kill(), CONNECT_TIME)
    late.unref()
    try {
      await this.#settle()
      await this.plain(RESET)
      this.#clean = this.usable
    } catch {
      this.close()
      this.#clean = false
    } finally {
      clearTimeout(late)
    }
    return this.#clean
  }

  close(): void {
    this.usable = false
    this.#client.end().catch(() => undefined)
    // A server that does not end its side would keep the socket.
    const late = setTimeout(() => this.#client.connection.stream.destroy(), CONNECT_TIME)
    late.unref()
    this.#client.once('end', () => clearTimeout(late))
  }

  async #limited(statement: Statement, limit: number, cancellation: Cancellation): Promise<RawRows> {
    const forget = limitAnswer(this.#client.connection.stream as Socket, cancellation)
    return this.#run(statement, limit, cancellation).finally(() => forget(this.#last?.ended))
  }

  async #run(statement: Statement, limit: number, cancellation: Cancellation): Promise<RawRows> {
    const { readOnly } = this.#shared.session
    let sql = withTypes(statement)
    for (;;) {
      const reset = this.#used
      this.#used = false
      const query = new PostgresQuery(sql, this.#taking(statement, limit), this.#around(statement, reset))
      this.#last = query
      this.#client.query(query)
      try {
        return await cancellation.guard(query.result, () => this.#kill())
      } catch (error) {
        cancellation.check()
        if (isLost(error)) this.usable = false
        else if (reset && !query.begun) throw this.#notReset()
        // The rollback that was sent behind a failed statement is skipped by the server.
        if (readOnly && this.usable) await cancellation.guard(this.#settle(), () => this.#kill())
        const again = withOtherTypes(sql, error as Error, statement.unshared)
        if (!again) throw queryError(error, { ...statement, ...sql }, readOnly)
        sql = again
      }
    }
  }

  #taking(statement: Statement, limit: number): RowLimit {
    const { session, watch } = this.#shared
    if (!statement.leavable || (watch && session.pooled)) return { limit }
    if (!watch) return { limit, mayLeave: async () => true }
    return {
      limit,
      mayLeave: async () => {
        const written = await watch(this.#client).catch((): Written => 'unknown')
        // A session that cannot be watched stops at the limit from now on.
        if (written === 'unknown') session.pooled = true
        return written === 'no'
      },
    }
  }

  /** @param reset whether the session is to be reset first */
  #around({ words }: Statement, reset: boolean): { before: string[]; behind: string[] } {
    const { readOnly, way } = this.#shared.session
    const presets = !way.presets && PRINTING.has(words[0] ?? '') ? [TRANSACTION_PRESETS] : []
    const first = reset ? [RESET] : []
    return readOnly
      ? { before: [...first, 'begin transaction read only', ...presets], behind: ['rollback'] }
      : { before: [...first, ...presets], behind: [] }
  }

  /** The server did not reset the session, so that nothing of the statement ran: another connection has to run it. */
  #notReset(): ResetFailure {
    this.close()
    return new ResetFailure()
  }

  /** Stops the last statement where it still runs, and leaves its transaction. */
  async #settle(): Promise<void> {
    const last = this.#last
    this.#last = undefined
    if (last && !last.done && last.left) {
      await Promise.race([sendCancelRequest(this.#driver, this.#client), last.ended])
      await last.ended
    }
    if (last?.failed || this.#client.getTransactionStatus() !== 'I') await this.plain('rollback')
  }

  /** Runs a statement that this service wrote. */
  async plain(text: string): Promise<void> {
    const statement = new PlainStatement(text)
    this.#client.query(statement)
    await statement.done
  }

  /** Asks the server to stop the statement, and leaves without waiting for it. */
  #kill(): void {
    this.usable = false
    void sendCancelRequest(this.#driver, this.#client)
    this.#client.connection.stream.destroy()
  }

  /** Types that are not built in, once for a pool: enums, composites, those of extensions. */
  async #learnTypes(unknown: readonly number[]): Promise<void> {
    await this.#settle()
    const found = await this.#client.query<TypeRow>(TYPE_NAMES, [unknown]).catch(() => ({ rows: [] as TypeRow[] }))
    const { types } = this.#shared
    for (const { oid, name, element, element_oid, delimiter } of found.rows) {
      const known = types.get(element_oid ?? 0) ?? namedType(element ?? '')
      types.set(oid, element === null ? namedType(name) : arrayOf(known, delimiter))
    }
  }
}

interface TypeRow {
  oid: number
  name: string
  /** The element of an array type. `int2vector` and its like have elements, too, but are printed in another way. */
  element: string | null
  element_oid: number | null
  delimiter: string
}

const TYPE_NAMES = `select t.oid, t.typname as name, e.typname as element, e.oid as element_oid, t.typdelim as delimiter
  from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.typarray = t.oid where t.oid = any($1)`

const RESET = 'discard all'
/** How long a session may stay as a statement left it where no other one follows. Milliseconds. */
const RESET_PAUSE = 20

/** What begins a statement whose rows hold values of tables. */
const PRINTING = new Set(['select', 'with', 'values', 'table', '(', 'insert', 'update', 'delete', 'merge'])

type Written = 'yes' | 'no' | 'unknown'

/**
 * Whether the statement that `client` runs has written something. It would be undone if it were stopped, while its caller
 * learns that it succeeded.
 */
function hasWritten(watchers: ConnectionPool<PostgresConnection>, watched: Client): Promise<Written> {
  const cancellation = new Cancellation(WATCH_TIME)
  return watchers
    .use(cancellation, async ({ client }) => {
      const asked = client.query<WrittenRow>(WRITTEN, [processOf(watched)])
      const { rows } = await cancellation.guard(asked, () => client.connection.stream.destroy())
      const [row] = rows
      // A pooler in between gives the sessions numbers of its own.
      if (!row?.running || row.own !== processOf(client)) return 'unknown'
      return row.wrote ? 'yes' : 'no'
    })
    .finally(() => cancellation.clear())
}

/** What the server calls the session; the driver's types leave it out. */
const processOf = (client: Client): unknown => Reflect.get(client, 'processID')

interface WrittenRow {
  own: number
  running: boolean
  wrote: boolean
}

/** Every transaction holds a lock on its own number: a virtual one at first, and a real one once it has written. */
const WRITTEN = `select pg_catalog.pg_backend_pid() as own,
    pg_catalog.count(*) filter (where locktype = 'virtualxid') > 0 as running,
    pg_catalog.count(*) filter (where locktype = 'transactionid') > 0 as wrote
  from pg_catalog.pg_locks where pid = $1 and mode = 'ExclusiveLock' and granted`

/** How long a look at another session may take. Milliseconds. */
const WATCH_TIME = 2_000

function resultOf(
  values: readonly (string | null)[][],
  fields: readonly PostgresField[],
  limit: number,
  types: Types,
): QueryResult {
  const names = uniqueColumnNames(fields.map(({ name }) => name))
  const own = fields.map(({ dataTypeID }) => types.get(dataTypeID) ?? namedType(`oid ${dataTypeID}`))
  const bytes = fields.map(({ dataTypeID }) => dataTypeID === CHAR)
  const truncated = values.length > limit
  const rows = (truncated ? values.slice(0, limit) : values).map((row) =>
    rowObject(names, (index): Json => {
      const text = row[index]
      if (text === null || text === undefined) return null
      if (bytes[index] && text.includes('\ufffd')) throw notText(names[index] as string)
      return own[index]?.convert(text) ?? null
    }),
  )
  const columns: JsonObject[] = names.map((name, index) => ({ name, type: own[index]?.name ?? null }))
  return { kind: 'rows', rows, columns, truncated }
}

/** `"char"`, a single byte of any value, which servers before PostgreSQL 16 send as it is. All other text they check. */
const CHAR = 18

/** The count of a command tag that changes rows; -1 for all others, `SELECT` of `create table … as` included. */
function affectedRows(command: string): number {
  const [, count] = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(command) ?? []
  return count === undefined ? -1 : Number(count)
}

/** The SQLSTATE of the notice that an identifier was cut. */
const NAME_CUT = '42622'

const nameTooLong = (): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'A name in the query is longer than the server takes, usually 63 bytes, and would be cut; shorten it.',
  )

const encodingChanged = (): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'The statement changed client_encoding, so that its answer cannot be read; leave that setting alone.',
  )
