import { setImmediate as nextTurn } from 'node:timers/promises'
import type Database from 'libsql'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { SWEEP_INTERVAL } from '../../../src/base/sweeping.js'
import { KeySource } from '../../../src/crypto/index.js'
import { ConnectorFile } from '../../../src/kit/index.js'
import { KEPT_LIMITS, Keeping, LARGEST_KEPT, LIFETIME } from '../../../src/service/files/keeping.js'
import { Tenants } from '../../../src/service/tenants/tenants.js'
import { type Caller, Users } from '../../../src/service/tenants/users.js'
import { openVault } from '../../../src/service/vault/vault.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import type { Store } from '../../../src/store/store.js'
import { newScene } from '../scene.js'
import { ManualTime, settled } from '../upstream/time.js'
import { change } from '../vault/first-release.js'

const MIB = 1024 * 1024
const HOUR = 3_600_000

/** A store with two clients and a service that keeps things in it, with time that passes when a test says so. */
async function newWorld() {
  const { store, ring, file } = await newScene()
  const time = new ManualTime()
  const open = async (of: Store): Promise<Keeping> => {
    const vault = await openVault(of, KeySource.fixed(ring.ring))
    const keeping = new Keeping({ store: of, vault, clock: time.clock, schedule: time.schedule, log: undefined })
    onTestFinished(() => keeping.stop())
    return keeping
  }
  const vault = await openVault(store, KeySource.fixed(ring.ring))
  const tenants = new Tenants({ store, vault, clock: time.clock })
  const users = new Users({ store, vault, clock: time.clock })
  const [one, other] = [await tenants.create('one'), await tenants.create('other')]
  const callerOf = async (tenant: typeof one, name: string): Promise<Caller> => {
    const { user } = await users.create(tenant, name)
    return { clientId: tenant.id, userId: user.id, identifier: name }
  }
  /** Writes into the file as somebody could who has no key. */
  const write = async (sql: string, ...values: unknown[]): Promise<void> => {
    change(file, (database: Database.Database) => {
      database.exec('pragma foreign_keys = off')
      database.prepare(sql).run(...values)
    })
    await nextTurn()
  }
  return {
    store,
    vault,
    time,
    tenants,
    keeping: await open(store),
    another: async () => {
      const again = await openSqliteStore(file)
      onTestFinished(() => again.close())
      return open(again)
    },
    ada: await callerOf(one, 'ada'),
    bob: await callerOf(one, 'bob'),
    eve: await callerOf(other, 'ada'),
    write,
  }
}

type World = Awaited<ReturnType<typeof newWorld>>
let world: World

beforeEach(async () => {
  world = await newWorld()
})

const textFile = (text: string, name: string | null = 'a.txt', type: string | null = 'text/plain') =>
  new ConnectorFile(Buffer.from(text), name, type)
/** Bytes that differ from part to part. */
const bytesOf = (length: number) => Buffer.alloc(length).map((_, at) => (at * 31 + Math.floor(at / MIB)) % 251)
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    ({ code }) => code,
  )

const NOT_KEPT =
  "No file is kept under that handle: it has expired, made room for newer ones, or is another user's. Make the call again that made it."

describe('a file', () => {
  test('comes back with its name and type, from every process on the store', async () => {
    const { keeping, another, ada, time } = world
    const kept = await keeping.keepFile(ada, textFile('hello', 'blöb "1".txt', 'text/plain; charset=utf-8'))
    expect(kept).toEqual({
      handle: expect.stringMatching(/^file_[A-Za-z0-9_-]{24}$/),
      size: 5,
      expiresAt: time.clock() + 24 * HOUR,
    })
    const file = await (await another()).file(ada, kept.handle)
    expect(file).toBeInstanceOf(ConnectorFile)
    expect([Buffer.from(file.bytes).toString(), file.filename, file.contentType]).toEqual([
      'hello',
      'blöb "1".txt',
      'text/plain; charset=utf-8',
    ])
  })

  test.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 7])('of %i bytes comes back byte for byte', async (length) => {
    const { keeping, ada } = world
    const bytes = bytesOf(length)
    const { handle } = await keeping.keepFile(ada, new ConnectorFile(bytes))
    const file = await keeping.file(ada, handle)
    expect(Buffer.from(file.bytes).equals(bytes)).toBe(true)
    expect([file.filename, file.contentType]).toEqual([null, null])
  })

  test('has at most 32 MiB, and nothing is stored of a larger one', async () => {
    const { keeping, ada } = world
    const largest = await keeping.keepFile(ada, new ConnectorFile(Buffer.alloc(LARGEST_KEPT)))
    expect(largest.size).toBe(32 * MIB)
    const tooLarge = keeping.keepFile(ada, new ConnectorFile(Buffer.alloc(LARGEST_KEPT + 1)))
    await expect(tooLarge).rejects.toMatchObject({ code: 'TOO_LARGE', details: { size: 32 * MIB + 1 } })
    expect((await keeping.file(ada, largest.handle)).bytes.byteLength).toBe(32 * MIB)
  })

  test('lets other things happen while a large one is kept and read', async () => {
    const { keeping, ada } = world
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    const { handle } = await keeping.keepFile(ada, new ConnectorFile(bytesOf(5 * MIB)))
    expect(turns).toBeGreaterThanOrEqual(5)
    const before = turns
    await keeping.file(ada, handle)
    isDone = true
    expect(turns - before).toBeGreaterThanOrEqual(5)
  })

  test('leaves neither name, type nor content in the store', async () => {
    const { keeping, store, ada } = world
    const { handle } = await keeping.keepFile(ada, textFile('the content', 'the-name.txt', 'text/x-the-type'))
    const stored = JSON.stringify([await store.kept.find(handle), await store.kept.part(handle, 0)])
    expect(stored).toContain('v1.data.')
    for (const plain of ['the content', 'the-name', 'x-the-type'])
      for (const text of [plain, Buffer.from(plain).toString('base64url')]) expect(stored).not.toContain(text)
  })
})

describe('a result', () => {
  test('comes back exactly as it was given, for an hour', async () => {
    const { keeping, ada, time } = world
    const given = Buffer.from('{"data": [9007199254740993, 1.10],\n "meta": null}')
    const { handle, size, expiresAt } = await keeping.keepResult(ada, given)
    expect([size, expiresAt]).toEqual([given.length, time.clock() + HOUR])
    expect(handle).toMatch(/^result_[A-Za-z0-9_-]{24}$/)
    expect(Buffer.from(await keeping.result(ada, handle)).equals(given)).toBe(true)
    await time.pass(HOUR - 1)
    expect(Buffer.from(await keeping.result(ada, handle)).equals(given)).toBe(true)
    await time.pass(1)
    await expect(keeping.result(ada, handle)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: NOT_KEPT.replace('file', 'result'),
    })
  })
})

describe('a handle that leads to nothing', () => {
  test('is the same error for another user, another client, an unknown one, another kind and one that is malformed', async () => {
    const { keeping, ada, bob, eve } = world
    const { handle } = await keeping.keepFile(ada, textFile('mine'))
    const unknown = `file_${'a'.repeat(24)}`
    const result = (await keeping.keepResult(ada, json({ data: 1, meta: null }))).handle
    for (const [caller, name] of [
      [bob, handle],
      [eve, handle],
      [{ ...ada, clientId: eve.clientId }, handle],
      [ada, unknown],
      [ada, result],
      [ada, ''],
      [ada, `${handle}\0`],
      [ada, `${handle}\n`],
      [ada, `file_${'a'.repeat(200)}`],
      [ada, "file_' or 1=1 --aaaaaaaaaaaaaa"],
    ] as const) {
      const refused = { code: 'NOT_FOUND', message: NOT_KEPT, details: undefined }
      await expect(keeping.file(caller, name), name).rejects.toMatchObject(refused)
      await expect(keeping.remove(caller, 'file', name), name).rejects.toMatchObject(refused)
    }
    expect(Buffer.from((await keeping.file(ada, handle)).bytes).toString()).toBe('mine')
  })

  test('is not looked up in the store where it has not the form of one', async () => {
    const { store, ada, time } = world
    const asked: string[] = []
    const watched = {
      kept: {
        ...store.kept,
        find: async (id: string) => {
          asked.push(id)
          return undefined
        },
      },
    }
    const vault = {} as Awaited<ReturnType<typeof openVault>>
    const keeping = new Keeping({ store: watched, vault, clock: time.clock, schedule: time.schedule, log: undefined })
    const wellFormed = `file_${'-'.repeat(22)}`
    for (const handle of [
      'x',
      'file_',
      `file_${'a'.repeat(21)}`,
      `FILE_${'a'.repeat(22)}`,
      `${wellFormed}%`,
      wellFormed,
    ])
      expect(await codeOf(keeping.file(ada, handle))).toBe('NOT_FOUND')
    expect(asked).toEqual([wellFormed])
  })

  test('is one that was removed, or whose client was', async () => {
    const { keeping, tenants, store, ada, eve } = world
    const { handle } = await keeping.keepFile(ada, textFile('mine'))
    await keeping.remove(ada, 'file', handle)
    expect(await codeOf(keeping.file(ada, handle))).toBe('NOT_FOUND')
    expect(await codeOf(keeping.remove(ada, 'file', handle))).toBe('NOT_FOUND')
    const theirs = await keeping.keepFile(eve, textFile('theirs'))
    const second = await keeping.keepFile(ada, textFile('second'))
    await keeping.removeOfClient(eve.clientId)
    expect(await store.kept.find(theirs.handle)).toBeUndefined()
    expect(await store.kept.part(theirs.handle, 0)).toBeUndefined()
    expect(await codeOf(keeping.file(ada, second.handle))).toBe('fine')
    await tenants.remove(eve.clientId)
    expect(await codeOf(keeping.keepFile(eve, textFile('late')))).toBe('INVALID_TOKEN')
    expect(await codeOf(keeping.keepFile({ ...ada, userId: 'gone' }, textFile('late')))).toBe('INVALID_TOKEN')
  })
})

describe('room', () => {
  test('is made for the 101st thing by the oldest one, of whatever kind', async () => {
    const { keeping, ada, bob, time } = world
    const theirs = await keeping.keepFile(bob, textFile('theirs'))
    const handles: string[] = []
    for (let at = 0; at < KEPT_LIMITS.things; at++) {
      await time.pass(1)
      const kept = at % 2 ? keeping.keepFile(ada, textFile(`${at}`)) : keeping.keepResult(ada, json({ data: at }))
      handles.push((await kept).handle)
    }
    const open = (handle: string) =>
      codeOf(handle.startsWith('file_') ? keeping.file(ada, handle) : keeping.result(ada, handle))
    expect(new Set(await Promise.all(handles.map(open)))).toEqual(new Set(['fine']))
    await time.pass(1)
    await keeping.keepFile(ada, textFile('one more'))
    expect((await Promise.all(handles.map(open))).map((code) => code === 'fine')).toEqual([
      false,
      ...Array.from({ length: 99 }, () => true),
    ])
    expect(await codeOf(keeping.file(bob, theirs.handle))).toBe('fine')
  })

  test('is made for what would be more than 256 MiB', async () => {
    const { keeping, store, ada, time } = world
    const small = await keeping.keepFile(ada, textFile('small'))
    // The rows of large files without their parts: only their sizes count.
    for (let at = 0; at < 8; at++) {
      await time.pass(1)
      const [createdAt, size] = [time.clock(), at === 7 ? 32 * MIB - 6 : 32 * MIB]
      const row = {
        id: `file_large_${at}`,
        clientId: ada.clientId,
        userId: ada.userId,
        kind: 'file' as const,
        sealed: 'v1.x',
      }
      await store.kept.begin({ ...row, size, parts: 32, createdAt, expiresAt: createdAt + HOUR }, KEPT_LIMITS)
    }
    expect(await codeOf(keeping.file(ada, small.handle))).toBe('fine')
    await time.pass(1)
    await keeping.keepFile(ada, textFile('1'))
    expect(await codeOf(keeping.file(ada, small.handle))).toBe('fine')
    await time.pass(1)
    await keeping.keepFile(ada, textFile('2'))
    expect(await codeOf(keeping.file(ada, small.handle))).toBe('NOT_FOUND')
  })

  test('that is taken while a file is being kept is an error that may be retried, and leaves nothing', async () => {
    const { store, ada, time } = world
    const handles: string[] = []
    const kept = {
      ...store.kept,
      addPart: async (...[id, number, sealed, now]: Parameters<Store['kept']['addPart']>) => {
        handles.push(id)
        if (number === 1) await store.kept.expire(id)
        return store.kept.addPart(id, number, sealed, now)
      },
    }
    const { vault } = world
    const other = new Keeping({ store: { kept }, vault, clock: time.clock, schedule: time.schedule, log: undefined })
    await expect(other.keepFile(ada, new ConnectorFile(bytesOf(2 * MIB)))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    expect((await store.kept.find(handles[0] ?? ''))?.expiresAt).toBe(0)
  })

  test('is given up where a part cannot be stored', async () => {
    const { store, ada, time } = world
    const handles: string[] = []
    const addPart = async (id: string): Promise<boolean> => {
      handles.push(id)
      throw new Error('the disk is full')
    }
    const { vault } = world
    const deps = { vault, clock: time.clock, schedule: time.schedule, log: undefined }
    const other = new Keeping({ ...deps, store: { kept: { ...store.kept, addPart } } })
    await expect(other.keepFile(ada, textFile('x'))).rejects.toThrow('the disk is full')
    expect((await store.kept.find(handles[0] ?? ''))?.expiresAt).toBe(0)
  })
})

describe('what was changed in the store does not open', () => {
  test('parts that were swapped, left out or taken from elsewhere', async () => {
    const { keeping, ada, write } = world
    const one = (await keeping.keepFile(ada, new ConnectorFile(bytesOf(2 * MIB)))).handle
    const two = (await keeping.keepFile(ada, new ConnectorFile(bytesOf(2 * MIB)))).handle
    const refused = async (what: string) => expect(await codeOf(keeping.file(ada, one)), what).toBe('MISCONFIGURED')
    const swap = async () => {
      for (const [from, to] of [
        [0, 9],
        [1, 0],
        [9, 1],
      ])
        await write('update kept_parts set number = ? where kept_id = ? and number = ?', to, one, from)
    }
    await swap()
    await refused('swapped')
    await swap()
    expect(await codeOf(keeping.file(ada, one))).toBe('fine')
    await write('update kept set parts = 1, size = ? where id = ?', MIB, one)
    await refused('fewer parts')
    await write('update kept set parts = 2, size = ? where id = ?', 2 * MIB, one)
    expect(await codeOf(keeping.file(ada, one))).toBe('fine')
    await write(
      'update kept_parts set sealed = (select sealed from kept_parts where kept_id = ? and number = 0) where kept_id = ? and number = 0',
      two,
      one,
    )
    await refused('of another file')
    await write('delete from kept_parts where kept_id = ? and number = 0', one)
    await refused('missing')
  })

  test.each([
    ['size', 3],
    ['parts', 0],
    ['expires_at', 9_999_999_999_999],
    ['created_at', 1],
    ['sealed', 'v1.data.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA'],
  ])('a row whose %s is another one', async (column, value) => {
    const { keeping, ada, write } = world
    const { handle } = await keeping.keepFile(ada, textFile('text'))
    await write(`update kept set ${column} = ? where id = ?`, value, handle)
    expect(await codeOf(keeping.file(ada, handle))).toBe('MISCONFIGURED')
  })

  test('a row that was given to another user, or made to be of another kind', async () => {
    const { keeping, ada, bob, eve, write } = world
    const { handle } = await keeping.keepFile(ada, textFile('text'))
    await write('update kept set user_id = ? where id = ?', bob.userId, handle)
    expect(await codeOf(keeping.file(bob, handle))).toBe('MISCONFIGURED')
    await write('update kept set user_id = ?, client_id = ? where id = ?', eve.userId, eve.clientId, handle)
    expect(await codeOf(keeping.file(eve, handle))).toBe('MISCONFIGURED')
    const result = (await keeping.keepResult(ada, json({ data: 1 }))).handle
    const disguised = result.replace('result_', 'file_')
    await write('update kept_parts set kept_id = ? where kept_id = ?', disguised, result)
    await write("update kept set kind = 'file', id = ? where id = ?", disguised, result)
    expect(await codeOf(keeping.file(ada, disguised))).toBe('MISCONFIGURED')
  })
})

describe('sweeping', () => {
  const left = async ({ store }: World, handles: string[]) => {
    const rows = await Promise.all(handles.map((handle) => store.kept.find(handle)))
    return rows.map((row) => row !== undefined)
  }

  test('deletes what has expired at the start, and then again and again', async () => {
    const { keeping, another, ada, time } = world
    const result = (await keeping.keepResult(ada, json({ data: 1 }))).handle
    const file = (await keeping.keepFile(ada, textFile('text'))).handle
    await time.pass(HOUR)
    expect(await left(world, [result, file])).toEqual([true, true])
    const next = await another()
    next.start()
    await time.pass(0)
    expect(await left(world, [result, file])).toEqual([false, true])
    await time.pass(LIFETIME.file - HOUR - 1)
    expect(await left(world, [file])).toEqual([true])
    await time.pass(SWEEP_INTERVAL)
    expect(await left(world, [file])).toEqual([false])
    expect(time.pending).toBe(1)
    await next.stop()
    expect(time.pending).toBe(0)
  })

  test('follows soon where something was removed or made room', async () => {
    const { keeping, store, ada, time } = world
    keeping.start()
    await time.pass(0)
    const { handle } = await keeping.keepFile(ada, new ConnectorFile(bytesOf(6 * MIB)))
    await keeping.remove(ada, 'file', handle)
    await time.pass(0)
    await settled()
    expect(await left(world, [handle])).toEqual([false])
    expect(await store.kept.part(handle, 5)).toBeUndefined()
  })

  test('does nothing before it is started and after it is stopped, and survives a store that fails', async () => {
    const { keeping, store, ada, time } = world
    const { handle } = await keeping.keepFile(ada, textFile('text'))
    await keeping.remove(ada, 'file', handle)
    expect(time.pending).toBe(0)
    const warned: unknown[] = []
    let fails = true
    const sweep: Store['kept']['sweep'] = async (now, parts) => {
      if (fails) throw new Error('busy')
      return store.kept.sweep(now, parts)
    }
    const log = { warn: (...said: unknown[]) => void warned.push(said) } as never
    const { vault } = world
    const deps = { vault, clock: time.clock, schedule: time.schedule, log }
    const other = new Keeping({ ...deps, store: { kept: { ...store.kept, sweep } } })
    other.start()
    await time.pass(0)
    expect(warned).toHaveLength(1)
    expect(await left(world, [handle])).toEqual([true])
    fails = false
    await time.pass(SWEEP_INTERVAL)
    expect(await left(world, [handle])).toEqual([false])
    await other.stop()
    other.start()
    expect(time.pending).toBe(0)
  })
})
