import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A server for the time of a test run: where it is for whoever may do everything, and how it ends. */
export interface RunningServer {
  url: string
  /** Its data directory. */
  folder: string
  stop(): Promise<void>
}

const run = promisify(execFile)
const READY_TIME = 60_000

/**
 * Starts PostgreSQL on a free port of loopback with a data directory of its own.
 * @throws when it is not installed or does not start, with a sentence that says so
 */
export async function startPostgres(): Promise<RunningServer> {
  const folders = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort().reverse() : []
  const places = [...folders.map((version) => `/usr/lib/postgresql/${version}/bin`), ...path()]
  const initdb = find('initdb', places)
  const postgres = find('postgres', places)
  const user = await owner('postgres')
  const folder = await dataFolder('postgres', user)
  await runAs(user, initdb, [
    '-D',
    folder,
    '-U',
    'postgres',
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ])
  // A role that this name begins needs its password; everybody else is trusted.
  const rules = join(folder, 'pg_hba.conf')
  await writeFile(rules, `host all guarded 127.0.0.1/32 scram-sha-256\n${await readFile(rules, 'utf8')}`)
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'fsync=off', 'max_connections=200', 'shared_buffers=32MB']
  const server = spawnAs(user, postgres, [
    '-D',
    folder,
    '-p',
    `${port}`,
    '-k',
    folder,
    ...settings.flatMap((s) => ['-c', s]),
  ])
  await ready(server, 'ready to accept connections', 'PostgreSQL')
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    folder,
    stop: () => stop(server, folder, 'SIGQUIT'),
  }
}

/**
 * Starts MariaDB on a free port of loopback with a data directory of its own; `root` needs no password.
 * @throws when it is not installed or does not start, with a sentence that says so
 */
export async function startMariadb(): Promise<RunningServer> {
  const places = [...path(), '/usr/sbin', '/usr/local/sbin']
  const install = find('mariadb-install-db', places)
  const mariadbd = find('mariadbd', places)
  const user = await owner('mysql')
  const folder = await dataFolder('mariadb', user)
  const fast = ['--innodb-flush-log-at-trx-commit=0', '--innodb-log-file-size=8M', '--innodb-buffer-pool-size=32M']
  const login = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
  await runAs(user, install, ['--no-defaults', `--datadir=${folder}`, ...login, ...fast])
  const port = await freePort()
  const socket = join(folder, 'sock')
  const place = [`--datadir=${folder}`, '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socket}`]
  const server = spawnAs(user, mariadbd, [
    '--no-defaults',
    ...place,
    ...fast,
    '--skip-name-resolve',
    '--max-connections=200',
  ])
  await ready(server, 'ready for connections', 'MariaDB')
  return { url: `mysql://root@127.0.0.1:${port}/mysql`, folder, stop: () => stop(server, folder, 'SIGKILL') }
}

const path = (): string[] => (process.env.PATH ?? '').split(':').filter(Boolean)

function find(binary: string, places: readonly string[]): string {
  const place = places.find((folder) => existsSync(join(folder, binary)))
  if (place === undefined) throw new Error(`${binary} is not installed`)
  return join(place, binary)
}

interface Owner {
  uid: number
  gid: number
}

/** Who runs the server: neither of them runs as root. Undefined for whoever runs the tests. */
async function owner(name: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)))
  return { uid: uid as number, gid: gid as number }
}

async function dataFolder(name: string, user: Owner | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `connectors-${name}-`))
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

/** Drops privileges, and lets the server die with this process however that ends. */
function command(user: Owner | undefined, file: string, args: readonly string[]): [string, string[]] {
  if (!existsSync('/usr/bin/setpriv')) return [file, [...args]]
  const drop = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  return ['/usr/bin/setpriv', ['--pdeathsig', 'KILL', ...drop, '--', file, ...args]]
}

async function runAs(user: Owner | undefined, file: string, args: readonly string[]): Promise<void> {
  const [program, all] = command(user, file, args)
  await run(program, all, { cwd: tmpdir() })
}

function spawnAs(user: Owner | undefined, file: string, args: readonly string[]): ChildProcess {
  const [program, all] = command(user, file, args)
  return spawn(program, all, { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] })
}

function ready(server: ChildProcess, sign: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const fail = () => {
      server.kill('SIGKILL')
      reject(new Error(`${name} did not start: ${log.slice(-1000)}`))
    }
    const late = setTimeout(fail, READY_TIME)
    server.once('exit', fail)
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 100_000) log += text
      if (!log.includes(sign)) return
      clearTimeout(late)
      server.removeListener('exit', fail)
      resolve()
    })
  })
}

async function stop(server: ChildProcess, folder: string, signal: NodeJS.Signals): Promise<void> {
  await new Promise<void>((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill(signal)
  })
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** A port that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
