import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Binds the emulator, which listens on every interface, to loopback. */
const LOOPBACK = new URL('../../../shared/counterparts/loopback.mjs', import.meta.url)
const EMULATE = fileURLToPath(new URL('../../node_modules/emulate/dist/index.js', import.meta.url))
const READY_MS = 20_000

export interface Emulator {
  origin: string
  stop(): Promise<void>
}

/** Why the emulator cannot be started here, or false. */
export const noEmulator: string | false = existsSync(LOOPBACK)
  ? false
  : `${fileURLToPath(LOOPBACK)} is not there, and without it the emulator would listen on every interface`

/**
 * Starts one service of `emulate` as a process of its own, on loopback and a free port.
 * @param seed the service's part of the seed, and `tokens`. Put a user named `nobody` first: the emulator takes every
 * token it does not know for the first user
 */
export async function startEmulator(service: string, seed: Record<string, unknown>): Promise<Emulator> {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-'))
  const seedFile = join(folder, 'seed.json')
  await writeFile(seedFile, JSON.stringify(seed))
  const port = await freePort()
  const options = ['start', '-p', String(port), '-s', service, '--seed', seedFile]
  const child = spawn(process.execPath, ['--import', LOOPBACK.href, EMULATE, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    await rm(folder, { recursive: true })
  }
  try {
    await untilItListens(port, child)
  } catch {
    await stop()
    throw new Error(`The emulator did not start: ${said}`)
  }
  return { origin: `http://127.0.0.1:${port}`, stop }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + READY_MS
  while (Date.now() < end && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (listens) return
    await pause(50)
  }
  throw new Error('not ready')
}
