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

/** What `mysql2` throws: an error packet of the server with its number, or an error of Node's. */
interface MysqlFault extends Error {
  code?: string
  errno?: number
  sqlState?: string
}

const LOGIN_REFUSED = new Set([1045, 1130, 1251, 1524, 1698, 3118, 3955, 4151])
const DATABASE_REFUSED = 1044
const DATABASE_UNKNOWN = 1049
const RIGHT_MISSING = new Set([1044, 1045, 1095, 1142, 1143, 1227, 1370, 1419, 1449])
const READ_ONLY_TRANSACTION = 1792
const READ_ONLY_SERVER = new Set([1036, 1290, 1836])
const STOPPED = new Set([1317, 1969, 3024])
const CONFLICT = new Set([1205, 1213])
/** Too many columns, tables, levels or bytes, and names that are too long. */
const BEYOND_LIMIT = new Set([1059, 1069, 1070, 1071, 1074, 1116, 1117, 1118, 1119, 1153, 1162, 1301, 1390, 1436, 1473])
const FAILED = new Set([1021, 1030, 1037, 1038, 1041, 1053, 1114, 1194, 1195])

/**
 * Why a connection could not be made.
 * @see https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
export function connectError(thrown: unknown): ConnectorsError {
  if (thrown instanceof ConnectorsError) return thrown
  const error = thrown as MysqlFault
  const number = isServerFault(error) ? (error.errno ?? 0) : 0
  const fault = faultOf(error)
  if (LOGIN_REFUSED.has(number)) return loginRefused(fault)
  if (number === DATABASE_UNKNOWN) return databaseUnknown(fault)
  if (number === DATABASE_REFUSED) return databaseRefused(fault)
  return databaseUnreachable(fault)
}

/** Why a statement failed. @param readOnly whether the account is linked read-only */
export function queryError(thrown: unknown, statement: Statement, readOnly: boolean): ConnectorsError {
  const error = thrown as MysqlFault
  const fault = faultOf(error)
  if (!isServerFault(error)) return connectionLost(fault)
  const number = error.errno ?? 0
  if (number === 1064 && statement.several) return severalStatements()
  if (number === READ_ONLY_TRANSACTION) return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault)
  if (READ_ONLY_SERVER.has(number)) return writesRefused(fault)
  if (RIGHT_MISSING.has(number)) return rightMissing(fault)
  if (STOPPED.has(number)) return stoppedByDatabase(fault)
  if (CONFLICT.has(number)) return conflictUndone(fault)
  if (BEYOND_LIMIT.has(number)) return beyondLimit(fault)
  if (FAILED.has(number)) return databaseFailed(fault)
  return statementRefused(fault)
}

/** Node's network errors have a negative number, those of the driver itself none. */
export const isServerFault = ({ errno, code }: MysqlFault): boolean =>
  typeof errno === 'number' && errno > 0 && !code?.startsWith('PROTOCOL_')

const faultOf = (error: MysqlFault): Fault => ({
  engine: 'mysql',
  code: error.code ?? error.sqlState ?? null,
  message: error.message,
})
