import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { DatabasePort } from '../../src/database/port.js'
import { describeMariadb, describePostgres, type TestServer } from '../databases/index.js'
import { closePorts, newPort, onlyReading, openSession, type Session, upstreamOf } from './harness.js'

afterAll(closePorts)

/** What lets a session only read: how its account was linked, or each single call, on an account that may write. */
const WAYS = {
  account: {
    open: (url: string): Session => openSession(newPort(), 'reader', { url, read_only: true }),
    why: 'This database account is linked read-only',
  },
  call: {
    // The key is the writer's, so that only the calls differ.
    open: (url: string, port: DatabasePort): Session => onlyReading(openSession(port, 'writer', { url })),
    why: 'This call may only read',
  },
} as const
type Way = (typeof WAYS)[keyof typeof WAYS]
const each = Object.entries(WAYS)

/** Runs a trick, which may fail or give something back; what counts is what it left behind. */
const attempt = (session: Session, sql: string): Promise<unknown> => session.query(sql).catch((error: unknown) => error)

const postgres =
  ({ open, why }: Way) =>
  (server: TestServer) => {
    let reader: Session
    let writer: Session
    beforeAll(async () => {
      const url = await server.createDatabase()
      const port = newPort()
      writer = openSession(port, 'writer', { url })
      reader = open(url, port)
      await server.run(
        url,
        `create table t (n int); insert into t values (1); create sequence s;
       create function write() returns int language plpgsql as 'begin insert into t values (2); return 1; end';
       create function lift() returns int language plpgsql as $$
         begin perform set_config('transaction_read_only', 'off', false); insert into t values (3); return 1; end $$;
       create function lift_alone() returns void language sql set transaction_read_only = off as 'insert into t values (4)';
       create procedure work() language plpgsql as
         $$ begin commit; set default_transaction_read_only = off; insert into t values (5); commit; end $$;
       create view v as select * from t; create table log (n int);
       create rule r as on update to log do also insert into t values (6)`,
      )
    })

    const state = () =>
      writer.rows(`select (select array_agg(n) from t) as t, (select count(*) from pg_class where relnamespace = 'public'::regnamespace) as relations,
      (select is_called from s) as called, (select count(*) from pg_largeobject_metadata) as objects, (select count(*) from pg_roles) as roles`)

    test.each([
      'insert into t values (9)',
      'update t set n = 9',
      'delete from t',
      'insert into v values (9)',
      'with x as (insert into t values (9) returning n) select * from x',
      'with x as (delete from t returning n) select count(*) from x',
      'select n into copied from t',
      'create table copied as select * from t',
      'create temp table copied as select * from t',
      'truncate t',
      'drop table t',
      'alter table t add m int',
      'grant all on t to public',
      'create role thief',
      "select nextval('s')",
      "select setval('s', 7)",
      'select write()',
      'select lift()',
      'select lift_alone()',
      "select set_config('transaction_read_only', 'off', false), write()",
      "select set_config('default_transaction_read_only', 'off', false)",
      "with x as materialized (select set_config('transaction_read_only', 'off', false)) select write() from x",
      "select * from (select set_config('transaction_read_only', 'off', true)) as x, lateral write()",
      'set transaction read write',
      'set transaction_read_only = off',
      'set default_transaction_read_only = off',
      'set session characteristics as transaction read write',
      'reset default_transaction_read_only',
      'begin read write',
      'start transaction read write',
      'commit',
      'commit; insert into t values (9)',
      'select 1; insert into t values (9)',
      'select 1 /* ; */; commit; insert into t values (9)',
      'commit and chain',
      'rollback and chain',
      'prepare p as insert into t values (9)',
      'execute p',
      'call work()',
      'do $$ begin insert into t values (9); end $$',
      'do $$ begin commit; set transaction read write; insert into t values (9); end $$',
      'declare c cursor with hold for select write()',
      'explain analyze insert into t values (9)',
      'explain (analyze) select write()',
      'explain analyze execute p',
      "copy t from program 'echo 9'",
      "copy (select 1) to program 'touch /tmp/connectors-read-only-trick'",
      "select query_to_xml('insert into t values (9)', false, false, '')",
      "select query_to_xml('select write()', false, false, '')",
      "select lo_from_bytea(0, 'x')",
      'select lo_create(0)',
      'vacuum t',
      'select * from t for update',
      'lock table t in exclusive mode',
      'listen x',
      'refresh materialized view v',
      '--x\ninsert into t values (9)',
      '/* select */ insert into t values (9)',
      '(insert into t values (9))',
      'select 1 as "a\nb"; insert into t values (9)',
      'insert into t select * from t',
      'merge into t using t as u on t.n = u.n when matched then delete',
    ])('%s changes nothing', async (sql) => {
      const before = await state()
      // Twice, and then a plain write: a setting must not outlive its query.
      await attempt(reader, sql)
      await attempt(reader, sql)
      expect(await reader.failure('with x as (insert into t values (9) returning n) select * from x')).toMatchObject({
        code: 'FORBIDDEN',
      })
      expect(await reader.failure('insert into t values (9)')).toMatchObject({ code: 'FORBIDDEN' })
      expect(await state()).toEqual(before)
      expect(existsSync('/tmp/connectors-read-only-trick')).toBe(false)
    })

    test.each([
      "select dblink_exec('x', 'y')",
      "select * from dblink('x', 'y') as x(n int)",
      'select public . "dblink_exec" /* x */ (1)',
      "select pg_catalog.pg_file_write('/tmp/x', 'x', false)",
      "select pg_create_physical_replication_slot('x')",
      "select pg_copy_logical_replication_slot('x', 'y')",
      'select pg_terminate_backend(pid) from pg_stat_activity',
      'select count(PG_CANCEL_BACKEND(pid)) from pg_stat_activity',
      'select pg_stat_reset_shared(null)',
      "select lo_export(1, '/tmp/x')",
      "select query_to_xml('select dbl' || 'ink_exec()', false, false, '')",
      String.raw`select U&"dblink\005fexec"(1)`,
      `select U&"d!0062link" uescape '!' (1)`,
      'explain analyze select pg_switch_wal()',
    ])('%s would have an effect in a read-only transaction, and is refused', async (sql) => {
      expect(await reader.failure(sql)).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('function'),
      })
    })

    test('allows a column or text that only looks like such a function', async () => {
      const sql =
        "select 'pg_terminate_backend(1)' as a, 1 as dblink, count(*) as c from pg_proc where proname = 'pg_reload_conf'"
      expect(await reader.rows(sql)).toEqual([{ a: 'pg_terminate_backend(1)', dblink: 1, c: 1 }])
    })

    test('reads, shows and explains, and its errors say why it does not write', async () => {
      expect(await reader.rows('select n from t where n = :n', { n: 1 })).toEqual([{ n: 1 }])
      expect(await reader.rows('show transaction_read_only')).toEqual([{ transaction_read_only: 'on' }])
      expect(await reader.rows('select current_setting(:s) as s', { s: 'default_transaction_read_only' })).toEqual([
        { s: 'on' },
      ])
      expect((await reader.rows('explain select * from t')).length).toBeGreaterThan(0)
      expect(await reader.query('select generate_series(1, 100)', {}, { limit: 5 })).toMatchObject({ truncated: true })
      expect(await reader.database.probe()).toMatchObject({ server: 'PostgreSQL' })
      const error = await reader.failure('select write()')
      expect(error.message).toContain(why)
      expect(upstreamOf(error)).toMatchObject({ engine: 'postgresql', code: '25006' })
      expect(await reader.failure('select nothing from t')).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(await reader.rows('select 1 as n where :x is null', { x: null })).toEqual([{ n: 1 }])
    })

    test('leaves no lock behind that a rollback does not release', async () => {
      await reader.query('select pg_advisory_lock(7), pg_try_advisory_lock_shared(8)')
      const held = () =>
        writer.rows(
          `select objid::text from pg_locks where locktype = 'advisory'
           and database = (select oid from pg_database where datname = current_database())`,
        )
      await vi.waitFor(async () => expect(await held()).toEqual([]), 5_000)
    })

    test('keeps its connection when a statement fails', async () => {
      const sql = 'select pg_backend_pid() as pid'
      const [before] = await reader.rows(sql)
      await reader.failure('select nothing from t')
      expect(await reader.rows(sql)).toEqual([before])
    })
  }
for (const [name, way] of each) describePostgres(`PostgreSQL: a read-only ${name}`, postgres(way))

const mariadb =
  ({ open, why }: Way) =>
  (server: TestServer) => {
    let reader: Session
    let writer: Session
    beforeAll(async () => {
      const url = await server.createDatabase()
      const port = newPort()
      writer = openSession(port, 'writer', { url })
      reader = open(url, port)
      await server.run(
        url,
        `create table t (n int); insert into t values (1); create table plain (n int) engine = myisam; create sequence s;
       set global log_bin_trust_function_creators = 1;
       create function put() returns int begin insert into t values (2); return 1; end;
       create function put_plain() returns int begin insert into plain values (2); return 1; end;
       create procedure work() begin commit; set session transaction read write; insert into t values (5); commit; end`,
      )
    })

    const state = () =>
      writer.rows(`select (select group_concat(n) from t) as t, (select count(*) from plain) as plain,
      (select count(*) from information_schema.tables where table_schema = database()) as relations, lastval(s) as s`)

    test.each([
      'insert into t values (9)',
      'insert into plain values (9)',
      'update t set n = 9',
      'delete from t',
      'replace into t values (9)',
      'truncate t',
      'drop table t',
      'alter table t add m int',
      'create table copied as select * from t',
      'create temporary table copied as select * from t',
      'select nextval(s)',
      'select next value for s',
      'select put()',
      'select put_plain()',
      'call work()',
      'set transaction read write',
      'set session transaction read write',
      'set session tx_read_only = 0',
      'set statement tx_read_only = 0 for insert into t values (9)',
      'set autocommit = 0',
      'commit',
      'commit and chain',
      'commit; insert into t values (9)',
      'select 1; insert into t values (9)',
      'begin not atomic commit; insert into t values (9); end',
      "execute immediate 'insert into t values (9)'",
      "execute immediate 'begin not atomic commit; insert into t values (9); end'",
      "prepare p from 'insert into t values (9)'",
      'execute p',
      'do put()',
      'start transaction read write',
      'xa start "x"',
      'lock tables t write',
      'analyze insert into t values (9)',
      'explain insert into t values (9)',
      'with x as (select 1) update t set n = 9',
      'with x as (select 1) delete from t',
      '/*! insert into t values (9) */',
      '/*!50000 begin not atomic commit; insert into t values (9); end */',
      '/*M! insert into t values (9) */',
      'select 1 /*! ; insert into t values (9) */',
      "select 'x' into outfile '/tmp/connectors-read-only-trick'",
      "select 'x' /*! into outfile '/tmp/connectors-read-only-trick' */",
      "select 'x' into dumpfile '/tmp/connectors-read-only-trick'",
      "(select 'x' into outfile '/tmp/connectors-read-only-trick')",
      // Where a number ends, and what the server takes for a comment, which is not what a program takes for white space.
      "select 1.into outfile '/tmp/connectors-read-only-trick'",
      "select .5into outfile '/tmp/connectors-read-only-trick'",
      "select 1 --\u00a0 from (select 1 as \u00a0) as x into outfile '/tmp/connectors-read-only-trick'",
      "select 1 --\u0001'\n into outfile '/tmp/connectors-read-only-trick' -- '",
      '-- x\ninsert into t values (9)',
      '# x\ninsert into t values (9)',
      '--x\ninsert into t values (9)',
      'handler t open',
      "load data infile '/etc/hosts' into table t",
      'select * from t for update',
      'grant select on *.* to root',
      'optimize table t',
      'analyze table t',
      'flush tables',
      'rename table t to u',
    ])('%s changes nothing', async (sql) => {
      const before = await state()
      await attempt(reader, sql)
      await attempt(reader, sql)
      expect(await reader.failure('select put()')).toMatchObject({ code: 'FORBIDDEN' })
      expect(await reader.failure('insert into t values (9)')).toMatchObject({ code: 'FORBIDDEN' })
      expect(await state()).toEqual(before)
      expect(existsSync('/tmp/connectors-read-only-trick')).toBe(false)
    })

    test('reads, shows and explains, and its errors say why it does not write', async () => {
      expect(await reader.rows('select n from t where n = :n', { n: 1 })).toEqual([{ n: 1 }])
      expect(await reader.rows('(select 1 as n) union (select 2)')).toHaveLength(2)
      expect((await reader.rows('show tables')).length).toBeGreaterThan(0)
      expect((await reader.rows('describe t')).length).toBe(1)
      expect((await reader.rows('explain select * from t')).length).toBeGreaterThan(0)
      expect(await reader.query('select seq from seq_1_to_1000', {}, { limit: 5 })).toMatchObject({ truncated: true })
      expect(await reader.database.probe()).toMatchObject({ server: 'MariaDB' })
      const error = await reader.failure('select put()')
      expect(error.message).toContain(why)
      expect(upstreamOf(error)).toMatchObject({ engine: 'mysql', code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' })
      expect(await reader.failure('select nothing from t')).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(await reader.rows('select n from t')).toEqual([{ n: 1 }])
    })
  }
for (const [name, way] of each) describeMariadb(`MariaDB: a read-only ${name}`, mariadb(way))

describe.each(each)('SQLite: a read-only %s', (_way, { open, why }) => {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-read-only-'))
  const file = join(folder, 'data.db')
  const url = `sqlite:///${file}`
  afterAll(() => rmSync(folder, { recursive: true }))
  let reader: Session
  beforeAll(async () => {
    writeFileSync(file, '')
    const port = newPort()
    const writer = openSession(port, 'writer', { url })
    await writer.query('create table t (n int)')
    await writer.query('insert into t values (1)')
    await writer.query('create view v as select * from t')
    await writer.query('create trigger w instead of insert on v begin insert into t values (2); end')
    reader = open(url, port)
  })

  const others = join(folder, 'other.db')
  test.each([
    'insert into t values (9)',
    'insert into v values (9)',
    'insert into t values (9) returning n',
    'with x as (select 1) insert into t select * from x',
    'with x as (select 1) insert into t select * from x returning n',
    'with x as (select 1) delete from t',
    'update t set n = 9',
    'delete from t',
    'replace into t values (9)',
    'drop table t',
    'alter table t add m',
    'create table copied as select * from t',
    'create temp table copied as select * from t',
    'pragma query_only = off',
    'pragma query_only(0)',
    'pragma writable_schema = on',
    'pragma user_version = 7',
    'pragma journal_mode = wal',
    'pragma journal_mode = off',
    'pragma locking_mode = exclusive',
    'pragma incremental_vacuum',
    'select * from pragma_query_only(0)',
    `attach '${others}' as other`,
    `attach database '${file}' as again`,
    'begin immediate',
    'commit; insert into t values (9)',
    'select 1; insert into t values (9)',
    'vacuum',
    `vacuum into '${others}'`,
    'reindex',
    'analyze',
    "select load_extension('x')",
    `select writefile('${others}', 'x')`,
    `select "writefile"('${others}', 'x')`,
    `select sha3_query('select write' || 'file(''${others}'', 1)')`,
    'explain insert into t values (9)',
    '-- x\ninsert into t values (9)',
  ])('%s changes nothing', async (sql) => {
    const before = readFileSync(file)
    await attempt(reader, sql)
    await attempt(reader, sql)
    expect(await reader.failure('with x as (select 1) insert into t select * from x')).toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await reader.failure('insert into t values (9)')).toMatchObject({ code: 'FORBIDDEN' })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(existsSync(others)).toBe(false)
  })

  test('reads, and its errors say why it does not write', async () => {
    expect(await reader.rows('select n from t where n = :n', { n: 1 })).toEqual([{ n: 1 }])
    expect(await reader.rows('pragma table_info(t)')).toMatchObject([{ name: 'n' }])
    expect(await reader.database.probe()).toMatchObject({ server: 'SQLite' })
    const error = await reader.failure('with x as (select 1) insert into t select * from x')
    expect(error.message).toContain(why)
    expect(upstreamOf(error)).toMatchObject({ engine: 'sqlite', code: 'SQLITE_READONLY' })
  })
})
