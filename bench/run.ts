// npm run bench: what starting, waiting and calling cost, beside a bare server of the same SDK and beside peers that are installed (bench/peers.ts),
// in the same run. Numbers of one machine in one hour: read the ratios. CPU is of all processes of a contender together.
// Each contender answers some thousands of calls first, so that it is compiled. RUNS (15) starts of each; SECONDS (3) of calls for each
// figure, in ROUNDS (9) turns; ONLY=start,sql,http,serve for some of it.
// SERVER_NODE=FILE: the Node that runs the servers (npm sets NODE itself). PEERS=FOLDER: where peers are installed.
// BEFORE=FOLDER: a built checkout to compare with.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startPostgres } from '../test/databases/servers.js'
import {
  type Build,
  bareOverHttp,
  bareOverSql,
  bundleBare,
  endProcess,
  oursOverHttp,
  oursOverSql,
  QUERIES,
  type Setting,
  startPrinting,
} from './contenders.js'
import { type Contender, type Effort, playInTurns, warmUp } from './measure.js'
import { httpPeers, openPeers, sqlPeers } from './peers.js'
import { openServing } from './serving.js'
import { measureFirstCalls, measureStarts } from './starts.js'
import { printFigures, printHeading } from './table.js'

const RUNS = Number(process.env.RUNS ?? 15)
const EFFORT: Effort = { seconds: Number(process.env.SECONDS ?? 3), rounds: Number(process.env.ROUNDS ?? 9) }
const IN_FLIGHT = [1, 16]
const CONNECTIONS = 16
/** What issue 15 aims at: ours of bare, with one and with sixteen in flight. */
const AIMS: Record<keyof typeof QUERIES | 'HTTP', string> = {
  'one row': '>= 0.8 / 0.85',
  '100 rows of 7 columns': '>= 1.15 / 1.2',
  HTTP: '>= 0.7 / 0.75',
}
/** What it aims at for requests to `serve`, of an execution that does nothing. */
const SERVING_AIMS: Record<string, string> = { 'the same with X-API-Key': '>= 1.0', 'GET integrations': '>= 1.0' }

const builds: readonly Build[] = [
  { name: 'ours', main: resolve(import.meta.dirname, '../dist/main.js') },
  ...(process.env.BEFORE ? [{ name: 'before', main: resolve(process.env.BEFORE, 'dist/main.js') }] : []),
]
const only = process.env.ONLY?.split(',')
const wanted = (part: string): boolean => only?.includes(part) ?? true

/** Plays contenders with one and with more calls in flight, prints a table of them, and ends them. */
async function compare(title: string, aim: string, contenders: readonly Contender[]): Promise<void> {
  try {
    const played = []
    for (const contender of contenders) await warmUp(contender)
    for (const inFlight of IN_FLIGHT) played.push(await playInTurns(contenders, inFlight, EFFORT))
    printHeading(title, IN_FLIGHT, 'bare')
    for (const [index, { name }] of contenders.entries()) {
      const figures = played.flatMap((all) => all[index] ?? [])
      printFigures(name, figures, name === 'ours' ? aim : '')
    }
  } finally {
    await Promise.all(contenders.map(({ end }) => end()))
  }
}

async function compareSql(setting: Setting, bare: string, postgres: string): Promise<void> {
  for (const [title, query] of Object.entries(QUERIES)) {
    const contenders = [bareOverSql(bare, setting, postgres, query)]
    for (const build of builds) contenders.push(await oursOverSql(build, setting, postgres, query))
    contenders.push(...(await openPeers(sqlPeers(postgres, query), setting)))
    await compare(`stdio: sql, ${title}`, AIMS[title as keyof typeof QUERIES], contenders)
  }
}

async function compareHttp(setting: Setting, bare: string, records: string): Promise<void> {
  const contenders = [bareOverHttp(bare, setting, records)]
  for (const build of builds) contenders.push(await oursOverHttp(build, setting, records))
  contenders.push(...(await openPeers(httpPeers(records, setting), setting)))
  await compare('stdio: 1 KB over HTTP', AIMS.HTTP, contenders)
}

/** Requests to `serve`, beside the execution of an action that does nothing. */
async function compareServing(setting: Setting, records: string): Promise<void> {
  for (const build of builds) {
    const { contenders, end } = await openServing(build, setting, records, CONNECTIONS)
    try {
      for (const contender of contenders) await warmUp(contender)
      const played = await playInTurns(contenders, CONNECTIONS, EFFORT)
      printHeading('serve', [CONNECTIONS], 'execute')
      for (const [index, { name }] of contenders.entries()) {
        printFigures(name, played.slice(index, index + 1), SERVING_AIMS[name])
      }
    } finally {
      await end()
    }
  }
}

async function run(setting: Setting): Promise<void> {
  const version = execFileSync(setting.node, ['--version']).toString().trim()
  const { seconds, rounds } = EFFORT
  process.stdout.write(
    `Node ${version}; medians of ${RUNS} starts, and of ${rounds} turns of ${(seconds / rounds).toFixed(2)} s of calls\n`,
  )
  const bareSql = await bundleBare('bare-server.ts', setting)
  const bareHttp = await bundleBare('bare-http-server.ts', setting)
  const postgres = await startPostgres()
  const target = await startPrinting(
    process.execPath,
    ['--import', 'tsx', resolve(import.meta.dirname, 'http-target.ts')],
    process.env,
  )
  try {
    if (wanted('start')) {
      await measureStarts(builds, bareSql, setting, RUNS)
      await measureFirstCalls(builds, bareSql, setting, postgres.url, RUNS)
    }
    if (wanted('sql')) await compareSql(setting, bareSql, postgres.url)
    if (wanted('http')) await compareHttp(setting, bareHttp, target.url)
    if (wanted('serve')) await compareServing(setting, target.url)
  } finally {
    await endProcess(target.child)
    await postgres.stop()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'connectors-bench-'))
try {
  await run({ node: process.env.SERVER_NODE ?? process.execPath, folder })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
