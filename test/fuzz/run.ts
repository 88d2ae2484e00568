// npm run fuzz:servers: changed streams of real servers against the drivers. STREAMS (100000) of each protocol, SEED (now),
// ENGINE (both), DEFAULTS=1 for the times a user gets. Ends with an exit code of 1 where something was wrong.
import { startMariadb, startPostgres } from '../databases/servers.js'
import { type FuzzedEngine, fuzzServers } from './servers.js'

const STREAMS = Number(process.env.STREAMS ?? 100_000)
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
const ENGINES = (process.env.ENGINE?.split(',') ?? ['postgresql', 'mysql']) as FuzzedEngine[]
const PART = 2_000
const defaults = process.env.DEFAULTS ? { timeoutMs: 30_000, lookEveryMs: 1_000 } : {}

process.on('uncaughtException', (error) => {
  process.stdout.write(`the process would have ended: ${error.stack}\n`)
  process.exitCode = 1
})

for (const engine of ENGINES) {
  const server = await (engine === 'mysql' ? startMariadb() : startPostgres())
  const outcomes: Record<string, number> = {}
  const started = performance.now()
  let streams = 0
  let [good, slowestGood, slowest] = [0, 0, 0]
  for (let part = 0; streams < STREAMS; part += 1) {
    const wanted = Math.min(PART, STREAMS - streams)
    const report = await fuzzServers({ engine, url: server.url, streams: wanted, seed: SEED + part, ...defaults })
    streams += report.streams
    good += report.good.calls
    slowestGood = Math.max(slowestGood, report.good.slowestMs)
    slowest = Math.max(slowest, report.slowestMs)
    for (const [outcome, count] of Object.entries(report.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
    for (const fault of report.faults) process.stdout.write(`FAULT ${engine}, seed ${SEED + part}: ${fault}\n`)
    if (report.faults.length > 0) process.exitCode = 1
    const seconds = Math.round((performance.now() - started) / 1000)
    const memory = Math.round(process.memoryUsage().rss / 1024 / 1024)
    process.stdout.write(`${engine}: ${streams} streams in ${seconds} s, ${memory} MB, seed ${SEED + part}\n`)
  }
  await server.stop()
  for (const [outcome, count] of Object.entries(outcomes).sort(([, a], [, b]) => b - a)) {
    process.stdout.write(`${String(count).padStart(9)}  ${outcome}\n`)
  }
  process.stdout.write(
    `${engine}: ${streams} streams, slowest call ${Math.round(slowest)} ms; ${good} good calls, slowest ${Math.round(slowestGood)} ms\n`,
  )
}
