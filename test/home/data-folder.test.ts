import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/app/index.js'
import { readConfig } from '../../src/config/index.js'
import { KeyRing } from '../../src/crypto/key-ring.js'
import { openDataFolder } from '../../src/home/data-folder.js'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-folder-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'data')
}

const open = (dataDir: string) => openDataFolder({ dataDir, key: undefined, keyCommand: undefined })

/** A folder whose service was used once. */
async function usedFolder(): Promise<string> {
  const folder = newFolder()
  const connection = await connect(readConfig({ HOME: folder, CONNECTORS_DATA_DIR: folder }))
  await (await connection.client()).createUser('ada')
  await connection.close()
  return folder
}

test('the first start makes a key that only its owner can read; the second finds it', async () => {
  const folder = newFolder()
  const first = await open(folder)
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect((await open(folder)).keys.ring.currentId).toBe(first.keys.ring.currentId)
})

test('a home folder that does not exist is told, and not made', async () => {
  const HOME = join(newFolder(), 'gone')
  await expect(openDataFolder(readConfig({ HOME }))).rejects.toThrow(`The home folder ${HOME} does not exist`)
  expect(existsSync(HOME)).toBe(false)
})

test.each([
  ['/proc/connectors', 'created'],
  ['/proc/self', 'written'],
  ['/dev/null', 'written: a file is in its place'],
  ['/dev/null/data', 'created: a file is in its place'],
])('a data folder %s that cannot be used is told with the reason', async (folder, reason) => {
  await expect(open(folder)).rejects.toThrow(`The data folder ${folder} cannot be ${reason}`)
  await expect(open(folder)).rejects.toThrow('set CONNECTORS_DATA_DIR to a writable folder')
})

test('a missing key file is an error, and no new key is made for a store that exists', async () => {
  const folder = await usedFolder()
  rmSync(join(folder, 'key'))
  await expect(open(folder)).rejects.toThrow('Put the key file back from your backup')
  expect(existsSync(join(folder, 'key'))).toBe(false)
})

test('a wrong key file is an error at the start, also when the note of the right one is gone', async () => {
  const folder = await usedFolder()
  const right = readFileSync(join(folder, 'key'), 'utf8')
  writeFileSync(join(folder, 'key'), KeyRing.generate().text)
  await expect(open(folder)).rejects.toThrow('does not belong to the store')
  rmSync(join(folder, 'store.key-id'))
  const connection = await connect(readConfig({ HOME: folder, CONNECTORS_DATA_DIR: folder }))
  await expect(connection.client()).rejects.toThrow('key file')
  writeFileSync(join(folder, 'key'), right)
  const again = await connect(readConfig({ HOME: folder, CONNECTORS_DATA_DIR: folder }))
  await expect((await again.client()).createUser('ada')).rejects.toMatchObject({ code: 'USER_EXISTS' })
  await again.close()
})

test.each(['', 'nonsense', '0123456789abcdef tooshort'])('a key file that holds %j is refused', async (text) => {
  const folder = newFolder()
  await open(folder)
  chmodSync(join(folder, 'key'), 0o600)
  writeFileSync(join(folder, 'key'), text)
  await expect(open(folder)).rejects.toThrow(/key file/i)
})
