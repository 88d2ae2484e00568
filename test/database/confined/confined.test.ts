import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { DatabaseOwner, DatabasePort } from '../../../src/database/port.js'
import { workerEntry } from '../../built/worker-entry.js'
import { closePorts, newPort, openSession } from '../harness.js'
import { childrenOf, isAlive } from './child-processes.js'
import {
  closeLyingServers,
  GREETING,
  greetingMysql,
  greetingPostgres,
  lyingMysql,
  lyingPostgres,
  message,
  OK,
  packet,
  postgresRows,
} from './lying-servers.js'

afterAll(async () => {
  await closePorts()
  closeLyingServers()
})

/** A driver that stands still is ended after about a second, not after five. */
const SOON = { lookEveryMs: 250 }
const postgres = (port: number) => ({ url: `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable` })
const mysql = (port: number) => ({ url: `mysql://u:p@127.0.0.1:${port}/d?sslmode=disable` })
const one = postgresRows(['one'], [[Buffer.from('1')]])

/** Answers `select one` as it should, and whatever says `lie` with a lie. */
const answering = (lie: Buffer | ((socket: Socket) => void)): Promise<number> =>
  lyingPostgres((socket, sent) => {
    if (!sent.includes('lie')) socket.write(one)
    else if (Buffer.isBuffer(lie)) socket.write(lie)
    else lie(socket)
  })

/** Bytes by which a driver loops for ever, throws or waits for what never comes. */
const GREETINGS: [string, () => Promise<number>, typeof postgres][] = [
  ['PostgreSQL: an error without a body', () => greetingPostgres(message('E', '')), postgres],
  ['PostgreSQL: an authentication without a body', () => greetingPostgres(message('R', '')), postgres],
  ['PostgreSQL: a length of 0', () => greetingPostgres(Buffer.from('R\0\0\0\0')), postgres],
  [
    'MySQL: a second OK with the login',
    () => greetingMysql(packet(0, GREETING), Buffer.concat([packet(2, OK), packet(3, OK)])),
    mysql,
  ],
  [
    'MySQL: an empty packet with the login',
    () => greetingMysql(packet(0, GREETING), Buffer.concat([packet(2, OK), packet(3, Buffer.alloc(0))])),
    mysql,
  ],
  ['MySQL: a greeting that is cut', () => greetingMysql(packet(0, GREETING.subarray(0, 9))), mysql],
]

describe('a server that crashes its driver', () => {
  test.each(GREETINGS)('with %s fails its own call only', { timeout: 60_000 }, async (_, server, configuration) => {
    const port = newPort(SOON)
    const good = openSession(port, 'good', postgres(await answering(one)))
    await good.rows('select one')
    const bad = openSession(port, 'bad', configuration(await server()))
    const failing = bad.failure('select one', {}, { timeoutMs: 10_000 })
    let answered = false
    const ended = failing.finally(() => {
      answered = true
    })
    do expect(await good.rows('select one')).toEqual([{ one: '1' }])
    while (!answered)
    await ended
    expect(await failing).toMatchObject({ code: expect.stringMatching(/^UPSTREAM_(?:ERROR|TIMEOUT)$/) })
  })

  test('before a statement was sent is reported as an unreachable database', async () => {
    const bad = openSession(newPort(SOON), 'bad', postgres(await greetingPostgres(message('E', ''))))
    expect(await bad.failure('select one')).toMatchObject({
      code: 'UPSTREAM_ERROR',
      message: expect.stringMatching(/cannot be reached.*Nothing was run/),
    })
  })

  test('while a statement runs leaves its effect unknown, and the next statement works', async () => {
    const session = openSession(newPort(SOON), 'a', postgres(await answering(message('E', ''))))
    expect(await session.rows('select one')).toEqual([{ one: '1' }])
    expect(await session.failure('select lie')).toMatchObject({
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('check whether the statement took effect'),
      retryable: false,
    })
    expect(await session.rows('select one')).toEqual([{ one: '1' }])
  })

  test('by an endless loop causes an error within the time limit', async () => {
    const session = openSession(newPort(SOON), 'a', postgres(await answering(message('E', ''))))
    await session.rows('select one')
    const started = performance.now()
    expect(await session.failure('select lie', {}, { timeoutMs: 200 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(await session.rows('select one')).toEqual([{ one: '1' }])
  })

  test('while its connection is idle is disconnected before the next statement', async () => {
    const port = await answering((socket) => {
      socket.write(one)
      setImmediate(() => socket.write(message('E', '')))
    })
    const session = openSession(newPort(SOON), 'a', postgres(port))
    // The lie may arrive before the answer was read.
    await session.rows('select lie').catch(() => undefined)
    await vi.waitFor(async () => expect(await session.rows('select one')).toEqual([{ one: '1' }]), { timeout: 25_000 })
  })
})

describe('a server that sends too much', () => {
  test('on an idle connection loses the connection', async () => {
    const notice = message('N', 'SNOTICE\0C00000\0Mx\0\0')
    let closed: () => void = () => undefined
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    const port = await answering((socket) => {
      socket.on('close', closed)
      socket.write(one)
      const flood = Buffer.concat(Array.from({ length: 1000 }, () => notice))
      const more = () => {
        while (!socket.destroyed && socket.write(flood));
      }
      setImmediate(more)
      socket.on('drain', more)
    })
    const session = openSession(newPort(SOON), 'a', postgres(port))
    expect(await session.rows('select lie')).toEqual([{ one: '1' }])
    await gone
    expect(await session.rows('select one')).toEqual([{ one: '1' }])
  })

  test('in long column names gets an error instead of gigabytes of JSON', { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `${index}`.padEnd(1000, 'x'))
    const rows = Array.from({ length: 500 }, () => names.map(() => null))
    const session = openSession(newPort(), 'a', postgres(await answering(postgresRows(names, rows))))
    expect(await session.failure('select lie')).toMatchObject({ code: 'TOO_LARGE' })
    expect(await session.rows('select one')).toEqual([{ one: '1' }])
  })

  test('for the memory limit ends only its own process', { timeout: 60_000 }, async () => {
    const { file } = workerEntry('database-worker')
    const names = Array.from({ length: 8_000 }, (_, index) => `c${index}`)
    const rows = Array.from({ length: 500 }, () => names.map(() => null))
    const small = newPort({ entry: { file, execArgv: ['--max-old-space-size=40'] } })
    const session = openSession(small, 'a', postgres(await answering(postgresRows(names, rows))))
    expect(await session.failure('select lie', {}, { timeoutMs: 50_000 })).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('more memory than one account may use'),
    })
    expect(await session.rows('select one')).toEqual([{ one: '1' }])
  })

  test('a process that fails to start is an error that may be retried', async () => {
    const port = newPort({ entry: { file: '/nowhere/worker.js', execArgv: [] } })
    const session = openSession(port, 'a', postgres(await answering(one)))
    expect(await session.failure('select one')).toMatchObject({
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('did not start'),
      retryable: true,
    })
  })
})

describe('the process of a database account', () => {
  test.skipIf(process.platform !== 'linux')(
    'gets no environment variables, and ends when the account closes',
    async () => {
      const port = newPort()
      const before = childrenOf()
      const session = openSession(port, 'a', postgres(await answering(one)))
      await session.rows('select one')
      const [pid] = childrenOf().filter((child) => !before.includes(child))
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('')
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('u:p@')
      await port.closeAll()
      expect(childrenOf()).not.toContain(pid)
    },
  )

  test.skipIf(!existsSync('/usr/bin/setpriv'))(
    'ends with its parent process, even in an endless loop',
    { timeout: 60_000 },
    async () => {
      const server = await greetingPostgres(message('E', ''))
      const script = `
      import { createDatabasePort } from ${JSON.stringify(new URL('../../../src/database/index.ts', import.meta.url).href)}
      const database = createDatabasePort({ entry: ${JSON.stringify(workerEntry('database-worker'))} }).open('x', ${JSON.stringify(postgres(server))})
      setTimeout(() => process.stdout.write('running'), 1000)
      await database.query('select one', {}, { limit: 1, timeoutMs: 60000, signal: new AbortController().signal })`
      const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise((resolve) => parent.stdout.once('data', resolve))
      const workers = childrenOf(parent.pid)
      expect(workers.length).toBeGreaterThan(0)
      parent.kill('SIGKILL')
      await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000 })
    },
  )

  test('is not shared with another account', async () => {
    const port = newPort(SOON)
    const { port: server } = await lyingMysql((sql) => (sql.includes('slow') ? undefined : OK))
    const [a, b] = ['a', 'b'].map((key) => openSession(port, key, mysql(server)))
    const slow = b?.failure('select slow', {}, { timeoutMs: 1_500 })
    const bad = openSession(port, 'bad', postgres(await greetingPostgres(message('E', ''))))
    await bad.failure('select one')
    expect(await a?.query('select 1')).toEqual({ kind: 'affected', affectedRows: -1 })
    expect(await slow).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })
})

/** A user of a client, with accounts at a server. */
const accounts = (port: DatabasePort, owner: DatabaseOwner, server: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    port.open(`${owner.client} ${owner.user} ${index}`, postgres(server), owner),
  )
const ask = (sql: string, timeoutMs: number) =>
  [sql, {}, { limit: 10, timeoutMs, signal: new AbortController().signal }] as const

describe('shares of a client', () => {
  test('of connections: many busy accounts of one client neither end nor delay a query of another', {
    timeout: 60_000,
  }, async () => {
    const port = newPort({ pools: 10 })
    const silent = await answering(() => undefined)
    const other = { client: 'other', user: 'v' }
    const [long, quick] = accounts(port, other, silent, 2)
    await quick?.query(...ask('select one', 20_000))
    const running = long?.query(...ask('select lie', 8_000)).catch((error: unknown) => error)
    const attack = ['u', 'w'].flatMap((user) =>
      accounts(port, { client: 'attacker', user }, silent, 15).map((account) =>
        account.query(...ask('select lie', 6_000)),
      ),
    )
    const outcomes = Promise.allSettled(attack)
    expect(await quick?.query(...ask('select one', 4_000))).toMatchObject({ rows: [{ one: '1' }] })
    expect(await running).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: expect.stringContaining('took longer'),
    })
    const messages = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? String(outcome.reason.message) : '',
    )
    expect(
      messages.filter((text) => text.includes('room for the connections of one more account')).length,
    ).toBeGreaterThan(15)
    expect(messages.filter((text) => text.includes('took longer')).length).toBeGreaterThan(4)
  })

  test('of connections: a call that is aborted while waiting leaves the account to the next one', {
    timeout: 60_000,
  }, async () => {
    const port = newPort({ pools: 1 })
    const server = await answering(() => undefined)
    const [busy, next] = accounts(port, { client: 'c', user: 'u' }, server, 2)
    const blocking = busy?.query(...ask('select lie', 5_000)).catch((error: unknown) => error)
    const brief = next?.query(...ask('select one', 300)).catch((error: unknown) => error)
    const patient = next?.query(...ask('select one', 40_000))
    expect(await brief).toMatchObject({ code: 'UPSTREAM_TIMEOUT', message: expect.stringContaining('room for the') })
    expect(await blocking).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(await patient).toMatchObject({ rows: [{ one: '1' }] })
  })

  test('of connections: idle ones are closed to make room, those of the same user first', async () => {
    const port = newPort({ pools: 4 })
    const server = await answering(one)
    const other = { client: 'other', user: 'v' }
    const [kept] = accounts(port, other, server, 1)
    await kept?.query(...ask('select one', 30_000))
    for (const account of accounts(port, { client: 'many', user: 'u' }, server, 8)) {
      expect(await account.query(...ask('select one', 30_000))).toMatchObject({ kind: 'rows' })
    }
    await port.closeAll()
  })

  test('of memory: large answers of one user leave room for the answers of others', { timeout: 90_000 }, async () => {
    const port = newPort()
    const large = postgresRows(['text'], [[Buffer.alloc(2_000_000, 'x')]])
    // All but the last bytes, and then nothing.
    const stalling = await answering((socket) => socket.write(large.subarray(0, -10)))
    const whole = await answering(large)
    const stalled = accounts(port, { client: 'attacker', user: 'u' }, stalling, 3).flatMap((account) =>
      [1, 2, 3, 4].map(() => account.query(...ask('select lie', 12_000))),
    )
    const outcomes = Promise.allSettled(stalled)
    const [good] = accounts(port, { client: 'other', user: 'v' }, whole, 1)
    const answer = await good?.query(...ask('select lie', 40_000))
    expect(answer?.kind === 'rows' && String(answer.rows[0]?.text).length).toBe(2_000_000)
    const messages = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? String(outcome.reason.message) : '',
    )
    expect(messages.filter((text) => text.includes('memory for a large answer')).length).toBeGreaterThan(3)
  })
})
