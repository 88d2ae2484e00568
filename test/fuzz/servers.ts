import { type AddressInfo, createServer, type Socket } from 'node:net'
import { ConnectorsError } from '../../src/base/errors.js'
import { createDatabasePort } from '../../src/database/index.js'
import type { Database } from '../../src/database/port.js'
import { workerEntry } from '../built/worker-entry.js'
import { mutated, mysqlPackets, postgresMessages, type Random, randomNumbers, recorder, type Turn } from './streams.js'

export type FuzzedEngine = 'postgresql' | 'mysql'

export interface FuzzOptions {
  engine: FuzzedEngine
  /** A real server whose words are changed, and which a good account uses meanwhile. */
  url: string
  /** How many connections get a changed stream. */
  streams: number
  seed: number
  /** Accounts at the same time, with four connections each. */
  accounts?: number
  /** Milliseconds a call may take. */
  timeoutMs?: number
  /** Looks of the watchdog, in milliseconds; a user's default is a second. */
  lookEveryMs?: number
}

export interface FuzzReport {
  streams: number
  /** Calls by how they ended. */
  outcomes: Record<string, number>
  /** What must not be, each with the change that caused it where that is known. */
  faults: string[]
  good: { calls: number; slowestMs: number }
  slowestMs: number
}

const SPLIT = { postgresql: postgresMessages, mysql: mysqlPackets }
/** How long a server says nothing before it leaves. Milliseconds. */
const SILENCE = 25
/** How much later than its time a call may be answered, on a machine that is busy. Milliseconds. */
const LATE = 3_000
/** Errors that say what is the matter to a person. */
const CLEAR = /^(?:UPSTREAM_ERROR|UPSTREAM_TIMEOUT|TOO_LARGE|INVALID_PARAMETERS|FORBIDDEN|UPSTREAM_REFUSED)$/

const STATEMENTS: Record<FuzzedEngine, readonly [sql: string, variables: Record<string, string | number>][]> = {
  postgresql: [
    ['select 1 as one', {}],
    ['select :n as n, :t as t', { n: 7, t: 'x' }],
    [
      "select null as a, true as b, 1.5 as c, now() as d, array[1,2] as e, '{\"a\":1}'::jsonb as f, '\\x01'::bytea as g",
      {},
    ],
    ["select g as n, repeat('x', 50) as t from generate_series(1, 200) g", {}],
    ['selec', {}],
    ['create temporary table made (x int)', {}],
    ['copy (select 1) to stdout', {}],
  ],
  mysql: [
    ['select 1 as one', {}],
    ['select :n as n, :t as t', { n: 7, t: 'x' }],
    [
      "select null as a, true as b, 1.5 as c, now() as d, cast(1 as unsigned) as e, json_object('a', 1) as f, 0x01 as g",
      {},
    ],
    ['select help_topic_id as n, name as t from mysql.help_topic order by 1 limit 200', {}],
    ['selec', {}],
    ['create temporary table made (x int)', {}],
  ],
}

const GOOD = { client: 'good', user: 'good' }

const query = (
  database: Database,
  [sql, variables]: readonly [string, Record<string, string | number>],
  timeoutMs: number,
) => database.query(sql, variables, { limit: 100, timeoutMs, signal: new AbortController().signal })

/** The configurations whose sessions are recorded, and then changed. */
const configurations = (url: string, port: number): Record<string, unknown>[] => {
  const at = (search: string) => Object.assign(new URL(url), { port: `${port}`, search }).href
  return [
    { url: at('sslmode=disable') },
    { url: at('sslmode=disable'), read_only: true },
    { url: at('sslmode=prefer') },
  ]
}

/** What a real server says, for each configuration. */
async function record({ engine, url }: FuzzOptions): Promise<Turn[][]> {
  const relay = await recorder(Number(new URL(url).port))
  const port = createDatabasePort({ entry: workerEntry('database-worker') })
  try {
    for (const [index, configuration] of configurations(url, relay.port).entries()) {
      const database = port.open(`recorded ${index}`, configuration)
      await database.probe().catch(() => undefined)
      for (const statement of STATEMENTS[engine]) await query(database, statement, 10_000).catch(() => undefined)
    }
    return relay.sessions
  } finally {
    await port.closeAll()
    relay.close()
  }
}

/** A server that says what was recorded, and one lie on each connection. */
class LyingServer {
  streams = 0
  readonly changes = new Map<number, string>()
  readonly #sockets = new Set<Socket>()
  readonly #sessions: readonly Turn[][]
  readonly #answers = new Map<string, Buffer>()
  readonly #engine: FuzzedEngine
  readonly #random: Random
  readonly #server = createServer((socket) => this.#serve(socket))

  constructor(engine: FuzzedEngine, sessions: readonly Turn[][], random: Random) {
    this.#engine = engine
    this.#sessions = sessions
    this.#random = random
    for (const { sent, said } of sessions.flat()) this.#answers.set(sent.toString('latin1'), said)
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket))
    socket.setTimeout(SILENCE, () => socket.destroy())
    const session = this.#sessions[this.#random(this.#sessions.length)] ?? []
    // Mostly in the turns that come first; a third of the lies is told by a connection that is idle.
    const lieAt = this.#random(Math.min(session.length, 12))
    const isIdleLie = this.#random(3) === 0
    let turn = 0
    let lied = false
    const say = (said: Buffer): void => {
      const lies = turn === lieAt
      turn += 1
      if (!lies || lied) return void (socket.destroyed || socket.write(said))
      lied = true
      this.streams += 1
      const { bytes } = mutated(said, SPLIT[this.#engine], this.#random)
      if (!isIdleLie) return void socket.write(bytes)
      socket.write(said)
      setImmediate(() => socket.destroyed || socket.write(bytes))
    }
    const [first] = session
    if (first && first.said.length > 0) say(first.said)
    else turn += 1
    socket.on('data', (sent) =>
      say(this.#answers.get(sent.toString('latin1')) ?? session[turn]?.said ?? Buffer.alloc(0)),
    )
  }
}

/** Plays so many changed streams against the drivers, beside an account that must notice none of it. */
export async function fuzzServers(options: FuzzOptions): Promise<FuzzReport> {
  const { engine, url, streams, seed, accounts = 6, timeoutMs = 1_000, lookEveryMs = 40 } = options
  const random = randomNumbers(seed)
  const sessions = (await record(options)).filter((turns) => turns.length > 2)
  if (sessions.length === 0) throw new Error('nothing was recorded')
  const server = new LyingServer(engine, sessions, random)
  const port = createDatabasePort({ lookEveryMs, entry: workerEntry('database-worker') })
  const report: FuzzReport = { streams: 0, outcomes: {}, faults: [], good: { calls: 0, slowestMs: 0 }, slowestMs: 0 }
  const places = configurations(url, await server.listen())
  const isDone = () => server.streams >= streams || report.faults.length > 20
  const lane = async (database: Database): Promise<void> => {
    while (!isDone()) {
      const statement = STATEMENTS[engine][random(STATEMENTS[engine].length)]
      if (statement) await judge(query(database, statement, timeoutMs), timeoutMs, report)
    }
  }
  // It is there before the others come: how long a process takes to start on a busy machine is not the question.
  await query(port.open('good', { url }, GOOD), ['select 1 as one', {}], 60_000)
  const lanes = Array.from({ length: accounts }, (_, index) => {
    const owner = { client: `client ${index % 3}`, user: `user ${index}` }
    const database = port.open(`account ${index}`, places[index % places.length] ?? {}, owner)
    return [1, 2, 3, 4].map(() => lane(database))
  })
  try {
    await Promise.all([...lanes.flat(), goodAccount(port.open('good', { url }, GOOD), isDone, report)])
  } finally {
    await port.closeAll()
    server.close()
  }
  report.streams = server.streams
  return report
}

async function judge(call: Promise<unknown>, timeoutMs: number, report: FuzzReport): Promise<void> {
  const started = performance.now()
  const outcome = await call.then(
    () => 'answered',
    (error: unknown) => {
      if (error instanceof ConnectorsError && CLEAR.test(error.code)) return `${error.code}: ${error.message}`
      report.faults.push(`not a clear error: ${String(error)}`)
      return 'fault'
    },
  )
  const took = performance.now() - started
  report.slowestMs = Math.max(report.slowestMs, took)
  report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1
  if (took > timeoutMs + LATE) report.faults.push(`answered after ${Math.round(took)} ms: ${outcome}`)
}

/** An account at the real server, whose calls must all succeed. */
async function goodAccount(database: Database, isDone: () => boolean, report: FuzzReport): Promise<void> {
  while (!isDone()) {
    const started = performance.now()
    await query(database, ['select 1 as one', {}], 20_000).catch((error: unknown) => {
      report.faults.push(`the good account failed: ${String(error)}`)
    })
    report.good.calls += 1
    report.good.slowestMs = Math.max(report.good.slowestMs, performance.now() - started)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
