import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { KeyRing } from '../../src/crypto/index.js'
import { call, done, newFolder, run, type Settings, serve, start } from './command.js'
import { answer, createUser, linkDatabase, logIn, makeDatabase, type Person } from './service.js'

/** How many processes are killed in the midst of a rotation, at least; so many rotations at least. */
const KILLS = Number(process.env.KILLS ?? 0)
const ROUNDS = 16
/** Commands are processes, on a machine that does other things too. Milliseconds. */
const PATIENCE = { timeout: 180_000 }

const idsIn = (folder: string): string[] => KeyRing.parse(readFileSync(join(folder, 'key'), 'utf8')).ids
const noted = (folder: string): string => readFileSync(join(folder, 'store.key-id'), 'utf8').trim()

interface Key {
  id: string
  records: number
  mark: string
}
async function keys(settings: Settings): Promise<Key[]> {
  const { stdout } = await done(['keys', 'status'], settings)
  return stdout.split('\n').flatMap((line) => {
    const [id, records, mark = ''] = line.split('\t')
    return id ? [{ id, records: Number.parseInt(records ?? '', 10), mark }] : []
  })
}

/** Clients with a user each, whose accounts need the client's data key. */
async function people(url: string, settings: Settings, count: number): Promise<Person[]> {
  // Not in the data folder: the service links none of its own files.
  const database = makeDatabase(newFolder())
  const administrator = (await done(['clients', 'administrator-key'], settings)).stdout.trim()
  const made: Person[] = []
  for (let index = 0; index < count; index++) {
    const { api_key } = await call(url, '/clients', { name: `client ${index}` }, { 'x-api-key': administrator })
    const { secret } = await createUser(url, api_key, 'ann')
    const person = await logIn(url, 'ann', secret)
    await linkDatabase(url, person, database)
    made.push(person)
  }
  return made
}

const answersAll = async (url: string, all: readonly Person[]) => {
  for (const person of all) expect(await answer(url, person)).toEqual([{ value: 42 }])
}

test('rotating and pruning a key file while the service runs logs no user out', PATIENCE, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  const url = await serve(settings)
  const all = await people(url, settings, 4)
  await done(['auth', 'login', 'me', '--register'], settings)
  const [first] = idsIn(folder)
  expect(await keys(settings)).toEqual([{ id: first, records: 7, mark: 'current' }])

  // Holds the older key, and has opened no client's key yet.
  const other = await serve(settings)
  let stop = false
  let calls = 0
  const calling = (async () => {
    for (; !stop; calls++) await answersAll(url, all)
  })()
  const rotated = await done(['keys', 'rotate'], settings)
  expect(rotated.stdout).toBe('re-wrapped: 7\n')
  const second = idsIn(folder)[0] ?? ''
  expect(idsIn(folder)).toEqual([second, first])
  expect(noted(folder)).toBe(second)
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  expect(await keys(settings)).toEqual([
    { id: second, records: 7, mark: 'current' },
    { id: first, records: 0, mark: '' },
  ])
  expect((await done(['keys', 'prune'], settings)).stdout).toBe(`${first}\n`)
  expect(idsIn(folder)).toEqual([second])
  expect((await done(['keys', 'prune'], settings)).stdout).toBe('')

  await answersAll(other, all)
  // Both processes read the keys before the rotation; a client made now is wrapped with the new one.
  const later = await call(
    url,
    '/clients',
    { name: 'later' },
    { 'x-api-key': (await done(['clients', 'administrator-key'], settings)).stdout.trim() },
  )
  const person = await logIn(other, 'bob', (await createUser(other, later.api_key, 'bob')).secret)
  await linkDatabase(other, person, makeDatabase(newFolder()))
  expect(await answer(url, person)).toEqual([{ value: 42 }])
  expect(await keys(settings)).toEqual([{ id: second, records: 8, mark: 'current' }])
  stop = true
  await calling
  expect(calls).toBeGreaterThan(0)
  expect((await done(['auth', 'status'], settings)).stdout).toContain('Logged in as me')
  const fresh = await serve(settings)
  await answersAll(fresh, [...all, person])
})

test('kill -9 at any point of a rotation loses nothing, and the next rotation completes it', {
  timeout: PATIENCE.timeout + KILLS * 15_000,
}, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  const url = await serve(settings)
  const all = await people(url, settings, 12)
  const seen = { killed: 0, between: 0, done: 0 }
  for (let round = 0; round < ROUNDS || seen.killed < KILLS; round++) {
    const { child, ended } = start(['keys', 'rotate'], settings)
    // The first thing that it writes in the folder besides the store is the new key file.
    const watcher = watch(folder, (_event, name) => {
      if (!name?.startsWith('key')) return
      watcher.close()
      void wait((round % 8) * 6).then(() => child.kill('SIGKILL'))
    })
    const { signal } = await ended
    watcher.close()
    if (signal === 'SIGKILL') seen.killed += 1
    else seen.done += 1
    const status = await keys(settings)
    expect(status.reduce((sum, { records }) => sum + records, 0)).toBe(14)
    if (status.filter(({ records }) => records > 0).length > 1) seen.between += 1
    await answersAll(url, all)
  }
  expect(seen.killed).toBeGreaterThan(5)
  expect(seen.between).toBeGreaterThan(0)
  process.stderr.write(
    `${seen.killed} processes killed in a rotation, ${seen.between} of them with both keys in use; ${seen.done} finished before.\n`,
  )
  await done(['keys', 'rotate'], settings)
  await done(['keys', 'prune'], settings)
  expect(idsIn(folder)).toHaveLength(1)
  expect(readdirSync(folder).filter((name) => /^key\./.test(name))).toEqual([])
  await answersAll(await serve(settings), all)
  await answersAll(url, all)
})

test('two concurrent rotations run one after the other', PATIENCE, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  await done(['clients', 'create', 'one'], settings)
  const [first] = idsIn(folder)
  const both = await Promise.all([1, 2, 3].map(() => done(['keys', 'rotate'], settings)))
  for (const { stdout } of both) expect(stdout).toBe('re-wrapped: 3\n')
  const ids = idsIn(folder)
  expect(ids).toHaveLength(4)
  expect(ids.at(-1)).toBe(first)
  expect((await keys(settings))[0]).toEqual({ id: ids[0], records: 3, mark: 'current' })
})

test(
  'with keys from the environment no key file is made, and a new key is put in front by hand',
  PATIENCE,
  async () => {
    const folder = newFolder()
    const [one, two] = [
      (await done(['keys', 'new'], {})).stdout.trim(),
      (await done(['keys', 'new'], {})).stdout.trim(),
    ]
    const [first, second] = [one, two].map((line) => line.slice(0, 16))
    const before = { CONNECTORS_DATA_DIR: folder, CONNECTORS_KEY: one }
    await done(['clients', 'create', 'one'], before)
    expect(existsSync(join(folder, 'key'))).toBe(false)
    expect((await done(['keys', 'rotate'], before)).stdout).toBe('re-wrapped: 0\n')

    const wrong = await run(['clients', 'list'], { ...before, CONNECTORS_KEY: two })
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining(`does not hold the key ${first}`) })
    expect(wrong.stderr).not.toContain(two.slice(17))

    const after = { ...before, CONNECTORS_KEY: `${two},${one}` }
    expect((await done(['keys', 'prune'], { ...before, CONNECTORS_KEY: `${one},${two}` })).stdout).toBe(`${second}\n`)
    expect(await run(['keys', 'prune'], after)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('keys rotate'),
    })
    expect((await done(['keys', 'rotate'], after)).stdout).toBe('re-wrapped: 3\n')
    expect(noted(folder)).toBe(second)
    expect((await done(['keys', 'prune'], after)).stdout).toBe(`${first}\n`)
    expect((await done(['clients', 'list'], { ...before, CONNECTORS_KEY: two })).stdout).toMatch(/^default\t.*\none\t/)
    expect(existsSync(join(folder, 'key'))).toBe(false)
    expect(readdirSync(folder).toSorted()).toEqual([
      'store.db',
      'store.db-checked',
      'store.db-open',
      'store.form',
      'store.key-id',
    ])
  },
)

test('with keys from a command a running service reads the new key by itself', PATIENCE, async () => {
  const [folder, vault] = [newFolder(), newFolder()]
  const file = join(vault, 'keys')
  writeFileSync(file, (await done(['keys', 'new'], {})).stdout)
  const settings = { CONNECTORS_DATA_DIR: folder, CONNECTORS_KEY_COMMAND: `cat ${file}` }
  const url = await serve(settings)
  const all = await people(url, settings, 2)
  writeFileSync(file, (await done(['keys', 'new'], {})).stdout + readFileSync(file, 'utf8'))
  expect((await done(['keys', 'rotate'], settings)).stdout).toBe('re-wrapped: 4\n')
  const other = await serve(settings)
  await answersAll(url, all)
  const administrator = (await done(['clients', 'administrator-key'], settings)).stdout.trim()
  const { api_key } = await call(other, '/clients', { name: 'later' }, { 'x-api-key': administrator })
  const later = await logIn(url, 'bob', (await createUser(url, api_key, 'bob')).secret)
  await linkDatabase(url, later, makeDatabase(newFolder()))
  expect(await answer(url, later)).toEqual([{ value: 42 }])
  expect(existsSync(join(folder, 'key'))).toBe(false)

  unlinkSync(file)
  const failed = await run(['clients', 'list'], settings)
  expect(failed).toMatchObject({ code: 1, stdout: '' })
  // What the command says itself is passed on; our sentence follows.
  expect(failed.stderr).toMatch(/No such file[\s\S]*CONNECTORS_KEY_COMMAND failed with exit code 1; run it by hand/)
})

test('settings that would create a key file by mistake are errors', PATIENCE, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  const line = (await done(['keys', 'new'], {})).stdout.trim()
  const bad: [Settings, string][] = [
    [{ CONNECTORS_KEY: '' }, 'CONNECTORS_KEY is set but empty'],
    [{ CONNECTORS_KEY: '${' + 'MY_KEY}' }, 'CONNECTORS_KEY is set but empty'],
    [{ CONNECTORS_KEY_COMMAND: ' ' }, 'CONNECTORS_KEY_COMMAND is set but empty'],
    [{ CONNECTORS_KEY: line, CONNECTORS_KEY_COMMAND: 'cat x' }, 'both set'],
    [{ CONNECTORS_KEY: 'nonsense' }, 'The setting CONNECTORS_KEY cannot be used: line 1'],
    [{ CONNECTORS_KEY_COMMAND: 'no-such-command-here --x' }, 'could not be started (ENOENT)'],
    [{ CONNECTORS_KEY_COMMAND: 'true' }, 'printed nothing'],
    [{ CONNECTORS_KEY_COMMAND: 'echo $HOME;ls' }, 'printed cannot be used: line 1'],
  ]
  for (const [setting, words] of bad) {
    const failed = await run(['clients', 'list'], { ...settings, ...setting })
    expect(failed, words).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(words) })
    expect(failed.stderr).not.toContain(line.slice(17))
  }
  expect(readdirSync(folder)).toEqual([])
})
