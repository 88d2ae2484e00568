import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../../../src/kit/index.js'
import { describePostgres } from '../../databases/index.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'

afterAll(closePorts)

/** Literals of each type that is built in, by its name. The last test of the sweep finds a type without any. */
const SAMPLES: Record<string, string[]> = {
  aclitem: ["'=r/postgres'"],
  bit: ["B'1'"],
  bool: ['true', 'false'],
  box: ["'(1,1),(0,0)'"],
  bpchar: ["'ab  '", "''"],
  bytea: [String.raw`'\x00ff10'`, "''", String.raw`'\x5c27'`],
  char: ["'a'", "''"],
  cid: ["'4294967295'"],
  cidr: ["'192.168.0.0/24'", "'::/0'"],
  circle: ["'<(1,2),3>'"],
  date: ["'2024-02-29'", "'infinity'", "'-infinity'", "'0044-03-15 BC'", "'99999-01-01'", "'4713-01-01 BC'"],
  float4: ["'0.1'", "'NaN'", "'Infinity'", "'-0'", "'3.4028235e38'", "'1e-45'", "'16777217'"],
  float8: [
    ...["'0.1'", "'NaN'", "'-Infinity'", "'-0'", "'1.7976931348623157e308'", "'5e-324'", "'0.30000000000000004'"],
    ...["'9007199254740993'", "'1e20'"],
  ],
  gtsvector: [],
  inet: ["'192.168.0.1/24'", "'::1'"],
  int2: ['(-32768)', '7'],
  int2vector: ["'1 2 3'", "''"],
  int4: ['(-2147483648)'],
  int8: ['9007199254740991', '9007199254740993', '(-9223372036854775808)'],
  interval: [
    "'1 year 2 mons -3 days 04:05:06.789'",
    "'-00:00:00.000001'",
    "'178000000 years'",
    "'0'",
    "'-1 mon +1 day'",
  ],
  json: [
    `'{"a": [1, 12345678901234567890, 0.1234567890123456789, 1e400, -0], "b": {"c": null}}'`,
    `'{"a": 1, "a": 2}'`,
    `'"x"'`,
    "'null'",
    `'"\\ud83d\\ude00 \\u0061"'`,
    `' [1.10 , 1e3]'`,
  ],
  jsonb: [`'{"a": [1, 12345678901234567890, 1.10, 1e400], "b": true}'`, "'-0'", "'1e-7'"],
  jsonpath: ["'$.a[*]'"],
  line: ["'{1,2,3}'"],
  lseg: ["'[(1,1),(0,0)]'"],
  macaddr: ["'08:00:2b:01:02:03'"],
  macaddr8: ["'08:00:2b:01:02:03:04:05'"],
  money: ["'1234567.89'", "'-92233720368547758.08'"],
  name: ["'ab'"],
  numeric: [
    ...[
      "'1.10'",
      "'NaN'",
      "'Infinity'",
      "'-Infinity'",
      "'12345678901234567890.123456789'",
      "'0.0000000001'",
      "'1e300'",
    ],
    ...["'-0'", "'0.000'"],
  ],
  oid: ["'4294967295'"],
  oidvector: ["'1 4294967295'"],
  path: ["'[(1,1),(0,0)]'", "'((1,1),(0,0))'"],
  pg_brin_bloom_summary: [],
  pg_brin_minmax_multi_summary: [],
  pg_dependencies: [],
  pg_lsn: ["'16/B374D848'"],
  pg_mcv_list: [],
  pg_ndistinct: [],
  pg_node_tree: [],
  pg_snapshot: ["'10:20:10,14,15'"],
  point: ["'(1.5,-2)'"],
  polygon: ["'((0,0),(1,1),(2,0))'"],
  refcursor: ["'x'"],
  regclass: ["'pg_class'"],
  regcollation: [`'"C"'`],
  regconfig: ["'english'"],
  regdictionary: ["'simple'"],
  regnamespace: ["'pg_catalog'"],
  regoper: ["'||/'"],
  regoperator: ["'+(int4,int4)'"],
  regproc: ["'now'"],
  regprocedure: ["'abs(int4)'"],
  regrole: ["'postgres'"],
  regtype: ["'int4'"],
  text: ["'a''b'", "''", "'日本 😀'", "'null'", "'NULL'", "E'\\t\\n'", "U&'\\FFFD'"],
  tid: ["'(1,2)'"],
  time: ["'10:11:12.5'", "'24:00:00'"],
  timestamp: ["'2024-02-29 10:11:12.123456'", "'infinity'", "'0044-03-15 10:00:00 BC'", "'11111-01-01'"],
  timestamptz: ["'2024-02-29 10:11:12+00'", "'1700-01-01 00:00:00+00'", "'-infinity'", "'0044-03-15 10:00:00+00 BC'"],
  timetz: ["'10:11:12+02'", "'10:11:12.5-03:30:15'"],
  tsquery: ["'a & (b | !c)'"],
  tsvector: [`'a:1 b:2A'`],
  txid_snapshot: ["'10:20:10,14,15'"],
  uuid: ["'8b0f5e0e-6b7c-4c5e-9e0a-0a0a0a0a0a0a'"],
  varbit: ["B'10111'", "B''"],
  varchar: ["'ab'"],
  xid: ["'4294967295'"],
  xid8: ["'18446744073709551615'"],
  xml: ["'<a/>'", "'a<b>c</b>'"],
}

/** Whether a value of ours is the one that the server prints as `text`. */
function same(ours: Json, text: string, type: string): boolean {
  if (type === 'bool') return ours === (text === 'true')
  if (type === 'bytea') return Buffer.from(ours as string, 'base64').toString('hex') === text.slice(2)
  if (type === 'json' || type === 'jsonb') return sameJson(ours, text)
  if (typeof ours === 'number') return Number(text) === ours && !Object.is(ours, -0) && !text.startsWith('-0')
  return typeof ours === 'string'
}

/** Strings are compared as they are; numbers may have become text of the same digits. */
function sameJson(ours: Json, text: string): boolean {
  const digits = (value: string) => value.replaceAll(/"(-?[\d.eE+-]+)"/g, '$1')
  const plain = (value: string) => digits(value).replaceAll(/\s/g, '')
  if (typeof ours === 'string' && ours === text) return true
  const read = plain(text).replaceAll(/1\.10/g, '1.1').replaceAll('1e3', '1000').replaceAll('0.0000001', '1e-7')
  return plain(JSON.stringify(ours)) === read || JSON.stringify(ours) === JSON.stringify(JSON.parse(text))
}

describePostgres('PostgreSQL: values of every type', (server) => {
  let session: Session
  let types: { name: string; array: string | null; kind: string }[]
  beforeAll(async () => {
    session = openSession(newPort(), 'values', { url: await server.createDatabase() })
    const sql = `select t.typname::text as name, a.typname::text as array, t.typtype::text as kind from pg_type t
      left join pg_type a on a.oid = t.typarray where t.typnamespace = 'pg_catalog'::regnamespace and t.typcategory <> 'A'
      and t.typtype <> 'c' or t.typname in ('int2vector', 'oidvector') order by 1`
    types = (await session.rows(sql)) as unknown as typeof types
    expect(types.length).toBeGreaterThan(80)
  })

  test('every built-in type has a sample here, or cannot have a value', () => {
    const bases = types.filter(({ kind }) => kind === 'b').map(({ name }) => name)
    expect(bases.filter((name) => !Object.hasOwn(SAMPLES, name))).toEqual([])
  })

  describe.each(Object.entries(SAMPLES).filter(([, samples]) => samples.length > 0))('%s', (type, samples) => {
    const quoted = `pg_catalog."${type}"`
    test.each(samples)('%s', async (sample) => {
      for (const variables of [{}, { one: 1 }]) {
        const where = 'one' in variables ? ' where 1 = :one' : ''
        const [row] = await session.rows(
          `select v, v::text as t from (select ${sample}::${quoted}) as x(v)${where}`,
          variables,
        )
        const ours = row?.v as Json
        const text = row?.t as string
        expect([ours, same(ours, text, type)]).toEqual([ours, true])
        if (typeof ours !== 'string' || type === 'bytea' || type.startsWith('json')) continue
        // Given to the server again, it is the same value.
        const [again] = await session.rows(`select :v::${quoted}::text as t`, { v: ours })
        expect(again?.t).toBe(text)
      }
    })

    test('is returned in an array, next to NULL, two by two, and with a lower bound of its own', async () => {
      const array = types.find(({ name }) => name === type)?.array
      if (!array) return
      const [sample] = samples as [string]
      const one = `${sample}::${quoted}`
      const [row] = await session.rows(
        `select ${one} as v, array[${one}, null] as list, array[[${one}, ${one}], [${one}, null]] as square,
           array_fill(${one}, array[2], array[5]) as shifted, array_fill(${one}, array[2], array[5])::text as text,
           array[]::${quoted}[] as none`,
      )
      const v = row?.v as Json
      expect(row).toMatchObject({
        list: [v, null],
        square: [
          [v, v],
          [v, null],
        ],
        none: [],
      })
      expect(row?.shifted).toBe(row?.text)
      expect(row?.shifted).toMatch(/^\[5:6\]=\{/)
    })
  })

  test('ranges, multiranges, composites, domains, enums and pseudo types are returned as the server prints them', async () => {
    await session.query("create type mood as enum ('sad', 'it''s \"ok\", {x}')")
    await session.query('create type pair as (a int8, b text, c float8)')
    await session.query('create domain wide as int8')
    const expressions = [
      'int8range(1, 9007199254740993)',
      "'{[1,2),[5,9007199254740993)}'::int8multirange",
      "tstzrange('2024-01-01+00', 'infinity')",
      `row(9007199254740993, 'a"b,(c)', '-0')::pair`,
      `array[row(9007199254740993, null, 'NaN')::pair]`,
      'row(1, null, row(2))',
      '9007199254740993::wide',
      'array[9007199254740993::wide]',
      `'it''s "ok", {x}'::mood`,
      `array['sad', 'it''s "ok", {x}']::mood[]`,
      `array['sad'::mood, null]`,
      'array[int4range(1, 2)]',
      `array['(1,1),(0,0)'::box, '(3,3),(2,2)'::box]`,
      "'x'::cstring",
    ]
    for (const expression of expressions) {
      const [row] = await session.rows(`select v, v::text as t from (select ${expression}) as x(v)`)
      const flat = Array.isArray(row?.v)
        ? (await session.rows(`select e::text as e from unnest(${expression}) as e`)).map(({ e }) => e)
        : row?.t
      expect([expression, row?.v]).toEqual([expression, flat])
    }
    // What composite values of a whole table are, whose type is learnt.
    await session.query('create table made (a int8, b text)')
    await session.query('insert into made values (9007199254740993, null)')
    expect(await session.rows('select made, array_agg(made) as all from made group by 1')).toEqual([
      { made: '(9007199254740993,)', all: ['(9007199254740993,)'] },
    ])
    const stats = await session.rows(
      'select most_common_vals as v, most_common_vals::text as t from pg_stats where most_common_vals is not null limit 5',
    )
    for (const { v, t } of stats) expect(v).toBe(t)
    const node = await session.rows(
      'select conbin as v, conbin::text as t from pg_constraint where conbin is not null limit 3',
    )
    for (const { v, t } of node) expect(v).toBe(t)
  })

  test('json of a thousand levels is returned as text, and the process survives', async () => {
    const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`
    expect(await session.rows('select :deep::json as a, :deep::jsonb as b', { deep })).toEqual([{ a: deep, b: deep }])
  })

  test('bytes that are not text are an error of the server', async () => {
    const name = `ascii_${process.pid}_${Date.now()}`
    await server.run(
      server.url,
      `create database ${name} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`,
    )
    const ascii = openSession(newPort(), 'ascii', {
      url: Object.assign(new URL(server.url), { pathname: `/${name}` }).href,
    })
    expect(await ascii.rows("select 'plain' as a")).toEqual([{ a: 'plain' }])
    expect(await ascii.failure(String.raw`select convert_from('\xe9', 'SQL_ASCII') as caption`)).toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { code: '22021' } },
    })
    expect(
      await ascii.rows(
        String.raw`select encode(convert_to(convert_from('\xe9', 'SQL_ASCII'), 'SQL_ASCII'), 'hex') as h`,
      ),
    ).toEqual([{ h: 'e9' }])
  })

  test('an answer in another encoding is refused', async () => {
    expect(await session.failure("select set_config('client_encoding', 'LATIN1', false), 'é' as e")).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining('client_encoding'),
    })
    expect(await session.rows("select 'é' as e")).toEqual([{ e: 'é' }])
  })

  test('a name that the server would truncate is an error before anything is changed', async () => {
    const long = 'n'.repeat(64)
    expect(await session.failure(`select 1 as ${long}`)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(await session.rows(`select 1 as ${long.slice(1)}`)).toEqual([{ [long.slice(1)]: 1 }])
  })

  test.each([
    ['1665 columns', `select ${Array.from({ length: 1665 }, (_, n) => n).join(', ')}`],
    ['a value of 2 GB', "select repeat(repeat('x', 1000000), 2000)"],
    ['a deep expression', `select 1${' + 1'.repeat(30_000)}`],
  ])('exceeding a limit of the server is reported as a limit: %s', async (_, sql) => {
    const error = await session.failure(sql)
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', message: expect.stringContaining('limit') })
  })
})

describePostgres("PostgreSQL: a role's settings", (server) => {
  const values = `select '2024-02-03'::date as a, '2024-02-03 04:05:06+00'::timestamptz at time zone 'UTC' as b,
    '1 year 2 days -03:04:05'::interval as c, 0.1::float8 + 0.2 as d, '\\x00ff'::bytea as e, 'it\\' as f,
    '{"a": 0.1}'::jsonb as g, to_json(0.1::float8 + 0.2) as h, array['2024-02-03'::date] as i, 'é' as k`
  const right = {
    ...{ a: '2024-02-03', b: '2024-02-03T04:05:06', c: 'P1Y2DT-3H-4M-5S', d: 0.30000000000000004, e: 'AP8=' },
    ...{ f: 'it\\', g: { a: 0.1 }, h: 0.30000000000000004, i: ['2024-02-03'], k: 'é' },
  }
  const SETTINGS = [
    ...[
      "datestyle = 'SQL, DMY'",
      "datestyle = 'German'",
      "datestyle = 'Postgres, YMD'",
      "intervalstyle = 'sql_standard'",
    ],
    ...[
      "intervalstyle = 'iso_8601'",
      'extra_float_digits = -5',
      "bytea_output = 'escape'",
      "client_encoding = 'LATIN1'",
    ],
    ...['standard_conforming_strings = off', "timezone = 'Asia/Tokyo'", "xmlbinary = 'hex'", "lc_messages = 'C'"],
  ]
  let url: string
  beforeAll(async () => {
    url = await server.createDatabase()
  })

  test.each(SETTINGS)('%s does not change an answer', async (setting) => {
    const name = `set_${process.pid}_${Date.now()}_${SETTINGS.indexOf(setting)}`
    await server.run(url, `create role ${name} login; alter role ${name} set ${setting}`)
    for (const read_only of [false, true]) {
      const session = openSession(newPort(), name, {
        url: Object.assign(new URL(url), { username: name }).href,
        read_only,
      })
      expect(await session.rows(values)).toEqual([right])
      // And again, since the session was reset meanwhile.
      expect(await session.rows(values)).toEqual([right])
    }
  })

  test("DateStyle's order of day and month is kept", async () => {
    const name = `dmy_${process.pid}_${Date.now()}`
    await server.run(url, `create role ${name} login; alter role ${name} set datestyle = 'SQL, DMY'`)
    const session = openSession(newPort(), name, { url: Object.assign(new URL(url), { username: name }).href })
    expect(await session.rows("select '03/04/2024'::date as d")).toEqual([{ d: '2024-04-03' }])
  })
})
