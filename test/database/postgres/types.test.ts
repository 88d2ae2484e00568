import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chinookScript, describePostgres, testOnChinook } from '../../databases/index.js'
import { closePorts, newPort, openSession, type Session, upstreamOf } from '../harness.js'

afterAll(closePorts)

describePostgres('PostgreSQL: types', (server) => {
  let session: Session
  let url: string
  beforeAll(async () => {
    url = await server.createDatabase()
    await server.run(url, "set timezone = 'Asia/Kolkata'; create type mood as enum ('sad', 'ok')")
    await server.run(url, 'create type pair as (a int, b text); create domain small as int check (value < 10)')
    await server.run(url, `alter database ${new URL(url).pathname.slice(1)} set timezone = 'Asia/Kolkata'`)
    session = openSession(newPort(), 'types', { url })
  })

  test.each([
    ['true', true, 'bool'],
    ['7::int2', 7, 'int2'],
    ['(-2147483648)::int4', -2147483648, 'int4'],
    ['9007199254740991::int8', 9007199254740991, 'int8'],
    ['9007199254740993::int8', '9007199254740993', 'int8'],
    ['(-9223372036854775808)::int8', '-9223372036854775808', 'int8'],
    ['0.1::float4', 0.1, 'float4'],
    ['0.1::float8', 0.1, 'float8'],
    ["'NaN'::float8", 'NaN', 'float8'],
    ["'-Infinity'::float4", '-Infinity', 'float4'],
    ['1.10::numeric', '1.10', 'numeric'],
    ['12345678901234567890.123456789::numeric', '12345678901234567890.123456789', 'numeric'],
    ["'NaN'::numeric", 'NaN', 'numeric'],
    ["'a''b'::text", "a'b", 'text'],
    ["'ab'::char(4)", 'ab  ', 'bpchar'],
    ["'ab'::varchar(4)", 'ab', 'varchar'],
    [String.raw`'\x00ff10'::bytea`, 'AP8Q', 'bytea'],
    ["''::bytea", '', 'bytea'],
    ["'2024-02-29'::date", '2024-02-29', 'date'],
    ["'infinity'::date", 'infinity', 'date'],
    ["'0044-03-15 BC'::date", '0044-03-15 BC', 'date'],
    ["'10:11:12.5'::time", '10:11:12.5', 'time'],
    ["'10:11:12+02'::timetz", '10:11:12+02:00', 'timetz'],
    ["'2024-02-29 10:11:12.123456'::timestamp", '2024-02-29T10:11:12.123456', 'timestamp'],
    ["'2024-02-29 10:11:12+00'::timestamptz", '2024-02-29T15:41:12+05:30', 'timestamptz'],
    ["'infinity'::timestamptz", 'infinity', 'timestamptz'],
    ["'11111-01-01'::timestamp", '11111-01-01T00:00:00', 'timestamp'],
    [
      `'{"a": [1, 12345678901234567890, "1234567890123456789"], "b": 1.5}'::jsonb`,
      { a: [1, '12345678901234567890', '1234567890123456789'], b: 1.5 },
      'jsonb',
    ],
    [`'"x"'::json`, 'x', 'json'],
    ["'null'::json", null, 'json'],
    ["'{1,NULL,3}'::int[]", [1, null, 3], 'int4[]'],
    [
      "'{{1,2},{3,4}}'::int8[]",
      [
        [1, 2],
        [3, 4],
      ],
      'int8[]',
    ],
    // A lower bound of its own is part of the value, and a list does not hold it.
    ["'[0:1]={5,6}'::int[]", '[0:1]={5,6}', 'int4[]'],
    [`array['a,b', 'c"d', 'e\\f', '', null]::text[]`, ['a,b', 'c"d', 'e\\f', '', null], 'text[]'],
    ['array[1.10, 2]::numeric[]', ['1.10', '2'], 'numeric[]'],
    ["array['2024-01-02 03:04:05']::timestamp[]", ['2024-01-02T03:04:05'], 'timestamp[]'],
    [`array['{"a": 1}']::jsonb[]`, [{ a: 1 }], 'jsonb[]'],
    ['array[true, false]', [true, false], 'bool[]'],
    ["'{}'::text[]", [], 'text[]'],
    ["'8b0f5e0e-6b7c-4c5e-9e0a-0a0a0a0a0a0a'::uuid", '8b0f5e0e-6b7c-4c5e-9e0a-0a0a0a0a0a0a', 'uuid'],
    ["'192.168.0.1/24'::inet", '192.168.0.1/24', 'inet'],
    ["'(1,2)'::point", '(1,2)', 'point'],
    ["'{(1,1),(0,0);(3,3),(2,2)}'::box[]", ['(1,1),(0,0)', '(3,3),(2,2)'], 'box[]'],
    ["B'101'::bit(3)", '101', 'bit'],
    ['int4range(1, 5)', '[1,5)', 'int4range'],
    ["'ok'::mood", 'ok', 'mood'],
    ["array['ok', 'sad']::mood[]", ['ok', 'sad'], 'mood[]'],
    ["row(1, 'x')::pair", '(1,x)', 'pair'],
    ['7::small', 7, 'int4'],
    ['null::mood', null, 'mood'],
    ['pg_sleep(0)', '', 'void'],
    ["'<a/>'::xml", '<a/>', 'xml'],
  ])('returns %s with its type', async (expression, value, type) => {
    const result = await session.query(`select ${expression} as v`)
    expect(result).toMatchObject({ kind: 'rows', columns: [{ name: 'v', type }] })
    expect(result.kind === 'rows' && result.rows[0]?.v).toEqual(value)
  })

  test.each([
    '1 year 2 mons 3 days 04:05:06.789',
    '1 day',
    '-1 day +02:00',
    '00:00:00',
    '-00:00:01.5',
    '100:00:00',
    '1 mon -3 days',
    '0.000001 s',
    '-4 years',
    '3 days -01:02:03',
  ])("interval %s is returned in the server's ISO 8601 form", async (interval) => {
    const [row] = await session.rows('select :i::interval as i', { i: interval })
    await server.run(
      url,
      `create or replace function iso(i interval) returns text language sql set intervalstyle = 'iso_8601' as 'select i::text'`,
    )
    const [iso] = await session.rows('select iso(:i::interval) as i', { i: interval })
    expect(row).toEqual(iso)
  })

  test('returned values can be used as variables again', async () => {
    await session.query('create table trip (a timestamptz, b interval, c numeric, d int8, e jsonb, f date, g float8)')
    const values = {
      a: '2024-02-29T10:11:12.123456+05:30',
      b: 'P1Y2M3DT4H5M6.789S',
      c: '12345678901234567890.12',
      d: '9223372036854775807',
      e: { k: [1, null] },
      f: '0044-03-15 BC',
      g: 'NaN',
    }
    await session.query('insert into trip values (:a, :b, :c, :d, :e, :f, :g)', values)
    expect(await session.rows('select * from trip')).toEqual([values])
    expect(await session.rows("select encode(decode(:data, 'base64'), 'base64') as data", { data: 'AP8Q' })).toEqual([
      { data: 'AP8Q' },
    ])
  })

  test('numbers as variables are typed as literals are', async () => {
    const [row] = await session.rows(
      'select pg_typeof(:a)::text as a, pg_typeof(:b)::text as b, pg_typeof(:c)::text as c, pg_typeof(:d)::text as d',
      { a: 1, b: 2 ** 40, c: 1.5, d: true },
    )
    expect(row).toEqual({ a: 'integer', b: 'bigint', c: 'numeric', d: 'boolean' })
    expect(await session.rows("select '[5,6]'::jsonb -> :i as v, date '2024-01-01' + :i as d", { i: 1 })).toEqual([
      { v: 6, d: '2024-01-02' },
    ])
    // Numbers beyond 2^53 have been rounded on their way here, so they are refused; text is exact.
    expect(await session.failure('select :x as huge', { x: 1e300 })).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(await session.rows('select :x::numeric as huge', { x: '1e300' })).toEqual([{ huge: `1${'0'.repeat(300)}` }])
  })

  describe('a variable that is used more than once', () => {
    test('is sent as one value', async () => {
      const sql =
        "select date_trunc(:unit, t) as t, count(*) as n from (values (timestamp '2024-01-02'), ('2024-01-03')) as v(t) group by date_trunc(:unit, t)"
      expect(await session.rows(sql, { unit: 'month' })).toEqual([{ t: '2024-01-01T00:00:00', n: 2 }])
    })

    test('may be used with two types, or without one', async () => {
      await session.query('create table two (a varchar(5), b text, c date)')
      await session.query('insert into two values (:v, :v, :d)', { v: 'x', d: '2024-01-02' })
      const sql = 'select a, b, c from two where (:a is null or a = :a) and :n is null and :m is null and c = :d'
      expect(await session.rows(sql, { a: 'x', n: null, m: 'no', d: '2024-01-02' })).toEqual([])
      expect(await session.rows(sql, { a: null, n: null, m: null, d: '2024-01-02' })).toEqual([
        { a: 'x', b: 'x', c: '2024-01-02' },
      ])
    })
  })

  test('a changing statement returns its rows', async () => {
    await session.query('create table made (id int generated always as identity, name text)')
    const result = await session.query(
      "insert into made (name) select 'x' from generate_series(1, 5) returning id",
      {},
      { limit: 2 },
    )
    expect(result).toMatchObject({ kind: 'rows', rows: [{ id: 1 }, { id: 2 }], truncated: true })
    // Cut off are the answers, not the work.
    expect(await session.rows('select count(*) as n from made')).toEqual([{ n: 5 }])
    const more =
      "with x as (insert into made (name) select 'y' from generate_series(1, 5) returning id) select * from x"
    expect(await session.query(more, {}, { limit: 2 })).toMatchObject({ truncated: true })
    expect(await session.rows("select count(*) as n from made where name = 'y'")).toEqual([{ n: 5 }])
    await session.query("delete from made where name = 'y'")
    expect(await session.query('create table copied as select * from made')).toEqual({
      kind: 'affected',
      affectedRows: -1,
    })
    expect(
      await session.query('with gone as (delete from copied returning *) select count(*) as n from gone'),
    ).toMatchObject({ rows: [{ n: 5 }] })
  })

  test('strings, casts, slices and comments of PostgreSQL are left alone', async () => {
    const sql = String.raw`select E'it\':s' as e, $q$ :a ; '$q$ as q, 'x\' as plain, :n::text as n,
      (array[1,2,3])[1:2] as slice, (array[1,2,3])[:n:3] as from_n, U&'\0061' as u -- :c ;
      /* a /* nested :d ; */ still */ , '{"k": 1}'::jsonb ? 'k' as has`
    expect(await session.rows(sql, { n: 2 })).toEqual([
      { e: "it':s", q: " :a ; '", plain: 'x\\', n: '2', slice: [1, 2], from_n: [2, 3], u: 'a', has: true },
    ])
  })

  test('the position of an error refers to the query as it was written', async () => {
    const sql = "select '日本😀', :a, :long_name from item where missing_column = :a"
    await session.query('create table item (id int)')
    const { position } = upstreamOf(await session.failure(sql, { a: 1, long_name: 2 }))
    expect([...sql].slice(Number(position) - 1).join('')).toMatch(/^missing_column/)
  })

  testOnChinook('Chinook: 3,503 tracks', async () => {
    const chinook = await server.createDatabase()
    await server.run(chinook, await chinookScript('postgresql'))
    const music = openSession(newPort(), 'chinook', { url: chinook })
    expect(await music.rows('select count(*) as n from track')).toEqual([{ n: 3503 }])
    const sql =
      'select a.name, count(*) as tracks from artist a join album using (artist_id) join track using (album_id) where a.name in (:names) group by 1 order by 2 desc'
    expect(await music.rows(sql, { names: ['Iron Maiden', 'U2'] })).toEqual([
      { name: 'Iron Maiden', tracks: 213 },
      { name: 'U2', tracks: 135 },
    ])
    expect(await music.query('select * from track order by track_id', {}, { limit: 100 })).toMatchObject({
      truncated: true,
    })
  })
})
