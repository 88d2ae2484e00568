import { ConnectorsError } from '../../base/errors.js'
import type { Cancellation } from '../cancellation.js'
import type { Engine } from '../engine.js'
import type { Ask } from './reader.js'

/** Asks an engine as `query` does: with its connections, its limits and its rights. */
export function askOf(engine: Engine, cancellation: Cancellation): Ask {
  return async (sql, variables, most) => {
    const result = await engine
      .query(sql, { ...variables, most: most + 1 }, most + 1, cancellation)
      .catch((error: unknown) => {
        throw isStatementRefused(error) ? unreadable(error) : error
      })
    const rows = result.kind === 'rows' ? result.rows : []
    return { rows: rows.slice(0, most), more: rows.length > most }
  }
}

/** The statement is this service's, so that the caller cannot correct it. */
const isStatementRefused = (error: unknown): error is ConnectorsError =>
  error instanceof ConnectorsError && error.code === 'INVALID_PARAMETERS'

const unreadable = (cause: ConnectorsError): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The database refused to say what its tables are; its message is in the details. The action query can read its catalogue in other ways.',
    { ...(cause.details && { details: cause.details }), cause },
  )
