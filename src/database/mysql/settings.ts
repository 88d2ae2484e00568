import type { Quoting } from '../sql/scanner.js'
import { isServerFault } from './errors.js'

/** What a session of MySQL or MariaDB is set to, as far as it matters for sending statements and reading answers. */
export interface MysqlSettings extends Quoting {
  /** The server's own, which stays as it is. */
  sqlMode?: string
  /** The most bytes of one message to the server. */
  maxPacket?: number
  /** False where the server runs statements of its own at the start of a session, which a reset would undo. */
  restorable: boolean
  /** True where a reset brings back what `setUp` sets, because the server's own settings are the same. */
  lasting: boolean
}

/**
 * Asks for the settings of a new session. A server that does not know one of them is taken to have the usual ones.
 * @param ask runs a statement and returns its rows
 */
export async function askSettings(ask: (sql: string) => Promise<unknown[][]>): Promise<MysqlSettings> {
  const rows = await ask(SETTINGS).catch((error: Error) => {
    if (!isServerFault(error)) throw error
    return undefined
  })
  const [mode, most, initial, version, globalMode, autocommit, mostRows, client, results] = rows?.[0] ?? []
  const modes = new Set(
    String(mode ?? '')
      .toUpperCase()
      .split(','),
  )
  return {
    backslashes: !modes.has('NO_BACKSLASH_ESCAPES'),
    ansiQuotes: modes.has('ANSI_QUOTES'),
    brackets: modes.has('MSSQL'),
    lasting:
      globalMode === mode &&
      Number(autocommit) === 1 &&
      Number(mostRows) > 1e18 &&
      // MariaDB goes back to what the client said when it connected, MySQL to its own settings.
      (/mariadb/i.test(String(version)) || (client === 'utf8mb4' && results === 'utf8mb4')),
    restorable: initial === undefined || initial === null || initial === '',
    ...(typeof mode === 'string' && /^[A-Za-z0-9_,]*$/.test(mode) ? { sqlMode: mode } : {}),
    ...(Number(most) > 0 ? { maxPacket: Number(most) } : {}),
  }
}

const SETTINGS = `select @@session.sql_mode, @@session.max_allowed_packet, @@global.init_connect, version(),
  @@global.sql_mode, @@global.autocommit, @@global.sql_select_limit, @@global.character_set_client,
  @@global.character_set_results`

/**
 * Sets a session up, at its start and after a reset: text is UTF-8 both ways, every statement is committed, no answer is
 * cut by a setting, and `sql_mode` is the one that the scanner knows.
 * @param run runs a statement
 */
export async function setUp({ sqlMode }: MysqlSettings, run: (sql: string) => Promise<unknown>): Promise<void> {
  const mode = sqlMode === undefined ? '' : `, sql_mode = '${sqlMode}'`
  try {
    await run(`set names utf8mb4, autocommit = 1, sql_select_limit = 18446744073709551615${mode}`)
  } catch (error) {
    if (!isServerFault(error as Error)) throw error
    // A server that speaks the protocol and knows fewer settings.
    await run('set names utf8mb4')
    await run('set autocommit = 1')
  }
}
