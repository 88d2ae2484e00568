import { isUtf8 } from 'node:buffer'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../schema.js'

/** Rows whose text is checked together. A skill holds up to a megabyte. */
const ROWS_AT_ONCE = 100

/**
 * Whether the structure of the file is whole, and its definitions can be read: what is checked at every opening. It does not compare
 * the indexes with their tables, and reads no text.
 * @see https://www.sqlite.org/pragma.html#pragma_quick_check
 */
export async function isSound(db: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ good: number }>`
    select quick_check = 'ok' as good from pragma_quick_check(1)`.execute(db)
  return rows[0]?.good === 1 && (await isText(db, 'sqlite_master'))
}

/**
 * Whether everything in the file can be read. SQLite checks the structure, and that the indexes hold what the tables do;
 * text that is not UTF-8 is looked for here, since libsql ends the process when it finds any. For the same reason
 * only numbers and bytes are read until the names are known to be valid, and columns of bytes may hold nothing else.
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
  const columns = await names(db, sql`select name from pragma_table_info(${table}) where lower(type) <> 'blob'`)
  const ofBytes = await names(db, sql`select name from pragma_table_info(${table}) where lower(type) = 'blob'`)
  for (const column of ofBytes) if (!(await isBytes(db, table, column))) return false
  for (let after: number | null = 0; after !== null; ) {
    const { bytes, last } = await rowsAfter(db, table, columns, after)
    if (bytes && (!isUtf8(bytes) || new Uint8Array(bytes).includes(0))) return false
    after = last
  }
  return true
}

/** Whether the column holds bytes alone: SQLite would take text there, too. Does not read them. */
async function isBytes(db: Kysely<Schema>, table: string, column: string): Promise<boolean> {
  const { rows } = await sql<{ good: number }>`
    select not exists(select 1 from ${sql.table(table)} where typeof(${sql.ref(column)}) <> 'blob') as good`.execute(db)
  return rows[0]?.good === 1
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
          order by rowid limit ${sql.lit(ROWS_AT_ONCE)})`.execute(db)
  return rows[0] ?? { last: null, bytes: null }
}
