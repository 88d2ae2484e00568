// npm run bench: what starting, waiting and calling cost, beside a bare server of the same SDK, in the same run.
// RUNS (15) starts of each, SECONDS (3) of calls for each figure. BEFORE=FOLDER: a built checkout to compare with, over stdio
// and over `serve`. Numbers of one machine in one hour: read the ratios. CPU is of all processes of a contender together.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { familyCpuMsOf, StdioProcess } from '../test/built/stdio-process.js'
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
    what.padEnd(56),
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

/** Who answers the calls of a measurement. */
interface Contender {
  name: string
  pid: number
  call(): Promise<unknown>
  end(): Promise<void>
}

async function overStdio(name: string, file: string, postgres: string): Promise<Contender> {
  const server = new StdioProcess([file], { CONNECTORS_DATA_DIR: join(folder, `stdio ${name}`) }, false)
  await server.call('register_user', { identifier: `bench ${Date.now()}` })
  await server.call('authenticate', {})
  await server.call('link_integration', { connector: 'sql', configuration: { url: postgres, identifier: 'bench' } })
  const started = performance.now()
  const call = () => server.call('execute_connector', { connector: 'sql', action: 'query', params: { query: QUERY } })
  await call()
  process.stdout.write(`first query over stdio, ${name}: ${(performance.now() - started).toFixed(0)} ms\n`)
  return { name, pid: server.child.pid ?? 0, call, end: () => server.end() }
}

async function bareOverStdio(postgres: string): Promise<Contender> {
  const server = theirs({ PG_URL: postgres })
  return {
    name: 'bare',
    pid: server.child.pid ?? 0,
    call: () => server.call('query', { query: QUERY }),
    end: () => server.end(),
  }
}

async function overServe(name: string, file: string, postgres: string): Promise<Contender> {
  const env = { PATH: process.env.PATH ?? '', CONNECTORS_DATA_DIR: join(folder, `serve ${name}`) }
  const key = execFileSync(process.execPath, [file, 'clients', 'administrator-key'], { env, stdio: 'pipe' })
  const child = spawn(process.execPath, [file, 'serve', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const agent = new Agent({ keepAlive: true })
  const post = (
    path: string,
    headers: Record<string, string>,
    json: unknown,
  ): Promise<{ data: Record<string, string> }> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(json)
      const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
      const sent = request(
        line.toString().trim().split('\n')[0] + path,
        { method: 'POST', agent, headers: all },
        (answer) => {
          let text = ''
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
          })
          answer.on('end', () =>
            answer.statusCode === 200 || answer.statusCode === 201
              ? resolve(JSON.parse(text))
              : reject(new Error(text)),
          )
        },
      )
      sent.on('error', reject).end(body)
    })
  const client = await post('/clients', { 'x-api-key': key.toString().trim() }, { name: 'bench' })
  const user = await post('/users', { 'x-api-key': client.data.api_key ?? '' }, { identifier: 'bench' })
  const login = await post('/auth/tokens', {}, { identifier: 'bench', secret: user.data.secret })
  const headers = { authorization: `Bearer ${login.data.token}` }
  await post('/connectors/sql/integrations', headers, { configuration: { url: postgres, identifier: 'bench' } })
  const end = async () => {
    agent.destroy()
    child.kill()
    await once(child, 'exit')
  }
  return { name, pid: child.pid ?? 0, call: () => post('/connectors/sql/query', headers, { query: QUERY }), end }
}

/** Plays contenders in turns, the first one being what the others are compared with. */
async function compare(how: string, contenders: readonly Contender[]): Promise<void> {
  for (const inFlight of [1, 16]) {
    const rates = contenders.map((): number[] => [])
    const cpu = contenders.map((): number[] => [])
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, { pid, call }] of contenders.entries()) {
        const before = familyCpuMsOf(pid)
        const rate = await callsPerSecond(call, inFlight)
        // The first round warms up.
        if (round === 0) continue
        rates[index]?.push(rate)
        cpu[index]?.push(((familyCpuMsOf(pid) - before) * 1000) / (rate * SECONDS))
      }
    }
    for (const [index, { name }] of contenders.entries()) {
      if (index === 0) continue
      const what = `sql.query ${how}, ${inFlight} in flight`
      const [ours, other] = [rates[0] ?? [], rates[index] ?? []].map(median)
      row(
        `${what}, beside ${name}`,
        ours ?? 0,
        other ?? 0,
        'calls/s',
        name === 'bare' ? '>= 0.8' : how === 'over stdio' ? '>= 0.9' : '>= 0.75',
      )
      row('  CPU of a call', median(cpu[0] ?? []), median(cpu[index] ?? []), 'us', 'small')
    }
  }
  await Promise.all(contenders.map(({ end }) => end()))
}

async function measureCalls(): Promise<void> {
  const postgres = await startPostgres()
  const before = process.env.BEFORE && resolve(process.env.BEFORE, 'dist/main.js')
  try {
    await compare('over stdio', [
      await overStdio('ours', main, postgres.url),
      await bareOverStdio(postgres.url),
      ...(before ? [await overStdio('before', before, postgres.url)] : []),
    ])
    if (!before) return
    const serving = [await overServe('ours', main, postgres.url), await overServe('before', before, postgres.url)]
    await compare('over serve', serving)
  } finally {
    await postgres.stop()
  }
}

try {
  await bundleBareServer()
  process.stdout.write(
    `node ${process.version}, medians of ${RUNS} starts and of ${ROUNDS} times ${SECONDS} s of calls\n`,
  )
  process.stdout.write(`${''.padEnd(56)} ${'ours'.padStart(9)} ${'bare'.padStart(9)} ${'ratio'.padStart(7)}\n`)
  await measureStart()
  await measureCalls()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
