import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/base/secret.js'
import { KeyRing } from '../../src/crypto/index.js'
import { removeDrafts, writeAtomically } from '../../src/home/atomic-file.js'
import { openDataFolder } from '../../src/home/data-folder.js'
import { runKeyCommand } from '../../src/home/key-command.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

const fromFile = () => ({ dataDir: folder, key: undefined, keyCommand: undefined })
const shell = (script: string) => ['/bin/sh', '-c', script]

test('a command that hangs is ended, also when what it started keeps its output open', async () => {
  const mark = join(folder, 'mark')
  const began = performance.now()
  await expect(runKeyCommand(shell(`sleep 6 & echo $$ > ${mark}; wait`), 300)).rejects.toThrow(/took more than 0.3 s/)
  expect(performance.now() - began).toBeLessThan(4_000)
  const pid = Number(readFileSync(mark, 'utf8'))
  await expect.poll(() => existsSync(`/proc/${pid}`) && /State:\s+[^Z]/.test(status(pid))).toBe(false)
})

/** What the kernel says of a process; empty when it is gone. */
function status(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

test('a command gets its arguments as they are, and no input', async () => {
  expect(await runKeyCommand(['printf', '%s|', '$HOME', ';', 'a*'])).toBe('$HOME|;|a*|')
  expect(await runKeyCommand(shell('cat; echo end'))).toBe('end\n')
})

test('a key command that fails, prints nothing or does not stop printing prevents the start', async () => {
  const cases: [string[], string][] = [
    [shell('echo secret; exit 3'), 'failed with exit code 3'],
    [shell('kill -9 $$'), 'was ended by SIGKILL'],
    [shell('echo'), 'printed nothing'],
    [shell('yes secret'), 'printed far more than keys'],
    [['/nowhere/at/all'], 'could not be started (ENOENT)'],
    [[folder], 'could not be started (EACCES)'],
  ]
  for (const [command, words] of cases) {
    const error = (await runKeyCommand(command).catch((failed: unknown) => failed)) as Error
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('secret')
  }
})

test('an empty note of the key, left by a crash, does not prevent the start', async () => {
  const opened = await openDataFolder(fromFile())
  opened.noteKey(opened.keys.ring.currentId)
  const note = join(folder, 'store.key-id')
  expect(readFileSync(note, 'utf8')).toBe(`${opened.keys.ring.currentId}\n`)
  writeFileSync(note, '')
  expect((await openDataFolder(fromFile())).keys.ring.ids).toEqual(opened.keys.ring.ids)
})

test('keys of another store are refused at the start, and when they are read again', async () => {
  const { text, ring } = KeyRing.generate()
  const opened = await openDataFolder(fromFile())
  const mine = readFileSync(join(folder, 'key'), 'utf8')
  opened.noteKey(opened.keys.ring.currentId)
  writeFileSync(join(folder, 'key'), text)
  await expect(opened.keys.latest()).rejects.toThrow(/does not belong to the store/)
  await expect(openDataFolder(fromFile())).rejects.toThrow(/does not belong to the store/)
  const elsewhere = { ...fromFile(), key: new Secret(text) }
  await expect(openDataFolder(elsewhere)).rejects.toThrow(/CONNECTORS_KEY does not hold the key/)
  const both = { ...fromFile(), key: new Secret(`${text}\n${mine}`) }
  expect((await openDataFolder(both)).keys.ring.ids).toEqual([ring.currentId, ...opened.keys.ring.ids])
})

test('a file is written whole, with mode 0600, through a symbolic link, and leaves no draft', () => {
  const [real, link] = [join(folder, 'real'), join(folder, 'link')]
  writeFileSync(real, 'before', { mode: 0o644 })
  symlinkSync(real, link)
  writeAtomically(link, 'after')
  expect(readFileSync(real, 'utf8')).toBe('after')
  expect(statSync(real).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder).toSorted()).toEqual(['link', 'real'])
  expect(() => writeAtomically(join(folder, 'no', 'such'), 'x')).toThrow('ENOENT')

  const draft = 'real.5e0ddf1c-21fb-4f0b-8f6e-5f0c0fbb0f34'
  for (const name of [draft, 'real.bak', 'other.5e0ddf1c-21fb-4f0b-8f6e-5f0c0fbb0f34'])
    writeFileSync(join(folder, name), 'x')
  removeDrafts(link)
  expect(readdirSync(folder)).not.toContain(draft)
  expect(readdirSync(folder)).toHaveLength(4)
})
