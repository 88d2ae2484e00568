/**
 * Plays made statements against SQLite accounts and looks whether one of them reached a file but the linked one:
 *   npm run fuzz:sqlite -- --statements 100000 --seed 8
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { DatabaseSync } from '@photostructure/sqlite'
import { createDatabasePort } from '../../src/database/index.js'
import type { DatabasePort } from '../../src/database/port.js'
import { scan } from '../../src/database/sql/scanner.js'
import { closeConnection, connectionOf } from '../../src/database/sqlite/connect.js'
import { runStatement } from '../../src/database/sqlite/statement.js'
import { Choice, SqliteGrammar, type Targets } from './sqlite-grammar.js'

const CANARY = 'CANARY-FILE-4711'
/** What a statement may bring along in an answer: the canary as text, base64 or hexadecimal digits. */
const TRACES = [
  CANARY,
  Buffer.from(CANARY).toString('base64').slice(0, 20),
  Buffer.from(CANARY).toString('hex').toUpperCase(),
]
/** After how many statements the linked file is made again, and the folder looked at. */
const ROUND = 500

export interface Fuzzed {
  statements: number
  /** By outcome: `ran`, or the code of the error. */
  outcomes: Record<string, number>
  /** How many SQLite's authorizer refused. */
  refused: number
  /** The same statements without anything before SQLite: by kind of answer, and what was refused. */
  atOnce: Record<string, number>
  refusals: Record<string, number>
  /** What must be empty: statements that reached another file, and files that appeared. */
  reached: string[]
}

/** @param seed decides on all statements */
export async function fuzzSqlite(statements: number, seed: number): Promise<Fuzzed> {
  const ground = new Ground()
  const grammar = new SqliteGrammar(new Choice(seed), ground.targets)
  const port = createDatabasePort()
  const fuzzed: Fuzzed = { statements, outcomes: {}, refused: 0, atOnce: {}, refusals: {}, reached: [] }
  try {
    for (let done = 0; done < statements; done += ROUND) {
      const count = Math.min(ROUND, statements - done)
      const round = Array.from({ length: count }, () => grammar.statement())
      await playRound({ port, ground, fuzzed }, round)
      fuzzed.reached.push(...ground.strangers())
    }
  } finally {
    await port.closeAll()
    ground.remove()
  }
  return fuzzed
}

interface Play {
  port: DatabasePort
  ground: Ground
  fuzzed: Fuzzed
}

async function playRound({ port, ground, fuzzed }: Play, statements: string[]): Promise<void> {
  ground.makeFile()
  const configuration = { url: `sqlite:///${ground.file}` }
  const accounts = [port.open('w', configuration), port.open('r', { ...configuration, read_only: true })]
  const queue = [...statements.entries()]
  const play = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, sql] = next
      const { signal } = new AbortController()
      const query = accounts[index % 2]?.query(sql, variablesOf(sql, ground.targets), {
        limit: 100,
        timeoutMs: 20_000,
        signal,
      })
      const answer = await Promise.resolve(query).catch((error: unknown) => error)
      note(fuzzed, sql, answer)
    }
  }
  await Promise.all(Array.from({ length: 4 }, play))
  for (const [index, sql] of statements.entries()) playAtOnce(ground.file, sql, index % 2 === 0, fuzzed)
}

/** Without anything that looks at the text before SQLite does, and taken for a VACUUM, which may do the most. */
function playAtOnce(file: string, text: string, readOnly: boolean, fuzzed: Fuzzed): void {
  const request = {
    file,
    ownFolder: undefined,
    readOnly,
    text,
    values: [],
    limit: 100,
    most: 2 ** 26,
    word: 'vacuum',
    reads: true,
  }
  let answer: unknown
  try {
    const connection = connectionOf(request)
    answer = runStatement(connection, request)
    if (connection.authorizer.changesConnection || connection.database.isTransaction) closeConnection(connection)
  } catch (error) {
    answer = { kind: 'failed', message: String(error) }
  }
  const { kind, what } = answer as { kind: string; what?: string }
  fuzzed.atOnce[kind] = (fuzzed.atOnce[kind] ?? 0) + 1
  if (what) fuzzed.refusals[what] = (fuzzed.refusals[what] ?? 0) + 1
  if (TRACES.some((trace) => JSON.stringify(answer).includes(trace))) fuzzed.reached.push(text)
}

function note(fuzzed: Fuzzed, sql: string, answer: unknown): void {
  const { code = 'ran', details } = answer as { code?: string; details?: unknown }
  fuzzed.outcomes[code] = (fuzzed.outcomes[code] ?? 0) + 1
  const text = JSON.stringify(answer instanceof Error ? { details, message: answer.message } : answer) ?? ''
  if (text.includes('SQLITE_AUTH')) fuzzed.refused += 1
  if (TRACES.some((trace) => text.includes(trace))) fuzzed.reached.push(sql)
  if (!(answer instanceof Error) || code !== 'ran') return
  fuzzed.reached.push(`an error without a code, ${answer.message}, of ${sql}`)
}

/** A value for each variable that is one to bind, so that more statements get as far as SQLite. */
function variablesOf(sql: string, { canary }: Targets): Record<string, string> {
  const names = scan(sql, 'sqlite').filter(({ kind }) => kind === 'variable')
  return Object.fromEntries(names.map(({ text }) => [text.slice(1), canary]))
}

/** The folder in which all of it is played. */
class Ground {
  readonly #folder = mkdtempSync(join(tmpdir(), 'connectors-fuzz-'))
  readonly file = join(this.#folder, 'linked.db')
  readonly targets: Targets = {
    canary: join(this.#folder, 'canary.txt'),
    written: join(this.#folder, 'written.db'),
    folder: this.#folder,
  }
  readonly #working = new Set(readdirSync(process.cwd()))

  constructor() {
    writeFileSync(this.targets.canary, CANARY)
  }

  makeFile(): void {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(this.file + suffix, { force: true })
    const database = new DatabaseSync(this.file)
    database.exec(`create table t (a, b); insert into t values ('x', 1), (x'ff', 2); create table log (x);
      create view v as select a from t; create virtual table f using fts5 (w); create virtual table r using rtree (id, x, y)`)
    database.close()
  }

  /** What does not belong here: files that appeared, and changes of the canary. */
  strangers(): string[] {
    const expected = /^(?:linked\.db(?:-journal|-wal|-shm)?|canary\.txt)$/
    const found = readdirSync(this.#folder).filter((name) => !expected.test(name))
    if (process.cwd() !== this.#folder) found.push(...readdirSync('.').filter((name) => !this.#working.has(name)))
    if (!existsSync(this.targets.canary) || readFileSync(this.targets.canary, 'utf8') !== CANARY)
      found.push('the canary')
    else if (statSync(this.targets.canary).size !== CANARY.length) found.push('the size of the canary')
    return found.map((name) => `${basename(name)} appeared or changed`)
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/**
 * The same statements by the driver without any of the service's measures, as a control: what they reach there.
 * @returns the files that appeared
 */
export function fuzzUnguarded(statements: number, seed: number): string[] {
  const ground = new Ground()
  const grammar = new SqliteGrammar(new Choice(seed), ground.targets)
  ground.makeFile()
  const database = new DatabaseSync(ground.file)
  const before = process.cwd()
  process.chdir(ground.targets.folder)
  try {
    for (let done = 0; done < statements; done += 1) {
      try {
        database.prepare(grammar.statement()).all()
      } catch {
        // Most of them are no SQL.
      }
    }
    return ground.strangers()
  } finally {
    process.chdir(before)
    database.close()
    ground.remove()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { statements: { type: 'string' }, seed: { type: 'string' } } })
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  const statements = Number(values.statements ?? 100_000)
  process.stdout.write(`seed ${seed}, ${statements} statements\n`)
  const started = performance.now()
  const fuzzed = await fuzzSqlite(statements, seed)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`${JSON.stringify({ ...fuzzed, seconds }, null, 2)}\n`)
  process.exitCode = fuzzed.reached.length > 0 ? 1 : 0
}
