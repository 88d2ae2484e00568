import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import type { Json } from '../../../src/kit/index.js'
import { closePorts, newPort, openSession, upstreamOf } from '../harness.js'

const folder = mkdtempSync(join(tmpdir(), 'connectors-sqlite-locks-'))
const port = newPort()
afterAll(async () => {
  await closePorts()
  rmSync(folder, { recursive: true })
})

let made = 0
const newFile = (mode: string): string => {
  made += 1
  const file = join(folder, `${made}.db`)
  const database = new DatabaseSync(file)
  database.exec(`pragma journal_mode = ${mode}; create table t (id integer primary key, n int, s text);
    insert into t with recursive c (i) as (select 1 union all select i + 1 from c where i < 50) select i, i, 'x' || i from c;
    create table log (x); create table p (id integer primary key); create table c (p references p (id));
    insert into t values (99, 99, cast(x'ff' as text)); create virtual table f using fts5 (w); insert into f values ('a')`)
  database.close()
  return file
}
const open = (file: string, more: object = {}) => {
  made += 1
  return openSession(port, `${made}`, { url: `sqlite:///${file}`, ...more })
}

/** Every kind of statement there is: those that work, those that fail, and those that end early. */
const KINDS: [sql: string, variables?: Record<string, Json>, limit?: number][] = [
  ['explain select * from t'],
  ['explain query plan select * from t where id = :id', { id: 1 }],
  ['explain insert into log values (1)'],
  ['explain query plan select * from t', {}, 1],
  ['explain select * from t', {}, 1],
  ['explain select nothing from t'],
  ['pragma table_info(t)'],
  ['pragma table_info(t)', {}, 1],
  ['pragma integrity_check'],
  ['pragma foreign_key_check'],
  ['pragma journal_mode'],
  ['pragma user_version = 3'],
  ['pragma foreign_keys = off'],
  ['pragma wal_checkpoint'],
  ['select * from pragma_table_info(:t)', { t: 't' }, 1],
  ['select id from t', {}, 1],
  ['select id from t where id < 40 order by s', {}, 1],
  ['select id from t where n > :n', { n: 3 }, 2],
  ['select * from t where 1 = 0'],
  ['select s from t'],
  ['select nothing from t'],
  ['select abs(-9223372036854775807 - 1) from t'],
  ['select json(s) from t where id = 1'],
  ['select zeroblob(70000000) from t'],
  ['select id from t union all select abs(-9223372036854775807 - 1)', {}, 3],
  ['with x as (select id from t) select * from x', {}, 1],
  ['with recursive c (i) as (select 1 union all select i + 1 from c) select i from c', {}, 5],
  ['values (1), (2), (3)', {}, 1],
  ["select w from f where f match 'a'"],
  ['insert into log values (:v)', { v: 1 }],
  ['insert into log values (1), (2), (3) returning x', {}, 1],
  ['insert into t (id) values (1)'],
  ['insert into t (id) values (1) returning id'],
  ['insert into c values (77)'],
  ['insert into c values (77) returning p'],
  ['insert into t (id, s) values (100, char(0)) returning s'],
  ["insert into log values (cast(x'ff' as text)) returning x"],
  ['update t set n = n + 1 returning id', {}, 1],
  ['update t set s = s where id = 99 returning *'],
  ['update t set n = 1 where id = 1'],
  ['update or fail t set id = 1 where id in (1, 2) returning id'],
  ['update or rollback t set id = 1 where id in (1, 2) returning id'],
  ['delete from log where x = 7'],
  ['delete from log returning x', {}, 1],
  ['with x as (select 1) insert into log select 1 from x returning x', {}, 1],
  ['replace into t (id, n) values (1, 2)'],
  ['create table made (a)'],
  ['create table made (a)'],
  ['create temp table gone (a)'],
  ['create temp table gone as select * from t'],
  ['create index i on t (n)'],
  ['create unique index u on log (x)'],
  ['create view v as select * from t'],
  ['create trigger tr after insert on log begin select 1; end'],
  ['create virtual table r using rtree (id, x, y)'],
  ['select * from r'],
  ['alter table made add column b'],
  ['drop table made'],
  ['vacuum'],
  ["vacuum into 'x.db'"],
  ['reindex'],
  ['analyze'],
  ['savepoint x'],
  ['begin immediate'],
  ['explain begin'],
  ["attach '' as x"],
  ["select load_extension('x')"],
  ['selec 1'],
]

describe.each(['wal', 'delete'])('journal mode %s', (mode) => {
  const file = newFile(mode)
  const session = open(file)
  const reader = open(file, { read_only: true })
  // It waits for no lock, so that one which is held is seen at once.
  const other = new DatabaseSync(file)
  other.exec('pragma busy_timeout = 0')
  let written = 0

  test.each(KINDS)('leaves no lock after %s', async (sql, variables = {}, limit = 1000) => {
    for (const by of [session, reader]) {
      await by.query(sql, variables, { limit }).catch(() => undefined)
      written += 1
      expect(other.prepare('update p set id = id').run()).toMatchObject({ changes: expect.anything() })
      other.exec(`insert into p values (${written})`)
      expect(await session.rows('select max(id) as n from p'), 'by who may write').toEqual([{ n: written }])
      expect(await reader.rows('select max(id) as n from p'), 'by who may read').toEqual([{ n: written }])
      expect((await session.query('update p set id = id where id = 1')).kind).toBe('affected')
    }
  })

  test('leaves no lock after an endless statement was stopped', async () => {
    const endless = 'with recursive c (i) as (select 1 union all select i + 1 from c) select count(*) from c, t'
    expect(await session.failure(endless, {}, { timeoutMs: 300 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    other.exec('update p set id = id')
  })

  test('leaves no files but those of SQLite', () => {
    other.close()
    expect(existsSync('x.db')).toBe(false)
  })
})

describe('changes of a statement with rows that cannot be returned', () => {
  test('are rolled back, and the error says so', async () => {
    const session = open(newFile('delete'))
    const error = await session.failure("insert into log values (cast(x'61ff' as text)) returning x as text")
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', message: expect.stringContaining('Nothing was changed') })
    expect(upstreamOf(error)).toMatchObject({ column: 'text', row: 1 })
    expect(await session.rows('select count(*) as n from log')).toEqual([{ n: 0 }])
  })

  test('are kept as far as the conflict clause says if it fails half-way', async () => {
    const session = open(newFile('delete'))
    for (const [word, left] of [
      ['fail', 1],
      ['abort', 0],
      ['rollback', 0],
    ] as const) {
      const sql = `insert or ${word} into p values (7), (7) returning id`
      expect((await session.failure(sql)).code).toBe('INVALID_PARAMETERS')
      expect(await session.rows('select count(*) as n from p'), word).toEqual([{ n: left }])
      await session.query('delete from p')
    }
  })
})

describe('a write-ahead log', () => {
  test('that another program is writing can be read', async () => {
    const file = newFile('wal')
    const writer = new DatabaseSync(file)
    const reader = open(file, { read_only: true })
    for (let n = 1; n <= 5; n += 1) {
      writer.exec(`insert into log values (${n})`)
      expect(await reader.rows('select count(*) as n from log')).toEqual([{ n }])
    }
    writer.exec('begin immediate; insert into log values (6)')
    expect(await reader.rows('select count(*) as n from log')).toEqual([{ n: 5 }])
    writer.exec('commit')
    expect(await reader.rows('select count(*) as n from log')).toEqual([{ n: 6 }])
    writer.close()
  })

  test('of a program that was killed is recovered, read-only too', async () => {
    const file = newFile('wal')
    const script = `const { DatabaseSync } = require('@photostructure/sqlite'); const d = new DatabaseSync(process.argv[1]);
      d.exec('insert into log values (1)'); process.kill(process.pid, 'SIGKILL')`
    await new Promise((resolve) => spawn(process.execPath, ['-e', script, file]).on('exit', resolve))
    expect(existsSync(`${file}-wal`)).toBe(true)
    expect(await open(file, { read_only: true }).rows('select count(*) as n from log')).toEqual([{ n: 1 }])
  })

  test('without its -shm file is an error that says which right is missing', async () => {
    const file = newFile('wal')
    mkdirSync(`${file}-shm`)
    for (const more of [{}, { read_only: true }]) {
      const error = await open(file, more).failure('select 1 from t')
      expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', message: expect.stringMatching(/-shm/) })
    }
  })

  test('in a read-only folder is an error that says which right is missing', async ({ skip }) => {
    // Root may write anywhere, so another user plays it.
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/setpriv')) skip('needs root and setpriv to be another user')
    const file = newFile('wal')
    const script = `
      import { createDatabasePort } from ${JSON.stringify(new URL('../../../src/database/index.ts', import.meta.url).href)}
      const signal = new AbortController().signal
      const port = createDatabasePort()
      const database = port.open('x', { url: ${JSON.stringify(`sqlite:///${file}`)}, read_only: true })
      const error = await database.query('select 1 from t', {}, { limit: 1, timeoutMs: 20000, signal }).catch((e) => e)
      process.stdout.write(error.message)
      await port.closeAll()`
    execFileSync('chmod', ['0755', folder])
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '--import', 'tsx']
    const said = execFileSync('/usr/bin/setpriv', [...args, '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(said).toContain('write in its folder')
  })
})

test("another program's journal is rolled back with write access, and reported without", async () => {
  const file = newFile('delete')
  const reader = open(file, { read_only: true })
  expect(await reader.rows('select n from t where id = 1')).toEqual([{ n: 1 }])
  const script = `const { DatabaseSync } = require('@photostructure/sqlite'); const d = new DatabaseSync(process.argv[1]);
    d.exec("pragma cache_size = 1; begin immediate; update t set s = hex(randomblob(4000)); update t set n = n + 1");
    process.kill(process.pid, 'SIGKILL')`
  await new Promise((resolve) => spawn(process.execPath, ['-e', script, file]).on('exit', resolve))
  expect(existsSync(`${file}-journal`)).toBe(true)
  for (const by of [reader, open(file, { read_only: true })]) {
    const error = await by.failure('select count(*) from t')
    expect(error).toMatchObject({
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('in the middle of a change'),
    })
  }
  expect(await open(file).rows('select n from t where id = 1')).toEqual([{ n: 1 }])
  expect(await open(file, { read_only: true }).rows('select n from t where id = 1')).toEqual([{ n: 1 }])
})
