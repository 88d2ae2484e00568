import { isUtf8 } from 'node:buffer'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../schema.js'

/** Rows whose text is checked together. A skill holds up to a megabyte, and a part of what is kept a third more. */
const ROWS_AT_ONCE = 100
/** The same for tables whose rows are that large as a rule. */
const LARGE_ROWS_AT_ONCE: Readonly<Record<string, number>> = { kept_parts: 8 }

/**
 * Whether everything in the file can be read. SQLite checks the structure, and that the indexes hold what the tables do;
 * text that is not UTF-8 is looked for here, since libsql ends the process when it finds any. For the same reason
 * only numbers and bytes are read until the names are known to be valid.
 * @see https://www.sqlite.org/pragma.html#pragma_integrity_check
 */
export async function isIntact(db: Kysely<Schema>): Promise<boolean> {
  const structure = await sql<{ good: number }>`
    select integrity_check = 'ok' as good from pragma_integrity_check(1)`.execute(db)
  if (structure.rows[0]?.good !== 1 || !(await isText(db, 'sqlite_master'))) return false
  for (const table of await names(db, sql`select name from sqlite_master where type = 'table'`)) {
    if (!(await isText(db, table))) return false
  }
  return true
}

async function names(db: Kysely<Schema>, query: RawBuilder<unknown>): Promise<string[]> {
  const { rows } = await query.$castTo<{ name: string }>().execute(db)
  return rows.map((row) => row.name)
}

/** Whether the rows hold UTF-8 without NUL, which the store never writes and which shows that lost bytes became zeros. */
async function isText(db: Kysely<Schema>, table: string): Promise<boolean> {
  const columns = await names(db, sql`select name from pragma_table_info(${table})`)
  for (let after: number | null = 0; after !== null; ) {
    const { bytes, last } = await rowsAfter(db, table, columns, after)
    if (bytes && (!isUtf8(bytes) || new Uint8Array(bytes).includes(0))) return false
    after = last
  }
  return true
}

interface Rows {
  /** The rowid of the last one; null when there is none. */
  last: number | null
  bytes: ArrayBuffer | null
}

async function rowsAfter(db: Kysely<Schema>, table: string, columns: string[], after: number): Promise<Rows> {
  const text = sql`concat_ws(',', ${sql.join(columns.map((column) => sql.ref(column)))})`
  const { rows } = await sql<Rows>`
    select max(place) as last, cast(group_concat(text) as blob) as bytes
    from (select rowid as place, ${text} as text from ${sql.table(table)} where rowid > ${after}
          order by rowid limit ${sql.lit(LARGE_ROWS_AT_ONCE[table] ?? ROWS_AT_ONCE)})`.execute(db)
  return rows[0] ?? { last: null, bytes: null }
}
