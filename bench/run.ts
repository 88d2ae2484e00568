// npm run bench: what starting, waiting and calling cost, beside a bare server of the same SDK, in the same run.
// RUNS (15) starts of each, SECONDS (3) of calls for each figure. Numbers of one machine in one hour: read the ratios.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { StdioProcess } from '../test/built/stdio-process.js'
import { startPostgres } from '../test/databases/servers.js'

const RUNS = Number(process.env.RUNS ?? 15)
const SECONDS = Number(process.env.SECONDS ?? 3)
const ROUNDS = 3
/** How long a process idles before its memory is read, so that both have settled. Milliseconds. */
const SETTLE = 1500
const QUERY = 'select 1 as one'

const folder = mkdtempSync(join(tmpdir(), 'connectors-bench-'))
const main = resolve(import.meta.dirname, '../dist/main.js')
const bare = join(folder, 'bare.mjs')

async function bundleBareServer(): Promise<void> {
  await build({
    entryPoints: [resolve(import.meta.dirname, 'bare-server.ts')],
    outfile: bare,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['pg-native', 'pg-cloudflare'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
}

const ours = (env: Record<string, string> = {}) =>
  new StdioProcess([main], { CONNECTORS_DATA_DIR: join(folder, 'data'), ...env }, false)
const theirs = (env: Record<string, string> = {}) => new StdioProcess([bare], env, false)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

interface Start {
  wall: number
  cpu: number
}

async function start(make: () => StdioProcess): Promise<Start> {
  const before = process.hrtime.bigint()
  const server = make()
  await server.request('server/discover')
  await server.request('tools/list')
  const wall = Number(process.hrtime.bigint() - before) / 1e6
  const cpu = server.cpuMs()
  await server.end()
  return { wall, cpu }
}

async function idleMemory(make: () => StdioProcess): Promise<number> {
  const server = make()
  await server.request('server/discover')
  await server.request('tools/list')
  await new Promise((done) => setTimeout(done, SETTLE))
  const memory = server.residentMb()
  await server.end()
  return memory
}

/** Calls per second with so many in flight. */
async function callsPerSecond(call: () => Promise<unknown>, inFlight: number): Promise<number> {
  const until = performance.now() + SECONDS * 1000
  const loop = async () => {
    let calls = 0
    for (; performance.now() < until; calls++) await call()
    return calls
  }
  const started = performance.now()
  const calls = await Promise.all(Array.from({ length: inFlight }, loop))
  return calls.reduce((sum, value) => sum + value, 0) / ((performance.now() - started) / 1000)
}

function row(what: string, us: number, them: number, unit: string, aim: string): void {
  const cells = [
    what.padEnd(44),
    us.toFixed(0).padStart(9),
    them.toFixed(0).padStart(9),
    (us / them).toFixed(2).padStart(7),
  ]
  process.stdout.write(`${cells.join(' ')}  ${unit}, aim ${aim}\n`)
}

async function measureStart(): Promise<void> {
  const [us, them]: [Start[], Start[]] = [[], []]
  await start(ours)
  await start(theirs)
  for (let run = 0; run < RUNS; run++) {
    us.push(await start(ours))
    them.push(await start(theirs))
  }
  row(
    'start to first tools/list reply, CPU',
    median(us.map(({ cpu }) => cpu)),
    median(them.map(({ cpu }) => cpu)),
    'ms',
    '<= 1.3',
  )
  row(
    'start to first tools/list reply, wall',
    median(us.map(({ wall }) => wall)),
    median(them.map(({ wall }) => wall)),
    'ms',
    '<= 1.3',
  )
  const memory: [number[], number[]] = [[], []]
  for (let run = 0; run < 3; run++) {
    memory[0].push(await idleMemory(ours))
    memory[1].push(await idleMemory(theirs))
  }
  row('idle memory', median(memory[0]), median(memory[1]), 'MB', '<= 1.3')
}

async function measureCalls(): Promise<void> {
  const postgres = await startPostgres()
  const us = ours()
  const them = theirs({ PG_URL: postgres.url })
  try {
    await us.call('register_user', { identifier: `bench ${Date.now()}` })
    await us.call('authenticate', {})
    await us.call('link_integration', { connector: 'sql', configuration: { url: postgres.url, identifier: 'bench' } })
    const ourCall = () => us.call('execute_connector', { connector: 'sql', action: 'query', params: { query: QUERY } })
    const theirCall = () => them.call('query', { query: QUERY })
    for (const inFlight of [1, 16]) {
      const rounds: [number[], number[]] = [[], []]
      await callsPerSecond(ourCall, inFlight)
      await callsPerSecond(theirCall, inFlight)
      for (let round = 0; round < ROUNDS; round++) {
        rounds[0].push(await callsPerSecond(ourCall, inFlight))
        rounds[1].push(await callsPerSecond(theirCall, inFlight))
      }
      row(`sql.query of one row, ${inFlight} in flight`, median(rounds[0]), median(rounds[1]), 'calls/s', '>= 0.8')
    }
  } finally {
    await Promise.all([us.end(), them.end()])
    await postgres.stop()
  }
}

try {
  await bundleBareServer()
  process.stdout.write(
    `node ${process.version}, medians of ${RUNS} starts and of ${ROUNDS} times ${SECONDS} s of calls\n`,
  )
  process.stdout.write(`${''.padEnd(44)} ${'ours'.padStart(9)} ${'bare'.padStart(9)} ${'ratio'.padStart(7)}\n`)
  await measureStart()
  await measureCalls()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
