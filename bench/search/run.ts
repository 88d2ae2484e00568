// npm run eval:search: how well the search for actions does on labelled sets, and what it costs. Each set is reported whole, by the
// half on which the weights were found and the other one, and for the third of its queries that share the fewest words with what
// is right. `npm run eval:search -- FOLDER` measures on a set of the same form, or on all sets right below that folder. With
// RUNS=FOLDER it writes what was found, for score.mjs.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ActionIndex } from '../../src/search/index.js'
import { type Measures, mean, measure, quantile } from './measures.js'
import { type LabelledSet, type Query, readSets } from './sets.js'

const SHARED = resolve(import.meta.dirname, '../../../shared/search-eval')
const FOUND = 10

const print = (line: string) => process.stdout.write(`${line}\n`)
const percent = (value: number) => (100 * value).toFixed(1).padStart(10)

type Outcome = Query & Measures & { ids: string[]; milliseconds: number }

function runSet({ ids, documents, queries }: LabelledSet): Outcome[] {
  const index = new ActionIndex(documents)
  for (const { q } of queries.slice(0, 50)) index.search(q, { count: FOUND })
  return queries.map((query) => {
    const began = performance.now()
    const matches = index.search(query.q, { count: FOUND })
    const milliseconds = performance.now() - began
    const found = matches.map(({ position }) => ids[position] ?? '')
    return { ...query, ...measure(found, query.relevant), ids: found, milliseconds }
  })
}

function printRow(what: string, outcomes: readonly Outcome[]): void {
  const columns = (['recall1', 'recall5', 'gain10'] as const).map((key) =>
    percent(mean(outcomes.map((outcome) => outcome[key]))),
  )
  print(`${what.padEnd(34)}${String(outcomes.length).padStart(8)}${columns.join('')}`)
}

function printSet({ name, documents }: LabelledSet, outcomes: readonly Outcome[]): void {
  const hardest = [...outcomes].sort((a, b) => a.overlap - b.overlap).slice(0, Math.ceil(outcomes.length / 3))
  printRow(`${name} (${documents.length} tools)`, outcomes)
  printRow(
    '  the half the weights are from',
    outcomes.filter(({ tuned }) => tuned),
  )
  printRow(
    '  the other half',
    outcomes.filter(({ tuned }) => !tuned),
  )
  printRow('  the third of least overlap', hardest)
  const times = outcomes.map(({ milliseconds }) => milliseconds)
  print(`  p50 ${quantile(times, 0.5).toFixed(2)} ms, p95 ${quantile(times, 0.95).toFixed(2)} ms`)
}

/** Bytes that are held. What buffers held is free only after a second collection. */
function heldBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What an index of so many actions costs, made of the tools of all sets, over again where there are not enough. */
function costOf(sets: readonly LabelledSet[], size: number): string {
  const all = sets.flatMap(({ documents }) => documents)
  const documents = Array.from({ length: size }, (_, position) => {
    const document = all[position % all.length] as (typeof all)[number]
    const round = Math.floor(position / all.length)
    return round === 0 ? document : { ...document, connector: `${document.connector}_${round}` }
  })
  const needs = sets.flatMap(({ queries }) => queries.slice(0, 200).map(({ q }) => q))
  const before = heldBytes()
  const began = performance.now()
  const index = new ActionIndex(documents)
  const built = performance.now() - began
  const held = heldBytes() - before
  for (const need of needs) index.search(need, { count: FOUND })
  const times = needs.map((need) => {
    const start = performance.now()
    index.search(need, { count: FOUND })
    return performance.now() - start
  })
  const latency = `p50 ${quantile(times, 0.5).toFixed(2)} ms, p95 ${quantile(times, 0.95).toFixed(2)} ms`
  return `${size} actions: built in ${built.toFixed(0)} ms, ${(held / 1e6).toFixed(1)} MB held; ${latency}`
}

const folder = resolve(process.argv[2] ?? SHARED)
const sets = readSets(folder)
if (sets.length === 0) {
  process.stderr.write(
    `There is no set in ${folder}: name a folder with tools.jsonl and queries.jsonl, or one with such folders.\n`,
  )
  process.exit(1)
}
// First, so that nothing else is held yet.
const costs = [400, 4000].map((size) => costOf(sets, size))
print(
  `${''.padEnd(34)}${'queries'.padStart(8)}${['recall@1', 'recall@5', 'nDCG@10'].map((title) => title.padStart(10)).join('')}`,
)
for (const set of sets) {
  const outcomes = runSet(set)
  printSet(set, outcomes)
  const runs = process.env.RUNS
  if (!runs) continue
  mkdirSync(runs, { recursive: true })
  const lines = outcomes.map(({ ids, milliseconds }) => JSON.stringify({ ids, ms: milliseconds }))
  writeFileSync(join(runs, `${set.name}.jsonl`), `${lines.join('\n')}\n`)
}
for (const cost of costs) print(cost)
