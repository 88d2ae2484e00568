import type { JsonObject } from '../../base/json.js'
import type { DatabaseAbility } from '../port.js'
import { abilitiesOf } from '../privileges.js'

/** The most grants that are read; a user with more of them is not judged. */
export const MOST_GRANTS = 5_000

/** Privileges that change no rows, no definition and no server. */
const READING = new Set([
  ...['USAGE', 'SELECT', 'SHOW VIEW', 'SHOW DATABASES', 'SHOW_ROUTINE', 'SHOW CREATE ROUTINE', 'PROCESS'],
  ...['LOCK TABLES', 'CREATE TEMPORARY TABLES', 'REFERENCES', 'PROXY', 'REPLICATION CLIENT', 'BINLOG MONITOR'],
  ...['SLAVE MONITOR', 'REPLICA MONITOR'],
])
/** A procedure may have the rights of the user who created it. */
const EXECUTE = 'EXECUTE'
const WRITING = new Set(['INSERT', 'UPDATE', 'DELETE', 'DELETE HISTORY'])
const SCHEMA = new Set([
  ...['CREATE', 'ALTER', 'DROP', 'INDEX', 'TRIGGER', 'EVENT', 'CREATE VIEW', 'CREATE ROUTINE', 'ALTER ROUTINE'],
])
/** Who writes where the server is set to read only, or lifts that. */
const EXEMPT = new Set(['SUPER', 'READ_ONLY ADMIN', 'SYSTEM_VARIABLES_ADMIN', 'CONNECTION_ADMIN'])

/**
 * Reads what `SHOW GRANTS` tells of the user. A privilege that is not known counts as one of an administrator.
 * @param grants the rows: one column, one grant each
 * @param readOnly the server's `@@global.read_only`
 * @returns undefined if roles may add something, whose privileges the server shows only to a user who has activated them,
 * or procedures may
 * @see https://mariadb.com/docs/server/reference/sql-statements/administrative-sql-statements/show/show-grants
 * @see https://dev.mysql.com/doc/refman/8.4/en/show-grants.html
 */
export function mysqlAbilities(grants: readonly JsonObject[], readOnly: unknown): DatabaseAbility[] | undefined {
  const lines = grants.map((row) => withoutNames(String(Object.values(row)[0])))
  const privileges = lines.flatMap(privilegesOf)
  const found = new Set(privileges.flatMap(abilitiesBy))
  if (isSet(readOnly) && !privileges.some((privilege) => EXEMPT.has(privilege))) {
    found.delete('write')
    found.delete('schema')
  }
  const hasRoles = lines.some((line) => line.startsWith('GRANT ') && !line.includes(' ON '))
  const mayAdd = (hasRoles && found.size < 3) || (privileges.includes(EXECUTE) && found.size === 0)
  return mayAdd ? undefined : abilitiesOf(found)
}

/** Names of users, tables and columns are quoted, and may hold anything. */
const withoutNames = (line: string): string => line.replace(/`(?:[^`]|``)*`|"(?:[^"]|"")*"|'(?:[^']|'')*'/g, '')

function privilegesOf(line: string): string[] {
  const [, list = '', everywhere] = /^GRANT (.+?) ON (\*\.\* )?/.exec(line) ?? []
  if (list === 'ALL PRIVILEGES') return everywhere ? [list, 'SUPER'] : [list]
  return list
    .replace(/\([^()]*\)/g, '')
    .split(',')
    .map((privilege) => privilege.trim())
    .filter((privilege) => privilege !== '')
}

function abilitiesBy(privilege: string): DatabaseAbility[] {
  if (privilege === 'ALL PRIVILEGES') return ['write', 'schema']
  if (READING.has(privilege) || privilege === EXECUTE) return []
  if (WRITING.has(privilege)) return ['write']
  // A table that is dropped or created again has no rows, or others.
  return SCHEMA.has(privilege) ? ['write', 'schema'] : ['admin']
}

/** MariaDB 12 has words for it. */
const isSet = (value: unknown): boolean => value === 1 || /^(?:1|ON|NO_LOCK(?:_NO_ADMIN)?)$/.test(String(value))
