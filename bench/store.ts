// npm run bench:store: what a large store costs: opening it, a command on it, and deleting the client that has nearly all of it.
// ACCOUNTS (1000000), five for each user; RUNS (5) of what is repeated; MAIN=FILE: the dist/main.js of another checkout to measure.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import Database from 'libsql'
import { openSqliteStore } from '../src/store/sqlite/store.js'

const ACCOUNTS = Number(process.env.ACCOUNTS ?? 1_000_000)
const RUNS = Number(process.env.RUNS ?? 5)
const PER_USER = 5
const CLIENT = 'large'

const folder = mkdtempSync(join(tmpdir(), 'connectors-bench-store-'))
const file = join(folder, 'store.db')
const main = resolve(process.env.MAIN ?? join(import.meta.dirname, '../dist/main.js'))
const env = { PATH: process.env.PATH, HOME: folder, CONNECTORS_DATA_DIR: folder, CONNECTORS_LOG_LEVEL: 'error' }
const command = (...args: string[]): string =>
  execFileSync(process.execPath, [main, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

/** Rows as the service writes them, but that nothing opens: all in one transaction. */
function fill(): void {
  const { id } = JSON.parse(command('clients', 'create', CLIENT, '--json')) as { id: string }
  const database = new Database(file)
  database.pragma('foreign_keys = on')
  const uuid = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' ||
    substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`
  database.exec(`
    begin;
    insert into users (id, client_id, identifier, secret_hash, secret_preview, secret_serial, is_active, created_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ACCOUNTS / PER_USER})
      select ${uuid}, '${id}', 'person' || i || '@example.com', 'v1.root.' || hex(randomblob(40)), 'sk-user-...', ${uuid}, 1, i from n;
    insert into integrations (id, client_id, user_id, connector, user_identifier, auth_type, auth_scopes, auth_status, selected,
        credential, credential_serial, version, created_at, updated_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${PER_USER})
      select ${uuid}, '${id}', users.id, 'connector' || i, users.identifier, 'custom', '[]', 'active', 1,
        'v1.data.' || hex(randomblob(60)), ${uuid}, 1, i, i from users cross join n;
    commit;`)
  database.pragma('wal_checkpoint(truncate)')
  database.close()
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function timed(run: () => unknown): Promise<number> {
  const before = performance.now()
  await run()
  return performance.now() - before
}

async function repeated(run: () => unknown): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < RUNS; round++) times.push(await timed(run))
  return median(times)
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
const row = (what: string, ...values: string[]): void =>
  print([what.padEnd(58), ...values.map((value) => value.padStart(12))].join(''))

async function openAndClose(): Promise<void> {
  await (await openSqliteStore(file)).close()
}

/** Writes from this process until `others` is done. @returns the longest that a write took, in milliseconds, and how many gave up */
async function writeBeside(others: Promise<unknown>): Promise<{ longest: number; gaveUp: number; took: number }> {
  const begun = performance.now()
  const store = await openSqliteStore(file)
  let [done, longest, gaveUp, count] = [false, 0, 0, 0]
  const ended = others.finally(() => {
    done = true
  })
  while (!done) {
    const write = async () => store.meta.putIfAbsent(`bench ${count++}`, 'x').catch(() => gaveUp++)
    longest = Math.max(longest, await timed(write))
    await new Promise((next) => setTimeout(next, 5))
  }
  await ended
  await store.close()
  return { longest, gaveUp, took: performance.now() - begun }
}

const rowsLeft = (): number => {
  const database = new Database(file)
  const { left } = database.prepare("select count(*) as left from users where identifier like 'person%'").get() as {
    left: number
  }
  database.close()
  return left
}

/** A server until no row of the client is left. */
async function serveUntilGone(): Promise<void> {
  const server = spawn(process.execPath, [main, 'serve', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((listening) => createInterface({ input: server.stdout }).once('line', listening))
  while (rowsLeft() > 0) await new Promise((next) => setTimeout(next, 500))
  const ended = new Promise((exit) => server.once('exit', exit))
  server.kill('SIGTERM')
  await ended
}

try {
  const filling = await timed(fill)
  print(
    `${ACCOUNTS} accounts, ${Math.round(statSync(file).size / 1024 / 1024)} MiB, made in ${seconds(filling)}; ${main}`,
  )
  row('opening, as a library: the first time, not known here', seconds(await timed(openAndClose)))
  row('opening, as a library: after a clean close, median', seconds(await repeated(openAndClose)))
  row('clients list, median', seconds(await repeated(() => command('clients', 'list'))))
  const run = promisify(execFile)
  const deleting = await writeBeside(
    run(process.execPath, [main, 'clients', 'delete', CLIENT, '--yes'], { env, timeout: 600_000 }),
  )
  row('clients delete', seconds(deleting.took))
  row('  longest write of another process meanwhile', seconds(deleting.longest), `${deleting.gaveUp} gave up`)
  const left = rowsLeft()
  row('  users left in the file', String(left))
  if (left > 0) {
    const removing = await writeBeside(serveUntilGone())
    row('a server until the last row is gone', seconds(removing.took))
    row('  longest write of another process meanwhile', seconds(removing.longest), `${removing.gaveUp} gave up`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
