import { beforeAll, describe, expect, test } from 'vitest'
import { describePostgres } from '../../databases/index.js'
import { failureOf, newPort, openSession } from '../harness.js'
import { tablesOf, tablesSuite } from '../tables.suite.js'

describePostgres('PostgreSQL: tables', (server) => {
  const port = newPort()
  let keys = 0
  const open = (url: string, more: Record<string, unknown> = {}) => {
    keys += 1
    return openSession(port, `postgres ${keys}`, { url, ...more })
  }
  /** A session of its own in a database that a script made. */
  const databaseOf = async (script: string) => {
    const url = await server.createDatabase()
    await server.run(url, script)
    return { url, session: open(url) }
  }

  tablesSuite({
    engine: 'postgresql',
    configuration: async () => ({ url: await server.createDatabase() }),
    schemaOf: () => 'public',
    names: [
      ...[
        'Order Details',
        'with "quotes"',
        "it's",
        'a.b',
        'public.x',
        'back`tick',
        'UPPER',
        'Ünï 日本語',
        '😀',
        '%_!',
        '[x]',
      ],
      ...['select', 'semi;colon', ':name', '$1', '?', '\\', '--', ' lead', 'two\nlines', '__proto__', 'x'.repeat(63)],
    ],
    analyze: 'analyze',
    types: {
      id: 'integer',
      code: 'character varying(10)',
      year: 'integer',
      amount: 'numeric(10,2)',
      doubled: 'integer',
    },
  })

  test('a name that the server would cut does not mean the table of the cut name', async () => {
    const { session } = await databaseOf(`create table ${'x'.repeat(63)} (n int)`)
    expect(await tablesOf(session).failure({ name: 'x'.repeat(64) })).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('materialized views, foreign tables and partitioned tables are told apart; partitions are not listed', async () => {
    const { session } =
      await databaseOf(`create table part (id int, day date not null, primary key (id, day)) partition by range (day);
      create table part_1 partition of part for values from ('2024-01-01') to ('2025-01-01') partition by hash (id);
      create table part_1a partition of part_1 for values with (modulus 2, remainder 0);
      create table part_1b partition of part_1 for values with (modulus 2, remainder 1);
      create table refers (id int, day date, foreign key (id, day) references part);
      insert into part select n, '2024-05-05' from generate_series(1, 100) n;
      create materialized view m as select 1 as one; create view v as select 1 as one;
      create foreign data wrapper w; create server s foreign data wrapper w; create foreign table f (a int) server s;
      create sequence not_a_table; create type pair as (a int); analyze`)
    const { tables } = await tablesOf(session).list()
    expect(tables.map(({ name, kind, rowEstimate }) => [name, kind, rowEstimate])).toEqual([
      ['f', 'foreign_table', null],
      ['m', 'materialized_view', 1],
      ['part', 'table', 100],
      ['refers', 'table', 0],
      ['v', 'view', null],
    ])
    const { describe: described } = tablesOf(session)
    expect(await described({ name: 'part_1a' })).toMatchObject({ name: 'part_1a', primaryKey: ['id', 'day'] })
    const reference = { columns: ['id', 'day'], schema: 'public', tableColumns: ['id', 'day'] }
    expect((await described({ name: 'refers' })).foreignKeys).toEqual([{ ...reference, table: 'part' }])
    expect((await described({ name: 'part' })).referencedBy).toEqual([{ ...reference, table: 'refers' }])
  })

  test('of several schemas those of the search path come first, and the system is shown only if it is named', async () => {
    const { session } = await databaseOf(`create schema a; create schema z; create table a.t (in_a int);
      create table z.t (in_z int); create table z.only (n int primary key); create table p (n int references z.only);
      create table "z.only" (its_own int)`)
    const { list, describe: described, failure } = tablesOf(session)
    expect((await list()).tables.map(({ schema, name }) => `${schema}/${name}`)).toEqual([
      'public/p',
      'public/z.only',
      'a/t',
      'z/only',
      'z/t',
    ])
    expect((await list({ schema: 'z' })).tables.map(({ name }) => name)).toEqual(['only', 't'])
    expect((await list({ schema: 'pg_catalog', name: 'pg_class' })).tables).toMatchObject([{ name: 'pg_class' }])
    expect(await described({ name: 'pg_class' })).toMatchObject({ schema: 'pg_catalog' })
    // What is called so itself comes first, and only then what is in a schema.
    expect((await described({ name: 'z.only' })).columns).toMatchObject([{ name: 'its_own' }])
    expect((await described({ name: 'only' })).schema).toBe('z')
    expect((await described({ name: 'z.t' })).columns).toMatchObject([{ name: 'in_z' }])
    expect((await described({ name: 'p' })).foreignKeys).toMatchObject([{ schema: 'z', table: 'only' }])
    expect(await failure({ name: 't' })).toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { schemas: ['a', 'z'] } },
    })
    expect((await failure({ name: 'onl' })).details).toEqual({ upstream: { similar: ['z.only'] } })
  })

  test('columns are described with what the server fills in, and comments in full up to a limit', async () => {
    const { session } =
      await databaseOf(`create table t (id int generated always as identity, other int generated by default as identity,
        counted serial, label text default 'a:b', g text generated always as (lower(label)) stored, tags text[] not null, gone int);
      alter table t drop column gone; alter table t add column late int default 7;
      comment on table t is 'About t'; comment on column t.label is '${'é'.repeat(2_000)}'`)
    const { columns, comment } = await tablesOf(session).describe({ name: 't' })
    expect(comment).toBe('About t')
    const fields = { default: null, generated: null, expression: null, identity: null, comment: null, nullable: true }
    expect(columns).toEqual([
      { ...fields, name: 'id', type: 'integer', nullable: false, identity: 'always' },
      { ...fields, name: 'other', type: 'integer', nullable: false, identity: 'by default' },
      { ...fields, name: 'counted', type: 'integer', nullable: false, default: expect.stringContaining('nextval(') },
      { ...fields, name: 'label', type: 'text', default: "'a:b'::text", comment: `${'é'.repeat(500)}…` },
      { ...fields, name: 'g', type: 'text', generated: 'stored', expression: 'lower(label)' },
      { ...fields, name: 'tags', type: 'text[]', nullable: false },
      { ...fields, name: 'late', type: 'integer', default: '7' },
    ])
    expect((await tablesOf(session).list()).tables).toMatchObject([{ comment: 'About t', rowEstimate: null }])
  })

  test('indexes are described with expressions, conditions and kinds', async () => {
    const { session } = await databaseOf(`create table t (id int primary key, a text, b text, tags text[], at tsrange,
        unique (a, b), exclude using gist (at with &&));
      create unique index u on t (lower(a)) where b is not null; create index g on t using gin (tags);
      create index i on t (a) include (b)`)
    const { indexes, uniqueKeys, primaryKey } = await tablesOf(session).describe({ name: 't' })
    expect({ uniqueKeys, primaryKey }).toEqual({ uniqueKeys: [['a', 'b']], primaryKey: ['id'] })
    const index = { unique: false, method: null, where: null }
    expect(indexes).toEqual([
      { ...index, name: 'g', columns: ['tags'], method: 'gin' },
      { ...index, name: 'i', columns: ['a'] },
      { ...index, name: 't_at_excl', columns: ['at'], method: 'gist' },
      { ...index, name: 'u', columns: ['lower(a)'], unique: true, where: '(b IS NOT NULL)' },
    ])
  })

  describe('an account with few rights', () => {
    let url = ''
    let role = ''
    beforeAll(async () => {
      url = await server.createDatabase()
      role = `${new URL(url).pathname.slice(1)}_few`
      await server.run(
        url,
        `create schema shut; create table shut.t (n int); create table seen (id int primary key, secret text);
         create table hidden (id int references seen); create table part (a int, b int); create view v as select * from hidden;
         create role ${role} login; grant select on seen to ${role}; grant select (a) on part to ${role};
         grant select on shut.t to ${role}`,
      )
    })
    const few = (more = {}) => tablesOf(open(Object.assign(new URL(url), { username: role }).href, more))

    test('sees what it may use, and no more', async () => {
      for (const more of [{}, { read_only: true }]) {
        expect(await few(more).names()).toEqual(['part', 'seen'])
        expect((await few(more).describe({ name: 'part' })).columns).toMatchObject([{ name: 'a' }])
        expect((await few(more).describe({ name: 'seen' })).referencedBy).toEqual([])
        for (const table of [{ name: 'hidden' }, { name: 'shut.t' }, { name: 'v' }])
          expect(await few(more).failure(table)).toMatchObject({ code: 'NOT_FOUND', details: undefined })
      }
      expect(await tablesOf(open(url)).names()).toEqual(['hidden', 'part', 'seen', 'v', 't'])
    })
  })

  test('a catalogue that the user may not read is an error that says what to do', async () => {
    const { url } = await databaseOf('revoke select on pg_catalog.pg_class from public')
    const role = `${new URL(url).pathname.slice(1)}_none`
    await server.run(url, `create role ${role} login`)
    const session = open(Object.assign(new URL(url), { username: role }).href)
    expect(await failureOf(tablesOf(session).list())).toMatchObject({
      code: 'FORBIDDEN',
      details: { upstream: { engine: 'postgresql', code: '42501' } },
    })
  })

  test('objects of the search path do not change what is seen', async () => {
    const { session, url } = await databaseOf(`create table t (n int);
      create function public.has_any_column_privilege(oid, text) returns bool language sql as 'select false';
      create view public.pg_class as select 1 as oid; create function public.count() returns int language sql as 'select 7'`)
    await server.run(
      url,
      `do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`,
    )
    expect(await tablesOf(session).names()).toContain('t')
    expect(await tablesOf(open(url)).names()).toEqual(['pg_class', 't'])
  })

  test('a catalogue that is locked is waited for as long as the caller allows, and no longer', async () => {
    const { session, url } = await databaseOf('create table t (n int)')
    expect(await tablesOf(session).names()).toEqual(['t'])
    const locks = open(url)
    const held = locks.failure(
      `do $$ begin lock table pg_catalog.pg_namespace in access exclusive mode; perform pg_sleep(600); end $$`,
      {},
      { timeoutMs: 4_000 },
    )
    const waits = { timeoutMs: 1_000, signal: new AbortController().signal }
    // Until it is held, the list is answered.
    for (;;) {
      const outcome = await session.database.listTables({ page: 1, perPage: 1 }, waits).catch((error: unknown) => error)
      if (!(outcome instanceof Error)) continue
      expect(outcome).toMatchObject({ code: 'UPSTREAM_TIMEOUT', message: expect.stringContaining('1000 ms') })
      break
    }
    await held
    expect(await tablesOf(session).names()).toEqual(['t'])
  })
})
