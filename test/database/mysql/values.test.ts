import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readGeometry } from '../../../src/database/mysql/geometry.js'
import { toJson } from '../../../src/database/mysql/values.js'
import { describeMariadb } from '../../databases/index.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'

afterAll(closePorts)

/** What each column type holds, as SQL and as it must come out. */
const VALUES: [type: string, literal: string, value: unknown][] = [
  ...(['bit(1)', 'bit(7)', 'bit(8)', 'bit(33)', 'bit(64)'] as const).map((type): [string, string, unknown] => [
    type,
    '1',
    1,
  ]),
  ['bit(54)', `b'${'1'.repeat(54)}'`, '18014398509481983'],
  ['year', "'0000'", 0],
  ['year', "'2155'", 2155],
  ['float', '16777216', 16777216],
  ['float', '16777215', 16777215],
  ['float', '0.1', 0.1],
  ['float', '3.40282347e38', 3.4028235e38],
  ['float', '1.17549435e-38', 1.1754944e-38],
  ['float', '-1234567.9', -1234567.9],
  ['float unsigned', '8388609', 8388609],
  ['double', '0.30000000000000004', 0.30000000000000004],
  ['double', '1.7976931348623157e308', 1.7976931348623157e308],
  ['double', '2.2250738585072014e-308', 2.2250738585072014e-308],
  ['double', '123456789012345680000', 123456789012345680000],
  ['double(10,2)', '1.5', 1.5],
  ['decimal(65,30)', `'${'9'.repeat(35)}.${'1'.repeat(30)}'`, `${'9'.repeat(35)}.${'1'.repeat(30)}`],
  ['decimal(10,2) zerofill', '1.5', '00000001.50'],
  ['decimal(5,0)', '0', '0'],
  ['int(9) zerofill', '42', 42],
  ['bigint', '-9007199254740993', '-9007199254740993'],
  ['bigint unsigned', '9007199254740992', '9007199254740992'],
  ['date', "'9999-12-31'", '9999-12-31'],
  ['date', "'0000-00-00'", '0000-00-00'],
  ['date', "'2024-00-00'", '2024-00-00'],
  ...[0, 1, 2, 3, 4, 5, 6].map((digits): [string, string, unknown] => [
    `datetime(${digits})`,
    "'2024-02-29 23:59:58.120450'",
    `2024-02-29T23:59:58${digits === 0 ? '' : '.120450'.slice(0, digits + 1)}`,
  ]),
  ['datetime(6)', "'0000-00-00'", '0000-00-00T00:00:00.000000'],
  ['datetime', "'1000-01-01 00:00:00'", '1000-01-01T00:00:00'],
  ['timestamp(3) null', "'2024-02-29 10:00:00'", '2024-02-29T10:00:00.000'],
  ['time', "'838:59:59'", '838:59:59'],
  ['time', "'-00:00:01'", '-00:00:01'],
  ['time(6)', "'-838:59:59.000001'", '-838:59:59.000001'],
  ['time(2)', "'25:00:00.50'", '25:00:00.50'],
  ['char(4)', "'ab  '", 'ab'],
  ['char(4) collate utf8mb4_bin', "'Ab'", 'Ab'],
  ['varchar(9) character set latin1', "'é€'", 'é€'],
  ['varchar(9) character set ucs2', "'é日'", 'é日'],
  ['varchar(9) character set utf16', "'é😀'", 'é😀'],
  ['varchar(9) character set utf32', "'é😀'", 'é😀'],
  ['varchar(9) character set sjis', "'日本'", '日本'],
  ['varchar(9) character set big5', "'日本'", '日本'],
  ['varchar(9) character set utf8mb3', "'日本'", '日本'],
  ['text character set latin1', "'\\\\ \\' \"'", '\\ \' "'],
  ['varchar(9)', "'null'", 'null'],
  ['varchar(9)', "''", ''],
  ['varchar(9)', "'a\\0b'", 'a\0b'],
  ['varchar(9)', "_utf8mb4 x'efbfbd'", '\ufffd'],
  ['binary(3)', "x'61'", 'YQAA'],
  ['varbinary(9)', "x'00ff'", 'AP8='],
  ['mediumblob', "x'ff00'", '/wA='],
  ["enum('a', 'é', '')", "'é'", 'é'],
  ["enum('a') character set latin1", "'a'", 'a'],
  ["set('a', 'b', 'é')", "'a,é'", 'a,é'],
  ["set('a')", "''", ''],
  [
    'json',
    `'{"a": 1e400, "b": 9007199254740993, "c": -0, "d": [1.10]}'`,
    { a: '1e400', b: '9007199254740993', c: '-0', d: [1.1] },
  ],
  ['json', `'{"a": 1, "a": 2}'`, '{"a": 1, "a": 2}'],
  ['json', "'null'", null],
  ['inet4', "'10.0.0.1'", '10.0.0.1'],
  ['inet6', "'::ffff:1.2.3.4'", '::ffff:1.2.3.4'],
  ['uuid', "'00000000-0000-0000-0000-000000000000'", '00000000-0000-0000-0000-000000000000'],
  ['point', 'point(0.1, -2)', { x: 0.1, y: -2 }],
  [
    'geometry',
    "st_geomfromtext('LINESTRING(0 0,1 1)')",
    [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  ],
  ['geometry', "st_geomfromtext('MULTIPOINT(0 0,1 1)')", 'MULTIPOINT((0 0),(1 1))'],
  [
    'polygon',
    "st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))')",
    [
      [
        { x: 0, y: 0 },
        { x: 1, y: 0 },
        { x: 1, y: 1 },
        { x: 0, y: 0 },
      ],
    ],
  ],
  ['multipolygon', "st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))')", 'MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'],
  [
    'geometry',
    "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))')",
    'GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))',
  ],
  ['geometry', "st_geomfromtext('POINT(1 2)', 4326)", 'SRID=4326;POINT(1 2)'],
]

describeMariadb('MariaDB: values of every type, by both protocols', (server) => {
  let session: Session
  beforeAll(async () => {
    const url = await server.createDatabase()
    await server.run(url, "set global sql_mode = ''")
    session = openSession(newPort(), 'values', { url })
  })
  afterAll(() => server.run(server.url, 'set global sql_mode = default'))

  test.each(VALUES)('returns %s of %s', async (type, literal, value) => {
    await session.query(`create or replace table typed (v ${type})`)
    await session.query(`insert into typed values (${literal})`)
    for (const variables of [{}, { one: 1 }]) {
      const [row] = await session.rows(`select v from typed${'one' in variables ? ' where 1 = :one' : ''}`, variables)
      expect(row?.v).toEqual(value)
    }
    if (
      value === null ||
      typeof value === 'object' ||
      /^(?:bit|point|geometry|multi|varbinary|binary|mediumblob)/.test(type)
    )
      return
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return
    // Given to the server again, as it came out, it is the same value.
    await session.query(`create or replace table again (v ${type})`)
    await session.query('insert into again values (:v)', { v: value as string | number })
    expect(await session.rows('select v from again')).toEqual([{ v: value }])
  })

  test('a table with all types is returned at once', async () => {
    const columns = VALUES.map(([type], index) => `c${index} ${type}${type.startsWith('timestamp') ? '' : ' null'}`)
    await session.query(`create table everything (${columns.join(', ')})`)
    await session.query(`insert into everything values (${VALUES.map(([, literal]) => literal).join(', ')})`)
    for (const variables of [{}, { one: 1 }]) {
      const [row] = await session.rows(
        `select * from everything${'one' in variables ? ' where 1 = :one' : ''}`,
        variables,
      )
      expect(Object.values(row ?? {})).toEqual(VALUES.map(([, , value]) => value))
    }
  })

  test('expressions with a type that the server chooses are returned', async () => {
    const sql = `select 1.10 as a, 1e0 as b, true as c, null as d, b'101' as e, x'41' as f, now() > 0 as g,
      cast('12:00:00' as time(3)) as h, date '2024-01-02' as i, json_object('a', 1) as j, sum(v) as k, avg(v) as l, @x as m, 18446744073709551615 as n
      from (select 1 as v) as t`
    const [plain] = await session.rows(sql)
    const [bound] = await session.rows(`${sql} where 1 = :one`, { one: 1 })
    expect(bound).toEqual(plain)
    expect(plain).toMatchObject({
      a: '1.10',
      b: 1,
      c: 1,
      d: null,
      h: '12:00:00.000',
      i: '2024-01-02',
      n: '18446744073709551615',
    })
  })

  test('a wide number as text finds exactly its own row', async () => {
    await session.query('create table wide (id bigint primary key, u bigint unsigned, d decimal(30, 0))')
    const rows = ['9007199254740992', '9007199254740993', '9007199254740994'].map((id) => `(${id}, ${id}, ${id})`)
    await session.query(`insert into wide values ${rows.join(', ')}`)
    const id = '9007199254740993'
    for (const column of ['id', 'u', 'd']) {
      expect(await session.rows(`select id from wide where ${column} = :id`, { id })).toEqual([{ id }])
      expect(await session.rows(`select id from wide where ${column} in (:ids)`, { ids: [id] })).toEqual([{ id }])
    }
  })

  test('a query larger than the server accepts is refused before it is sent', async () => {
    const large = 'x'.repeat(17 * 1024 * 1024)
    for (const [sql, variables] of [
      ['select length(:large) as n', { large }],
      [`select length('${large}') as n`, {}],
    ] as const)
      expect(await session.failure(sql, variables)).toMatchObject({
        code: 'INVALID_PARAMETERS',
        message: expect.stringContaining('max_allowed_packet'),
      })
    const fits = 'x'.repeat(15 * 1024 * 1024)
    expect(await session.rows('select length(:fits) as n', { fits })).toEqual([{ n: fits.length }])
  })

  test.each([
    ['too many columns', `create table many (${Array.from({ length: 5000 }, (_, n) => `c${n} int`).join(', ')})`],
    ['a name that is too long', `create table named (${'n'.repeat(65)} int)`],
    ['too many tables', `select 1 from ${Array.from({ length: 62 }, (_, n) => `wide as t${n}`).join(', ')}`],
  ])('exceeding a limit of the server is reported as a limit: %s', async (_, sql) => {
    expect(await session.failure(sql)).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining('limit'),
    })
  })
})

describe('values of servers that are not installed here', () => {
  const field = { name: 'v', columnType: 253, flags: 0, characterSet: 45, decimals: 0 }

  test('vectors keep their floats', () => {
    expect(toJson([0.10000000149011612, Number.NaN], { ...field, columnType: 242 })).toEqual([0.1, 'NaN'])
    const bytes = Buffer.alloc(8)
    bytes.writeFloatLE(0.1, 0)
    bytes.writeFloatLE(-0, 4)
    expect(toJson(bytes, { ...field, characterSet: 63, extendedTypeName: 'vector' })).toEqual([0.1, '-0'])
  })

  test('text that is not UTF-8 is an error, and not replaced', () => {
    expect(toJson(Buffer.from([0x61, 0xe9]), field)).toBeUndefined()
    expect(toJson(Buffer.from('é\ufffd'), field)).toBe('é\ufffd')
    expect(toJson(Buffer.from([0x61, 0xe9]), { ...field, characterSet: 63 })).toBe('Yek=')
  })

  test('bytes that are not a geometry, or an endless one, are returned as bytes', () => {
    expect(readGeometry(Buffer.alloc(3))).toBeUndefined()
    const collection = Buffer.from([1, 7, 0, 0, 0, 1, 0, 0, 0])
    const deep = Buffer.concat([Buffer.alloc(4), ...Array.from({ length: 100_000 }, () => collection)])
    expect(readGeometry(deep)).toBeUndefined()
    const many = Buffer.concat([Buffer.alloc(4), Buffer.from([1, 4, 0, 0, 0, 255, 255, 255, 255])])
    expect(readGeometry(many)).toBeUndefined()
  })
})
