import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mysqlAbilities } from '../../src/database/mysql/privileges.js'
import { describeMariadb, describePostgres } from '../databases/index.js'
import { closePorts, newPort, openSession } from './harness.js'

afterAll(closePorts)

let keys = 0
const probe = (url: string, more: Record<string, unknown> = {}) =>
  openSession(newPort(), `probe ${++keys}`, { url, ...more }).database.probe()
const as = (url: string, username: string): string => Object.assign(new URL(url), { username }).href

/** Asked of a read-only account, it is found out in a read-only transaction: nothing can be changed by that. */
const abilities = async (url: string, more?: Record<string, unknown>) => (await probe(url, more)).abilities

describePostgres('PostgreSQL: what the user can do', (server) => {
  let url = ''
  let name = ''
  /** Users are of the whole server, so each has the database's name in its own. */
  const user = (role: string) => as(url, `${name}_${role}`)
  const inherits = (role: string, of: string) =>
    `create role ${name}_${role} login noinherit; grant ${of} to ${name}_${role}`
  beforeAll(async () => {
    url = await server.createDatabase()
    name = new URL(url).pathname.slice(1)
    await server.run(
      url,
      `revoke create on schema public from public;
       create schema own; create table t (n int, m int); create sequence s; create view v as select * from t;
       ${[
         'reader',
         'inserter',
         'columns',
         'counter',
         'builder',
         'keeper',
         'default_reader',
         'adder',
         'all',
         'nothing',
         'borrower',
       ]
         .map((role) => `create role ${name}_${role} login`)
         .join(';')};
       grant select on t, v to ${name}_reader, ${name}_default_reader; grant insert on t to ${name}_inserter, ${name}_default_reader;
       grant update (m) on t to ${name}_columns; grant usage on s to ${name}_counter;
       grant create on schema own to ${name}_builder; create table owned (n int); alter table owned owner to ${name}_keeper;
       create function lends() returns void security definer language sql as 'insert into t values (7)';
       revoke execute on function lends from public; grant execute on function lends to ${name}_borrower;
       alter role ${name}_default_reader set default_transaction_read_only = on;
       alter role ${name}_adder createrole; grant pg_write_all_data to ${name}_all;
       ${inherits('changer', `${name}_inserter`)}; ${inherits('runner', 'pg_execute_server_program')}`,
    )
  })

  test.each([
    ['nothing', ['read']],
    ['reader', ['read']],
    ['inserter', ['read', 'write']],
    ['columns', ['read', 'write']],
    ['counter', ['read', 'write']],
    ['all', ['read', 'write']],
    ['changer', ['read', 'write']],
    ['builder', ['read', 'write', 'schema']],
    ['keeper', ['read', 'write', 'schema']],
    ['adder', ['read', 'admin']],
    ['runner', ['read', 'admin']],
  ])('of %s is reported as %j', async (role, expected) => {
    expect(await probe(user(role))).toEqual({
      server: 'PostgreSQL',
      version: expect.stringMatching(/^\d/),
      abilities: expected,
    })
  })

  test('of a superuser is everything, and read-only access reduces it', async () => {
    expect(await abilities(url)).toEqual(['read', 'write', 'schema', 'admin'])
    expect(await abilities(user('inserter'), { read_only: true })).toEqual(['read'])
    // A read-only transaction does not keep an administrator from acting on the server.
    expect(await abilities(url, { read_only: true })).toEqual(['read', 'admin'])
    const reader = openSession(newPort(), 'reload', { url, read_only: true })
    expect(await reader.failure('select pg_reload_conf() as done')).toMatchObject({ code: 'FORBIDDEN' })
    // By its name we refuse it; what a function of the database calls is not seen.
    await server.run(url, "create function reload() returns bool language sql as 'select pg_reload_conf()'")
    expect(await reader.rows('select reload() as done')).toEqual([{ done: true }])
    await server.run(url, 'drop function reload()')
  })

  test('is not reduced by a setting that a session can change', async () => {
    const session = openSession(newPort(), 'lifts', { url: user('default_reader') })
    expect(await session.failure('insert into t values (1)')).toMatchObject({ code: expect.any(String) })
    await session.query(
      "do $$ begin perform set_config('default_transaction_read_only', 'off', false); commit; insert into t values (1); end $$",
    )
    expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 1 }])
    expect(await abilities(user('default_reader'))).toEqual(['read', 'write'])
  })

  test('is unknown if a function runs with the rights of another user', async () => {
    await openSession(newPort(), 'borrows', { url: user('borrower') }).query('select lends()')
    expect(await abilities(user('borrower'))).toBeUndefined()
    expect(await abilities(user('borrower'), { read_only: true })).toBeUndefined()
  })

  test('is unknown if the server refuses to tell, and the database is linked all the same', async () => {
    const closed = await server.createDatabase()
    await server.run(closed, 'revoke select on pg_catalog.pg_class from public')
    expect(await probe(as(closed, `${name}_reader`))).toMatchObject({ server: 'PostgreSQL', abilities: undefined })
    expect(await abilities(as(closed, `${name}_reader`), { read_only: true })).toBeUndefined()
  })
})

describeMariadb('MariaDB: what the user can do', (server) => {
  let url = ''
  let name = ''
  const user = (role: string) => as(url, `u${role}${name.slice(-8)}`)
  beforeAll(async () => {
    url = await server.createDatabase()
    name = new URL(url).pathname.slice(1)
    const called = (role: string) => `u${role}${name.slice(-8)}`
    await server.run(
      url,
      `create table t (n int, m int);
       ${['reader', 'inserter', 'columns', 'owner', 'builder', 'files', 'member', 'exempt', 'caller'].map((role) => `create user ${called(role)}@'%'`).join(';')};
       grant select, show view on \`${name}\`.* to ${called('reader')}@'%'; grant insert on t to ${called('inserter')}@'%';
       grant select, update (m) on t to ${called('columns')}@'%'; grant all on \`${name}\`.* to ${called('owner')}@'%';
       grant create view on \`${name}\`.* to ${called('builder')}@'%'; grant file on *.* to ${called('files')}@'%';
       create procedure lends() sql security definer insert into t values (7, 7);
       grant select, execute on \`${name}\`.* to ${called('caller')}@'%';
       grant insert, read only admin on *.* to ${called('exempt')}@'%';
       grant select on \`${name}\`.* to ${called('member')}@'%'; create role r${called('member')}; grant r${called('member')} to ${called('member')}@'%'`,
    )
  })

  test.each([
    ['reader', ['read']],
    ['inserter', ['read', 'write']],
    ['columns', ['read', 'write']],
    ['owner', ['read', 'write', 'schema']],
    ['builder', ['read', 'write', 'schema']],
    ['files', ['read', 'admin']],
    ['exempt', ['read', 'write', 'admin']],
    // What a role may do the server shows only to whoever is in it.
    ['member', undefined],
    // A procedure may have the rights of another.
    ['caller', undefined],
  ])('of %s is reported as %j', async (role, expected) => {
    const at = role === 'files' ? Object.assign(new URL(user(role)), { pathname: '/' }).href : user(role)
    const found = await probe(at)
    expect(found).toEqual({ server: 'MariaDB', version: expect.stringMatching(/^\d/), abilities: expected })
  })

  test('of a superuser is everything, and read-only access reduces it', async () => {
    expect(await abilities(url)).toEqual(['read', 'write', 'schema', 'admin'])
    expect(await abilities(url, { read_only: true })).toEqual(['read', 'admin'])
    expect(await abilities(user('owner'), { read_only: true })).toEqual(['read'])
    expect(await abilities(user('member'), { read_only: true })).toBeUndefined()
    await openSession(newPort(), 'borrows', { url: user('caller') }).query('call lends()')
    expect(await openSession(newPort(), 'borrowed', { url }).rows('select n from t')).toEqual([{ n: 7 }])
  })
})

describe('MySQL: reading grants', () => {
  const grants = (...lines: string[]) => lines.map((line) => ({ 'Grants for u@%': line }))

  test('takes a read-only server into account, and users who are exempt from it', () => {
    const owner = grants('GRANT USAGE ON *.* TO `u`@`%`', 'GRANT ALL PRIVILEGES ON `d`.* TO `u`@`%`')
    for (const value of [0, '0', 'OFF', null]) expect(mysqlAbilities(owner, value)).toEqual(['read', 'write', 'schema'])
    for (const value of [1, '1', 'ON', 'NO_LOCK_NO_ADMIN']) expect(mysqlAbilities(owner, value)).toEqual(['read'])
    const lifts = grants('GRANT INSERT ON *.* TO `u`@`%`', 'GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO `u`@`%`')
    expect(mysqlAbilities(lifts, 1)).toEqual(['read', 'write', 'admin'])
    expect(mysqlAbilities(grants('GRANT ALL PRIVILEGES ON *.* TO `u`@`%` WITH GRANT OPTION'), 1)).toEqual([
      ...['read', 'write', 'schema', 'admin'],
    ])
  })

  test('understands privileges by name, roles and partial revokes of MySQL 8', () => {
    expect(mysqlAbilities(grants('GRANT SELECT, SHOW VIEW ON `d`.* TO `u`@`%`'), 0)).toEqual(['read'])
    expect(mysqlAbilities(grants('GRANT SELECT ON *.* TO `u`@`%`', 'REVOKE INSERT ON `d`.* FROM `u`@`%`'), 0)).toEqual([
      'read',
    ])
    expect(mysqlAbilities(grants('GRANT SOMETHING_NEW ON *.* TO `u`@`%`'), 0)).toEqual(['read', 'admin'])
    expect(mysqlAbilities(grants('GRANT SELECT ON `d`.* TO `u`@`%`', 'GRANT `r`@`%` TO `u`@`%`'), 0)).toBeUndefined()
    // Whoever may do everything anyway may not do more by a role.
    const all = grants('GRANT ALL PRIVILEGES ON *.* TO `u`@`%`', 'GRANT `r`@`%` TO `u`@`%`')
    expect(mysqlAbilities(all, 0)).toEqual(['read', 'write', 'schema', 'admin'])
  })

  test('takes no name of a column, a table or a user for a privilege', () => {
    const quoted = (text: string) => `\`${text.replaceAll('`', '``')}\``
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (column, table, who) => {
        const line = `GRANT SELECT (${quoted(column)}, ${quoted(who)}) ON ${quoted(table)}.${quoted(column)} TO ${quoted(who)}@\`%\``
        expect(mysqlAbilities(grants(line), 0)).toEqual(['read'])
      }),
    )
    const hostile = grants('GRANT SELECT (`a) ON *.* TO `, `INSERT, b`) ON `GRANT SUPER ON`.`t` TO `x ON y`@`%`')
    expect(mysqlAbilities(hostile, 0)).toEqual(['read'])
  })
})

describe('SQLite: what the user can do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-abilities-'))
  const file = join(folder, 'data.db')
  writeFileSync(file, '')
  afterAll(() => rmSync(folder, { recursive: true }))

  test('with a writable file is write, and read-only access reduces it', async () => {
    expect(await probe(`sqlite:///${file}`)).toMatchObject({ server: 'SQLite', abilities: ['read', 'write', 'schema'] })
    expect(await abilities(`sqlite:///${file}`, { read_only: true })).toEqual(['read'])
  })

  test('with mode=ro in the URL is read only', async () => {
    const session = openSession(newPort(), 'ro', { url: `sqlite:///${file}?mode=ro` })
    expect(session.database.readOnly).toBe(true)
    expect(await session.database.probe()).toMatchObject({ abilities: ['read'] })
    expect(await session.failure('create table t (n int)')).toMatchObject({ code: 'FORBIDDEN' })
    expect(await session.failure('with x as (select 1) insert into sqlite_schema select * from x')).toMatchObject({
      code: expect.stringMatching(/FORBIDDEN|INVALID_PARAMETERS/),
    })
  })

  const root = process.getuid?.() === 0
  if (root) process.stderr.write('A file without the right to write is not tested: root writes to all files.\n')
  test.skipIf(root)('with a file without write permission is read only', async () => {
    chmodSync(file, 0o444)
    expect(await abilities(`sqlite:///${file}`)).toEqual(['read'])
  })
})
