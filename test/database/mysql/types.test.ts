import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chinookScript, describeMariadb, testOnChinook } from '../../databases/index.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'

afterAll(closePorts)

describeMariadb('MariaDB: types', (server) => {
  let session: Session
  beforeAll(async () => {
    session = openSession(newPort(), 'types', { url: await server.createDatabase() })
  })

  test.each([
    ['tinyint', '-128', -128, 'tinyint'],
    ['tinyint unsigned', '255', 255, 'tinyint unsigned'],
    ['boolean', 'true', 1, 'tinyint'],
    ['smallint', '-32768', -32768, 'smallint'],
    ['mediumint', '8388607', 8388607, 'mediumint'],
    ['int unsigned', '4294967295', 4294967295, 'int unsigned'],
    ['bigint', '9007199254740991', 9007199254740991, 'bigint'],
    ['bigint', '-9223372036854775808', '-9223372036854775808', 'bigint'],
    ['bigint unsigned', '18446744073709551615', '18446744073709551615', 'bigint unsigned'],
    ['decimal(30, 5)', '1234567890123456789012345.10000', '1234567890123456789012345.10000', 'decimal'],
    ['float', '0.1', 0.1, 'float'],
    ['double', '0.1', 0.1, 'double'],
    ['double', '1.7976931348623157e308', 1.7976931348623157e308, 'double'],
    ['varchar(20)', "'a''b 日本😀'", "a'b 日本😀", 'varchar'],
    ['char(4)', "'ab'", 'ab', 'char'],
    ['text', "'x'", 'x', 'text'],
    // MariaDB does not tell the sizes of text apart.
    ['longtext', "'x'", 'x', 'text'],
    ['varbinary(9)', "x'00ff10'", 'AP8Q', 'varbinary'],
    ['binary(3)', "x'00ff10'", 'AP8Q', 'binary'],
    ['blob', "x'00ff10'", 'AP8Q', 'blob'],
    ['blob', "x''", '', 'blob'],
    ['date', "'2024-02-29'", '2024-02-29', 'date'],
    ['datetime', "'2024-02-29 10:11:12'", '2024-02-29T10:11:12', 'datetime'],
    ['datetime(6)', "'2024-02-29 10:11:12.120000'", '2024-02-29T10:11:12.120000', 'datetime'],
    ['datetime(3)', "'2024-02-29 00:00:00'", '2024-02-29T00:00:00.000', 'datetime'],
    ['timestamp(6)', "'2024-02-29 10:11:12.000001'", '2024-02-29T10:11:12.000001', 'timestamp'],
    ['time', "'-838:59:59'", '-838:59:59', 'time'],
    ['time(3)', "'10:11:12.5'", '10:11:12.500', 'time'],
    ['year', '2024', 2024, 'year'],
    ["enum('a', 'b')", "'b'", 'b', 'enum'],
    ["set('a', 'b')", "'a,b'", 'a,b', 'set'],
    ['bit(1)', "b'1'", 1, 'bit'],
    ['bit(64)', "b'1111111111111111111111111111111111111111111111111111111111111111'", '18446744073709551615', 'bit'],
    [
      'json',
      `'{"a": [1, 12345678901234567890], "b": "1234567890123456789"}'`,
      { a: [1, '12345678901234567890'], b: '1234567890123456789' },
      'json',
    ],
    ['uuid', "'8b0f5e0e-6b7c-4c5e-9e0a-0a0a0a0a0a0a'", '8b0f5e0e-6b7c-4c5e-9e0a-0a0a0a0a0a0a', 'uuid'],
    ['inet6', "'::1'", '::1', 'inet6'],
    ['point', 'point(1, 2)', { x: 1, y: 2 }, 'point'],
    ['int', 'null', null, 'int'],
  ])('returns %s of %s, by both protocols', async (type, literal, value, name) => {
    await session.query('drop table if exists typed')
    await session.query(`create table typed (v ${type})`)
    await session.query(`insert into typed values (${literal})`)
    for (const variables of [{}, { one: 1 }]) {
      const result = await session.query(`select v from typed${'one' in variables ? ' where 1 = :one' : ''}`, variables)
      expect(result).toMatchObject({ columns: [{ name: 'v', type: name }] })
      expect(result.kind === 'rows' && result.rows[0]?.v).toEqual(value)
    }
  })

  test('returned values can be used as variables again', async () => {
    await session.query(
      'create table trip (a datetime(6), b decimal(30, 5), c bigint unsigned, d json, e date, f double)',
    )
    const values = {
      a: '2024-02-29T10:11:12.120000',
      b: '1234567890123456789012345.10000',
      c: '18446744073709551615',
      d: { k: [1, null] },
      e: '2024-02-29',
      f: 0.1,
    }
    await session.query('insert into trip values (:a, :b, :c, :d, :e, :f)', values)
    expect(await session.rows('select * from trip')).toEqual([values])
    expect(await session.rows('select to_base64(from_base64(:data)) as data', { data: 'AP8Q' })).toEqual([
      { data: 'AP8Q' },
    ])
  })

  test('a changing statement with rows completes all its work', async () => {
    await session.query('create table made (id int primary key)')
    const result = await session.query('insert into made select seq from seq_1_to_20000 returning id', {}, { limit: 2 })
    expect(result).toMatchObject({ kind: 'rows', rows: [{ id: 1 }, { id: 2 }], truncated: true })
    expect(await session.rows('select count(*) as n from made')).toEqual([{ n: 20000 }])
  })

  test('a procedure with several results returns the first one', async () => {
    await session.query('create procedure twice() begin select 1 as a; select 2 as b; end')
    expect(await session.query('call twice()')).toMatchObject({ kind: 'rows', rows: [{ a: 1 }] })
    expect(await session.query('begin not atomic declare x int default 1; set x = 2; end')).toEqual({
      kind: 'affected',
      affectedRows: -1,
    })
  })

  test('strings, comments and variables of MySQL are left alone', async () => {
    const sql = String.raw`select 'it\':s :a' as s, "x\":b" as d, @v := :n as n, 1--1 as two # :c ;
      -- :d ;
      /* :e ; */ , :n as again`
    expect(await session.rows(sql, { n: 7 })).toEqual([{ s: "it':s :a", d: 'x":b', n: 7, two: 2, again: 7 }])
  })

  describe('the server cannot read files of this machine', () => {
    test('by LOAD DATA LOCAL', async () => {
      await session.query('create table hosts (line text)')
      const error = await session.failure("load data local infile '/etc/hosts' into table hosts")
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(await session.rows('select count(*) as n from hosts')).toEqual([{ n: 0 }])
    })
  })

  testOnChinook('Chinook: 3,503 tracks', async () => {
    const url = await server.createDatabase()
    await server.run(url, await chinookScript('mysql'))
    const music = openSession(newPort(), 'chinook', { url })
    expect(await music.rows('select count(*) as n from Track')).toEqual([{ n: 3503 }])
    const sql =
      'select a.Name, count(*) as tracks from Artist a join Album using (ArtistId) join Track using (AlbumId) where a.Name in (:names) group by 1 order by 2 desc'
    expect(await music.rows(sql, { names: ['Iron Maiden', 'U2'] })).toEqual([
      { Name: 'Iron Maiden', tracks: 213 },
      { Name: 'U2', tracks: 135 },
    ])
  })
})
