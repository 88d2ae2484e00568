import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ListedTable, TableFilter, TableName } from '../../src/database/port.js'
import { closePorts, failureOf, newPort, openSession, type Session } from './harness.js'

export interface TablesUnderTest {
  engine: 'postgresql' | 'mysql' | 'sqlite'
  /** The configuration of an empty database that only this suite uses. */
  configuration(): Promise<Record<string, unknown>>
  /** What the schema of a table is called where none was named. */
  schemaOf(configuration: Record<string, unknown>): string
  /** Names that the engine takes and other programs stumble over. */
  names: readonly string[]
  /** What makes the engine look at its tables, so that it knows how many rows they have. */
  analyze: string
  /** What the columns of `sale` are, which differ by engine. */
  types: { id: string; code: string; year: string; amount: string; doubled: string }
}

const options = (more: { timeoutMs?: number; signal?: AbortSignal; readOnly?: boolean } = {}) => ({
  timeoutMs: 20_000,
  signal: new AbortController().signal,
  ...more,
})

/** Lists and describes with what most tests leave alone. */
export const tablesOf = ({ database }: Session) => ({
  list: (filter: Partial<TableFilter> = {}) => database.listTables({ page: 1, perPage: 200, ...filter }, options()),
  names: async (filter: Partial<TableFilter> = {}) =>
    (await database.listTables({ page: 1, perPage: 200, ...filter }, options())).tables.map(({ name }) => name),
  describe: (table: TableName) => database.describeTable(table, options()),
  failure: (table: TableName) => failureOf(database.describeTable(table, options())),
})

/** What every engine does alike: which tables there are, and how they are made. */
export function tablesSuite(under: TablesUnderTest): void {
  const quote = under.engine === 'mysql' ? '`' : '"'
  const quoted = (name: string) => `${quote}${name.replaceAll(quote, quote + quote)}${quote}`
  const port = newPort()
  let keys = 0
  const emptySession = async (more: Record<string, unknown> = {}) => {
    const configuration = { ...(await under.configuration()), ...more }
    keys += 1
    return { configuration, session: openSession(port, `tables ${keys}`, configuration) }
  }
  afterAll(closePorts)

  describe('tables that refer to each other', () => {
    let session: Session
    let schema = ''
    let configuration: Record<string, unknown> = {}
    beforeAll(async () => {
      ;({ session, configuration } = await emptySession())
      schema = under.schemaOf(configuration)
      for (const sql of [
        `create table region (code varchar(10) not null, year int not null, name varchar(10) not null default 'it''s',
           primary key (code, year), unique (name, year))`,
        `create table sale (id int not null, code varchar(10), year int, previous int, amount decimal(10,2) default 1.5,
           doubled int generated always as (year * 2) stored, primary key (id),
           foreign key (code, year) references region (code, year), foreign key (previous) references sale (id))`,
        'create index by_amount on sale (amount, code)',
        'create view big_sale as select id, amount from sale where amount > 100',
        "insert into region (code, year) values ('n', 1), ('s', 2), ('e', 3)",
        under.analyze,
      ])
        await session.query(sql)
    })

    test('are listed with their kinds, in order', async () => {
      const { tables, total, more } = await tablesOf(session).list()
      expect({ total, more }).toEqual({ total: 3, more: false })
      expect(tables.map(({ schema: of, name, kind }) => [of, name, kind])).toEqual([
        [schema, 'big_sale', 'view'],
        [schema, 'region', 'table'],
        [schema, 'sale', 'table'],
      ])
      expect(tables.map(({ rowEstimate }) => rowEstimate)[0]).toBeNull()
      expect(tables.find(({ name }) => name === 'region')?.rowEstimate).toBe(3)
    })

    test('are described alike by every engine', async () => {
      const column = { default: null, generated: null, expression: null, identity: null, comment: null, nullable: true }
      const { types } = under
      const found = await tablesOf(session).describe({ name: 'sale' })
      expect(found).toMatchObject({
        schema,
        name: 'sale',
        kind: 'table',
        comment: null,
        columns: [
          { ...column, name: 'id', type: types.id, nullable: false },
          { ...column, name: 'code', type: types.code },
          { ...column, name: 'year', type: types.year },
          { ...column, name: 'previous', type: types.year },
          { ...column, name: 'amount', type: types.amount, default: expect.stringMatching(/^1\.50?$/) },
          {
            ...column,
            name: 'doubled',
            type: types.doubled,
            generated: 'stored',
            expression: under.engine === 'sqlite' ? null : expect.stringMatching(/year.* \* 2/),
          },
        ],
        primaryKey: ['id'],
        uniqueKeys: [],
        referencedBy: [{ columns: ['id'], schema, table: 'sale', tableColumns: ['previous'] }],
        cut: [],
      })
      expect(new Set(found.foreignKeys)).toEqual(
        new Set([
          { columns: ['code', 'year'], schema, table: 'region', tableColumns: ['code', 'year'] },
          { columns: ['previous'], schema, table: 'sale', tableColumns: ['id'] },
        ]),
      )
      // MySQL makes an index for each foreign key.
      const own = found.indexes.filter(({ name }) => name === 'by_amount')
      expect(own).toEqual([
        { name: 'by_amount', columns: ['amount', 'code'], unique: false, method: null, where: null },
      ])
      if (under.engine !== 'mysql') expect(found.indexes).toEqual(own)
    })

    test('are described with the keys that others refer to', async () => {
      const found = await tablesOf(session).describe({ name: 'region' })
      expect(found).toMatchObject({
        primaryKey: ['code', 'year'],
        uniqueKeys: [['name', 'year']],
        foreignKeys: [],
        referencedBy: [{ columns: ['code', 'year'], schema, table: 'sale', tableColumns: ['code', 'year'] }],
        indexes: [],
        rowEstimate: 3,
      })
      expect(found.columns[2]).toMatchObject({
        name: 'name',
        nullable: false,
        default: expect.stringContaining("'it''s'"),
      })
    })

    test('are described where they are views', async () => {
      expect(await tablesOf(session).describe({ name: 'big_sale' })).toMatchObject({
        kind: 'view',
        rowEstimate: null,
        columns: [{ name: 'id' }, { name: 'amount', type: under.types.amount }],
        primaryKey: [],
        foreignKeys: [],
        indexes: [],
      })
    })

    test('are filtered by kind, by schema and by a part of the name', async () => {
      const { names } = tablesOf(session)
      expect(await names({ kinds: ['view'] })).toEqual(['big_sale'])
      expect(await names({ kinds: ['table'] })).toEqual(['region', 'sale'])
      expect(await names({ kinds: ['foreign_table'] })).toEqual([])
      expect(await names({ schema })).toEqual(['big_sale', 'region', 'sale'])
      expect(await names({ schema: 'nowhere 😀' })).toEqual([])
      expect(await names({ name: 'SALE' })).toEqual(['big_sale', 'sale'])
      expect(await names({ name: 'sale*' })).toEqual(['sale'])
      expect(await names({ name: '*_*', kinds: ['table', 'view'] })).toEqual(['big_sale'])
      expect(await names({ name: '_' })).toEqual(['big_sale'])
      expect(await names({ name: '%' })).toEqual([])
      expect(await names({ name: '😀' })).toEqual([])
      expect((await tablesOf(session).list({ name: 'nothing' })).total).toBe(0)
    })

    test('are found by schema and name, together or apart, and not where that schema has none', async () => {
      const { describe: described, failure } = tablesOf(session)
      for (const table of [{ name: `${schema}.sale` }, { name: 'sale', schema }, { name: `${schema}.sale`, schema }])
        expect(await described(table)).toMatchObject({ schema, name: 'sale' })
      expect(await failure({ name: 'sale', schema: 'nowhere' })).toMatchObject({ code: 'NOT_FOUND' })
      expect(await failure({ name: 'nowhere.sale' })).toMatchObject({ code: 'NOT_FOUND' })
    })

    test('are suggested for a name that is similar', async () => {
      const error = await tablesOf(session).failure({ name: 'regions' })
      expect(error).toMatchObject({ code: 'NOT_FOUND', details: { upstream: { similar: ['region'] } } })
      expect(error.message).not.toContain('region')
      const none = await tablesOf(session).failure({ name: 'quite another thing' })
      expect(none).toMatchObject({ code: 'NOT_FOUND', details: undefined })
      for (const name of ['x'.repeat(100_000), "'; drop table sale; --", '%', '*', ':name', '$1', '?'])
        expect(await tablesOf(session).failure({ name })).toMatchObject({ code: 'NOT_FOUND' })
      expect(await tablesOf(session).names()).toHaveLength(3)
    })

    test('are the same through an account that is linked read-only', async () => {
      const reader = openSession(port, 'reader', { ...configuration, read_only: true })
      expect(await tablesOf(reader).list()).toEqual(await tablesOf(session).list())
      const table = { name: 'sale' }
      expect(await tablesOf(reader).describe(table)).toEqual(await tablesOf(session).describe(table))
    })

    test('are the same in a call that may only read', async () => {
      const { database } = session
      const only = options({ readOnly: true })
      expect(await database.listTables({ page: 1, perPage: 200 }, only)).toEqual(await tablesOf(session).list())
      const table = { name: 'sale' }
      expect(await database.describeTable(table, only)).toEqual(await tablesOf(session).describe(table))
    })

    test('are not waited for longer than the caller does', async () => {
      const { database } = session
      const gone = options({ signal: AbortSignal.abort() })
      expect(await failureOf(database.listTables({ page: 1, perPage: 1 }, gone))).toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
      })
      expect(await failureOf(database.describeTable({ name: 'sale' }, gone))).toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
      })
    })
  })

  test('an empty database has no tables, and says so', async () => {
    const { session } = await emptySession()
    expect(await tablesOf(session).list()).toEqual({ tables: [], total: 0, more: false })
    expect(await tablesOf(session).list({ page: 7 })).toEqual({ tables: [], total: null, more: false })
    expect(await tablesOf(session).failure({ name: 'a' })).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('names of any characters are listed, found and described as they are', async () => {
    const { session } = await emptySession()
    const { names, describe: described } = tablesOf(session)
    const all = [...under.names]
    for (const name of all) {
      await session.query(`create table ${quoted(name)} (${quoted(`c ${name}`.slice(0, 20).trim())} int, n int)`)
      await session.query(`create index ${quoted(`i ${name}`.slice(0, 20).trim())} on ${quoted(name)} (n)`)
    }
    expect(new Set(await names())).toEqual(new Set(all))
    for (const name of all) {
      expect(await described({ name })).toMatchObject({
        name,
        columns: [{ name: `c ${name}`.slice(0, 20).trim() }, { name: 'n' }],
        indexes: [{ name: `i ${name}`.slice(0, 20).trim(), columns: ['n'] }],
      })
      expect(await names({ name: name.replaceAll('*', '') })).toContain(name)
    }
  })

  test('every table is on one page, whatever the size of the pages and the filter', async () => {
    const { session } = await emptySession()
    const made = Array.from({ length: 23 }, (_, n) => `${n % 2 ? 'Odd' : 'even'}_${n}`)
    for (const name of made) await session.query(`create table ${quoted(name)} (n int)`)
    const filters = ['odd', 'EVEN', '*_1*', '*', '1', 'even_2*', 'none'] as const
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(undefined, ...filters),
        fc.integer({ min: 1, max: 30 }),
        async (name, perPage) => {
          const wanted = made.filter((table) => name === undefined || fits(table, name)).sort(bytewise)
          const found: ListedTable[] = []
          for (let page = 1; ; page += 1) {
            const { tables, total, more } = await tablesOf(session).list({ name, perPage, page })
            expect(tables.length).toBeLessThanOrEqual(perPage)
            if (tables.length > 0 || page === 1) expect(total).toBe(wanted.length)
            found.push(...tables)
            expect(more).toBe(found.length < wanted.length)
            if (!more) break
          }
          expect(found.map((table) => table.name)).toEqual(wanted)
        },
      ),
      { numRuns: 15 },
    )
  })
}

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What a filter by name means, said in another way. */
function fits(table: string, name: string): boolean {
  const literal = name.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(name.includes('*') ? `^${literal.join('.*')}$` : literal.join(''), 'i').test(table)
}
