import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller, Service } from '../../src/service/index.js'
import { FINISHING_TIME, LINK_LIFETIME } from '../../src/service/linking/link.js'
import { openSqliteStore } from '../../src/store/sqlite/store.js'
import { network } from '../oauth/network.js'
import { CANARY, type GrantsServer, startGrantsServer } from './children/grants-server.js'
import type { ChildSetting } from './children/setting.js'
import { serviceOf } from './children/setting.js'
import { userinfoConnector } from './notes.js'
import { oneByOne } from './one-by-one.js'
import { newScene, type Scene } from './scene.js'
import { CALLBACK_URL, newCaller, newService, readResult, signedIn } from './service.js'

/** How many processes are killed altogether, a fifth by each of the five tests: every step at least once, then again. */
const KILLS = Number(process.env.KILLS ?? 0)
/** How many at a time; they share a store. */
const LANES = 3
/** Past the lifetime of a token. Milliseconds. */
const LATER = 2 * 3_600_000
/** How long the lease of a process lasts that died. Milliseconds. */
const LEASE = 30_000
const OAUTH_CLIENT = { client_id: 'me', client_secret: 'my-secret' }

// In the project, so that it finds the packages; bundled, because starting it must not take long.
const PROGRAM = fileURLToPath(new URL(`../../node_modules/.killed-${process.pid}.mjs`, import.meta.url))

let server: GrantsServer
beforeAll(async () => {
  server = await startGrantsServer()
  await build({
    entryPoints: [fileURLToPath(new URL('./children/killed.ts', import.meta.url))],
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql', 'pg-native', 'pg-cloudflare'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
})
afterAll(async () => {
  await server.close()
  rmSync(PROGRAM, { force: true })
})

interface End {
  killed: boolean
  lines: string[]
  errors: string
}

const runChild = (...args: string[]): Promise<End> =>
  new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], (error, stdout, stderr) =>
      resolve({
        killed: error?.signal === 'SIGKILL',
        lines: stdout.split('\n').filter(Boolean),
        errors: error && error.signal !== 'SIGKILL' ? `${error.message} ${stderr}` : '',
      }),
    )
  })

interface World {
  scene: Scene
  caller: Caller
  setting: ChildSetting
  path: string
  /** The service as another process, whose clock is ahead. */
  at(ahead: number): Promise<Service>
}

async function newWorld(rotating: boolean, ahead: number): Promise<World> {
  const scene = await newScene()
  const { send } = network()
  const provider = server.provider(rotating)
  const connector = userinfoConnector(provider, server.origin)
  const service = await newService({ store: scene.store, keyRing: scene.ring.ring, connector, send })
  const caller = await newCaller(service)
  const setting: ChildSetting = {
    file: scene.file,
    keys: scene.ring.text,
    provider,
    oauthClient: OAUTH_CLIENT,
    origin: server.origin,
    caller,
    ahead,
  }
  const path = join(scene.folder, 'setting.json')
  writeFileSync(path, JSON.stringify(setting))
  const at = (ahead: number) => serviceOf({ ...setting, ahead }, scene.store, send)
  return { scene, caller, setting, path, at }
}

async function link(service: Service, caller: Caller, login: string): Promise<string> {
  const { url } = await service.linking.start(caller, 'notes', { callbackUrl: CALLBACK_URL, replaceDuplicate: true })
  const state = new URL(url).searchParams.get('state') ?? ''
  const answer = new URLSearchParams({ code: login, state })
  return (await service.linking.finish('notes', answer, signedIn(service, caller))).outcome.status
}

const use = (service: Service, caller: Caller, identifier: string) =>
  service.runAction(caller, {
    connector: 'notes',
    action: 'who_am_i',
    input: {},
    identifier,
    signal: new AbortController().signal,
  })

/**
 * Looks through the files that a thief of the folder would read. By another process: when this one closes a file that
 * SQLite has open here, its locks are gone.
 */
async function expectNothingInClear({ folder }: Scene): Promise<void> {
  expect(await filesWith(folder, CANARY)).toEqual([])
}

const filesWith = (folder: string, text: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    execFile('grep', ['-rla', text, folder], (error, stdout) => {
      // 1 says that there is nothing.
      if (error && error.code !== 1) reject(error)
      else resolve(stdout.split('\n').filter(Boolean))
    })
  })

/** Runs `kill` for each step again and again, several at a time, and at least once each. Gives how many that were. */
async function killAtEach(steps: number, kill: (step: number, login: string) => Promise<void>): Promise<number> {
  const kills = Math.max(steps, Math.ceil(KILLS / 5))
  let next = 0
  const lane = async (): Promise<void> => {
    for (let each = next++; each < kills; each = next++) await kill(each % steps, `login-${each}`)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return kills
}

/** The names of the steps, from a run that nothing disturbs. */
async function stepsOf(world: World, deed: string, login: string): Promise<string[]> {
  const { lines, errors } = await runChild(world.path, deed, login)
  expect(errors).toBe('')
  expect(lines).toContain('acknowledged success')
  return lines.filter((line) => line.startsWith('step ')).map((line) => line.slice('step '.length))
}

const report = (deed: string, kills: number, steps: readonly string[], more: string): void => {
  process.stderr.write(`${kills} processes killed at ${steps.length} steps of ${deed}${more}.\n`)
}

test.each([
  ['a new account', false, 'link', 'take'],
  ['an account that is there', true, 'link', 'take'],
  ['a new account that the person confirms', false, 'confirm', 'claim'],
] as const)(
  'a process killed at any step of a link of %s stores the account and ends the link, or neither',
  {
    timeout: 3_600_000,
  },
  async (what, isThere, deed, taking) => {
    const storing = isThere ? 'integrations.replace' : 'integrations.insert'
    const world = await newWorld(false, 0)
    const { scene, caller, path } = world
    const service = await world.at(0)
    if (isThere) await link(service, caller, 'undisturbed')
    const steps = await stepsOf(world, deed, 'undisturbed')
    expect(steps).toEqual(
      expect.arrayContaining([
        'before links.insert',
        `after links.${taking}`,
        'before POST /steady/token',
        'after POST /steady/token',
        'after GET /me',
        `before ${storing}`,
        `after ${storing}`,
        'the end',
      ]),
    )
    const stored = steps.indexOf(`after ${storing}`)
    // When whatever a link may take is over.
    const later = await world.at(LINK_LIFETIME + FINISHING_TIME)
    const acknowledged: string[] = []
    const seen: Record<string, number> = {}
    const kills = await killAtEach(steps.length, async (step, login) => {
      if (isThere) expect(await link(service, caller, login)).toBe('success')
      const end = await runChild(path, deed, login, String(step))
      expect(end, steps[step]).toMatchObject({ killed: true, errors: '' })
      await expectNothingInClear(scene)
      if (end.lines.includes('acknowledged success')) acknowledged.push(login)
      const store = await openSqliteStore(scene.file)
      const row = await store.integrations.find(caller.userId, 'notes', login)
      const [linkId] = end.lines.flatMap((line) => (line.startsWith('link ') ? [line.slice('link '.length)] : []))
      const inStore = linkId === undefined ? undefined : await store.links.find(linkId)
      await store.close()
      const isStored = row !== undefined && row.version === (isThere ? 2 : 1)
      expect(isStored, steps[step]).toBe(step >= stored)
      expect(row !== undefined, steps[step]).toBe(isThere || isStored)
      // Told as linked at once, never before, and never as anything else once everything is over.
      expect(inStore?.status === 'linked', steps[step]).toBe(isStored)
      if (linkId !== undefined) {
        const told = await later.linking.status(caller, linkId)
        expect(told.status, steps[step]).toBe(
          isStored ? 'linked' : inStore?.status === 'consumed' ? 'failed' : 'expired',
        )
        if (told.status === 'failed') expect(told.message).toContain('was interrupted while it was being finished')
        if (isStored) expect(told).toMatchObject({ userIdentifier: login, replaced: isThere })
        seen[told.status] = (seen[told.status] ?? 0) + 1
      }
      if (row) expect(readResult(await use(service, caller, login))).toMatchObject({ data: { sub: login } })
      // The person tries again.
      expect(await link(service, caller, login)).toBe('success')
      expect(readResult(await use(service, caller, login))).toMatchObject({ data: { sub: login } })
    })
    // What is no secret is found there, so a secret would be.
    expect(await filesWith(scene.folder, 'undisturbed')).not.toEqual([])
    const kept = await scene.store.integrations.listOfUser(caller.userId)
    expect(kept).toHaveLength(kills + 1)
    const names = new Set(kept.map(({ userIdentifier }) => userIdentifier))
    expect(acknowledged.filter((login) => !names.has(login))).toEqual([])
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(Object.keys(seen).sort()).toEqual(['expired', 'failed', 'linked'])
    const ends = Object.entries(seen).map(([status, count]) => `${count} ${status}`)
    report(`a link of ${what}`, kills, steps, `: ${ends.join(', ')}; ${acknowledged.length} had acknowledged it`)
  },
)

test.each([
  [false, 'never loses the grant where the provider allows a retry'],
  [true, 'loses a grant at most between the answer and the store where refresh tokens rotate'],
])('a process killed at any step of a refresh (rotation: %s) %s', { timeout: 3_600_000 }, async (rotating) => {
  const world = await newWorld(rotating, LATER)
  const { scene, caller, path } = world
  const before = await world.at(0)
  await link(before, caller, 'undisturbed')
  const token = `POST /${rotating ? 'rotating' : 'steady'}/token`
  const steps = await stepsOf(world, 'use', 'undisturbed')
  expect(steps).toEqual(
    expect.arrayContaining([
      'after leases.acquire',
      `before ${token}`,
      `after ${token}`,
      'before integrations.updateCredential',
      'after integrations.updateCredential',
      'before leases.release',
      'after GET /me',
    ]),
  )
  const [answered, stored] = [`after ${token}`, 'after integrations.updateCredential'].map((name) =>
    steps.indexOf(name),
  )
  // The clock of whoever comes next, when the lease of the dead process has just ended.
  const after = await world.at(LATER + LEASE)
  const lost: string[] = []
  // Who begins a link deletes those that are long over by its clock, and the clocks here are hours apart.
  const alone = oneByOne()
  const linkAlone = (service: Service, login: string) => alone(() => link(service, caller, login))
  const kills = await killAtEach(steps.length, async (step, login) => {
    expect(await linkAlone(before, login)).toBe('success')
    const end = await runChild(path, 'use', login, String(step))
    expect(end, steps[step]).toMatchObject({ killed: true, errors: '' })
    await expectNothingInClear(scene)
    const store = await openSqliteStore(scene.file)
    expect(await store.integrations.find(caller.userId, 'notes', login)).toMatchObject({
      authStatus: 'active',
      version: step >= (stored ?? 0) ? 2 : 1,
    })
    await store.close()
    const began = performance.now()
    const outcome = await use(after, caller, login).then(readResult, (error: unknown) => error)
    // Nobody waits for the lease: it has ended by then.
    expect(performance.now() - began).toBeLessThan(LEASE / 2)
    if (rotating && step >= (answered ?? 0) && step < (stored ?? 0)) {
      lost.push(login)
      expect(outcome, steps[step]).toMatchObject({ code: 'RECONNECT_REQUIRED' })
      expect(await linkAlone(after, login)).toBe('success')
      expect(readResult(await use(after, caller, login))).toMatchObject({ data: { sub: login } })
    } else expect(outcome, steps[step]).toMatchObject({ data: { sub: login } })
  })
  const rows = await scene.store.integrations.listOfUser(caller.userId)
  expect(rows).toHaveLength(kills + 1)
  expect(rows.every(({ authStatus }) => authStatus === 'active')).toBe(true)
  report('a refresh', kills, steps, rotating ? `, ${lost.length} grants that rotate linked again` : ', no grant lost')
})

test('a process killed at any step of a removal leaves the whole account, or no grant', {
  timeout: 3_600_000,
}, async () => {
  const world = await newWorld(false, 0)
  const { scene, caller, path } = world
  const service = await world.at(0)
  await link(service, caller, 'undisturbed')
  const steps = await stepsOf(world, 'remove', 'undisturbed')
  expect(steps).toEqual([
    'before integrations.delete',
    'after integrations.delete',
    'before clients.find',
    'after clients.find',
    'before POST /revoke',
    'after POST /revoke',
    'before revocations.delete',
    'after revocations.delete',
    'the end',
  ])
  const [removed = 0, revoked = 0] = ['after integrations.delete', 'after POST /revoke'].map((name) =>
    steps.indexOf(name),
  )
  // The clock of whoever comes next, when the time of the dead process is over.
  const later = await world.at(LEASE)
  const alone = oneByOne()
  let madeUpFor = 0
  const kills = await killAtEach(steps.length, async (step, login) => {
    expect(await link(service, caller, login)).toBe('success')
    const end = await runChild(path, 'remove', login, String(step))
    expect(end, steps[step]).toMatchObject({ killed: true, errors: '' })
    await expectNothingInClear(scene)
    const row = await scene.store.integrations.find(caller.userId, 'notes', login)
    expect(row === undefined, steps[step]).toBe(step >= removed)
    if (step >= removed && step < revoked) madeUpFor += 1
    await alone(() => later.revocations.look())
    expect(server.isGranted(login), steps[step]).toBe(row !== undefined)
    if (row) expect(readResult(await use(service, caller, login))).toMatchObject({ data: { sub: login } })
  })
  expect(await scene.store.revocations.listOfClient(caller.clientId)).toEqual([])
  expect(madeUpFor).toBeGreaterThan(0)
  report('a removal', kills, steps, `, ${madeUpFor} revocations made up for`)
})
