import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { describePostgres } from '../../databases/index.js'
import { freePort } from '../../databases/servers.js'

const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((file) => existsSync(file))

/** A pooler in front of the test server that lends a session for one transaction. */
export interface PgBouncer {
  /** @param script what the new database begins with @returns its URL through the pooler */
  createDatabase(script: string): Promise<string>
}

/** As `describePostgres`, with PgBouncer in between; skipped with the reason where it is not installed. */
export function describePgBouncer(name: string, tests: (bouncer: PgBouncer) => void): void {
  if (PGBOUNCER === undefined) {
    process.stderr.write(`Skipped: ${name}: PgBouncer is not installed\n`)
    describe.skip(`${name} (skipped: PgBouncer is not installed)`, () => tests({ createDatabase: async () => '' }))
    return
  }
  describePostgres(name, (server) => {
    let port = 0
    let folder = ''
    let running: ChildProcess | undefined
    beforeAll(async () => {
      port = await freePort()
      folder = await mkdtemp(join(tmpdir(), 'connectors-pgbouncer-'))
      const { hostname, port: serverPort } = new URL(server.url)
      const settings = [
        `[databases]\n* = host=${hostname} port=${serverPort}`,
        `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\npool_mode = transaction`,
        `default_pool_size = 2\nmax_client_conn = 100\nauth_type = trust\nauth_file = ${join(folder, 'users')}`,
        // So that it lets the settings of a session pass, as if it kept them.
        'ignore_startup_parameters = extra_float_digits,intervalstyle,bytea_output,default_transaction_read_only',
      ]
      const file = join(folder, 'pgbouncer.ini')
      await writeFile(file, settings.join('\n'))
      running = await start(file, folder)
    })
    afterAll(async () => {
      running?.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    })
    tests({
      async createDatabase(script) {
        const url = await server.createDatabase()
        await server.run(url, script)
        return Object.assign(new URL(url), { port: String(port) }).href
      },
    })
  })
}

/** PgBouncer does not run as root. */
async function start(file: string, folder: string): Promise<ChildProcess> {
  const users = join(folder, 'users')
  await writeFile(users, '"postgres" ""\n')
  const isRoot = process.getuid?.() === 0
  const nobody = 65_534
  if (isRoot) for (const path of [folder, file, users]) await chown(path, nobody, nobody)
  const child = spawn(PGBOUNCER as string, [file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  })
  await new Promise<void>((resolve, reject) => {
    let log = ''
    child.once('exit', () => reject(new Error(`PgBouncer did not start: ${log}`)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('process up')) resolve()
    })
  })
  return child
}
