import type { DatabaseAddress } from '../address.js'
import type { Cancellation } from '../cancellation.js'
import { CONNECTIONS, type DatabaseLimits, type DriverEngine } from '../engine.js'
import { ConnectionPool } from '../pools/connection-pool.js'
import { runClean } from '../pools/reset.js'
import type { QueryResult } from '../port.js'
import { answerText } from '../results/size-limit.js'
import { readStatement, type Statement } from '../sql/statement.js'
import { connectPostgres, newSession } from './connect.js'
import { PostgresConnection, type PostgresRows } from './connection.js'
import { POSTGRES_ABILITIES, postgresAbilities } from './privileges.js'
import { resultOf, Shapes } from './shape.js'
import type { Shared } from './shared.js'
import { postgresTypes } from './values.js'
import { hasWritten } from './written.js'

/** PostgreSQL by `pg`, which is loaded with the first query. */
export function openPostgres(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): DriverEngine {
  const shared: Shared = {
    session: newSession(address, readOnly, limits),
    types: new Map(),
    watch: undefined,
    naming: true,
  }
  const shapes = new Shapes(shared.types)
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
  const result = ({ fields, rows, command }: PostgresRows, text: string, limit: number): QueryResult =>
    fields ? resultOf(rows, shapes.of(text, fields), limit) : { kind: 'affected', affectedRows: affectedRows(command) }
  const firstRow = async (sql: string, cancellation: Cancellation) => {
    const asked = await run(readStatement(sql, {}, { engine: 'postgresql' }, readOnly), 1, cancellation)
    const answer = result(asked, sql, 1)
    return answer.kind === 'rows' ? answer.rows[0] : undefined
  }
  return {
    async answer(sql, variables, limit, cancellation) {
      const statement = readStatement(sql, variables, { engine: 'postgresql' }, readOnly)
      const given = await run(statement, limit, cancellation)
      return answerText(result(given, sql, limit), cancellation, given.received)
    },
    async probe(cancellation) {
      const row = await firstRow('show server_version', cancellation)
      return { server: 'PostgreSQL', version: String(row?.server_version ?? '') }
    },
    abilities: async (cancellation) => postgresAbilities(await firstRow(POSTGRES_ABILITIES, cancellation)),
    close: () => {
      pool.close()
      watchers.close()
    },
  }
}

/** The count of a command tag that changes rows; -1 for all others, `SELECT` of `create table … as` included. */
function affectedRows(command: string): number {
  const [, count] = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(command) ?? []
  return count === undefined ? -1 : Number(count)
}
