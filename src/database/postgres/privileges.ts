import type { JsonObject } from '../../base/json.js'
import type { DatabaseAbility } from '../port.js'
import { abilitiesOf } from '../privileges.js'

/** Roles that act on the server beyond the rows of a database, of PostgreSQL and of the large hosts. */
const ADMINISTRATORS = [
  ...['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_signal_backend'],
  ...['rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'alloydbsuperuser'],
]

/**
 * Asks for one row of what the user can do, counting every role that the user may change into. A setting such as
 * `default_transaction_read_only` is left out, since a session lifts it; a standby is asked for, since nothing lifts that.
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-ACCESS
 */
export const POSTGRES_ABILITIES = `with mine as (
    select r.oid, r.rolname, r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication as manages
    from pg_catalog.pg_roles r where pg_catalog.pg_has_role(r.oid, 'MEMBER')
  ), places as (
    select n.oid from pg_catalog.pg_namespace n
    where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
  ), relations as (
    select c.oid, c.relkind, c.relowner from pg_catalog.pg_class c join places on places.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  )
  select pg_catalog.pg_is_in_recovery() as standby,
    exists (select from pg_catalog.pg_proc p join places on places.oid = p.pronamespace cross join mine
      where p.prosecdef and pg_catalog.has_function_privilege(mine.oid, p.oid, 'EXECUTE')) as borrows,
    exists (select from mine where manages or rolname in ('${ADMINISTRATORS.join("', '")}')) as admin,
    exists (select from mine where rolname = 'pg_write_all_data')
      or exists (select from relations join mine on mine.oid = relations.relowner)
      or exists (select from relations cross join mine where case when relkind = 'S'
        then pg_catalog.has_sequence_privilege(mine.oid, relations.oid, 'USAGE, UPDATE')
        else pg_catalog.has_any_column_privilege(mine.oid, relations.oid, 'INSERT, UPDATE')
          or pg_catalog.has_table_privilege(mine.oid, relations.oid, 'DELETE, TRUNCATE') end) as write,
    exists (select from relations join mine on mine.oid = relations.relowner)
      or exists (select from mine where
        pg_catalog.has_database_privilege(mine.oid, pg_catalog.current_database(), 'CREATE'))
      or exists (select from places cross join mine where
        pg_catalog.has_schema_privilege(mine.oid, places.oid, 'CREATE')) as schema`

/**
 * Reads the row that `POSTGRES_ABILITIES` gives.
 * @returns undefined for a row of another kind, and for a reader who may call functions that have the rights of others
 */
export function postgresAbilities(row: JsonObject | undefined): DatabaseAbility[] | undefined {
  const { standby, borrows, admin, write, schema } = row ?? {}
  if (typeof standby !== 'boolean' || typeof admin !== 'boolean') return undefined
  const found = new Set<DatabaseAbility>()
  if (admin) found.add('admin')
  // A user who owns a schema, or may create one, can write to the tables created in it.
  if (!standby && (write || schema)) found.add('write')
  if (!standby && schema) found.add('schema')
  return found.size === 0 && !standby && borrows !== false ? undefined : abilitiesOf(found)
}
