import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { describeMariadb, describePostgres } from '../../databases/index.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'

afterAll(closePorts)

describePostgres('PostgreSQL: every query gets a clean session', (server) => {
  let url: string
  let watcher: Session
  const pids = new Set<unknown>()
  beforeAll(async () => {
    url = await server.createDatabase()
    watcher = openSession(newPort(), 'watcher', { url })
    await server.run(
      url,
      `create table t (n int); insert into t values (1);
       create function locks() returns void language plpgsql as $$ begin perform pg_advisory_lock(77); end $$;
       create function sets() returns void language sql as $$ select set_config('search_path', 'evil', false), set_config('my.own', 'x', false) $$;
       create function listens() returns void language plpgsql as $$ begin execute 'listen ears'; end $$;
       create function prepares() returns void language plpgsql as $$ begin execute 'prepare left_over as select 1'; end $$;
       create function makes() returns void language plpgsql as $$ begin execute 'create temp table left_over (n int)'; end $$;
       create function becomes() returns void language sql as $$ select set_config('role', 'pg_monitor', false) $$`,
    )
  })

  const LEFT = `select count(*) as n from pg_locks where locktype = 'advisory' and objid = 77`
  const OWN = `select pg_backend_pid() as pid, current_setting('search_path') as path, coalesce(current_setting('my.own', true), '') as own,
    (select count(*) from pg_listening_channels()) as ears, (select count(*) from pg_prepared_statements) as prepared,
    (select count(*) from pg_class where relname = 'left_over') as tables, (select count(*) from pg_cursors where name <> '') as cursors,
    current_user::text as me`
  const NEW = { path: '"$user", public', own: '', ears: 0, prepared: 0, tables: 0, cursors: 0, me: 'postgres' }

  test.each([
    'select pg_advisory_lock(77)',
    'select locks()',
    "select query_to_xml('select pg_advisory_lock(77)', false, false, '')",
    String.raw`select U&"pg\005fadvisory_lock"(77)`,
    'select sets()',
    'select listens()',
    'select prepares()',
    'select makes()',
    'select becomes()',
    'select locks(), sets() from generate_series(1, 100000)',
    'select locks(), 1 / 0',
    'set search_path = evil',
    'create temp table left_over (n int)',
    'declare left_over cursor with hold for select 1',
  ])('after %s', async (sql) => {
    for (const read_only of [false, true]) {
      const session = openSession(newPort(), sql, { url, read_only })
      await session.query(sql, {}, { limit: 10 }).catch(() => undefined)
      const [row] = await session.rows(OWN)
      expect(row).toMatchObject(NEW)
      pids.add(row?.pid)
      await vi.waitFor(async () => expect(await watcher.rows(LEFT)).toEqual([{ n: 0 }]), {
        timeout: 2_000,
        interval: 20,
      })
    }
  })

  test('from a reused connection, since a new one costs more', async () => {
    const session = openSession(newPort(), 'same', { url })
    const [first] = await session.rows('select pg_backend_pid() as pid')
    await session.rows('select sets()')
    await session.failure('select nothing from t')
    await session.query('select generate_series(1, 100000)', {}, { limit: 5 })
    expect(await session.rows('select pg_backend_pid() as pid')).toEqual([first])
  })

  test('from a new connection each time at a server without DISCARD', async () => {
    const session = openSession(newPort(), 'own', { url })
    const [first] = await session.rows('select pg_backend_pid() as pid')
    await session.query("do $$ begin perform set_config('my.own', 'x', false); end $$")
    const [second] = await session.rows('select pg_backend_pid() as pid')
    expect(second).not.toEqual(first)
  })
})

describePostgres('PostgreSQL: a long statement', (server) => {
  let url: string
  beforeAll(async () => {
    url = await server.createDatabase()
    await server.run(
      url,
      `create table big as select n, repeat('x', 100) as text from generate_series(1, 300000) as n; analyze big;
       alter table big set (parallel_workers = 2);
       create function process_of(n int) returns int language plpgsql parallel safe cost 1000 as
         $$ begin return pg_backend_pid(); end $$;
       create table log (n int);
       create function note(n int) returns int language plpgsql as $$ begin insert into log values (n); return n; end $$`,
    )
  })

  test.each([false, true])('still uses parallel workers (read-only: %s)', async (read_only) => {
    const session = openSession(newPort(), `parallel ${read_only}`, { url, read_only })
    // Each process that scans the table groups its rows by its own number.
    const rows = await session.rows('select process_of(n) as process, count(*) as n from big group by 1')
    expect(rows.length).toBeGreaterThan(1)
    expect(rows.reduce((sum, { n }) => sum + (n as number), 0)).toBe(300_000)
  })

  test.each([false, true])(
    'is stopped at the limit, and its answer is not waited for (read-only: %s)',
    // All 300 million rows would take minutes; how soon the server can be stopped is up to what else the machine does.
    { timeout: 200_000 },
    async (read_only) => {
      const session = openSession(newPort(), `stopped ${read_only}`, { url, read_only })
      for (let round = 0; round < 3; round += 1) {
        const sql = 'select n from big a cross join (select generate_series(1, 1000)) as b'
        const result = await session.query(sql, {}, { limit: 10, timeoutMs: 50_000 })
        expect(result).toMatchObject({ kind: 'rows', truncated: true })
        expect(result.kind === 'rows' && result.rows).toHaveLength(10)
      }
      const running = `select count(*) as n from pg_stat_activity where query like '%cross join (select%' and state = 'active' and pid <> pg_backend_pid()`
      await vi.waitFor(async () => expect(await session.rows(running)).toEqual([{ n: 0 }]), { timeout: 30_000 })
    },
  )

  test('that writes by a function is not stopped at the limit: the work is done, and committed', async () => {
    const session = openSession(newPort(), 'writes', { url })
    const sql = 'select note(n) from generate_series(1, 5000) as n'
    expect(await session.query(sql, {}, { limit: 10 })).toMatchObject({ truncated: true })
    const [row] = await session.rows('select count(*) as n from log')
    expect(row?.n).toBe(5000)
  })

  test('that locks rows, or notifies, stops at the limit and commits', async () => {
    const session = openSession(newPort(), 'locks', { url })
    expect(await session.query('select n from big for update', {}, { limit: 10 })).toMatchObject({ truncated: true })
    expect(
      await session.query("select pg_notify('x', n::text) from generate_series(1, 100) as n", {}, { limit: 10 }),
    ).toMatchObject({ truncated: true })
    const sql = 'select count(*) as n from pg_locks where relation = $$big$$::regclass'
    await vi.waitFor(async () => expect(await session.rows(sql)).toEqual([{ n: 0 }]), { timeout: 5_000 })
  })
})

describeMariadb('MariaDB: every query gets a clean session', (server) => {
  let url: string
  let watcher: Session
  beforeAll(async () => {
    url = await server.createDatabase()
    watcher = openSession(newPort(), 'watcher', { url })
    await server.run(
      url,
      `create function locks() returns int return get_lock('deep', 0);
       create function sets() returns int begin set @left_over = 5; set session sql_mode = 'ANSI_QUOTES'; return 1; end`,
    )
  })
  const OWN = `select @left_over as own, @@session.sql_mode = @@global.sql_mode as mode, @@character_set_results as charset,
    @@autocommit as autocommit, last_insert_id() as inserted, found_rows() as rows_found`
  const NEW = { own: null, mode: 1, charset: 'utf8mb4', autocommit: 1, inserted: 0 }

  test.each([
    "select get_lock('deep', 0)",
    "select `get_lock`('deep', 0)",
    'select locks()',
    'select sets()',
    'select @left_over := 5',
    'select 5 into @left_over',
    'select locks() from seq_1_to_100000',
    'set @left_over = 5',
    "set names latin1, sql_mode = ''",
    'set autocommit = 0',
    'create temporary table left_over (n int)',
    "prepare left_over from 'select 1'",
  ])('after %s', async (sql) => {
    for (const read_only of [false, true]) {
      const session = openSession(newPort(), sql, { url, read_only })
      await session.query(sql, {}, { limit: 10 }).catch(() => undefined)
      expect((await session.rows(OWN))[0]).toMatchObject(NEW)
      expect(await session.failure('select * from left_over')).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(await session.rows('select @@session.tx_read_only as ro')).toEqual([{ ro: read_only ? 1 : 0 }])
      const free = "select is_used_lock('deep') is null as free"
      await vi.waitFor(async () => expect(await watcher.rows(free)).toEqual([{ free: 1 }]), { timeout: 2_000 })
    }
  })

  test('from a reused connection, with its prepared statement', async () => {
    const session = openSession(newPort(), 'same', { url })
    const sql = 'select connection_id() as id where 1 = :one'
    const [first] = await session.rows(sql, { one: 1 })
    await session.rows('select sets()')
    await session.failure('select nothing')
    expect(await session.rows(sql, { one: 1 })).toEqual([first])
  })

  test("with the server's own settings and its own counts", async () => {
    const session = openSession(newPort(), 'own', { url })
    for (const sql of ['create table position (id int)', 'insert into position (id) values (1), (2)'])
      await session.query(sql)
    // As its own program counts: rows that stay as they are do not count.
    expect(await session.query('update position set id = 1')).toEqual({ kind: 'affected', affectedRows: 1 })
    expect(await session.query('update position set id = 1')).toEqual({ kind: 'affected', affectedRows: 0 })
  })

  describe('whatever the server is set to', () => {
    afterAll(() =>
      server.run(
        url,
        "set global sql_mode = default; set global init_connect = ''; set global autocommit = 1; set global sql_select_limit = default",
      ),
    )

    test.each(['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', 'MSSQL', 'ORACLE'])(
      'strings and variables are recognised in sql_mode %s',
      async (mode) => {
        await server.run(url, `set global sql_mode = '${mode}'`)
        const session = openSession(newPort(), mode, { url })
        const escapes = !mode.includes('NO_BACKSLASH')
        const quoted = /ANSI|MSSQL|ORACLE/.test(mode)
        const text = escapes ? String.raw`'it\':s :a'` : String.raw`'it\'`
        const name = quoted ? String.raw`"x\":b"`.replace('\\"', '\\') : 'xb'
        const [row] = await session.rows(`select ${text} as s, :n as ${name}${mode === 'MSSQL' ? ', 1 as [:c]' : ''}`, {
          n: 7,
        })
        expect(Object.values(row ?? {}).slice(0, 2)).toEqual([escapes ? "it':s :a" : 'it\\', 7])
        expect(await session.rows('select @@sql_mode = @@global.sql_mode as same')).toEqual([{ same: 1 }])
      },
    )

    test('every statement is committed, no answer is truncated, and the effect of init_connect stays', async () => {
      await server.run(
        url,
        `create table kept (n int); set global sql_mode = default; set global autocommit = 0; set global sql_select_limit = 2;
         create or replace user plain@'%'; grant all on ${new URL(url).pathname.slice(1)}.* to plain@'%';
         set global init_connect = 'set @greeting = 1, names latin1'`,
      )
      const session = openSession(newPort(), 'init', { url: Object.assign(new URL(url), { username: 'plain' }).href })
      await session.query('insert into kept values (1), (2), (3)')
      for (let round = 0; round < 2; round += 1) {
        expect(await session.rows("select n, @greeting as g, 'é' as e from kept order by n")).toEqual(
          [1, 2, 3].map((n) => ({ n, g: 1, e: 'é' })),
        )
      }
    })
  })
})
