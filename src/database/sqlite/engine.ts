import { realpathSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { JsonObject } from '../../base/json.js'
import { type DatabaseAddress, SQLITE_FORMS } from '../address.js'
import type { Cancellation } from '../cancellation.js'
import { CONNECTIONS, type DatabaseLimits, type Engine } from '../engine.js'
import { type Connection, ConnectionPool } from '../pools/connection-pool.js'
import type { QueryResult } from '../port.js'
import { rowObject, uniqueColumnNames } from '../results/rows.js'
import { MOST_ANSWER_BYTES } from '../results/size-limit.js'
import { readStatement, type Statement } from '../sql/statement.js'
import { ownFile, queryError, statementTooLong } from './errors.js'
import type { SqliteProcesses } from './process.js'
import { LONGEST_STATEMENT, type SqliteAnswer } from './protocol.js'

/**
 * An SQLite file. It must exist: a file is never made by linking it.
 * @throws INVALID_PARAMETERS for no path and for `:memory:`, FORBIDDEN where files of this machine are not the user's
 */
export function openSqlite(
  address: DatabaseAddress,
  readOnly: boolean,
  limits: DatabaseLimits,
  processes: SqliteProcesses,
): Engine {
  const file = fileOf(address, limits)
  const ownFolder = limits.ownFolder === undefined ? undefined : resolve(limits.ownFolder)
  const release = processes.hold()
  // One account must not take all processes.
  const turns = new ConnectionPool<Connection>(async () => ({ usable: true, close() {} }), CONNECTIONS)
  const run = async (statement: Statement, limit: number, cancellation: Cancellation): Promise<QueryResult> => {
    const { text, values, words, reads } = statement
    if (Buffer.byteLength(text) > LONGEST_STATEMENT) throw statementTooLong()
    const request = {
      file,
      ownFolder,
      readOnly,
      text,
      values,
      limit,
      most: MOST_ANSWER_BYTES,
      word: words[0] ?? '',
      reads,
    }
    return resultOf(await turns.use(cancellation, () => processes.run(request, cancellation)), readOnly)
  }
  return {
    async query(sql, variables, limit, cancellation) {
      return run(readStatement(sql, variables, { engine: 'sqlite' }, readOnly), limit, cancellation)
    },
    async probe(cancellation) {
      // The file is read only when something of it is asked for.
      const sql = 'select sqlite_version() as version from (select count(*) from sqlite_schema)'
      const result = await run(readStatement(sql, {}, { engine: 'sqlite' }, readOnly), 1, cancellation)
      return { server: 'SQLite', version: result.kind === 'rows' ? String(result.rows[0]?.version ?? '') : '' }
    },
    async abilities() {
      const writable = await access(file, constants.W_OK).then(
        () => true,
        () => false,
      )
      return writable ? ['read', 'write', 'schema'] : ['read']
    },
    close: release,
  }
}

function fileOf({ host, database }: DatabaseAddress, { localFiles, ownFolder }: DatabaseLimits): string {
  if (!localFiles) {
    throw new ConnectorsError(
      'FORBIDDEN',
      'SQLite files cannot be linked here, since they would be files of the service.',
      { details: { errors: [{ field: 'driver', message: 'cannot be linked here' }] } },
    )
  }
  const path = database ?? ''
  if (host === null && path !== '' && !path.startsWith(':memory:') && !/^file:/i.test(path)) {
    if (ownFolder !== undefined && isInside(realPath(path), realPath(ownFolder))) {
      throw ownFile()
    }
    return resolve(path)
  }
  throw invalidParameters(
    `An SQLite database must be a file that exists; as a URL ${SQLITE_FORMS}. Databases in memory cannot be linked.`,
    [{ field: 'database', message: 'names no SQLite file' }],
  )
}

const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep)

/** Where a path leads through links; one that leads nowhere stays as it is, and is refused when it is opened. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** @throws what the statement failed with */
function resultOf(answer: SqliteAnswer, readOnly: boolean): QueryResult {
  if (answer.kind === 'affected') return answer
  if (answer.kind !== 'rows') throw queryError(answer, readOnly)
  const names = uniqueColumnNames(answer.names)
  const rows = answer.rows.map((row) => rowObject(names, (index) => row[index] ?? null))
  const columns: JsonObject[] = names.map((name, index) => ({ name, type: answer.types[index] ?? null }))
  return { kind: 'rows', rows, columns, truncated: answer.truncated }
}
