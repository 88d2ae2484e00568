import type { Socket } from 'node:net'
import type { Client } from 'pg'
import type { DatabaseAddress, Json, JsonObject, QueryResult } from '../kit/index.js'
import { limitAnswer } from './answer-size.js'
import { type Connection, ConnectionPool } from './connection-pool.js'
import type { Ending } from './ending.js'
import { CONNECT_TIME, CONNECTIONS, type DatabaseLimits, type Engine } from './engine.js'
import { POSTGRES_ABILITIES, postgresAbilities } from './postgres-abilities.js'
import { cancel, connectPostgres, newSession, type PostgresDriver } from './postgres-connect.js'
import { isLost, queryError } from './postgres-errors.js'
import { type Field, PostgresQuery, type RawRows, retyped, typed } from './postgres-query.js'
import { arrayOf, namedType, type PostgresType, postgresTypes } from './postgres-types.js'
import { rowObject, uniqueNames } from './rows.js'
import { readStatement, type Statement } from './statement.js'

/** PostgreSQL by `pg`, which is loaded with the first query. */
export function openPostgres(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): Engine {
  const session = newSession(address, readOnly, limits)
  const types: Types = new Map()
  const pool = new ConnectionPool(async () => {
    const { driver, client } = await connectPostgres(session)
    if (types.size === 0) for (const [oid, type] of postgresTypes(driver.types)) types.set(oid, type)
    return new PostgresConnection(driver, client, readOnly, types)
  }, CONNECTIONS)
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
    async abilities(ending) {
      const result = await run(readStatement(POSTGRES_ABILITIES, {}, 'postgresql', readOnly), 1, ending)
      return postgresAbilities(result.kind === 'rows' ? result.rows[0] : undefined)
    },
    close: () => pool.close(),
  }
}

type Types = Map<number, PostgresType>

class PostgresConnection implements Connection {
  usable = true
  readonly #driver: PostgresDriver
  readonly #client: Client
  readonly #readOnly: boolean
  /** Shared by the connections of a pool. */
  readonly #types: Types

  constructor(driver: PostgresDriver, client: Client, readOnly: boolean, types: Types) {
    this.#driver = driver
    this.#client = client
    this.#readOnly = readOnly
    this.#types = types
    const broken = () => {
      this.usable = false
    }
    client.on('error', broken).on('end', broken)
  }

  async query(statement: Statement, limit: number, ending: Ending): Promise<QueryResult> {
    if (statement.changesSession) this.usable = false
    const raw = await this.#limited(statement, limit, ending)
    if (this.#client.getTransactionStatus() !== 'I') this.usable = false
    if (!raw.fields) return { kind: 'affected', affectedRows: affectedRows(raw.command) }
    const unknown = raw.fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !this.#types.has(oid))
    if (unknown.length > 0) await ending.guard(this.#learnTypes(unknown), () => this.#kill())
    return resultOf(raw.rows, raw.fields, limit, this.#types)
  }

  close(): void {
    this.usable = false
    this.#client.end().catch(() => undefined)
    // A server that does not end its side would keep the socket.
    const late = setTimeout(() => this.#client.connection.stream.destroy(), CONNECT_TIME)
    late.unref()
    this.#client.once('end', () => clearTimeout(late))
  }

  async #limited(statement: Statement, limit: number, ending: Ending): Promise<RawRows> {
    const forget = limitAnswer(this.#client.connection.stream as Socket, ending)
    return this.#run(statement, limit, ending).finally(forget)
  }

  async #run(statement: Statement, limit: number, ending: Ending): Promise<RawRows> {
    const readOnly = this.#readOnly
    let sql = typed(statement)
    for (;;) {
      const query = new PostgresQuery(sql, limit + 1, readOnly)
      this.#client.query(query)
      try {
        return await ending.guard(query.result, () => this.#kill())
      } catch (error) {
        ending.check()
        if (isLost(error)) this.usable = false
        // The rollback that was sent behind a failed statement is skipped by the server.
        if (readOnly && this.usable) await this.#undo(ending)
        const again = retyped(sql, error as Error, statement.unshared)
        if (!again) throw queryError(error, { ...statement, ...sql }, readOnly)
        sql = again
      }
    }
  }

  /** @throws what ended the query, where the server takes too long to undo the statement */
  async #undo(ending: Ending): Promise<void> {
    const undone = this.#client.query('rollback').catch(() => undefined)
    await ending.guard(undone, () => this.#kill())
  }

  /** Asks the server to stop the statement, and leaves without waiting for it. */
  #kill(): void {
    this.usable = false
    cancel(this.#driver, this.#client)
    this.#client.connection.stream.destroy()
  }

  /** Types that are not built in, once for a pool: enums, composites, those of extensions. */
  async #learnTypes(unknown: readonly number[]): Promise<void> {
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
