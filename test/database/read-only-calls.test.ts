import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { describeMariadb, describePostgres } from '../databases/index.js'
import { closePorts, failureOf, newPort, onlyReading, openSession, type Session } from './harness.js'

afterAll(closePorts)

/** Calls of both kinds, all at once on one account. Each must be held to its own kind, and no other. */
async function mixed(writer: Session): Promise<void> {
  const reader = onlyReading(writer)
  const calls = Array.from({ length: 60 }, (_, n) => ({ n, kind: n % 3 }))
  const outcomes = await Promise.all(
    calls.map(async ({ n, kind }) => {
      if (kind === 0) return (await writer.query('insert into t values (:n)', { n })).kind
      if (kind === 1) return (await failureOf(reader.query('insert into t values (:n)', { n }))).details?.reason
      return (await reader.rows('select :n as n', { n }))[0]?.n
    }),
  )
  expect(outcomes).toEqual(calls.map(({ n, kind }) => ['affected', 'read_only_call', n][kind]))
  const written = calls.filter(({ kind }) => kind === 0).map(({ n }) => n)
  expect((await reader.rows('select n from t order by n')).map(({ n }) => n)).toEqual(written)
}

describePostgres('PostgreSQL: calls that only read, among others', (server) => {
  let url = ''
  beforeAll(async () => {
    url = await server.createDatabase()
    await server.run(url, 'create table t (n int)')
  })

  test('do not hand their session on, nor get one that may write', async () => {
    const writer = openSession(newPort(), 'account', { url })
    await mixed(writer)
    const modes = ['transaction_read_only', 'default_transaction_read_only'].map((name) => `current_setting('${name}')`)
    const sql = `select ${modes.join(" || ' ' || ")} as mode`
    const [read, written] = await Promise.all(
      [onlyReading(writer), writer].map((session) => Promise.all(Array.from({ length: 8 }, () => session.rows(sql)))),
    )
    expect(new Set(read?.flat().map(({ mode }) => mode))).toEqual(new Set(['on on']))
    expect(new Set(written?.flat().map(({ mode }) => mode))).toEqual(new Set(['off off']))
  })

  test('have sessions that may not write for listing and describing tables, too', async () => {
    const name = 'listing'
    const writer = openSession(newPort(), 'account', { url: `${url}?application_name=${name}` })
    const watcher = openSession(newPort(), 'watcher', { url })
    const sessions = () => watcher.rows('select pid from pg_stat_activity where application_name = :name', { name })
    const options = { timeoutMs: 20_000, signal: new AbortController().signal, readOnly: true }
    await onlyReading(writer).query('select 1')
    const { tables } = await writer.database.listTables({ page: 1, perPage: 10 }, options)
    expect(tables.map((table) => table.name)).toEqual(['t'])
    expect(await writer.database.describeTable({ name: 't' }, options)).toMatchObject({ columns: [{ name: 'n' }] })
    expect(await sessions()).toHaveLength(1)
    await writer.query('select 1')
    expect(await sessions()).toHaveLength(2)
  })

  test('end with their account, and so do their sessions', async () => {
    const port = newPort()
    const writer = openSession(port, 'account', { url: `${url}?application_name=closing` })
    const waiting = failureOf(onlyReading(writer).query('select pg_sleep(60)'))
    const sessions = () => watcher.rows("select 1 from pg_stat_activity where application_name = 'closing'")
    const watcher = openSession(newPort(), 'watcher', { url })
    await writer.query('select 1')
    await vi.waitFor(async () => expect(await sessions()).toHaveLength(2), 10_000)
    await port.close('account')
    expect(await waiting).toMatchObject({ code: 'UPSTREAM_ERROR', message: expect.stringContaining('removed') })
    await vi.waitFor(async () => expect(await sessions()).toEqual([]), 10_000)
  })

  test('on a read-only account are told of the account, which is what would have to change', async () => {
    const reader = onlyReading(openSession(newPort(), 'reader', { url, read_only: true }))
    expect(await reader.failure('delete from t')).toMatchObject({ details: { reason: 'read_only_account' } })
  })
})

describeMariadb('MariaDB: calls that only read, among others', (server) => {
  test('do not hand their session on, nor get one that may write', async () => {
    const url = await server.createDatabase()
    await server.run(url, 'create table t (n int)')
    const writer = openSession(newPort(), 'account', { url })
    await mixed(writer)
    const sql = 'select @@session.tx_read_only as mode'
    const [read, written] = await Promise.all(
      [onlyReading(writer), writer].map((session) => Promise.all(Array.from({ length: 8 }, () => session.rows(sql)))),
    )
    expect(new Set(read?.flat().map(({ mode }) => mode))).toEqual(new Set([1]))
    expect(new Set(written?.flat().map(({ mode }) => mode))).toEqual(new Set([0]))
  })
})

describe('SQLite: calls that only read, among others', () => {
  test('are held to reading, and no other is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'connectors-read-only-calls-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'data.db')
    writeFileSync(file, '')
    const writer = openSession(newPort(), 'account', { url: `sqlite:///${file}` })
    // Readers and writers wait for each other otherwise.
    await writer.query('pragma journal_mode = wal')
    await writer.query('create table t (n int)')
    await mixed(writer)
  })
})
