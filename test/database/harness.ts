import { ConnectorsError } from '../../src/base/errors.js'
import { createDatabasePort, type DatabasePortOptions } from '../../src/database/index.js'
import type { Database, DatabasePort, QueryResult } from '../../src/database/port.js'
import type { Json, JsonObject } from '../../src/kit/index.js'

export interface QueryAs {
  limit?: number
  timeoutMs?: number
  signal?: AbortSignal
  readOnly?: boolean
}

/** A database as a test uses it: with defaults for limit and time. */
export interface Session {
  database: Database
  query(sql: string, variables?: Record<string, Json>, as?: QueryAs): Promise<QueryResult>
  /** The rows of a statement that must give some. */
  rows(sql: string, variables?: Record<string, Json>, as?: QueryAs): Promise<JsonObject[]>
  /** What a statement that must fail fails with. */
  failure(sql: string, variables?: Record<string, Json>, as?: QueryAs): Promise<ConnectorsError>
}

export function openSession(port: DatabasePort, key: string, configuration: Record<string, unknown>): Session {
  const database = port.open(key, configuration)
  const query: Session['query'] = (sql, variables = {}, as = {}) =>
    database.query(sql, variables, { limit: 1000, timeoutMs: 20_000, signal: new AbortController().signal, ...as })
  return {
    database,
    query,
    async rows(sql, variables, as) {
      const result = await query(sql, variables, as)
      if (result.kind !== 'rows') throw new Error(`no rows: ${sql}`)
      return result.rows
    },
    failure: (sql, variables, as) => failureOf(query(sql, variables, as)),
  }
}

/** The same database, of which every call asks to only read. */
export const onlyReading = ({ database, query, rows, failure }: Session): Session => ({
  database,
  query: (sql, variables, as) => query(sql, variables, { ...as, readOnly: true }),
  rows: (sql, variables, as) => rows(sql, variables, { ...as, readOnly: true }),
  failure: (sql, variables, as) => failure(sql, variables, { ...as, readOnly: true }),
})

/** What a promise is rejected with, which must be an error of ours. */
export async function failureOf(promise: Promise<unknown>): Promise<ConnectorsError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(outcome instanceof ConnectorsError)) throw new Error(`not refused as it should be: ${String(outcome)}`)
  return outcome
}

/** What the database said, as the error carries it. */
export const upstreamOf = (error: ConnectorsError): Record<string, unknown> =>
  (error.details?.upstream ?? {}) as Record<string, unknown>

const ports: DatabasePort[] = []

/** A port that `closePorts` closes. */
export function newPort(options?: DatabasePortOptions): DatabasePort {
  const port = createDatabasePort(options)
  ports.push(port)
  return port
}

/** For `afterAll`. */
export const closePorts = async (): Promise<void> => {
  await Promise.all(ports.splice(0).map((port) => port.closeAll()))
}
