import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import type { Store } from '../../../src/store/store.js'
import { storeSuite } from '../store.suite.js'

let folder: string
let empty: string
let files = 0
const opened: Store[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  empty = join(folder, 'empty.db')
  await (await openSqliteStore(empty)).close()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function open(file: string): Promise<Store> {
  const store = await openSqliteStore(file)
  opened.push(store)
  return store
}

describe('SQLite', () => {
  storeSuite(async () => {
    const file = join(folder, `${files++}.db`)
    copyFileSync(empty, file)
    return { store: await open(file), openAgain: () => open(file) }
  })
})

test('a store in memory works, and is separate from every other', async () => {
  const [one, two] = [await open(':memory:'), await open(':memory:')]
  await one.meta.putIfAbsent('key', 'value')
  expect(await one.meta.get('key')).toBe('value')
  expect(await two.meta.get('key')).toBeUndefined()
})
