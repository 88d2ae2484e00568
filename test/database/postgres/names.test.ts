import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StatementNames } from '../../../src/database/postgres/names.js'
import { describePostgres } from '../../databases/index.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'
import { describePgBouncer } from './pgbouncer.js'

afterAll(closePorts)

/** Runs it as often as it takes for its connection to have a name for it, and once more. */
async function often(session: Session, sql: string, variables = {}) {
  let rows = await session.rows(sql, variables)
  for (let time = 0; time < 3; time += 1) rows = await session.rows(sql, variables)
  return rows
}

/** What the session of the only connection keeps. A text that has a name for itself would count itself. */
const kept = async (session: Session, sql = '%') =>
  (
    await session.rows(
      `select statement, from_sql from pg_prepared_statements where name like 'connectors%' and statement like :sql /* ${Math.random()} */`,
      { sql },
    )
  ).map(({ statement }) => statement)

describePostgres('PostgreSQL: a text that comes again on a connection', (server) => {
  let url: string
  let count = 0
  const open = (read_only = false) => {
    count += 1
    return openSession(newPort(), `names ${count}`, { url, read_only })
  }
  beforeAll(async () => {
    url = await server.createDatabase()
    await server.run(
      url,
      `create table t (id int primary key, name text, n numeric); insert into t values (1, 'one', 1.50), (2, 'two', null);
       create table log (n int);
       create function note(n int) returns int language plpgsql as $$ begin insert into log values (n); return n; end $$;
       create function forgets() returns int language plpgsql as $$ begin execute 'deallocate all'; return 1; end $$;
       create function prepares() returns int language plpgsql as $$ begin execute 'prepare left_over as select 1'; return 1; end $$;
       create function replaces() returns int language plpgsql as $$
         declare kept record;
         begin
           for kept in select name from pg_prepared_statements where not from_sql loop
             execute format('deallocate %I', kept.name);
             execute format('prepare %I as select ''replaced'' as name', kept.name);
           end loop;
           perform set_config('search_path', 'evil', false);
           return 1;
         end $$;
       create function sets() returns text language sql as $$ select set_config('search_path', 'evil', false) $$;
       create function gets() returns text language sql as $$ select current_setting('search_path') $$`,
    )
  })

  test.each([false, true])('is parsed once, and answers the same (read-only: %s)', async (read_only) => {
    const session = open(read_only)
    const sql = 'select id, name, n, n = 1.5 as is_half from t where id = :id or name = :name order by id'
    const all = [
      { id: 1, name: 'one', n: '1.50', is_half: true },
      { id: 2, name: 'two', n: null, is_half: null },
    ]
    for (let time = 0; time < 5; time += 1) {
      expect(await session.rows(sql, { id: 1, name: 'two' })).toEqual(all)
      expect(await session.rows(sql, { id: 2, name: 'x' })).toEqual(all.slice(1))
    }
    expect(await session.query(sql, { id: 0, name: '' })).toMatchObject({
      rows: [],
      columns: ['int4', 'text', 'numeric', 'bool'].map((type) => ({ type })),
    })
    expect(await kept(session, 'select id, name, n,%')).toHaveLength(1)
  })

  test('is parsed for each of the types that its values have', async () => {
    const session = open()
    const sql = 'select pg_typeof(:x)::text as type, :x::text as x from t where id = 1'
    for (let time = 0; time < 4; time += 1) {
      expect(await session.rows(sql, { x: 1 })).toEqual([{ type: 'integer', x: '1' }])
      expect(await session.rows(sql, { x: 2 ** 40 })).toEqual([{ type: 'bigint', x: String(2 ** 40) }])
      expect(await session.rows(sql, { x: 'a' })).toEqual([{ type: 'text', x: 'a' }])
      expect(await session.rows(sql, { x: true })).toEqual([{ type: 'boolean', x: 'true' }])
      // Which the server gives no type at first.
      expect(await session.rows('select :x is null as empty from t where id = 1', { x: null })).toEqual([
        { empty: true },
      ])
    }
  })

  test.each([false, true])('is cut at the limit (read-only: %s)', async (read_only) => {
    const session = open(read_only)
    for (let time = 0; time < 5; time += 1) {
      const cut = await session.query('select n from generate_series(1, 5) as n', {}, { limit: 1 + (time % 2) * 2 })
      expect(cut).toMatchObject({ truncated: true, rows: [{ n: 1 }, { n: 2 }, { n: 3 }].slice(0, 1 + (time % 2) * 2) })
      expect(await session.query('select n from generate_series(1, 5) as n')).toMatchObject({ truncated: false })
    }
  })

  test('writes each time, and once each time', async () => {
    const session = open()
    for (let n = 1; n <= 4; n += 1) {
      expect(await session.query('insert into log values (:n)', { n })).toEqual({ kind: 'affected', affectedRows: 1 })
      expect(await session.query('insert into log values (:n) returning n', { n })).toMatchObject({ rows: [{ n }] })
      await session.rows('select note(:n)', { n })
    }
    expect(await session.query('delete from log')).toEqual({ kind: 'affected', affectedRows: 12 })
  })

  test('still changes nothing on a read-only account', async () => {
    const session = open(true)
    for (let time = 0; time < 4; time += 1) {
      expect(await session.failure('select note(1)')).toMatchObject({ code: 'FORBIDDEN' })
      await session.rows('select gets()')
    }
  })

  test('finds a session as good as new, whatever the one before left', async () => {
    const session = open()
    await often(session, 'select id from t')
    for (let time = 0; time < 4; time += 1) {
      await session.rows('select sets()')
      expect(await session.rows('select gets()')).toEqual([{ gets: '"$user", public' }])
      await session.rows('select pg_advisory_lock(78)::text')
      const held = "select count(*) as n from pg_locks where locktype = 'advisory' and objid = 78"
      expect(await session.rows(held)).toEqual([{ n: 0 }])
      await session.query("do $$ begin execute 'create temp table left_over (n int)'; execute 'listen ears'; end $$")
      const left = `select to_regclass('pg_temp.left_over')::text as made, (select count(*) from pg_listening_channels()) as ears`
      expect(await session.rows(left)).toEqual([{ made: null, ears: 0 }])
      await session.query('create sequence if not exists numbers')
      await session.rows("select nextval('numbers')")
      expect(await session.failure('select lastval()')).toMatchObject({ code: 'INVALID_PARAMETERS' })
    }
  })

  test('does not meet what a function prepared', async () => {
    const session = open()
    const own = 'select count(*) as n from pg_prepared_statements where from_sql'
    await often(session, own)
    for (let time = 0; time < 4; time += 1) {
      // A second one under the same name would fail.
      expect(await session.rows('select prepares()')).toEqual([{ prepares: 1 }])
      expect(await session.rows(own)).toEqual([{ n: 0 }])
    }
  })

  test.each([false, true])(
    'does not meet what a function put under the names of this service (read-only: %s)',
    async (read_only) => {
      const session = open(read_only)
      const names = 'select name from t order by id'
      const path = "select current_setting('search_path') as path from t where id = 1"
      for (const sql of [names, path, path]) await often(session, sql)
      const [{ path: before } = {}] = await session.rows(path)
      await session.rows('select replaces() from t where id = 1')
      expect(await session.rows(path)).toEqual([{ path: before }])
      expect(await session.rows(names)).toEqual([{ name: 'one' }, { name: 'two' }])
    },
  )

  test('is read again after its columns changed, and after its table was made again', async () => {
    const session = open()
    const other = openSession(newPort(), 'changes', { url })
    await other.query('create table changing (a int)')
    await other.query('insert into changing values (1)')
    const sql = 'select * from changing'
    expect(await often(session, sql)).toEqual([{ a: 1 }])
    await other.query('alter table changing add b text default $$x$$')
    expect(await session.rows(sql)).toEqual([{ a: 1, b: 'x' }])
    expect(await often(session, sql)).toEqual([{ a: 1, b: 'x' }])
    await other.query('alter table changing rename a to c')
    expect(await session.rows(sql)).toEqual([{ c: 1, b: 'x' }])
    await other.query('drop table changing')
    expect(await session.failure(sql)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    await other.query('create table changing (a text)')
    expect(await often(session, sql)).toEqual([])
    expect(await session.query(sql)).toMatchObject({ columns: [{ name: 'a', type: 'text' }] })
  })

  test('runs once where its name is gone', async () => {
    const session = open()
    const write = 'insert into log values (7) returning n'
    await often(session, write)
    await session.rows('select forgets()')
    expect(await session.rows(write)).toEqual([{ n: 7 }])
    await often(session, 'select forgets() from t')
    expect(await session.rows(write)).toEqual([{ n: 7 }])
    expect(await session.query('delete from log where n = 7')).toMatchObject({ affectedRows: 6 })
  })

  test('fails as it should when it fails later, and works afterwards', async () => {
    const session = open()
    const sql = 'select 10 / :n::int as n from t where id = 1'
    for (let time = 0; time < 4; time += 1) {
      expect(await often(session, sql, { n: '5' })).toEqual([{ n: 2 }])
      expect(await session.failure(sql, { n: '0' })).toMatchObject({
        code: 'INVALID_PARAMETERS',
        details: { upstream: { code: '22012' } },
      })
    }
    const cut = `select id as ${'x'.repeat(70)} from t`
    for (let time = 0; time < 4; time += 1)
      expect(await session.failure(cut)).toMatchObject({ message: expect.stringContaining('63 bytes') })
  })

  test('is stopped like any other', async () => {
    const session = open()
    const sql = 'select pg_sleep(:s)::text as x from t where id = 1'
    await often(session, sql, { s: 0.001 })
    expect(await session.failure(sql, { s: 600.5 }, { timeoutMs: 100 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(await session.rows(sql, { s: 0.001 })).toEqual([{ x: '' }])
  })

  test('is forgotten for newer ones, so that a session never keeps more than a few', async () => {
    const session = open()
    for (let n = 0; n < 80; n += 1) await often(session, `select ${n} as n, id from t`)
    const statements = await kept(session, 'select % as n, id from t')
    expect(statements.length).toBeGreaterThan(20)
    expect(statements.length).toBeLessThanOrEqual(33)
    expect(statements).toContain('select 79 as n, id from t')
    expect(await session.rows('select 0 as n, id from t where id = 1')).toEqual([{ n: 0, id: 1 }])
  })

  test('is not kept where it is about no table, since that would not pay', async () => {
    const session = open()
    await often(session, 'select pg_backend_pid() as pid')
    await often(session, "select 'from' as text")
    expect(await kept(session)).toEqual([])
  })
})

describe('names of statements', () => {
  const sql = (text: string, types: number[] = []) => ({ text, values: [], locate: (at: number) => at, types })

  test('are given to a text that ran once, and are never those of another connection', () => {
    const [some, others] = [new StatementNames(), new StatementNames()]
    expect(some.of(sql('a'))).toBeUndefined()
    for (const names of [some, others]) names.ran(sql('a'))
    expect(some.of(sql('a', [23]))).toBeUndefined()
    expect(some.of(sql('a'))?.name).not.toBe(others.of(sql('a'))?.name)
    expect(some.of(sql('a'))).toBe(some.of(sql('a')))
    some.clear()
    expect(some.areThere).toBe(false)
    expect(some.of(sql('a'))).toBeUndefined()
  })

  test('are not given to long texts', () => {
    const names = new StatementNames()
    const long = sql('x'.repeat(20_000))
    names.ran(long)
    expect(names.of(long)).toBeUndefined()
  })
})

describePgBouncer('PostgreSQL behind PgBouncer in transaction mode', (bouncer) => {
  test.each([false, true])(
    'a text that comes again runs each time, and once each time (read-only: %s)',
    async (read_only) => {
      const url = await bouncer.createDatabase('create table log (n int); insert into log values (0)')
      const sessions = ['a', 'b'].map((key) => openSession(newPort(), `${key} ${read_only}`, { url, read_only }))
      const write = openSession(newPort(), `write ${read_only}`, { url })
      for (let n = 1; n <= 12; n += 1) {
        const ask = (session: Session, text: string) =>
          session.rows(`select n, '${text}' as text from log where n = :n`, { n: 0 })
        const calls = sessions.flatMap((session) => [ask(session, 'x'), ask(session, 'y'), ask(session, 'x')])
        const texts = (await Promise.all(calls)).map(([row]) => row)
        expect(texts).toEqual(['x', 'y', 'x', 'x', 'y', 'x'].map((text) => ({ n: 0, text })))
        const written = [1, 2, 3].map(() => write.query('insert into log values (:n)', { n }))
        for (const result of await Promise.all(written)) expect(result).toEqual({ kind: 'affected', affectedRows: 1 })
      }
      expect(await write.rows('select count(*) as n, sum(n) as sum from log')).toEqual([{ n: 37, sum: 234 }])
    },
  )
})
