import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { StdioProcess } from '../test/built/stdio-process.js'
import { type Build, callTool, QUERIES, type Setting } from './contenders.js'
import { median } from './measure.js'
import { printPair, printPairHeading } from './table.js'

/** How long a process idles before its memory is read, so that both have settled. Milliseconds. */
const SETTLE = 1500
/** Processes whose memory is read. */
const MEMORY_RUNS = 5

type Open = () => StdioProcess

interface Cost {
  /** Milliseconds. */
  wall: number
  /** Milliseconds. */
  cpu: number
}

async function listTools(server: StdioProcess): Promise<void> {
  await server.request('server/discover')
  await server.request('tools/list')
}

/** From before the start of a process to the end of its first work. */
async function costOf(open: Open, work: (server: StdioProcess) => Promise<unknown>): Promise<Cost> {
  const before = performance.now()
  const server = open()
  await work(server)
  const cost = { wall: performance.now() - before, cpu: server.cpuMs() }
  await server.end()
  return cost
}

async function idleMemory(open: Open): Promise<number> {
  const server = open()
  await listTools(server)
  await new Promise((done) => setTimeout(done, SETTLE))
  const memory = server.residentMb()
  await server.end()
  return memory
}

/** What each of them measures, in turns. The first round warms up the machine's caches. */
async function inTurns<Value>(runs: number, measures: readonly (() => Promise<Value>)[]): Promise<Value[][]> {
  const values = measures.map((): Value[] => [])
  for (let run = 0; run <= runs; run++) {
    for (const [index, measure] of measures.entries()) {
      const value = await measure()
      if (run > 0) values[index]?.push(value)
    }
  }
  return values
}

const middle = <Value>(values: readonly Value[][], of: (value: Value) => number): [number, number] => [
  median((values[0] ?? []).map(of)),
  median((values[1] ?? []).map(of)),
]

/** Start to the first list of tools, and what a process that waits takes of memory. */
export async function measureStarts(
  builds: readonly Build[],
  bare: string,
  setting: Setting,
  runs: number,
): Promise<void> {
  const empty = { CONNECTORS_DATA_DIR: join(setting.folder, 'empty') }
  const theirs = () => new StdioProcess([bare], {}, false, setting.node)
  for (const { name, main } of builds) {
    const ours = () => new StdioProcess([main], empty, false, setting.node)
    const costs = await inTurns(runs, [() => costOf(ours, listTools), () => costOf(theirs, listTools)])
    const memory = await inTurns(MEMORY_RUNS, [() => idleMemory(ours), () => idleMemory(theirs)])
    printPairHeading('start', name)
    printPair(
      'to tools/list, CPU',
      middle(costs, ({ cpu }) => cpu),
      'ms',
      '<= 1.2',
    )
    printPair(
      'to tools/list, wall',
      middle(costs, ({ wall }) => wall),
      'ms',
    )
    printPair(
      'idle memory',
      middle(memory, (value) => value),
      'MB',
      '<= 1.08',
    )
  }
}

/** Start to the answer of the first query, in a process whose user is logged in and has an account. */
export async function measureFirstCalls(
  builds: readonly Build[],
  bare: string,
  setting: Setting,
  postgres: string,
  runs: number,
): Promise<void> {
  const query = QUERIES['one row']
  const theirs = () => new StdioProcess([bare], { PG_URL: postgres }, false, setting.node)
  const args = { connector: 'sql', action: 'query', params: { query } }
  for (const { name, main } of builds) {
    const ours = await openAgain(main, setting, postgres)
    const costs = await inTurns(runs, [
      () => costOf(ours, (server) => callTool(server, 'execute_connector', args)),
      () => costOf(theirs, (server) => callTool(server, 'query', { query })),
    ])
    process.stdout.write(
      `\n${'first call'.padEnd(34)}${name.padStart(10)}${'bare'.padStart(10)}${'ratio'.padStart(9)}\n`,
    )
    printPair(
      'start to first query, CPU',
      middle(costs, ({ cpu }) => cpu),
      'ms',
    )
    printPair(
      'start to first query, wall',
      middle(costs, ({ wall }) => wall),
      'ms',
    )
  }
}

/** Starts one process after another on a data folder with a user, the user's login and an account. */
async function openAgain(main: string, { node, folder }: Setting, url: string): Promise<Open> {
  const env = { CONNECTORS_DATA_DIR: mkdtempSync(join(folder, 'data-')) }
  const open = () => new StdioProcess([main], env, false, node)
  const server = open()
  await server.call('register_user', { identifier: 'bench' })
  await server.call('authenticate', {})
  await server.call('link_integration', { connector: 'sql', configuration: { url, identifier: 'bench' } })
  await server.end()
  return open
}
