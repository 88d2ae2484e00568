import { ConnectorsError } from '../../base/errors.js'
import {
  beyondLimit,
  conflictUndone,
  connectionLost,
  databaseFailed,
  databaseRefused,
  databaseUnknown,
  databaseUnreachable,
  type Fault,
  loginRefused,
  rightMissing,
  statementRefused,
  stoppedByDatabase,
  writesRefused,
} from '../errors.js'
import { readOnlyAccount, type Statement, severalStatements } from '../sql/statement.js'

/** What `pg` throws: a message of the server with its fields, or an error of Node's. */
interface PostgresFault extends Error {
  code?: string
  severity?: string
  detail?: string
  hint?: string
  position?: string
}

/**
 * Why a connection could not be made.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function connectError(thrown: unknown): ConnectorsError {
  if (thrown instanceof ConnectorsError) return thrown
  const error = thrown as PostgresFault
  const fault = faultOf(error)
  // The driver's own words where the server wants a password and there is none.
  if (error.code?.startsWith('28') || /^SASL: .*password/.test(error.message)) return loginRefused(fault)
  if (error.code === '3D000') return databaseUnknown(fault)
  if (error.code === '42501') return databaseRefused(fault)
  // The driver's own words, which come without a code.
  if (error.message === 'timeout expired') return databaseUnreachable({ ...fault, code: 'ETIMEDOUT' })
  return databaseUnreachable(fault)
}

/** Why a statement failed. @param readOnly whether the account is linked read-only */
export function queryError(thrown: unknown, statement: Statement, readOnly: boolean): ConnectorsError {
  const error = thrown as PostgresFault
  const fault = faultOf(error, statement)
  if (isLost(error)) return connectionLost(fault)
  if (error.code === '42601' && statement.several) return severalStatements()
  if (error.code === '25006') return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault)
  if (error.code === '42501') return rightMissing(fault)
  if (error.code === '57014') return stoppedByDatabase(fault)
  if (error.code === '40001' || error.code === '40P01' || error.code === '55P03') return conflictUndone(fault)
  if (error.code?.startsWith('54')) return beyondLimit(fault)
  if (/^(?:53|58|F0|XX)/.test(error.code ?? '')) return databaseFailed(fault)
  return statementRefused(fault)
}

/** Whether a failure took the connection with it: the server said goodbye, or nothing at all. */
export function isLost(thrown: unknown): boolean {
  const { severity, code } = thrown as PostgresFault
  return severity === undefined || code === undefined || /^(?:08|57P)/.test(code)
}

function faultOf(error: PostgresFault, statement?: Statement): Fault {
  return {
    engine: 'postgresql',
    code: error.code ?? null,
    message: error.message,
    ...(error.position && statement ? { position: positionInQuery(Number(error.position), statement) } : {}),
    ...(error.detail ? { detail: error.detail } : {}),
    ...(error.hint ? { hint: error.hint } : {}),
  }
}

/** The server counts characters of the text it got, from 1; so does the answer, in the query as it was written. */
function positionInQuery(position: number, { text, source, locate }: Statement): number {
  const before = [...text].slice(0, position - 1).join('')
  return [...source.slice(0, locate(before.length))].length + 1
}
