import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import Database from 'libsql'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { chinookFile, testOnChinook } from '../../databases/index.js'
import { childrenOf, isAlive } from '../confined/child-processes.js'
import { closePorts, failureOf, newPort, openSession, upstreamOf } from '../harness.js'

const folder = mkdtempSync(join(tmpdir(), 'connectors-sqlite-file-'))
afterAll(async () => {
  await closePorts()
  rmSync(folder, { recursive: true })
})

const port = newPort()
let made = 0
const open = (file: string, more: Record<string, unknown> = {}) => {
  made += 1
  return openSession(port, `${made}`, { url: `sqlite:///${file}`, ...more })
}
/** A file made by the driver itself, with SQL that our own port might refuse. */
const fileWith = (name: string, script: string): string => {
  const file = join(folder, name)
  const database = new Database(file)
  database.exec(script)
  database.close()
  return file
}

describe('the file of a SQLite account', () => {
  test('is not created if it does not exist, which is an error', async () => {
    const missing = join(folder, 'missing.db')
    const session = open(missing)
    expect(await failureOf(session.database.probe())).toMatchObject({
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('no readable SQLite file'),
      retryable: false,
    })
    expect(await session.failure('create table t (n)')).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(existsSync(missing)).toBe(false)
  })

  test('is refused if it is a directory or not a database', async () => {
    expect(await open(folder).failure('select 1')).toMatchObject({ message: expect.stringContaining('directory') })
    const text = join(folder, 'text.db')
    writeFileSync(text, 'This is no database. '.repeat(100))
    const error = await failureOf(open(text).database.probe())
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(upstreamOf(error)).toMatchObject({ engine: 'sqlite', code: 'SQLITE_NOTADB' })
  })

  test.each(['sqlite://', 'sqlite:///', 'sqlite:///:memory:', 'sqlite:///file:x?mode=memory', 'sqlite://host/x.db'])(
    'is refused if the url is %s',
    async (url) => {
      const session = openSession(port, url, { url })
      expect(await failureOf(session.database.probe())).toMatchObject({
        code: 'INVALID_PARAMETERS',
        message: expect.stringContaining('must be a file'),
      })
    },
  )

  test("is refused on a service where files of this machine are not the user's", async () => {
    const file = fileWith('ours.db', 'create table t (n)')
    const closed = openSession(newPort({ localFiles: false }), 'x', { url: `sqlite:///${file}` })
    expect(await closed.failure('select 1')).toMatchObject({ code: 'FORBIDDEN' })
  })

  test('is resolved from the working directory, and may have any name', async () => {
    for (const name of ['a b.db', 'c%20d.db', 'e#f.db', 'ünï.db', "g'h.db"]) {
      const file = fileWith(name, 'create table t (n); insert into t values (1)')
      expect(await open(file).rows('select n from t')).toEqual([{ n: 1 }])
      expect(await open(relative(process.cwd(), file)).rows('select n from t')).toEqual([{ n: 1 }])
      expect(await open(file, { read_only: true }).rows('select n from t')).toEqual([{ n: 1 }])
    }
  })

  test('is opened again after another file was put in its place', async () => {
    const file = fileWith('replaced.db', "create table t (s); insert into t values ('old')")
    const session = open(file)
    expect(await session.rows('select s from t')).toEqual([{ s: 'old' }])
    renameSync(fileWith('new.db', "create table t (s); insert into t values ('new')"), file)
    expect(await session.rows('select s from t')).toEqual([{ s: 'new' }])
    rmSync(file)
    expect(await session.failure('select s from t')).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('may have a write-ahead log, read-only too', async () => {
    const file = fileWith('wal.db', 'pragma journal_mode = wal; create table t (n); insert into t values (1)')
    const writer = open(file)
    await writer.query('insert into t values (2)')
    expect(await open(file, { read_only: true }).rows('select count(*) as n from t')).toEqual([{ n: 2 }])
  })

  testOnChinook('Chinook: 3,503 tracks, read from where it lies', async () => {
    const music = open(chinookFile, { read_only: true })
    expect(await music.rows('select count(*) as n from Track')).toEqual([{ n: 3503 }])
    expect(await music.rows('select Name from Artist where ArtistId = :id', { id: 1 })).toEqual([{ Name: 'AC/DC' }])
    const result = await music.query('select TrackId, UnitPrice, Milliseconds / 2.0 from Track limit 1')
    expect(result).toMatchObject({
      columns: [
        { name: 'TrackId', type: 'INTEGER' },
        { name: 'UnitPrice', type: 'NUMERIC(10,2)' },
        { name: 'Milliseconds / 2.0', type: null },
      ],
    })
  })
})

describe('values of SQLite', () => {
  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775807 - 1', '-9223372036854775808'],
    ['1.5', 1.5],
    ['0.1', 0.1],
    ['9e999', 'Infinity'],
    ['-9e999', '-Infinity'],
    ["x'00ff10'", 'AP8Q'],
    ["x''", ''],
    ['null', null],
    ["'2024-02-29 10:11:12'", '2024-02-29 10:11:12'],
    ["'日本😀'", '日本😀'],
  ])('%s', async (expression, value) => {
    const session = open(fileWith(`value-${made}.db`, 'create table t (n)'))
    expect(await session.rows(`select ${expression} as v`)).toEqual([{ v: value }])
  })

  test('keep their type as variables', async () => {
    const session = open(fileWith('bound.db', 'create table t (n)'))
    const [row] = await session.rows(
      'select typeof(:i) as i, typeof(:f) as f, typeof(:t) as t, typeof(:n) as n, typeof(:b) as b, :b as yes, typeof(:o) as o',
      { i: 7, f: 1.5, t: '7', n: null, b: true, o: { a: 1 } },
    )
    expect(row).toEqual({ i: 'integer', f: 'real', t: 'text', n: 'null', b: 'integer', yes: 1, o: 'text' })
  })

  test('of a changing statement are returned after all of its work is done', async () => {
    const session = open(fileWith('returning.db', 'create table t (n integer primary key)'))
    const numbers = 'with recursive c(n) as (select 1 union all select n + 1 from c where n < 500) select n from c'
    const result = await session.query(`insert into t ${numbers} returning n`, {}, { limit: 2 })
    expect(result).toMatchObject({ rows: [{ n: 1 }, { n: 2 }], truncated: true })
    expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 500 }])
    const sql = 'with x as (select max(n) as m from t) insert into t select n + m from t, x returning n'
    expect(await session.query(sql, {}, { limit: 2 })).toMatchObject({ truncated: true })
    expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 1000 }])
  })

  test('are computed for no more rows than requested', async () => {
    const session = open(fileWith('lazy.db', 'create table t (n)'))
    // The third row would take for ever.
    const slow = `select n from (select 1 as n union all select 2 union all
      select count(*) from (with recursive c(n) as (select 1 union all select n + 1 from c) select n from c))`
    expect(await session.query(slow, {}, { limit: 1, timeoutMs: 5_000 })).toMatchObject({
      rows: [{ n: 1 }],
      truncated: true,
    })
  })
})

describe('concurrent use of one file', () => {
  test('reports a locked file as an error that may be retried', async () => {
    const file = fileWith('locked.db', 'create table t (n)')
    const other = new Database(file)
    other.exec('begin immediate')
    const session = open(file)
    expect(await session.failure('insert into t values (1)')).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
    other.exec('rollback')
    expect(await session.query('insert into t values (1)')).toMatchObject({ affectedRows: 1 })
    other.close()
  })

  test('loses no write of many writers', async () => {
    const file = fileWith('many.db', 'create table t (n)')
    const session = open(file)
    await Promise.all(Array.from({ length: 30 }, (_, n) => session.query('insert into t values (:n)', { n })))
    expect(await session.rows('select count(distinct n) as n from t')).toEqual([{ n: 30 }])
  })

  test('leaves nothing of an interrupted write', async () => {
    const file = fileWith('interrupted.db', 'create table t (n)')
    const session = open(file)
    const endless = 'insert into t with recursive c(n) as (select 1 union all select n + 1 from c) select n from c'
    expect(await session.failure(endless, {}, { timeoutMs: 500 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 0 }])
    expect(await session.query('insert into t values (1)')).toMatchObject({ affectedRows: 1 })
  })
})

describe('a SQLite account cannot reach beyond its file', () => {
  const secret = join(folder, 'secret.txt')
  writeFileSync(secret, 'top secret')

  test.each([`attach '${secret}' as x`, `vacuum into '${secret}.db'`, "select load_extension('x')"])(
    '%s',
    async (sql) => {
      const session = open(fileWith(`inside-${made}.db`, 'create table t (n)'))
      expect(await session.failure(sql)).toMatchObject({ code: 'FORBIDDEN' })
      expect(existsSync(`${secret}.db`)).toBe(false)
    },
  )

  // The driver has no such function; `:a(…)` is one variable to SQLite, whatever stands in it.
  test.each([
    `select readfile('${secret}')`,
    `select cast("readfile"('${secret}') as text)`,
    `select * from fsdir('${folder}')`,
    `select sha3_query('select read' || 'file(''${secret}'')')`,
    `select:a('),readfile('${secret}')--')`,
    `select$a("),readfile('${secret}')--")`,
  ])('%s', async (sql) => {
    const session = open(fileWith(`inside-${made}.db`, 'create table t (n)'))
    expect(await session.failure(sql)).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test('by views and triggers that the file contains', async () => {
    const file = fileWith(
      'views.db',
      `create table t (n); create view reads as select readfile('${secret}') as x; create view lists as select name from fsdir('${folder}');
       create view writes as select writefile('${secret}', 'gone'); create view hashes as select sha3_query('select 1');
       create trigger tr after insert on t begin select writefile('${secret}', 'gone'); end`,
    )
    const session = open(file)
    for (const view of ['reads', 'lists', 'writes', 'hashes'])
      expect(await session.failure(`select * from ${view}`)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(await session.failure('insert into t values (1)')).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(readFileSync(secret, 'utf8')).toBe('top secret')
  })

  test('and is limited in memory', async () => {
    const session = open(fileWith('memory.db', 'create table t (n)'))
    const value = 'select length(zeroblob(900000000)) as n, hex(zeroblob(400000000)) as h'
    expect(await session.failure(value)).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('128 MiB'),
    })
    const row = `select ${Array.from({ length: 20 }, () => 'hex(zeroblob(60000000))').join()}`
    expect(await session.failure(row)).toMatchObject({ code: 'TOO_LARGE', message: expect.stringContaining('448 MiB') })
    expect(await session.rows('select 1 as n')).toEqual([{ n: 1 }])
  })

  test('and is limited in its answers like the other engines', async () => {
    const session = open(fileWith('large.db', 'create table t (n)'))
    const many =
      'with recursive c(n) as (select 1 union all select n + 1 from c limit 100) select hex(zeroblob(1000000)) from c'
    const failure = { code: 'TOO_LARGE', message: expect.stringContaining('64 MiB') }
    expect(await session.failure(many)).toMatchObject(failure)
    expect(await session.failure('select zeroblob(60000000)')).toMatchObject(failure)
    // Each row of an answer repeats the names of its columns.
    const named = `select n as "${'x'.repeat(100_000)}" from (${many.replace('hex(zeroblob(1000000))', '1 as n').replace('100)', '1000)')})`
    expect(await session.failure(named)).toMatchObject(failure)
    expect(await session.failure(`insert into t ${many} returning n`)).toMatchObject(failure)
    expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 0 }])
  })

  test('and is limited in statement length and expression depth, which the error says', async () => {
    const session = open(fileWith('long.db', 'create table t (n)'))
    const text = 'x'.repeat(8 * 1024 * 1024)
    expect(await session.rows(`select length('${text}') as n`)).toEqual([{ n: text.length }])
    expect(await session.failure(`select '${text}', '${text}'`)).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('16 MiB'),
    })
    const deep = await session.failure(`select ${'('.repeat(5000)}1${')'.repeat(5000)}`)
    expect(deep).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(String(upstreamOf(deep).message)).toMatch(/depth|stack|recursion limit/i)
  })
})

test('SQLite processes end with the last account, and when this process is killed', { timeout: 60_000 }, async ({
  skip,
}) => {
  if (process.platform !== 'linux') skip('the processes are looked for in /proc')
  const file = fileWith('watched.db', 'create table t (n)')
  const script = `
    import { createDatabasePort } from ${JSON.stringify(new URL('../../../src/database/index.ts', import.meta.url).href)}
    const database = createDatabasePort().open('x', { url: ${JSON.stringify(`sqlite:///${file}`)} })
    const query = (sql) => database.query(sql, {}, { limit: 1, timeoutMs: 300000, signal: new AbortController().signal })
    await query('select 1')
    setTimeout(() => process.stdout.write('running'), 300)
    await query('with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c')`
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => parent.stdout.once('data', resolve))
  const children = () => childrenOf(parent.pid ?? 0)
  const workers = children()
  expect(workers.length).toBeGreaterThan(0)
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000 })

  const brief = newPort({ idleMs: 100 })
  const before = childrenOf(process.pid)
  await openSession(brief, 'a', { url: `sqlite:///${file}` }).rows('select 1')
  expect(childrenOf(process.pid).length).toBe(before.length + 1)
  await vi.waitFor(() => expect(childrenOf(process.pid)).toEqual(before), { timeout: 10_000 })
})

test('a SQLite process that is killed fails its own statement and no other', async ({ skip }) => {
  if (process.platform !== 'linux') skip('the processes are looked for in /proc')
  const session = openSession(newPort(), 'ended', { url: `sqlite:///${fileWith('ended.db', 'create table t (n)')}` })
  const before = new Set(childrenOf(process.pid))
  await session.rows('select 1 as n')
  const [child = 0] = childrenOf(process.pid).filter((pid) => !before.has(pid))
  const running = session.failure(
    'insert into t with recursive c(n) as (select 1 union all select n + 1 from c) select n from c',
  )
  // Its journal shows that it runs.
  await vi.waitFor(() => expect(existsSync(join(folder, 'ended.db-journal'))).toBe(true), { timeout: 10_000 })
  process.kill(child, 'SIGKILL')
  expect(await running).toMatchObject({ code: 'UPSTREAM_ERROR', message: expect.stringContaining('took effect') })
  expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 0 }])
})
