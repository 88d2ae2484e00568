import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'libsql'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openLogIndex } from '../../../src/store/sqlite/log-index.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { Writes } from '../../../src/store/sqlite/writes.js'
import type { Store, UserRow } from '../../../src/store/store.js'
import { killChildren, nextLine, startChild } from '../children/child.js'
import { newClient, newUser } from '../scene.js'

/** Starting a process that runs TypeScript takes a second on a busy machine. Milliseconds. */
const PATIENCE = 120_000
const isLinux = process.platform === 'linux'

let folder: string
let files = 0
const newFile = (): string => join(folder, `${files++}.db`)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(killChildren)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function withUser(file: string): Promise<{ store: Store; user: UserRow }> {
  const store = await openSqliteStore(file)
  const client = newClient()
  const user = newUser(client.id)
  await store.clients.insert(client)
  await store.users.insert(user)
  return { store, user }
}

describe('what another process writes', () => {
  test('is found by the next turn of the event loop, also after the log has been emptied', {
    timeout: PATIENCE,
  }, async () => {
    const file = newFile()
    const { store, user } = await withUser(file)
    const child = startChild('set-secret.ts', [file, user.id])
    expect(await nextLine(child)).toBe('ready')
    for (let round = 0; round < 40; round++) {
      const before = await store.users.find(user.id)
      // Remembered: the same object.
      expect(await store.users.find(user.id)).toBe(before)
      const line = `serial-${round} ${round % 4 === 3 ? 'close' : 'open'}`
      child.process.stdin.write(`${line}\n`)
      expect(await nextLine(child)).toBe(line)
      expect((await store.users.find(user.id))?.secretSerial).toBe(`serial-${round}`)
    }
    child.process.stdin.end()
    expect(await child.ended).toMatchObject({ code: 0, errors: '' })
    await store.close()
  })
})

describe.each([
  ['the index of the log', true],
  ['SQLite', false],
])('by %s', (_name, byIndex) => {
  /** Two connections to one file, and the writes as the first one sees them. */
  function pair() {
    const file = newFile()
    const [one, two] = [new Database(file), new Database(file)]
    one.exec('pragma journal_mode = wal; create table t (value)')
    const writes = new Writes(one)
    const index = byIndex ? openLogIndex(file) : undefined
    if (index) writes.watch(index)
    const end = () => {
      writes.end()
      one.close()
      two.close()
    }
    return { one, two, writes, end }
  }
  const skipped = byIndex && !isLinux
  if (skipped) process.stdout.write('The index of the log is read on Linux only; its tests are skipped.\n')

  test.skipIf(skipped)('the version stays the same while nothing is committed', async () => {
    const { one, two, writes, end } = pair()
    const before = writes.version()
    two.prepare('select * from t').all()
    one.prepare('select * from t').all()
    await nextTurn()
    expect(writes.version()).toBe(before)
    two.exec('begin immediate; insert into t values (1); rollback')
    await nextTurn()
    expect(writes.version()).toBe(before)
    end()
  })

  test.skipIf(skipped)('a commit of another connection is seen in the next turn', async () => {
    const { two, writes, end } = pair()
    for (const change of [
      'insert into t values (1)',
      'delete from t',
      'create table u (v)',
      'pragma user_version = 2',
    ]) {
      const before = writes.version()
      two.exec(change)
      await nextTurn()
      expect(writes.version()).not.toBe(before)
    }
    end()
  })

  test.skipIf(skipped)('an own write is seen at once', () => {
    const { one, writes, end } = pair()
    const before = writes.version()
    one.exec('insert into t values (1)')
    writes.noteOwn()
    expect(writes.version()).not.toBe(before)
    end()
  })

  test.skipIf(skipped)('what is committed after the log was emptied is seen', async () => {
    const { one, two, writes, end } = pair()
    for (let round = 0; round < 20; round++) {
      two.exec('insert into t values (1)')
      one.exec('pragma wal_checkpoint(truncate)')
      await nextTurn()
      const before = writes.version()
      two.exec('insert into t values (1)')
      await nextTurn()
      expect(writes.version()).not.toBe(before)
    }
    end()
  })
})

describe.skipIf(!isLinux)('the index of the log', () => {
  /** The locks of this process on it, as the system lists them. @see https://man7.org/linux/man-pages/man5/proc_locks.5.html */
  const locksOn = (file: string): number => {
    const { ino } = statSync(`${file}-shm`)
    return readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length
  }
  const descriptorsOf = (end: string): string[] =>
    readdirSync('/proc/self/fd').flatMap((descriptor) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${descriptor}`)
        return target.includes(folder) && target.includes(end) ? [target] : []
      } catch {
        return []
      }
    })

  test('SQLite keeps its locks on it when another store of this process is closed', async () => {
    const file = newFile()
    const [one, two] = [await openSqliteStore(file), await openSqliteStore(file)]
    const before = locksOn(file)
    expect(before).toBeGreaterThan(0)
    await one.close()
    await one.close()
    expect(locksOn(file)).toBe(before)
    const three = await openSqliteStore(file)
    await three.close()
    expect(locksOn(file)).toBe(before)
    expect(await two.meta.putIfAbsent('key', 'value')).toBe('value')
    await two.close()
  })

  test('it is opened once for all stores of a file, and is closed after the file was deleted', async () => {
    const file = newFile()
    const read = `${file}-shm`
    const ofSqlite = await openedOnlyBySqlite()
    for (let round = 0; round < 5; round++) {
      const stores = [await openSqliteStore(file), await openSqliteStore(file)]
      expect(descriptorsOf(read).length).toBeLessThanOrEqual(ofSqlite + 1)
      await Promise.all(stores.map((store) => store.close()))
    }
    expect(descriptorsOf(read)).not.toEqual([])
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
    const after = descriptorsOf(`${read} (deleted)`).length
    const other = await openSqliteStore(newFile())
    expect(descriptorsOf(`${read} (deleted)`).length).toBeLessThan(after)
    await other.close()
  })

  /** How many descriptors SQLite has of an index that two connections use. */
  async function openedOnlyBySqlite(): Promise<number> {
    const file = newFile()
    const two = [new Database(file), new Database(file)]
    for (const database of two) database.exec('pragma journal_mode = wal; create table if not exists t (value)')
    const count = descriptorsOf(`${file}-shm`).length
    for (const database of two) database.close()
    return count
  }

  test('is read only where there is one, in the form that is known', async () => {
    const file = newFile()
    expect(openLogIndex(file)).toBeUndefined()
    for (const content of ['', 'x'.repeat(32_768)]) {
      writeFileSync(`${file}-shm`, content)
      expect(openLogIndex(file)).toBeUndefined()
      rmSync(`${file}-shm`)
    }
    const store = await openSqliteStore(file)
    const index = openLogIndex(file)
    expect(index?.hasChanged()).toBe(true)
    expect(index?.hasChanged()).toBe(false)
    index?.release()
    await store.close()
  })

  test('a store whose folder was deleted goes on being watched', async () => {
    const place = mkdtempSync(join(folder, 'gone-'))
    const { store, user } = await withUser(join(place, 'store.db'))
    rmSync(place, { recursive: true })
    const other = await openSqliteStore(newFile())
    expect((await store.users.find(user.id))?.id).toBe(user.id)
    await nextTurn()
    expect((await store.users.find(user.id))?.id).toBe(user.id)
    await other.close()
    await store.close()
  })
})
