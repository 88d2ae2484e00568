import { beforeAll, describe, expect, test } from 'vitest'
import { mysqlDefault } from '../../../src/database/mysql/schema.js'
import { describeMariadb } from '../../databases/index.js'
import { newPort, openSession } from '../harness.js'
import { tablesOf, tablesSuite } from '../tables.suite.js'

describeMariadb('MariaDB: tables', (server) => {
  const port = newPort()
  let keys = 0
  const open = (url: string, more: Record<string, unknown> = {}) => {
    keys += 1
    return openSession(port, `mariadb ${keys}`, { url, ...more })
  }
  const nameOf = (url: string) => new URL(url).pathname.slice(1)
  const databaseOf = async (script: string) => {
    const url = await server.createDatabase()
    await server.run(url, script)
    return { url, name: nameOf(url), session: open(url) }
  }

  tablesSuite({
    engine: 'mysql',
    configuration: async () => ({ url: await server.createDatabase() }),
    schemaOf: ({ url }) => nameOf(String(url)),
    // The server takes no characters beyond the basic plane.
    names: [
      ...[
        'Order Details',
        'with "quotes"',
        "it's",
        'a.b',
        'mysql.user',
        'back`tick',
        'UPPER',
        'upper',
        'Ünï 日本語',
        '%_!',
        '[x]',
      ],
      ...['select', 'semi;colon', ':name', '$1', '?', '\\', '--', 'two\nlines', '__proto__', 'é', 'e', 'x'.repeat(64)],
    ],
    analyze: 'analyze table region',
    types: { id: 'int(11)', code: 'varchar(10)', year: 'int(11)', amount: 'decimal(10,2)', doubled: 'int(11)' },
  })

  test('tables of the linked database are listed, those of others if they are named, and all without a linked one', async () => {
    const { session, name, url } = await databaseOf('create table z (n int primary key)')
    const other = await databaseOf(
      `create table a (n int, foreign key (n) references \`${name}\`.z (n)); create table only (n int)`,
    )
    const { list, names, describe: described, failure } = tablesOf(session)
    expect((await list()).tables).toMatchObject([{ schema: name, name: 'z' }])
    expect(await names({ schema: other.name })).toEqual(['a', 'only'])
    expect(await names({ schema: 'mysql', name: 'global_priv' })).toEqual(['global_priv'])
    expect(await described({ name: `${other.name}.a` })).toMatchObject({
      foreignKeys: [{ columns: ['n'], schema: name, table: 'z', tableColumns: ['n'] }],
    })
    expect((await failure({ name: 'onl', schema: other.name })).details).toEqual({
      upstream: { similar: [`${other.name}.only`] },
    })
    const whole = tablesOf(open(Object.assign(new URL(url), { pathname: '/' }).href))
    const schemas = new Set((await whole.list()).tables.map(({ schema }) => schema))
    expect(schemas).toContain(name)
    expect(schemas).toContain(other.name)
    for (const system of ['mysql', 'information_schema', 'performance_schema', 'sys'])
      expect(schemas).not.toContain(system)
    expect(await whole.describe({ name: `${name}.z` })).toMatchObject({ schema: name, primaryKey: ['n'] })
  })

  test('columns are described with what the server fills in', async () => {
    const { session } = await databaseOf(`create table t (id int unsigned auto_increment primary key comment 'a number',
      at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3), kind enum('x','y:z') default 'x',
      g varchar(20) generated always as (concat(kind, '!')) virtual, none varchar(9) default null, said varchar(9) default 'NULL',
      made date default (curdate()), bits bit(3) default b'101') comment 'About t'; create sequence s`)
    const { columns, comment } = await tablesOf(session).describe({ name: 't' })
    expect(comment).toBe('About t')
    const fields = { default: null, generated: null, expression: null, identity: null, comment: null, nullable: true }
    expect(columns).toEqual([
      { ...fields, name: 'id', type: 'int(10) unsigned', nullable: false, identity: 'by default', comment: 'a number' },
      { ...fields, name: 'at', type: 'timestamp(3)', nullable: false, default: 'current_timestamp(3)' },
      { ...fields, name: 'kind', type: "enum('x','y:z')", default: "'x'" },
      {
        ...fields,
        name: 'g',
        type: 'varchar(20)',
        generated: 'virtual',
        expression: expect.stringContaining('concat'),
      },
      { ...fields, name: 'none', type: 'varchar(9)' },
      { ...fields, name: 'said', type: 'varchar(9)', default: "'NULL'" },
      { ...fields, name: 'made', type: 'date', default: 'curdate()' },
      { ...fields, name: 'bits', type: 'bit(3)', default: "b'101'" },
    ])
    expect((await tablesOf(session).list({ name: 't' })).tables[0]).toMatchObject({
      comment: 'About t',
    })
  })

  test('indexes are described with their kinds and lengths', async () => {
    const { session } = await databaseOf(`create table t (a varchar(30), b varchar(30), p point not null,
      unique whole (a, b), unique partly (a(3)), fulltext words (b), spatial places (p), key usual (b, a(2)))`)
    const { indexes, uniqueKeys, primaryKey } = await tablesOf(session).describe({ name: 't' })
    expect({ uniqueKeys, primaryKey }).toEqual({ uniqueKeys: [['a', 'b']], primaryKey: [] })
    const index = { unique: false, method: null, where: null }
    expect(indexes).toEqual([
      { ...index, name: 'partly', columns: ['a(3)'], unique: true },
      { ...index, name: 'places', columns: ['p(32)'], method: 'spatial' },
      { ...index, name: 'usual', columns: ['b', 'a(2)'] },
      { ...index, name: 'words', columns: ['b'], method: 'fulltext' },
    ])
  })

  test('a view of tables that are gone is listed, and does not keep others from being listed', async () => {
    const { session, name } = await databaseOf(
      'create table t (n int); create view v as select n from t; drop table t; create table u (n int)',
    )
    expect(await tablesOf(session).names({ schema: name })).toEqual(['u', 'v'])
    expect(await tablesOf(session).describe({ name: 'v' })).toMatchObject({ kind: 'view', name: 'v' })
  })

  describe('an account with few rights', () => {
    let url = ''
    const user = () => `f${nameOf(url).slice(-12)}`
    beforeAll(async () => {
      url = await server.createDatabase()
      const who = `'${user()}'@'%'`
      await server.run(
        url,
        `create table seen (id int primary key, secret int, foreign key (secret) references seen (id));
         create table hidden (id int, foreign key (id) references seen (id)); create table part (a int, b int);
         create user ${who}; grant select on seen to ${who}; grant select (a) on part to ${who}`,
      )
    })

    test('sees what it may use, and no more', async () => {
      const own = Object.assign(new URL(url), { username: user() }).href
      for (const more of [{}, { read_only: true }]) {
        const few = tablesOf(open(own, more))
        expect(await few.names()).toEqual(['part', 'seen'])
        expect((await few.describe({ name: 'part' })).columns).toMatchObject([{ name: 'a' }])
        expect(await few.describe({ name: 'seen' })).toMatchObject({
          primaryKey: ['id'],
          foreignKeys: [{ columns: ['secret'], table: 'seen', tableColumns: ['id'] }],
          referencedBy: [{ columns: ['id'], table: 'seen', tableColumns: ['secret'] }],
        })
        expect(await few.failure({ name: 'hidden' })).toMatchObject({ code: 'NOT_FOUND', details: undefined })
      }
    })
  })
})

/** What MySQL reports of itself differs from what MariaDB does, and is written down here from its manual. */
describe('MySQL: the default of a column', () => {
  const column = (DATA_TYPE: string, COLUMN_DEFAULT: string | null, EXTRA = '', server = '8.4.0') => ({
    ...{ DATA_TYPE, COLUMN_DEFAULT, EXTRA, server },
  })

  test.each([
    [column('varchar', null), null],
    [column('varchar', 'x'), "'x'"],
    [column('varchar', "it's"), "'it''s'"],
    [column('varchar', 'NULL'), "'NULL'"],
    [column('enum', 'x'), "'x'"],
    [column('int', '0'), '0'],
    [column('decimal', '1.50'), '1.50'],
    [column('bit', "b'101'"), "b'101'"],
    [column('date', '2024-01-01'), "'2024-01-01'"],
    [column('varchar', 'uuid()', 'DEFAULT_GENERATED'), 'uuid()'],
    [column('timestamp', 'CURRENT_TIMESTAMP', 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP'), 'CURRENT_TIMESTAMP'],
    [column('datetime', 'CURRENT_TIMESTAMP(3)', 'on update CURRENT_TIMESTAMP(3)', '5.7.44'), 'CURRENT_TIMESTAMP(3)'],
    [column('varchar', 'CURRENT_TIMESTAMP'), "'CURRENT_TIMESTAMP'"],
    [column('varchar', "'x'", '', '10.11.6-MariaDB'), "'x'"],
    [column('varchar', 'NULL', '', '10.11.6-MariaDB'), null],
  ])('%j is %j', (row, expected) => {
    expect(mysqlDefault(row)).toBe(expected)
  })
})
