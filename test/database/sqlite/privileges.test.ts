import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, DatabaseSync } from '@photostructure/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type AuthorizerAction,
  DENIED_FUNCTIONS,
  FUNCTIONS,
  INNER_FUNCTIONS,
  MODULES,
  PRAGMAS,
  RIGHTS,
} from '../../../src/database/sqlite/privileges.js'
import { closePorts, newPort, openSession, type Session } from '../harness.js'

const folder = mkdtempSync(join(tmpdir(), 'connectors-sqlite-rights-'))
const port = newPort()
afterAll(async () => {
  await closePorts()
  rmSync(folder, { recursive: true })
})

const SCHEMA = `create table t (a text, b int); insert into t values ('x', 1); create index ti on t (a);
  create view v as select a from t; create trigger tr after delete on t begin select 1; end;
  create virtual table r using rtree (id, x, y); create virtual table f using fts5 (w); insert into f values ('word');
  create table plain_node (a)`

let made = 0
function sessions(): { file: string; writer: Session; reader: Session } {
  made += 1
  const file = join(folder, `${made}.db`)
  const database = new DatabaseSync(file)
  database.exec(SCHEMA)
  database.close()
  const open = (kind: string, more: object) =>
    openSession(port, `${made}${kind}`, { url: `sqlite:///${file}`, ...more })
  return { file, writer: open('w', {}), reader: open('r', { read_only: true }) }
}

/** What became of a statement: `ok`, or the words by which its refusal is known. */
const outcome = (session: Session, sql: string): Promise<string> =>
  session.query(sql).then(
    () => 'ok',
    (error: { code: string; message: string }) => {
      if (error.message.includes('linked read-only')) return 'read-only'
      if (error.message.includes('Files beside')) return 'beyond-the-file'
      if (error.message.includes('Transactions')) return 'transaction'
      if (error.message.includes('PRAGMA')) return 'setting'
      if (error.message.includes('A function')) return 'function'
      if (error.message.includes('virtual table can only')) return 'module'
      return `${error.code}: ${error.message}`
    },
  )

/** For each action statements that ask for it, and what becomes of them for an account that may write and one that may not. */
const LINES: Record<AuthorizerAction, [sql: string, writer: string, reader: string][]> = {
  CREATE_INDEX: [['create index i on t (b)', 'ok', 'read-only']],
  CREATE_TABLE: [['create table n (a)', 'ok', 'read-only']],
  CREATE_TEMP_INDEX: [['create index temp.i on x (a)', 'INVALID_PARAMETERS', 'INVALID_PARAMETERS']],
  CREATE_TEMP_TABLE: [['create temp table n (a)', 'ok', 'read-only']],
  CREATE_TEMP_TRIGGER: [['create temp trigger n after insert on t begin select 1; end', 'ok', 'read-only']],
  CREATE_TEMP_VIEW: [['create temp view n as select 1', 'ok', 'read-only']],
  CREATE_TRIGGER: [['create trigger n after insert on t begin select 1; end', 'ok', 'read-only']],
  CREATE_VIEW: [['create view n as select 1', 'ok', 'read-only']],
  DELETE: [['delete from t', 'ok', 'read-only']],
  DROP_INDEX: [['drop index ti', 'ok', 'read-only']],
  DROP_TABLE: [['drop table t', 'ok', 'read-only']],
  DROP_TEMP_INDEX: [['drop index temp.i', 'INVALID_PARAMETERS', 'INVALID_PARAMETERS']],
  DROP_TEMP_TABLE: [['drop table temp.n', 'INVALID_PARAMETERS', 'INVALID_PARAMETERS']],
  DROP_TEMP_TRIGGER: [['drop trigger temp.n', 'INVALID_PARAMETERS', 'INVALID_PARAMETERS']],
  DROP_TEMP_VIEW: [['drop view temp.n', 'INVALID_PARAMETERS', 'INVALID_PARAMETERS']],
  DROP_TRIGGER: [['drop trigger tr', 'ok', 'read-only']],
  DROP_VIEW: [['drop view v', 'ok', 'read-only']],
  INSERT: [
    ["insert into t values ('y', 2)", 'ok', 'read-only'],
    // The name of a table of an R-tree: the mode of the file refuses what the authorizer lets pass.
    ['insert into plain_node values (1)', 'ok', 'read-only'],
  ],
  PRAGMA: [
    ['pragma table_info(t)', 'ok', 'ok'],
    ['pragma user_version = 7', 'ok', 'read-only'],
    ['pragma writable_schema = 1', 'setting', 'setting'],
  ],
  READ: [['select a from t', 'ok', 'ok']],
  SELECT: [['select 1', 'ok', 'ok']],
  TRANSACTION: [
    ['begin', 'transaction', 'transaction'],
    ['explain begin', 'transaction', 'transaction'],
    ['explain commit', 'transaction', 'transaction'],
  ],
  UPDATE: [['update t set b = 2', 'ok', 'read-only']],
  ATTACH: [
    ["attach '' as x", 'beyond-the-file', 'beyond-the-file'],
    ["attach ':memory:' as x", 'beyond-the-file', 'beyond-the-file'],
    [`attach '${folder}/other.db' as x`, 'beyond-the-file', 'beyond-the-file'],
    [`explain attach '${folder}/other.db' as x`, 'beyond-the-file', 'beyond-the-file'],
    [`vacuum into '${folder}/other.db'`, 'beyond-the-file', 'beyond-the-file'],
    [`vacuum main into 'file:${folder}/other.db?mode=rwc'`, 'beyond-the-file', 'beyond-the-file'],
    ['vacuum', 'ok', 'beyond-the-file'],
  ],
  DETACH: [['detach main', 'beyond-the-file', 'beyond-the-file']],
  ALTER_TABLE: [
    ['alter table t rename to u', 'ok', 'read-only'],
    ['alter table u rename column b to c', 'ok', 'INVALID_PARAMETERS'],
    ['alter table u add column d', 'ok', 'INVALID_PARAMETERS'],
    ['alter table u drop column d', 'ok', 'INVALID_PARAMETERS'],
    ['alter table u add constraint positive check (c >= 0)', 'ok', 'INVALID_PARAMETERS'],
    ['alter table u drop constraint positive', 'ok', 'INVALID_PARAMETERS'],
  ],
  REINDEX: [['reindex', 'ok', 'read-only']],
  ANALYZE: [['analyze', 'ok', 'read-only']],
  CREATE_VTABLE: [
    ['create virtual table n using fts5 (w)', 'ok', 'read-only'],
    ['create virtual table m using FTS4 (w)', 'ok', 'read-only'],
    ["create virtual table o using csv (filename = '/etc/passwd')", 'module', 'read-only'],
    ['create virtual table temp.p using dbstat', 'module', 'read-only'],
  ],
  DROP_VTABLE: [['drop table f', 'ok', 'read-only']],
  FUNCTION: [
    ['select lower(a) from t', 'ok', 'ok'],
    ["select load_extension('x')", 'function', 'function'],
    ["select * from t where a = fts3_tokenizer('simple')", 'function', 'function'],
    ["create index n on t (sqlite_log(1, 'x'))", 'function', 'read-only'],
  ],
  SAVEPOINT: [
    ['savepoint x', 'transaction', 'transaction'],
    ['explain savepoint x', 'transaction', 'transaction'],
  ],
  RECURSIVE: [['with recursive c (n) as (select 1 union all select n + 1 from c limit 3) select n from c', 'ok', 'ok']],
}

describe('each line of the table of SQLite actions', () => {
  test.each(Object.entries(LINES))('%s', async (_, lines) => {
    const { writer } = sessions()
    const { reader } = sessions()
    const expected = (text: string) => (/^[A-Z]/.test(text) ? expect.stringContaining(text) : text)
    for (const [sql, byWriter, byReader] of lines) {
      expect(await outcome(reader, sql), `reader: ${sql}`).toEqual(expected(byReader))
      expect(await outcome(writer, sql), `writer: ${sql}`).toEqual(expected(byWriter))
    }
    expect(readdirSync(folder).filter((name) => name.includes('other'))).toEqual([])
  })

  test('is an action of SQLite, and no action is missing', () => {
    const actions = Object.entries(constants as unknown as Record<string, number>).filter(
      ([name]) => !/_(?:OK|DENY|IGNORE|COPY)$|_OPEN_|_CHANGESET_/.test(name),
    )
    expect(Object.fromEntries(actions)).toEqual(
      Object.fromEntries(Object.entries(RIGHTS).map(([name, { code }]) => [`SQLITE_${name}`, code])),
    )
  })
})

describe('names in the table of SQLite functions', () => {
  const driver = new DatabaseSync(':memory:')
  const named = (sql: string) =>
    driver
      .prepare(sql)
      .all()
      .map((row) => String((row as { name: string }).name))

  test('list every function of the driver as allowed or denied', () => {
    const all = named('select distinct name from pragma_function_list')
    expect(all.length).toBeGreaterThan(150)
    expect(all.filter((name) => !FUNCTIONS.has(name) && !DENIED_FUNCTIONS.has(name))).toEqual([])
    for (const name of DENIED_FUNCTIONS) expect(all).toContain(name)
    for (const name of FUNCTIONS) expect([...all, 'match', 'highlight'].includes(name)).toBe(true)
    for (const file of ['readfile', 'writefile', 'edit', 'fsdir', 'lsmode']) expect(all).not.toContain(file)
  })

  test('refuse a denied function', async () => {
    const { writer, reader } = sessions()
    for (const name of DENIED_FUNCTIONS)
      for (const session of [writer, reader])
        for (const call of [`${name}('x')`, `"${name}"('x')`, `[${name}] ('x')`, `${name.toUpperCase()}/**/('x')`])
          expect(await outcome(session, `select ${call}`), call).toMatch(
            /^function$|wrong number|refused the statement/,
          )
    expect(await outcome(writer, 'select load_extension(1)')).toBe('function')
  })

  test('refuse the internal functions of ALTER TABLE', async () => {
    const { writer } = sessions()
    for (const name of INNER_FUNCTIONS)
      expect(await outcome(writer, `select ${name}(1)`)).toContain('INVALID_PARAMETERS')
  })

  test('list only modules that stay in the file', async () => {
    const all = named("select name from pragma_module_list where name not like 'pragma_%'")
    expect(all.filter((name) => !MODULES.has(name))).toEqual(['dbstat'])
    const { reader } = sessions()
    expect(await outcome(reader, 'select name from dbstat')).toBe('ok')
  })

  test('list each PRAGMA of the driver as readable or refused', async () => {
    const { writer, reader } = sessions()
    for (const name of named('select name from pragma_pragma_list')) {
      const use = PRAGMAS.get(name)
      const asked = await outcome(reader, `pragma ${name}`)
      if (use === undefined) expect(asked, name).toBe('setting')
      else if (use === 'work') expect(asked, name).toBe('read-only')
      else expect(asked, name).toBe('ok')
      const set = await outcome(writer, `pragma ${name} = 3`)
      if (use === undefined || use === 'none' || typeof use === 'object') expect(set, name).toBe('setting')
      else expect(set, name).not.toBe('setting')
    }
  })

  test('allow to set only PRAGMAs that are stored in the file', async () => {
    const { writer, reader } = sessions()
    expect(await writer.rows('pragma journal_mode = wal')).toEqual([{ journal_mode: 'wal' }])
    expect(await outcome(reader, 'pragma journal_mode = delete')).toBe('read-only')
    for (const mode of ['off', 'memory', 'truncate', 'persist'])
      expect(await outcome(writer, `pragma journal_mode = ${mode}`)).toBe('setting')
    expect(await outcome(writer, 'pragma foreign_keys = on')).toBe('ok')
    // Such a setting takes effect while SQLite only compiles it.
    for (const sql of [
      'pragma foreign_keys = off',
      'explain pragma foreign_keys = off',
      'pragma main.trusted_schema(1)',
    ])
      expect(await outcome(writer, sql)).toBe('setting')
    expect(await writer.rows('pragma foreign_keys')).toEqual([{ foreign_keys: 1 }])
  })
})

describe('a read-only account of SQLite', () => {
  test('reads every kind of table, R-trees and full text too', async () => {
    const { writer, reader } = sessions()
    await writer.query('insert into r values (1, 2, 3)')
    expect(await reader.rows('select id from r where x > 1')).toEqual([{ id: 1 }])
    expect(await reader.rows("select w from f where f match 'word'")).toEqual([{ w: 'word' }])
    expect(await reader.rows('select * from v')).toEqual([{ a: 'x' }])
    for (const sql of ['delete from r', "insert into f values ('y')", "insert into f (f) values ('optimize')"])
      expect(await outcome(reader, sql)).toBe('read-only')
  })

  test('cannot write by any detour', async () => {
    const { writer, reader } = sessions()
    for (const sql of [
      'with x as (select 1) insert into t select 1, 2 from x',
      "insert into t values ('y', 2) returning a",
      "replace into t values ('y', 2)",
      'explain delete from t',
      'pragma optimize',
      'pragma wal_checkpoint(truncate)',
      "update sqlite_schema set sql = ''",
      'create table n as select 1 as a',
    ])
      expect(await outcome(reader, sql), sql).toMatch(/^read-only$|^INVALID_PARAMETERS/)
    expect(await writer.rows('select count(*) as n from t')).toEqual([{ n: 1 }])
  })
})
