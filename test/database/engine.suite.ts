import { beforeAll, describe, expect, test, vi } from 'vitest'
import { newPort, openSession, type Session, upstreamOf } from './harness.js'

export interface EngineUnderTest {
  engine: 'postgresql' | 'mysql' | 'sqlite'
  /** The configuration of an empty database that only this suite uses. */
  configuration(): Promise<Record<string, unknown>>
  /** A statement that runs until it is stopped. */
  endless: string
  /** A select of `n`, a million numbers, which the engine makes one by one. */
  million: string
  /** How many connections to the database are open now, where the engine can tell. */
  connections?(session: Session): Promise<number>
}

/** What every engine does alike. */
export function engineSuite(under: EngineUnderTest): void {
  let configuration: Record<string, unknown>
  let session: Session
  const port = newPort()

  beforeAll(async () => {
    configuration = await under.configuration()
    session = openSession(port, 'main', configuration)
    await session.query('create table item (id integer primary key, name varchar(200), note text)')
  })

  describe('the answer to a query', () => {
    test('has rows with their columns, in order', async () => {
      const result = await session.query("select 1 as one, 'a' as two, null as three")
      expect(result).toMatchObject({ kind: 'rows', rows: [{ one: 1, two: 'a', three: null }], truncated: false })
      expect(result.kind === 'rows' && result.columns.map(({ name }) => name)).toEqual(['one', 'two', 'three'])
    })

    test('names the columns even if there are no rows', async () => {
      const result = await session.query('select id, name from item where 1 = 0')
      expect(result).toMatchObject({ kind: 'rows', rows: [], truncated: false })
      expect(result.kind === 'rows' && result.columns.map(({ name }) => name)).toEqual(['id', 'name'])
    })

    test('has unique column names, of any characters', async () => {
      const quote = under.engine === 'mysql' ? '`' : '"'
      const name = (text: string) => `${quote}${text}${quote}`
      const sql = `select 1 as a, 2 as a, 3 as a_2, 4 as a, 5 as ${name('__proto__')}, 6 as ${name('Ünï x')}`
      const [row] = await session.rows(sql)
      expect(Object.entries(row ?? {})).toEqual([
        ['a', 1],
        ['a_3', 2],
        ['a_2', 3],
        ['a_4', 4],
        ['__proto__', 5],
        ['Ünï x', 6],
      ])
    })

    test('counts the rows that a statement changed, -1 for a definition', async () => {
      expect(await session.query("insert into item values (1, 'a', null), (2, 'b', null)")).toEqual({
        kind: 'affected',
        affectedRows: 2,
      })
      expect(await session.query('update item set note = name')).toEqual({ kind: 'affected', affectedRows: 2 })
      expect(await session.query('delete from item')).toEqual({ kind: 'affected', affectedRows: 2 })
      expect(await session.query('create table made (x int)')).toEqual({ kind: 'affected', affectedRows: -1 })
      expect(await session.query('drop table made')).toEqual({ kind: 'affected', affectedRows: -1 })
    })
  })

  describe('variables of a query', () => {
    test('are bound, and text of any kind is returned unchanged', async () => {
      const texts = ["'; drop table item; --", '$1 ? :name ::int', '\\', "\\'", '"', '`', '日本語 😀', '%_', '', ' ']
      for (const text of texts) {
        await session.query('insert into item values (:id, :text, :text)', { id: 7, text })
        expect(await session.rows('select name, note from item where name = :text', { text })).toEqual([
          { name: text, note: text },
        ])
        await session.query('delete from item where id = :id', { id: 7 })
      }
    })

    test('numbers, booleans and null keep their meaning', async () => {
      const [row] = await session.rows(
        'select :a + :b as sum, :c as big, :d * 2 as half, case when :yes then 1 else 0 end as yes',
        {
          a: 1,
          b: 2,
          c: 9007199254740991,
          d: 1.5,
          yes: true,
        },
      )
      expect(row).toMatchObject({ sum: 3, big: 9007199254740991, yes: 1 })
      expect(Number(row?.half)).toBe(3)
      expect(await session.rows('select count(*) as n from item where :nothing is null', { nothing: null })).toEqual([
        { n: 0 },
      ])
    })

    test('can be used in limit and offset', async () => {
      await session.query("insert into item values (1, 'a', null), (2, 'b', null), (3, 'c', null)")
      const sql = 'select id from item order by id limit :limit offset :offset'
      expect(await session.rows(sql, { limit: 1, offset: 1 })).toEqual([{ id: 2 }])
    })

    test('can be a list in `in (:ids)`, and used twice', async () => {
      const sql = 'select id from item where id in (:ids) or id in (:ids) order by id'
      expect(await session.rows(sql, { ids: [1, 3, null] })).toEqual([{ id: 1 }, { id: 3 }])
      expect(await session.rows('select id from item where name in (:names)', { names: ["b'", 'b'] })).toEqual([
        { id: 2 },
      ])
      await session.query('delete from item')
    })

    test('are not looked for in strings and comments', async () => {
      const sql = `select ':a' as text, 'it''s :b' as quoted /* :c */, :d as bound -- :e`
      expect(await session.rows(sql, { d: 'x' })).toEqual([{ text: ':a', quoted: "it's :b", bound: 'x' }])
    })
  })

  describe('the limit of a query', () => {
    test('reports whether there were more rows', async () => {
      const all = 'select 1 as n union all select 2 union all select 3'
      expect(await session.query(all, {}, { limit: 3 })).toMatchObject({ truncated: false })
      const cut = await session.query(all, {}, { limit: 2 })
      expect(cut).toMatchObject({ truncated: true })
      expect(cut.kind === 'rows' && cut.rows).toHaveLength(2)
    })

    test('stops the database, so that a large result costs neither time nor memory', async () => {
      const before = process.memoryUsage().rss
      for (let count = 0; count < 5; count += 1) {
        expect(await session.query(under.million, {}, { limit: 10 })).toMatchObject({ truncated: true })
      }
      // A million rows would take hundreds of megabytes.
      expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
      expect(await session.rows('select 1 as n')).toEqual([{ n: 1 }])
    })

    test('leaves no lock behind after a truncated select', async () => {
      await session.query(`insert into item (id, name) select n, 'x' from (${under.million}) as numbers where n <= 500`)
      expect(await session.query('select * from item', {}, { limit: 1 })).toMatchObject({ truncated: true })
      const other = openSession(newPort(), 'other', configuration)
      expect(await other.query('delete from item', {}, { timeoutMs: 5_000 })).toMatchObject({ affectedRows: 500 })
    })
  })

  describe('a query is stopped', () => {
    test('after timeout_ms, and the next query works', async () => {
      const started = Date.now()
      expect(await session.failure(under.endless, {}, { timeoutMs: 300 })).toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
        message: expect.stringContaining('300 ms'),
        retryable: false,
      })
      expect(Date.now() - started).toBeLessThan(5_000)
      expect(await session.rows('select 1 as n')).toEqual([{ n: 1 }])
    })

    test('when the caller aborts, before it starts and while it runs', async () => {
      expect(await session.failure('select 1', {}, { signal: AbortSignal.abort() })).toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
      })
      const caller = new AbortController()
      const failure = session.failure(under.endless, {}, { signal: caller.signal })
      setTimeout(() => caller.abort(), 200)
      expect(await failure).toMatchObject({ code: 'UPSTREAM_TIMEOUT', message: expect.stringContaining('cancelled') })
    })

    test('while it waits for a connection', async () => {
      const busy = [1, 2, 3, 4].map(() => session.failure(under.endless, {}, { timeoutMs: 1_500 }))
      const waiting = session.failure('select 1', {}, { timeoutMs: 300 })
      const first = Promise.race([waiting.then(() => 'waiting'), ...busy.map((each) => each.then(() => 'busy'))])
      expect(await first).toBe('waiting')
      expect(await waiting).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
      for (const failure of await Promise.all(busy)) expect(failure).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
      expect(await session.rows('select 1 as n')).toEqual([{ n: 1 }])
    })

    test('when the account is closed', async () => {
      const other = newPort()
      const closed = openSession(other, 'closing', configuration)
      await closed.rows('select 1 as n')
      const failure = closed.failure(under.endless)
      await other.close('closing')
      expect(await failure).toMatchObject({
        code: 'UPSTREAM_ERROR',
        message: expect.stringContaining('removed or replaced'),
      })
      // The handle opens a pool of its own again.
      expect(await closed.rows('select 2 as n')).toEqual([{ n: 2 }])
    })
  })

  describe('an error in a query is reported', () => {
    test.each([
      ['a syntax error', 'selec 1'],
      ['an unknown table', 'select * from nowhere'],
      ['an unknown column', 'select nothing from item'],
      ['a broken constraint', "insert into item values (1, 'a', null), (1, 'b', null)"],
    ])('for %s', async (_, sql) => {
      const error = await session.failure(sql)
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', retryable: false })
      expect(upstreamOf(error)).toMatchObject({
        engine: under.engine,
        code: expect.any(String),
        message: expect.any(String),
      })
      expect(error.message).not.toContain('nowhere')
      expect(await session.rows('select count(*) as n from item')).toEqual([{ n: 0 }])
    })

    test('with its position in the original query if it has variables', async () => {
      const error = await session.failure('select nothing from item where id = :id', { id: 1 })
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(upstreamOf(error)).toMatchObject({ engine: under.engine, message: expect.stringContaining('nothing') })
      expect(await session.rows('select :id as id', { id: 1 })).toEqual([{ id: 1 }])
    })

    test('for several statements at once', async () => {
      for (const sql of ['select 1; drop table item', 'create table two (x int); drop table item'])
        expect((await session.failure(sql)).message).toContain('several statements')
      expect(await session.rows('select count(*) as n from item;')).toEqual([{ n: 0 }])
    })
  })

  describe('the connection pool', () => {
    test('answers many queries at once with few connections', async () => {
      const many = newPort()
      const own = openSession(many, 'many', await under.configuration())
      const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => own.rows('select :n as n', { n })))
      expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 40 }, (_, n) => n))
      if (under.connections) expect(await under.connections(own)).toBe(4)
      await many.closeAll()
    })

    test('closes its connections when idle, and opens them again', async () => {
      const { connections } = under
      if (!connections) return
      const own = await under.configuration()
      const watcher = openSession(newPort(), 'watcher', own)
      // The process behind it takes longer to start than the other one is idle.
      await watcher.rows('select 1 as n')
      const brief = openSession(newPort({ idleMs: 100 }), 'brief', own)
      await brief.rows('select 1 as n')
      expect(await connections(watcher)).toBe(2)
      await vi.waitFor(async () => expect(await connections(watcher)).toBe(1), { timeout: 10_000 })
      expect(await brief.rows('select 1 as n')).toEqual([{ n: 1 }])
    })

    test('stays open during a query that takes longer than its idle time', async () => {
      const brief = openSession(newPort({ idleMs: 50 }), 'busy', configuration)
      expect(await brief.failure(under.endless, {}, { timeoutMs: 500 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    })

    test('closes when too many other accounts were used since', async () => {
      const { connections } = under
      if (!connections) return
      const own = await under.configuration()
      const watcher = openSession(newPort(), 'watcher', own)
      const few = newPort({ pools: 2 })
      for (const key of ['a', 'b', 'c', 'd']) await openSession(few, key, own).rows('select 1 as n')
      await vi.waitFor(async () => expect(await connections(watcher)).toBe(3), { timeout: 10_000 })
      await few.closeAll()
      await vi.waitFor(async () => expect(await connections(watcher)).toBe(1), { timeout: 10_000 })
    })

    test('keeps no session state between queries', async () => {
      for (const sql of ['begin', 'start transaction', 'commit', 'rollback', 'savepoint a'])
        expect(await session.failure(sql)).toMatchObject({ code: 'INVALID_PARAMETERS' })
      await session.query('create temporary table gone (x int)')
      expect(await session.failure('select * from gone')).toMatchObject({ code: 'INVALID_PARAMETERS' })
    })
  })

  test('the trial of an account succeeds on a working database', async () => {
    const { server, version } = await session.database.probe()
    expect(server).toMatch(/^(?:PostgreSQL|MariaDB|MySQL|SQLite)$/)
    expect(version).toMatch(/^\d+\.\d+/)
  })
}
