import { afterAll, describe, expect, test } from 'vitest'
import { mysqlAbilities } from '../../../src/database/mysql/privileges.js'
import { cpuTimeOf } from '../../cpu-time.js'
import { closePorts, newPort, openSession } from '../harness.js'
import {
  closeLyingServers,
  ERROR,
  lyingMysql,
  lyingPostgres,
  OK,
  postgresRows,
  ready,
  refused,
} from './lying-servers.js'

afterAll(async () => {
  await closePorts()
  closeLyingServers()
})

let keys = 0
const open = (url: string) => openSession(newPort(), `lied to ${++keys}`, { url, read_only: true })

describe('PostgreSQL', () => {
  test('that refuses a statement and never rolls back does not block the caller', { timeout: 5_000 }, async () => {
    const port = await lyingPostgres((socket, sent) => {
      if (sent.includes('read only')) socket.write(Buffer.concat([refused, ready('E')]))
    })
    const error = await open(`postgresql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 500 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('that does not reset sessions is not asked to after a SHOW, which leaves no state', async () => {
    const port = await lyingPostgres((socket, sent) => {
      if (!sent.includes('discard')) socket.write(postgresRows(['one'], [[Buffer.from('1')]]))
    })
    const url = `postgresql://u:p@127.0.0.1:${port}/d`
    const session = openSession(newPort(), `lied to ${++keys}`, { url })
    for (const sql of ['show one', 'show two']) expect(await session.rows(sql)).toEqual([{ one: '1' }])
  })

  test('that sends endless rows is stopped before memory is full', { timeout: 20_000 }, async () => {
    let sent = 0
    const port = await lyingPostgres((socket) => {
      const head = Buffer.from([0x44, 0x7f, 0xff, 0xff, 0xff])
      socket.write(head)
      const block = Buffer.alloc(1024 * 1024)
      const more = () => {
        while (!socket.destroyed && sent < 400) {
          sent += 1
          if (!socket.write(block)) return
        }
      }
      socket.on('drain', more)
      more()
    })
    const error = await open(`postgresql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 10_000 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'TOO_LARGE' })
    expect(sent).toBeLessThan(400)
  })
})

describe('MySQL', () => {
  test('that refuses a statement and never rolls back does not block the caller', { timeout: 60_000 }, async () => {
    // Only once it is asked to roll back does the caller go away: how long the way there takes is the machine's affair.
    const caller = new AbortController()
    const { port } = await lyingMysql((sql) => {
      if (sql !== 'rollback') return sql === 'select 1' ? ERROR : OK
      caller.abort()
      return undefined
    })
    const error = await open(`mysql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 50_000, signal: caller.signal })
      .catch((thrown: unknown) => thrown)
    expect(caller.signal.aborted).toBe(true)
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('that stops answering while connecting is disconnected', { timeout: 20_000 }, async () => {
    const { port, gone } = await lyingMysql(() => undefined)
    const error = await open(`mysql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 500 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    await gone
  })

  test.each(['(', '`', "'", '"', '``', 'a, ', 'a(', ' ON ', ','])(
    'with a grant of a million %j is parsed at once, or refused',
    { timeout: 60_000 },
    (part) => {
      for (const end of [' ON *.* TO x', '']) {
        const grant = `GRANT ${part.repeat(1_000_000)}${end}`
        expect(cpuTimeOf(() => void mysqlAbilities([{ grant }], 0))).toBeLessThan(2_000)
      }
    },
  )
})
