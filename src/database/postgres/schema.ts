import type { Json, JsonObject } from '../../base/json.js'
import { type ListedTable, MOST_PARTS, type TableKind, type TableParts, type TableReference } from '../port.js'
import { COMMENT, count, EXPRESSION, grouped, isTrue, shortText, text } from '../tables/cells.js'
import type { Ask, Candidate, FoundParts, TableReader, TableSearch } from '../tables/reader.js'

/**
 * What tables PostgreSQL has, from version 12 on. Every function is named with its schema, since a search path may hold
 * others of the same name.
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */
export const postgresTables: TableReader = { list, find, names, facts, describe }

/** Which `relkind` a kind is. @see https://www.postgresql.org/docs/current/catalog-pg-class.html */
const RELKINDS: Readonly<Record<TableKind, readonly string[]>> = {
  table: ['r', 'p'],
  view: ['v'],
  materialized_view: ['m'],
  foreign_table: ['f'],
}

/** A table that the user may do something with, as `information_schema` has it. The catalogue itself shows all to all. */
const VISIBLE = `pg_catalog.has_schema_privilege(n.oid, 'USAGE') and not pg_catalog.pg_is_other_temp_schema(n.oid)
  and (pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
    or pg_catalog.has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER'))`

const TABLES = `pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace`

/** No schema of an extension or a user may begin like that. */
const NOT_SYSTEM = `n.nspname <> 'information_schema' and n.nspname not like 'pg!_%' escape '!'`

/** The place of a schema in the search path, from 1. */
const RANK = 'pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname)'

/** A partition is a part of its table, and there may be thousands of them. */
const NO_PARTITION = `not exists (select from pg_catalog.pg_inherits i join pg_catalog.pg_class up on up.oid = i.inhparent
  where i.inhrelid = c.oid and up.relkind = 'p')`

/**
 * What statistics say; before version 14 a table without any had 0 rows. A partitioned table has as many as its
 * partitions, whose own statistics are newer.
 */
const ROW_ESTIMATE = `case when c.relkind = 'v' then null
  when c.relkind = 'p' then (select pg_catalog.sum(part.reltuples)::bigint from pg_catalog.pg_partition_tree(c.oid) tree
    join pg_catalog.pg_class part on part.oid = tree.relid where tree.isleaf and part.reltuples >= 0)
  when c.reltuples = 0 and c.relpages = 0 and pg_catalog.current_setting('server_version_num')::int < 140000 then null
  when c.reltuples >= 0 then c.reltuples::bigint end`

const FACTS = `n.nspname as in_schema, c.relname as called, c.relkind::text as kind, ${ROW_ESTIMATE} as row_estimate,
  pg_catalog.left(pg_catalog.obj_description(c.oid, 'pg_class'), ${COMMENT + 1}) as remark`

async function list(ask: Ask, { schema, like, kinds, offset, most }: TableSearch) {
  const conditions = [
    'c.relkind in (:kinds)',
    schema === undefined ? NOT_SYSTEM : 'n.nspname::text = :schema',
    ...(like === undefined ? [] : [`c.relname::text collate pg_catalog."default" ilike :like escape '!'`]),
    NO_PARTITION,
    VISIBLE,
  ]
  // Estimates and comments are looked up for the page alone.
  const sql = `with page as (
      select c.oid, ${RANK} as rank, pg_catalog.count(*) over () as total from ${TABLES} where ${conditions.join(' and ')}
      order by rank, n.nspname, c.relname limit :most offset :offset
    )
    select ${FACTS}, page.total from page join pg_catalog.pg_class c on c.oid = page.oid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace order by page.rank, n.nspname, c.relname`
  const variables: Record<string, Json> = { kinds: kinds.flatMap((kind) => RELKINDS[kind]), offset }
  if (schema !== undefined) variables.schema = schema
  if (like !== undefined) variables.like = like
  const { rows, more } = await ask(sql, variables, most)
  return { tables: rows.map(tableOf), total: count(rows[0]?.total) ?? undefined, more }
}

function tableOf(row: JsonObject): ListedTable {
  const kind = (Object.keys(RELKINDS) as TableKind[]).find((each) => RELKINDS[each].includes(text(row.kind)))
  return {
    schema: text(row.in_schema),
    name: text(row.called),
    kind: kind ?? 'table',
    rowEstimate: count(row.row_estimate),
    comment: shortText(row.remark, COMMENT),
  }
}

const ANY_KIND = `c.relkind in ('r', 'p', 'v', 'm', 'f')`

/** Compared as text: as a name of the server, what is too long would be cut and mean another table. */
async function find(ask: Ask, name: string, schema: string | undefined): Promise<Candidate[]> {
  const sql = `select n.nspname as in_schema, c.relname as called, c.relname::text <> :name as qualified, ${RANK} as rank
    from ${TABLES} where ${ANY_KIND} and (c.relname::text = :name or pg_catalog.concat(n.nspname, '.', c.relname) = :name)
      ${inSchema(schema)} and ${VISIBLE}
    order by qualified, rank, n.nspname limit :most`
  const { rows } = await ask(sql, { name, ...(schema === undefined ? {} : { schema }) }, 20)
  return rows.map(candidateOf)
}

async function names(ask: Ask, schema: string | undefined): Promise<Candidate[]> {
  const where = schema === undefined ? `and ${NOT_SYSTEM}` : inSchema(schema)
  const sql = `select n.nspname as in_schema, c.relname as called, ${RANK} as rank from ${TABLES}
    where ${ANY_KIND} ${where} and ${VISIBLE} order by rank, n.nspname, c.relname limit :most`
  return (await ask(sql, schema === undefined ? {} : { schema }, 1_000)).rows.map(candidateOf)
}

const inSchema = (schema: string | undefined): string => (schema === undefined ? '' : 'and n.nspname::text = :schema')

const candidateOf = (row: JsonObject): Candidate => ({
  schema: text(row.in_schema),
  name: text(row.called),
  qualified: isTrue(row.qualified),
  rank: count(row.rank),
})

const IS_TABLE = `n.nspname::text = :schema and c.relname::text = :table and ${ANY_KIND}`

async function facts(ask: Ask, { schema, name }: Candidate): Promise<ListedTable | undefined> {
  const sql = `select ${FACTS} from ${TABLES} where ${IS_TABLE} limit :most`
  const [row] = (await ask(sql, { schema, table: name }, 1)).rows
  return row && tableOf(row)
}

async function describe(ask: Ask, { schema, name }: Candidate): Promise<FoundParts> {
  const about = { schema, table: name }
  const columns = await ask(COLUMNS, about, MOST_PARTS)
  const keys = await ask(KEYS, about, MOST_PARTS)
  const referencing = await ask(REFERENCING, about, MOST_PARTS)
  const indexes = await ask(INDEXES, about, MOST_PARTS)
  const constraints = grouped(keys, ['id'])
  const ofKind = (kind: string) => constraints.filter(([row]) => row?.kind === kind)
  return {
    columns: { items: columns.rows.map(columnOf), more: columns.more },
    primaryKey: { items: ofKind('p').flatMap(namesOf), more: false },
    uniqueKeys: { items: ofKind('u').map(namesOf), more: keys.more },
    foreignKeys: { items: ofKind('f').map(referenceOf), more: keys.more },
    referencedBy: { items: grouped(referencing, ['id']).map(referenceOf), more: referencing.more },
    indexes: { items: grouped(indexes, ['called']).map(indexOf), more: indexes.more },
  }
}

const namesOf = (rows: readonly JsonObject[]): string[] => rows.map((row) => text(row.called))

const OF_TABLE = `(select c.oid from ${TABLES} where ${IS_TABLE})`

const COLUMNS = `select a.attname as called, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
    not a.attnotnull as nullable, a.attgenerated::text as generated, a.attidentity::text as identity,
    pg_catalog.left(pg_catalog.pg_get_expr(d.adbin, d.adrelid), ${EXPRESSION + 1}) as expression,
    pg_catalog.left(pg_catalog.col_description(a.attrelid, a.attnum), ${COMMENT + 1}) as remark
  from pg_catalog.pg_attribute a
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = ${OF_TABLE} and a.attnum > 0 and not a.attisdropped
    and pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES')
  order by a.attnum limit :most`

const GENERATED: Readonly<Record<string, 'stored' | 'virtual'>> = { s: 'stored', v: 'virtual' }
const IDENTITY: Readonly<Record<string, 'always' | 'by default'>> = { a: 'always', d: 'by default' }

function columnOf(row: JsonObject): TableParts['columns'][number] {
  const generated = GENERATED[text(row.generated)] ?? null
  const expression = shortText(row.expression, EXPRESSION)
  return {
    name: text(row.called),
    type: text(row.type),
    nullable: isTrue(row.nullable),
    default: generated ? null : expression,
    generated,
    expression: generated ? expression : null,
    identity: IDENTITY[text(row.identity)] ?? null,
    comment: shortText(row.remark, COMMENT),
  }
}

/**
 * A foreign key that refers to a partitioned table has one more row for each of its partitions, whose parent is a constraint
 * of the same table.
 */
const KEYS = `select con.oid as id, con.contype::text as kind, a.attname as called, rn.nspname as other_schema,
    rc.relname as other_table, ra.attname as other_column
  from pg_catalog.pg_constraint con
    cross join lateral pg_catalog.generate_subscripts(con.conkey, 1) as k
    join pg_catalog.pg_attribute a on a.attrelid = con.conrelid and a.attnum = con.conkey[k]
    left join pg_catalog.pg_class rc on rc.oid = con.confrelid
    left join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
    left join pg_catalog.pg_attribute ra on ra.attrelid = con.confrelid and ra.attnum = con.confkey[k]
  where con.conrelid = ${OF_TABLE} and con.contype in ('p', 'u', 'f') and not exists (
    select from pg_catalog.pg_constraint up where up.oid = con.conparentid and up.conrelid = con.conrelid)
  order by con.contype <> 'p', con.conname, con.oid, k limit :most`

const REFERENCING = `select con.oid as id, ra.attname as called, n.nspname as other_schema, c.relname as other_table,
    a.attname as other_column
  from pg_catalog.pg_constraint con
    join pg_catalog.pg_class c on c.oid = con.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral pg_catalog.generate_subscripts(con.conkey, 1) as k
    join pg_catalog.pg_attribute a on a.attrelid = con.conrelid and a.attnum = con.conkey[k]
    join pg_catalog.pg_attribute ra on ra.attrelid = con.confrelid and ra.attnum = con.confkey[k]
  where con.confrelid = ${OF_TABLE} and con.contype = 'f' and con.conparentid = 0 and ${VISIBLE}
  order by n.nspname, c.relname, con.conname, con.oid, k limit :most`

const referenceOf = (rows: readonly JsonObject[]): TableReference => ({
  columns: rows.map((row) => text(row.called)),
  schema: text(rows[0]?.other_schema),
  table: text(rows[0]?.other_table),
  tableColumns: rows.map((row) => text(row.other_column)),
})

const INDEXES = `select ic.relname as called, i.indisunique as is_unique, am.amname as method,
    pg_catalog.left(pg_catalog.pg_get_expr(i.indpred, i.indrelid), ${EXPRESSION + 1}) as condition,
    coalesce(a.attname::text, pg_catalog.left(pg_catalog.pg_get_indexdef(i.indexrelid, k, true), ${EXPRESSION + 1})) as part
  from pg_catalog.pg_index i
    join pg_catalog.pg_class ic on ic.oid = i.indexrelid
    join pg_catalog.pg_am am on am.oid = ic.relam
    cross join lateral pg_catalog.generate_series(1, i.indnkeyatts::int) as k
    left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k - 1] and a.attnum > 0
  where i.indrelid = ${OF_TABLE} and not exists (select from pg_catalog.pg_constraint con
    where con.conindid = i.indexrelid and con.conrelid = i.indrelid and con.contype in ('p', 'u'))
  order by ic.relname, k limit :most`

const indexOf = (rows: readonly JsonObject[]): TableParts['indexes'][number] => ({
  name: text(rows[0]?.called),
  columns: rows.map((row) => shortText(row.part, EXPRESSION) ?? ''),
  unique: isTrue(rows[0]?.is_unique),
  method: rows[0]?.method === 'btree' ? null : text(rows[0]?.method),
  where: shortText(rows[0]?.condition, EXPRESSION),
})
