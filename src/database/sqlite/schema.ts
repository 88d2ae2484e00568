import type { JsonObject } from '../../base/json.js'
import {
  type ListedTable,
  MOST_PARTS,
  type TableColumn,
  type TableIndex,
  type TableKind,
  type TableReference,
} from '../port.js'
import { count, EXPRESSION, grouped, isTrue, shortText, text } from '../tables/cells.js'
import type { Ask, Candidate, FoundParts, Rows, TableReader, TableSearch } from '../tables/reader.js'
import { indexParts } from './index-parts.js'

/**
 * What tables an SQLite file has, by the PRAGMAs that are tables, whose arguments can be bound. A name means the same in upper and
 * lower case, as everywhere in SQLite.
 * @see https://www.sqlite.org/pragma.html#pragfunc
 */
export const sqliteTables: TableReader = { list, find, names, facts, describe }

/** Of `pragma_table_list`; the tables in which virtual ones keep their data are `shadow`. */
const TYPES: Readonly<Record<TableKind, readonly string[]>> = {
  table: ['table', 'virtual'],
  view: ['view'],
  materialized_view: [],
  foreign_table: [],
}

const NOT_SYSTEM = `name not like 'sqlite!_%' escape '!'`

async function list(ask: Ask, { schema, like, kinds, offset, most }: TableSearch) {
  const types = kinds.flatMap((kind) => TYPES[kind])
  if (types.length === 0 || !isMain(schema)) return { tables: [], total: 0, more: false }
  const sql = `select name as called, type as kind, count(*) over () as total from pragma_table_list
    where schema = 'main' and type in (:types) and ${NOT_SYSTEM} ${like === undefined ? '' : `and name like :like escape '!'`}
    order by name limit :most offset :offset`
  const { rows, more } = await ask(sql, { types, offset, ...(like === undefined ? {} : { like }) }, most)
  return { tables: await withEstimates(ask, rows), total: count(rows[0]?.total) ?? undefined, more }
}

/** The one schema of a file. */
const isMain = (schema: string | undefined): boolean => schema === undefined || schema.toLowerCase() === 'main'

/** `analyze` makes the table of statistics, so that a file may have none. @see https://www.sqlite.org/fileformat2.html#stat1tab */
async function withEstimates(ask: Ask, rows: readonly JsonObject[]): Promise<ListedTable[]> {
  const tables = rows.map((row): ListedTable => {
    const kind = text(row.kind) === 'view' ? 'view' : 'table'
    return { schema: 'main', name: text(row.called), kind, rowEstimate: null, comment: null }
  })
  if (tables.length === 0) return tables
  const analyzed = await ask(
    `select 1 from sqlite_schema where type = 'table' and name = 'sqlite_stat1' limit :most`,
    {},
    1,
  )
  if (analyzed.rows.length === 0) return tables
  // The first number of each index is its number of rows; a partial one has fewer than its table.
  const statistics = await ask(
    `select tbl as called, max(cast(stat as integer)) as row_estimate from sqlite_stat1 where tbl in (:names)
      group by tbl limit :most`,
    { names: tables.map(({ name }) => name) },
    tables.length,
  )
  const estimates = new Map(statistics.rows.map((row) => [text(row.called), count(row.row_estimate)]))
  return tables.map((table) => ({ ...table, rowEstimate: estimates.get(table.name) ?? null }))
}

const TABLES = `sqlite_schema where type in ('table', 'view')`

async function find(ask: Ask, name: string, schema: string | undefined): Promise<Candidate[]> {
  if (!isMain(schema)) return []
  const sql = `select name as called, name <> :name collate nocase as qualified from ${TABLES}
    and (name = :name collate nocase or concat('main.', name) = :name collate nocase) order by name limit :most`
  return (await ask(sql, { name }, 20)).rows.map(candidateOf)
}

async function names(ask: Ask, schema: string | undefined): Promise<Candidate[]> {
  if (!isMain(schema)) return []
  const sql = `select name as called from ${TABLES} and ${NOT_SYSTEM} order by name limit :most`
  return (await ask(sql, {}, 1_000)).rows.map(candidateOf)
}

const candidateOf = (row: JsonObject): Candidate => ({
  schema: 'main',
  name: text(row.called),
  qualified: isTrue(row.qualified),
  rank: 1,
})

async function facts(ask: Ask, { name }: Candidate): Promise<ListedTable | undefined> {
  const sql = `select name as called, type as kind from ${TABLES} and name = :name limit :most`
  const [table] = await withEstimates(ask, (await ask(sql, { name }, 1)).rows)
  return table
}

async function describe(ask: Ask, { name }: Candidate): Promise<FoundParts> {
  const columns = await ask(COLUMNS, { name }, MOST_PARTS)
  const foreign = await ask(FOREIGN_KEYS, { name }, MOST_PARTS)
  const referencing = await ask(REFERENCING, { name }, MOST_PARTS)
  const found = await ask(INDEXES, { name }, MOST_PARTS)
  const indexes = grouped(found, ['called'])
  const ofOrigin = (origin: string) => indexes.filter(([row]) => row?.origin === origin)
  const primaryKey = columns.rows.filter((row) => count(row.pk) !== 0).sort((a, b) => Number(a.pk) - Number(b.pk))
  return {
    columns: { items: columnsOf(columns, primaryKey, found), more: columns.more },
    primaryKey: { items: namesOf(primaryKey), more: false },
    uniqueKeys: { items: ofOrigin('u').map((rows) => rows.map((row) => text(row.part))), more: found.more },
    foreignKeys: { items: grouped(foreign, ['id']).map(referenceOf), more: foreign.more },
    referencedBy: { items: grouped(referencing, ['other_table', 'id']).map(referenceOf), more: referencing.more },
    indexes: { items: ofOrigin('c').map(indexOf), more: found.more },
  }
}

const namesOf = (rows: readonly JsonObject[]): string[] => rows.map((row) => text(row.called))

/** Hidden columns of virtual tables are left out: they are for conditions. */
const COLUMNS = `select c.name as called, substr(c.type, 1, ${EXPRESSION + 1}) as type, c."notnull" as is_not_null,
    substr(c.dflt_value, 1, ${EXPRESSION + 1}) as expression, c.pk, c.hidden
  from pragma_table_xinfo(:name, 'main') c where c.hidden <> 1 order by c.cid limit :most`

/**
 * A column that is the number of the row takes one by itself, and is never null: the one of type INTEGER that is the whole primary
 * key, and has no index for that, which a table without row numbers has. @see https://www.sqlite.org/lang_createtable.html#rowid
 */
function columnsOf({ rows }: Rows, [first, ...rest]: readonly JsonObject[], indexes: Rows): TableColumn[] {
  const hasOwnIndex = indexes.rows.some((row) => row.origin === 'pk')
  const isInteger = text(first?.type).toUpperCase() === 'INTEGER'
  const rowid = isInteger && rest.length === 0 && !hasOwnIndex ? first : undefined
  return rows.map((row) => ({
    name: text(row.called),
    type: shortText(row.type, EXPRESSION) ?? '',
    nullable: !isTrue(row.is_not_null) && row !== rowid,
    default: shortText(row.expression, EXPRESSION),
    generated: row.hidden === 2 ? 'virtual' : row.hidden === 3 ? 'stored' : null,
    expression: null,
    identity: row === rowid ? 'by default' : null,
    comment: null,
  }))
}

/** A key that names no columns of the other table refers to its primary key. The other table need not be there. */
const REFERENCED = `coalesce(f."to", (select p.name from pragma_table_info(f."table", 'main') p where p.pk = f.seq + 1))`

const FOREIGN_KEYS = `select f.id, f."from" as called, ${REFERENCED} as other_column,
    coalesce((select s.name from sqlite_schema s where s.type = 'table' and s.name = f."table" collate nocase), f."table")
      as other_table
  from pragma_foreign_key_list(:name, 'main') f order by f.id desc, f.seq limit :most`

const REFERENCING = `select f.id, ${REFERENCED} as called, s.name as other_table, f."from" as other_column
  from sqlite_schema s join pragma_foreign_key_list(s.name, 'main') f
  where s.type = 'table' and f."table" = :name collate nocase order by s.name, f.id desc, f.seq limit :most`

const referenceOf = (rows: readonly JsonObject[]): TableReference => ({
  columns: namesOf(rows),
  schema: 'main',
  table: text(rows[0]?.other_table),
  tableColumns: rows.map((row) => text(row.other_column)).filter((name) => name !== ''),
})

/** The most of the text of an index that is read. Characters. */
const LONGEST_INDEX = 4_000

/** The text of an index is needed for what is not a column. */
const INDEXES = `select i.name as called, i."unique" as is_unique, i.origin, c.name as part, c.seqno,
    case when i.partial or c.name is null then substr(s.sql, 1, ${LONGEST_INDEX + 1}) end as sql
  from pragma_index_list(:name, 'main') i join pragma_index_xinfo(i.name, 'main') c
    left join sqlite_schema s on s.type = 'index' and s.name = i.name
  where c.key = 1 order by i.seq desc, c.seqno limit :most`

function indexOf(rows: readonly JsonObject[]): TableIndex {
  const sql = rows.map((row) => text(row.sql)).find((each) => each !== '')
  const written = sql === undefined ? undefined : indexParts(sql)
  return {
    name: text(rows[0]?.called),
    columns: rows.map((row, index) => shortText(row.part ?? written?.columns[index], EXPRESSION) ?? ''),
    unique: isTrue(rows[0]?.is_unique),
    method: null,
    where: shortText(written?.where, EXPRESSION),
  }
}
