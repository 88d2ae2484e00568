import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Json } from '../../../src/kit/index.js'
import { closePorts, newPort, openSession, upstreamOf } from '../harness.js'

const folder = mkdtempSync(join(tmpdir(), 'connectors-sqlite-text-'))
const port = newPort()
afterAll(async () => {
  await closePorts()
  rmSync(folder, { recursive: true })
})

let made = 0
const newSession = (encoding = 'UTF-8', script = '') => {
  made += 1
  const file = join(folder, `${made}.db`)
  const database = new DatabaseSync(file)
  database.exec(`pragma encoding = '${encoding}'; create table t (id integer primary key, s text, v); ${script}`)
  database.close()
  return openSession(port, `${made}`, { url: `sqlite:///${file}` })
}
const ENCODINGS = ['UTF-8', 'UTF-16le', 'UTF-16be']

describe.each(ENCODINGS)('a database in %s', (encoding) => {
  test('returns text as it is stored, whatever it contains', async () => {
    const session = newSession(encoding)
    const character = fc.oneof(
      fc.constantFrom('\0', '\u0001', '\ufffd', '\ufeff', '\u2028', '"', "'", '\\', '😀', 'é'),
      fc.string({ unit: 'grapheme', maxLength: 2 }),
    )
    const text = fc.array(character, { maxLength: 8 }).map((parts) => parts.join(''))
    let id = 0
    await fc.assert(
      fc.asyncProperty(text, async (stored) => {
        id += 1
        const points = [...stored].map((point) => point.codePointAt(0) ?? 0).join()
        // Written by SQLite itself, since a variable cannot hold a NUL.
        const written = await session.rows(`insert into t (id, s) values (:id, char(${points})) returning s, id`, {
          id,
        })
        expect(written).toEqual([{ s: stored, id }])
        expect(await session.rows('select s from t where id = :id', { id })).toEqual([{ s: stored }])
        expect(await session.rows("update t set v = s || 'x' where id = :id returning *", { id })).toEqual([
          { id, s: stored, v: `${stored}x` },
        ])
        if (stored.includes('\0')) return
        expect(await session.rows('select :stored as s', { stored })).toEqual([{ s: stored }])
      }),
      { numRuns: 60, seed: 8 },
    )
  })

  test('keeps every other value', async () => {
    const session = newSession(encoding)
    const values: [sql: string, value: Json][] = [
      ['9007199254740993', '9007199254740993'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['9007199254740991', 9007199254740991],
      ['1e400', 'Infinity'],
      ['-1e400', '-Infinity'],
      ['0.0 / 0', null],
      ['-0.0', '-0'],
      ['0.1 + 0.2', 0.30000000000000004],
      ['5e-324', 5e-324],
      ["x'00ff'", 'AP8='],
      ["x''", ''],
      ["cast('abc' as blob)", encoding === 'UTF-8' ? 'YWJj' : expect.any(String)],
      ["''", ''],
      ["'12'", '12'],
      ['null', null],
      ['json(\'{"a":1}\')', '{"a":1}'],
      ['true', 1],
    ]
    const list = values.map(([sql], index) => `${sql} as v${index}`).join()
    const expected = Object.fromEntries(values.map(([, value], index) => [`v${index}`, value]))
    expect(await session.rows(`select ${list}`)).toEqual([expected])
    await session.query('create table w (id)')
    expect(await session.rows(`insert into w values (1) returning ${list}`)).toEqual([expected])
  })
})

describe('text that is not valid in its encoding', () => {
  const bad = { 'UTF-8': '4dfc6c6c6572', 'UTF-16le': '4d0000d8', 'UTF-16be': '004dd800' }

  test.each(Object.entries(bad))(
    'is an error that names column and row, and can be read as a blob: %s',
    async (encoding, hex) => {
      const session = newSession(encoding, `insert into t values (1, 'Ann', 1), (2, cast(x'${hex}' as text), 2)`)
      for (const [sql, column, row] of [
        ['select id, s as name from t order by id', 'name', 2],
        ["select s || '' from t where id = 2", "s || ''", 1],
        ['with x as (select * from t) select s from x where id > 1', 's', 1],
        ['update t set v = 3 returning id, s as "returned text"', 'returned text', 2],
        ['update t set v = 3 returning *', 's', 2],
        ['delete from t where id = 2 returning (select s), id', '(select s)', 1],
      ] as const) {
        const error = await session.failure(sql)
        expect(error, sql).toMatchObject({
          code: 'INVALID_PARAMETERS',
          message: expect.stringContaining('hex(column)'),
        })
        expect(upstreamOf(error)).toMatchObject({ engine: 'sqlite', column, row })
      }
      expect(await session.rows('select v from t order by id')).toEqual([{ v: 1 }, { v: 2 }])
      expect(await session.rows('select s from t where id <> 2')).toEqual([{ s: 'Ann' }])
      const base64 = Buffer.from(hex, 'hex').toString('base64')
      expect(await session.rows('select cast(s as blob) as b from t where id = 2')).toEqual([{ b: base64 }])
      // A row that the limit cuts off is not looked at.
      expect(await session.query('select s from t order by id', {}, { limit: 1 })).toMatchObject({ truncated: true })
    },
  )

  test('is not a blob in a text column, which is returned as a blob', async () => {
    const session = newSession('UTF-8', "insert into t (s) values (x'4dfc')")
    expect(await session.rows('select s, typeof(s) as kind from t')).toEqual([{ s: 'Tfw=', kind: 'blob' }])
  })

  test('is an error in a schema, too', async () => {
    const session = newSession('UTF-8', 'create table u (x); pragma user_version = 1')
    await session.query("alter table u add column y default '\ufffd'")
    expect(upstreamOf(await session.failure('pragma table_info(u)'))).toMatchObject({ column: 'dflt_value', row: 2 })
    expect(await session.rows("select dflt_value as d from pragma_table_info('u') where name = 'y'")).toEqual([
      { d: "'\ufffd'" },
    ])
  })
})

describe('running a statement in our own form', () => {
  const numbers = 'with recursive c (i) as (select 1 union all select i + 1 from c where i < 200) select i from c'
  const session = newSession('UTF-8', `insert into t select i, 'x' || (i * 7 % 200), i % 3 from (${numbers})`)
  const driver = new DatabaseSync(join(folder, `${made}.db`))

  test.each([
    'select * from t order by v, s desc, id',
    'select id from t order by v desc, id limit 5 offset 3',
    'select s, count(*) from t group by v order by 2, 1',
    'select distinct v from t order by v',
    'select id, id, id as x from t where id < 4',
    'select t.*, u.id from t join t as u on u.id = t.id + 1 order by u.id desc limit 7',
    'select id, row_number() over (order by s) as n, lag(s) over (order by id) from t order by n',
    'select id from t union select -id from t order by 1',
    'select id from t union all select id from t order by 1 desc limit 3',
    'select id from t intersect select v from t',
    'select * from (select id from t order by s) limit 4',
    'with x (a, b) as (select id, s from t) select b, a from x order by b collate nocase, a',
    'values (3), (1), (2)',
    'select (select max(s) from t as u where u.v = t.v) as m, id from t order by id',
    'select max(id), s from t',
    'select id from t where s in (select s from t where v = 1) -- a comment',
    'select id from t /* a comment without an end',
    'select id from t;;  -- done',
    'select json_group_array(id) from (select id from t order by id desc)',
    "select * from json_each('[3,1,2]')",
    'select exists (select 1), null is null, 1 in (1, 2), case when 1 then 2 end',
    'select total(v), avg(v), group_concat(id) from t',
  ])('gives the same answer for %s', async (sql) => {
    const result = await session.query(sql)
    if (result.kind !== 'rows') throw new Error('no rows')
    const statement = driver.prepare(sql)
    expect(result.columns.map(({ type }) => type)).toEqual(statement.columns().map(({ type }) => type))
    statement.setReturnArrays(true)
    expect(result.rows.map((row) => Object.values(row))).toEqual(statement.all())
  })

  test('computes each value once', async () => {
    const [row] = await session.rows('select random() as r, hex(randomblob(8)) as h from t limit 1')
    expect(row).toMatchObject({ r: expect.anything(), h: expect.stringMatching(/^[0-9A-F]{16}$/) })
    const sql = 'select a, b, a = b as same from (select r as a, r as b from (select random() as r limit 1))'
    expect(await session.rows(sql)).toMatchObject([{ same: 1 }])
    for (let turn = 0; turn < 50; turn += 1)
      expect(await session.rows("select case abs(random()) % 2 when 0 then 'text' else 1 end as v")).toEqual([
        { v: expect.toSatisfy((value) => value === 'text' || value === 1) },
      ])
  })

  test('reports errors as SQLite does', async () => {
    for (const sql of ['select nothing from t', 'select * from t where', 'select (1', 'selec', 'values (1), (2, 3)']) {
      let message = ''
      try {
        driver.prepare(sql)
      } catch (error) {
        message = (error as Error).message
      }
      expect(upstreamOf(await session.failure(sql)).message).toBe(message)
    }
  })

  test('allows as many columns as SQLite does', async () => {
    const sql = `select ${Array.from({ length: 2000 }, (_, index) => `${index} as c${index}`).join()}`
    expect(Object.keys((await session.rows(sql))[0] ?? {})).toHaveLength(2000)
  })
})

describe('variables of SQLite', () => {
  test('are bound as integers or reals, as the number is', async () => {
    const session = newSession()
    for (const x of [0, 1, -1, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(await session.rows('select :x as x, typeof(:x) as kind', { x })).toEqual([{ x, kind: 'integer' }])
    for (const x of [0.5, -1e-17, 1.0000000000000002, 0.9999999999999999, 2.2204460492503131e-16])
      expect(await session.rows('select :x as x, typeof(:x) as kind', { x })).toEqual([{ x, kind: 'real' }])
    await session.query("insert into t (id, s) values (:id, 'mine')", { id: '9007199254740993' })
    expect(await session.rows('select id from t where id = cast(:id as integer)', { id: '9007199254740993' })).toEqual([
      { id: '9007199254740993' },
    ])
  })

  test("are allowed up to SQLite's limit, and one more is an error that names the limit", async () => {
    const session = newSession()
    const ids = Array.from({ length: 32_766 }, (_, index) => index)
    expect(await session.rows('select count(*) as n from t where id in (:ids)', { ids })).toEqual([{ n: 0 }])
    const error = await session.failure('select count(*) as n from t where id in (:ids)', { ids: [...ids, -1] })
    expect(error.code).toBe('INVALID_PARAMETERS')
    expect(error.message).toContain('32767 values, and the database takes at most 32766')
  })
})
