import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type OpeningOptions, openSqliteStore } from '../../../src/store/sqlite/store.js'
import { NOTE_ENDING } from '../../../src/store/sqlite/use.js'
import type { Store } from '../../../src/store/store.js'
import { killChildren, nextLine, startChild } from '../children/child.js'
import { newClient } from '../scene.js'

/** Starting a process that runs TypeScript takes a second on a busy machine. Milliseconds. */
const PATIENCE = 60_000

let folder: string
let files = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(killChildren)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store with a value in it, closed. */
async function closedStore(): Promise<string> {
  const file = join(folder, `${files++}.db`)
  const store = await openSqliteStore(file)
  await store.meta.putIfAbsent('marked', 'MARK-MARK')
  await store.close()
  return file
}

/** Makes the value text that is not UTF-8: the structure stays whole, and only who reads all text sees it. */
function spoil(file: string): void {
  const bytes = readFileSync(file)
  bytes.set([0xff], bytes.lastIndexOf('MARK-MARK') + 4)
  writeFileSync(file, bytes)
}

/** The same on the disk alone: the file system does not know of any change. */
function spoilUnnoticed(file: string): void {
  const times = `${file}.times`
  writeFileSync(times, '')
  execFileSync('touch', ['-r', file, times])
  spoil(file)
  execFileSync('touch', ['-r', times, file])
}

async function isOpened(file: string, options?: OpeningOptions): Promise<boolean> {
  const opened = await openSqliteStore(file, options).catch((error: unknown) => error)
  if (opened instanceof Error) {
    expect(opened).toMatchObject({ code: 'MISCONFIGURED', message: expect.stringContaining('is damaged') })
    return false
  }
  await (opened as Store).close()
  return true
}

test('after a clean close only the structure is checked, until the whole check is asked for', async () => {
  const file = await closedStore()
  spoilUnnoticed(file)
  expect(await isOpened(file)).toBe(true)
  expect(await isOpened(file, { checkWhole: true })).toBe(false)
  // What was found is remembered.
  expect(await isOpened(file)).toBe(false)
})

test('a damaged structure is refused after a clean close, too', async () => {
  const file = await closedStore()
  const bytes = readFileSync(file)
  bytes.fill(0x2a, 4096, 2 * 4096)
  const times = `${file}.times`
  writeFileSync(times, '')
  execFileSync('touch', ['-r', file, times])
  writeFileSync(file, bytes)
  execFileSync('touch', ['-r', times, file])
  expect(await isOpened(file)).toBe(false)
})

test('a file that was changed or put there since the close is checked as a whole', async () => {
  const changed = await closedStore()
  spoil(changed)
  expect(await isOpened(changed)).toBe(false)
  const [from, to] = [await closedStore(), await closedStore()]
  spoilUnnoticed(from)
  rmSync(to)
  execFileSync('cp', ['-p', from, to])
  expect(await isOpened(to)).toBe(false)
})

test('a file whose process was killed is checked as a whole', { timeout: PATIENCE }, async () => {
  const file = await closedStore()
  const client = newClient()
  const store = await openSqliteStore(file)
  await store.clients.insert(client)
  await store.close()
  const child = startChild('insert-until-killed.ts', [file, client.id])
  await nextLine(child)
  child.process.kill('SIGKILL')
  await child.ended
  spoilUnnoticed(file)
  expect(await isOpened(file)).toBe(false)
})

test('an opening beside a process that works is none after a crash', { timeout: PATIENCE }, async () => {
  const file = await closedStore()
  const client = newClient()
  const store = await openSqliteStore(file)
  await store.clients.insert(client)
  await store.close()
  const child = startChild('insert-until-killed.ts', [file, client.id])
  await nextLine(child)
  spoilUnnoticed(file)
  expect(await isOpened(file)).toBe(true)
  child.process.kill('SIGKILL')
  await child.ended
  expect(await isOpened(file)).toBe(false)
})

test('the last of several to close leaves a file that is known', async () => {
  const file = await closedStore()
  const [first, second] = [await openSqliteStore(file), await openSqliteStore(file)]
  await first.meta.putIfAbsent('first', 'x')
  await first.close()
  await second.meta.putIfAbsent('second', 'x')
  await second.close()
  spoilUnnoticed(file)
  expect(await isOpened(file)).toBe(true)
})

test('a large file is checked beside the work, and calls are refused once it is found damaged', {
  timeout: PATIENCE,
}, async () => {
  const file = await closedStore()
  spoil(file)
  const error = vi.fn()
  const store = await openSqliteStore(file, { checkedAtOnce: 0, log: { error, warn: error } })
  expect(await store.meta.putIfAbsent('written', 'meanwhile')).toBe('meanwhile')
  await vi.waitFor(() => expect(error).toHaveBeenCalledOnce(), PATIENCE)
  const refusal = { code: 'MISCONFIGURED', message: expect.stringContaining('is damaged') }
  await expect(store.meta.get('written')).rejects.toMatchObject(refusal)
  await expect(store.users.find('anyone')).rejects.toMatchObject(refusal)
  await store.close()
  expect(await isOpened(file)).toBe(false)
})

test('a large file that was checked beside the work is known from then on', { timeout: PATIENCE }, async () => {
  const file = await closedStore()
  rmSync(`${file}-checked`)
  const store = await openSqliteStore(file, { checkedAtOnce: 0 })
  await vi.waitFor(() => expect(existsSync(`${file}-checked`)).toBe(true), PATIENCE)
  await store.close()
  spoilUnnoticed(file)
  expect(await isOpened(file)).toBe(true)
})

test('a process with nothing else to do comes to its end', { timeout: PATIENCE }, async () => {
  const file = await closedStore()
  rmSync(`${file}-checked`)
  const { ended } = startChild('open-large.ts', [file])
  expect(await ended).toMatchObject({ code: 0, errors: '', lines: ['closed'] })
})

test('a check that the close cuts short is made at the next opening', { timeout: PATIENCE }, async () => {
  const file = await closedStore()
  rmSync(`${file}-checked`)
  const warn = vi.fn()
  const store = await openSqliteStore(file, { checkedAtOnce: 0, log: { error: warn, warn } })
  await store.close()
  expect(warn).not.toHaveBeenCalled()
  spoilUnnoticed(file)
  expect(await isOpened(file)).toBe(false)
})

test('a store can be closed when its folder is gone', async () => {
  const gone = mkdtempSync(join(folder, 'gone-'))
  const [one, other] = [await openSqliteStore(join(gone, 'store.db')), await openSqliteStore(join(gone, 'store.db'))]
  await one.close()
  rmSync(gone, { recursive: true })
  await expect(other.close()).resolves.toBeUndefined()
})

test.skipIf(process.platform !== 'linux')(
  'deleting a client ends the check beside, which keeps the log as it was',
  async () => {
    const file = await closedStore()
    const client = newClient()
    const filled = await openSqliteStore(file)
    await filled.clients.insert(client)
    await filled.close()
    rmSync(file + NOTE_ENDING)
    /** Checks of this file, as the system lists all processes. */
    const checks = () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
          try {
            const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
            return command.includes(file) && command.includes('store-check-worker') ? [command] : []
          } catch {
            return []
          }
        })
    const store = await openSqliteStore(file, { checkedAtOnce: 0 })
    expect(checks()).toHaveLength(1)
    expect(await store.clients.delete(client.id)).toBe(true)
    expect(checks()).toEqual([])
    expect(statSync(`${file}-wal`).size).toBe(0)
    await store.close()
  },
)
