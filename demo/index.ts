// Plays the whole story against real parts on this machine, without a network: npm run demo
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startAgent } from './agent.js'
import { startGithub } from './github.js'
import { freePort } from './loopback.js'
import { say } from './print.js'
import { makeShop, SHOPS } from './shops.js'
import { tellOfDatabases, tellOfGithub } from './story.js'

const ROOT = resolve(import.meta.dirname, '..')
/** Past this something hangs. Milliseconds. */
const TOO_LONG = 60_000
/** How long the call that is under way may take to end, once the demo is to end. Milliseconds. */
const GRACE = 5_000

/** What is put away at the end, whatever the end is, the last thing first. */
const closers: (() => Promise<unknown>)[] = []
const atTheEnd = (close: () => Promise<unknown>): void => void closers.unshift(close)

/** @param signal after it, nothing new begins */
async function play(signal: AbortSignal): Promise<void> {
  const began = Date.now()
  if (!existsSync(join(ROOT, 'dist/main.js'))) throw new Error('The server is not built yet; run "npm ci" first.')
  const folder = await mkdtemp(join(tmpdir(), 'connectors-demo-'))
  atTheEnd(() => rm(folder, { recursive: true, force: true }))
  for (const shop of SHOPS) makeShop(shop, join(folder, `${shop}.db`))

  const callbackPort = await freePort()
  const github = await startGithub(callbackPort)
  atTheEnd(github.close)
  const settings = {
    ...github.settings,
    CONNECTORS_DATA_DIR: join(folder, 'data'),
    CONNECTORS_CALLBACK_PORT: String(callbackPort),
    // Nothing of the person who runs the demo is read.
    HOME: folder,
    XDG_CONFIG_HOME: folder,
  }
  signal.throwIfAborted()
  const agent = await startAgent(ROOT, settings, signal)
  atTheEnd(agent.close)

  say(`An agent starts the server as mcp.json says, and is connected to ${agent.server}.`)
  await tellOfDatabases(agent, folder)
  await tellOfGithub(agent)
  say(`\nAll of this worked, in ${((Date.now() - began) / 1000).toFixed(1)} seconds.`)
}

/** Rejects when the person ends the demo, or when it takes too long. */
const interruption = (): Promise<never> =>
  new Promise((_, reject) => {
    // A terminal and npm each send one; the second must not end the demo before it has put things away.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => reject(new Error('It was interrupted.')))
    setTimeout(() => reject(new Error(`It took more than ${TOO_LONG / 1000} seconds.`)), TOO_LONG).unref()
  })

async function run(): Promise<number> {
  const stop = new AbortController()
  const played = play(stop.signal)
  try {
    await Promise.race([played, interruption()])
    return 0
  } catch (error) {
    process.stderr.write(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  } finally {
    // What is still being started would otherwise outlive the end.
    stop.abort()
    await Promise.race([played.catch(() => {}), pause(GRACE)])
    for (const close of closers) await close().catch(() => {})
  }
}

process.exit(await run())
