import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readPathFor, typeOfName } from '../../src/app/read-path.js'
import { ClientFile } from '../../src/client/index.js'
import { readConfig } from '../../src/config/index.js'

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-read-path-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('files below the allowed folders are read, with the type that their name stands for', async () => {
  const HOME = home()
  for (const name of ['letters', 'private']) {
    mkdirSync(join(HOME, name))
    writeFileSync(join(HOME, name, 'a.PDF'), 'x')
  }
  const read = readPathFor(readConfig({ HOME, CONNECTORS_FILE_ROOTS: '~/letters' }))
  expect(await read(join(HOME, 'letters/a.PDF'))).toEqual(new ClientFile(Buffer.from('x'), 'a.PDF', 'application/pdf'))
  await expect(read(join(HOME, 'private/a.PDF'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const none = readPathFor(readConfig({ HOME }))
  await expect(none(join(HOME, 'letters/a.PDF'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('our own keys, logins and settings are never read, nor the environment of a process', async () => {
  const HOME = home()
  const ours = ['.local/share/connectors-mcp/key', '.config/connectors-mcp/config.json']
  for (const file of ours) {
    mkdirSync(join(HOME, file, '..'), { recursive: true })
    writeFileSync(join(HOME, file), '{}')
  }
  symlinkSync(join(HOME, '.local/share'), join(HOME, 'share'))
  const read = readPathFor(readConfig({ HOME, CONNECTORS_FILE_ROOTS: '/' }))
  for (const path of [...ours, 'share/connectors-mcp/key']
    .map((file) => join(HOME, file))
    .concat('/proc/self/environ')) {
    await expect(read(path)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
})

test.each([
  ['a.txt', 'text/plain'],
  ['a.tar.JPG', 'image/jpeg'],
  ['a.unknown', null],
  ['pdf', null],
  ['a.constructor', null],
  ['.', null],
  ['', null],
])('the name %s stands for %s', (name, type) => {
  expect(typeOfName(name)).toBe(type)
})
