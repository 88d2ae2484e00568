import { ConnectorsError } from '../../base/errors.js'
import type { DatabaseEngine } from '../address.js'
import type { Token } from './scanner.js'

/**
 * Functions by which a `select` acts where no read-only transaction reaches: on other sessions, on the server and its
 * files, on other servers; and those that run SQL of a text, in which the others could stand. Names, and beginnings of
 * names where they end in `*`. A function of the database that calls one of them is not seen here.
 * @see https://www.postgresql.org/docs/current/functions-admin.html
 * @see https://dev.mysql.com/doc/refman/8.4/en/group-replication-functions.html
 */
const ACTING: Record<DatabaseEngine, readonly string[]> = {
  postgresql: [
    ...['pg_terminate_backend', 'pg_cancel_backend', 'pg_reload_conf', 'pg_rotate_logfile*', 'pg_logfile_rotate'],
    ...['pg_promote', 'pg_switch_wal', 'pg_switch_xlog', 'pg_create_*', 'pg_copy_*', 'pg_drop_replication_slot'],
    ...['pg_replication_slot_advance', 'pg_logical_slot_get_*', 'pg_logical_emit_message', 'pg_replication_origin_*'],
    ...['pg_sync_replication_slots', 'pg_wal_replay_*', 'pg_backup_*', 'pg_start_backup', 'pg_stop_backup'],
    ...['pg_stat_reset*', 'pg_stat_statements_reset', 'pg_log_backend_memory_contexts', 'pg_import_*', 'pg_nextoid'],
    ...['pg_stop_making_pinned_objects', 'binary_upgrade_*', 'brin_*summarize*', 'gin_clean_pending_list'],
    ...['lo_import', 'lo_export', 'pg_file_*', 'pg_truncate_visibility_map', 'heap_force_*', 'pg_buffercache_evict*'],
    ...['dblink*', 'postgres_fdw_disconnect*', 'pg_background_*', 'http', 'http_*', 'aws_s3*', 'query_export_to_s3'],
    ...['query_to_xml*', 'ts_stat', 'ts_rewrite', 'crosstab*', 'connectby', 'xpath_table'],
  ],
  mysql: [
    ...['group_replication_*', 'asynchronous_connection_failover_*', 'audit_log_*', 'keyring_*', 'version_tokens_*'],
    ...[
      'mysql_firewall_*',
      'set_firewall_mode',
      'service_get_write_locks',
      'spider_*',
      'sys_exec',
      'sys_eval',
      'sys_set',
    ],
  ],
  sqlite: [],
}

/** @throws FORBIDDEN for a query that calls one of them; its name is in the details */
export function refuseActing(code: readonly Token[], engine: DatabaseEngine): void {
  for (const [index, { kind, text }] of code.entries()) {
    if (engine === 'postgresql' && isEscapedName(code, index)) throw refusal('U&"…"')
    if ((kind !== 'word' && kind !== 'quoted') || code[index + 1]?.text !== '(') continue
    const name = text.replace(/^["`]|["`]$/g, '').toLowerCase()
    if (ACTING[engine].some((known) => isCalled(name, known))) throw refusal(name)
  }
}

/** `U&"…"` may write a name in a way that is not read here. */
const isEscapedName = (code: readonly Token[], index: number): boolean =>
  code[index]?.text.charAt(0) === '"' && code[index - 1]?.text === '&' && code[index - 2]?.text.toLowerCase() === 'u'

function isCalled(name: string, known: string): boolean {
  const [start = '', ...parts] = known.split('*')
  return parts.length === 0 ? name === known : name.startsWith(start) && parts.every((part) => name.includes(part))
}

const refusal = (name: string): ConnectorsError =>
  new ConnectorsError(
    'FORBIDDEN',
    'Only reading is allowed here, and the statement calls a function that acts in spite of a read-only transaction, or that runs SQL of a text; the details name it.',
    { details: { errors: [{ field: 'query', message: `calls ${name.slice(0, 64)}` }] } },
  )
