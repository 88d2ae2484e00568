import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { indexParts } from '../../../src/database/sqlite/index-parts.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'
import { tablesOf, tablesSuite } from '../tables.suite.js'

const folder = mkdtempSync(join(tmpdir(), 'connectors-sqlite-tables-'))
let files = 0
const emptyFile = (): string => {
  files += 1
  const file = join(folder, `${files}.db`)
  writeFileSync(file, '')
  return file
}

afterAll(async () => {
  await closePorts()
  rmSync(folder, { recursive: true })
})

/** Its processes read one file after the other. */
const port = newPort()

/** A file made by a script, as an account that may only read it. */
function fileOf(script: string): Session {
  const file = emptyFile()
  const database = new DatabaseSync(file)
  database.exec(script)
  database.close()
  return openSession(port, file, { url: `sqlite:///${file}`, read_only: true })
}

describe('SQLite: tables', () => {
  tablesSuite({
    engine: 'sqlite',
    configuration: async () => ({ url: `sqlite:///${emptyFile()}` }),
    schemaOf: () => 'main',
    names: [
      ...[
        'Order Details',
        'with "quotes"',
        "it's",
        'a.b',
        'main.x',
        'back`tick',
        'UPPER',
        'Ünï 日本語',
        '😀',
        '%_!',
        '[x]',
      ],
      ...['select', 'semi;colon', ':name', '$1', '?', '\\', '--', ' lead', 'two\nlines', '__proto__', '%Q'],
    ],
    analyze: 'analyze',
    types: { id: 'INT', code: 'varchar(10)', year: 'INT', amount: 'decimal(10,2)', doubled: 'INT' },
  })

  test('virtual tables are tables, and what they keep their data in is not shown', async () => {
    const session = fileOf(`create virtual table f using fts5 (words); create virtual table r using rtree (id, x, y);
      create table t (a)`)
    expect(await tablesOf(session).list()).toMatchObject({
      tables: [
        { name: 'f', kind: 'table' },
        { name: 'r', kind: 'table' },
        { name: 't', kind: 'table' },
      ],
      total: 3,
    })
    const { columns } = await tablesOf(session).describe({ name: 'f' })
    expect(columns.map(({ name }) => name)).toEqual(['words'])
  })

  test('names mean the same in upper and lower case', async () => {
    const session = fileOf('create table Track (id integer primary key); create table x (t references TRACK)')
    expect(await tablesOf(session).describe({ name: 'tRACK' })).toMatchObject({
      name: 'Track',
      referencedBy: [{ columns: ['id'], table: 'x', tableColumns: ['t'] }],
    })
    expect(await tablesOf(session).describe({ name: 'MAIN.track' })).toMatchObject({ name: 'Track' })
    const { foreignKeys } = await tablesOf(session).describe({ name: 'x' })
    expect(foreignKeys).toEqual([{ columns: ['t'], schema: 'main', table: 'Track', tableColumns: ['id'] }])
  })

  test('a column that is the number of the row is one that the database fills', async () => {
    const session = fileOf(`create table a (id integer primary key); create table b (id int primary key);
      create table c (id integer primary key) without rowid; create table d (id integer, n integer, primary key (id, n));
      create table e (id integer primary key desc); create table f (id integer, primary key (id))`)
    const identities: unknown[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      identities.push((await tablesOf(session).describe({ name })).columns[0]?.identity)
    expect(identities).toEqual(['by default', null, null, null, null, 'by default'])
  })

  test('indexes are described with their expressions and conditions', async () => {
    const session =
      fileOf(`create table t (a text, b int, unique (b, a)); create unique index u on t (a collate nocase, length(a))
      where a > 'x)' and b in (1, 2); create index p on t (b) /* where */ where b is not null`)
    const { indexes, uniqueKeys } = await tablesOf(session).describe({ name: 't' })
    expect(uniqueKeys).toEqual([['b', 'a']])
    expect(indexes).toEqual([
      { name: 'u', columns: ['a', 'length(a)'], unique: true, method: null, where: "a > 'x)' and b in (1, 2)" },
      { name: 'p', columns: ['b'], unique: false, method: null, where: 'b is not null' },
    ])
  })

  test('a view of tables that are gone is listed, and does not keep others from being described', async () => {
    const session = fileOf('create table t (a); create view v as select * from gone')
    expect(await tablesOf(session).names()).toEqual(['t', 'v'])
    expect(await tablesOf(session).describe({ name: 't' })).toMatchObject({ columns: [{ name: 'a' }] })
    expect(await tablesOf(session).failure({ name: 'v' })).toMatchObject({
      code: 'UPSTREAM_ERROR',
      details: { upstream: { engine: 'sqlite', message: expect.stringContaining('gone') } },
    })
  })

  test('foreign keys to what is not there are shown as they are', async () => {
    const session = fileOf('create table t (a references gone, b references gone (c))')
    const { foreignKeys } = await tablesOf(session).describe({ name: 't' })
    expect(foreignKeys).toEqual([
      { columns: ['a'], schema: 'main', table: 'gone', tableColumns: [] },
      { columns: ['b'], schema: 'main', table: 'gone', tableColumns: ['c'] },
    ])
  })

  test('a thousand tables come in pages, and more parts of indexes than are shown are said to be more', async () => {
    const columns = Array.from({ length: 30 }, (_, n) => `c${n}`)
    const session =
      fileOf(`begin; ${Array.from({ length: 1000 }, (_, n) => `create table t${n} (id integer primary key);`).join('')}
      create table wide (${columns.join()}, unique (${columns.join()}));
      ${Array.from({ length: 70 }, (_, n) => `create index i${n} on wide (${columns.join()});`).join('')} commit`)
    const { tables, total, more } = await tablesOf(session).list({ page: 5 })
    expect({ shown: tables.length, total, more }).toEqual({ shown: 200, total: 1001, more: true })
    const { indexes, cut } = await tablesOf(session).describe({ name: 'wide' })
    expect(cut).toEqual(['uniqueKeys', 'indexes'])
    expect(indexes.length).toBeGreaterThan(60)
    for (const index of indexes) expect(index.columns).toEqual(columns)
  })
})

describe('SQLite: the text of an index', () => {
  const name = fc.constantFrom('a', '"b c"', '[d]', '`e`', "f(x, ')')", 'lower(a) collate nocase desc', '(a + (b * 2))')

  test('is taken apart, however it is written', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.option(name), (columns, condition) => {
        const where = condition === null ? '' : ` /* , ) */ WHERE ${condition} > 1`
        const parts = indexParts(`CREATE UNIQUE INDEX "i (x" ON 't, )' ( ${columns.join(' , -- ,\n')} )${where}`)
        expect(parts).toEqual({ columns, where: condition === null ? undefined : `${condition} > 1` })
      }),
    )
  })

  test('may be anything', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(indexParts(text).columns).toBeInstanceOf(Array)
      }),
    )
    expect(indexParts(`create index i on t (${'('.repeat(4_000)}`).columns).toHaveLength(1)
  })
})
