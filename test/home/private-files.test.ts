import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/app/index.js'
import { Secret } from '../../src/base/secret.js'
import { readConfig } from '../../src/config/index.js'
import { KeyRing } from '../../src/crypto/key-ring.js'
import { openDataFolder } from '../../src/home/data-folder.js'
import { findLogin, saveLogin } from '../../src/home/saved-login.js'
import { rotateKeys } from '../../src/operator/keys.js'

const isRoot = process.getuid?.() === 0
if (!isRoot) process.stderr.write('Files of other users are not tried: only root can make them.\n')
/** Nobody's, on every Unix. */
const STRANGER = 65_534

let above: string
let folder: string
beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), 'private-files-'))
  folder = join(above, 'data')
  onTestFinished(() => rmSync(above, { recursive: true, force: true }))
})

const modeOf = (name: string): string => (statSync(join(folder, name)).mode & 0o7777).toString(8)

/** Opens the folder. @returns what was said */
async function open(): Promise<string[]> {
  const said: string[] = []
  await openDataFolder({ dataDir: folder, key: undefined, keyCommand: undefined }, (sentence) => said.push(sentence))
  return said
}

/** A folder whose service was used, and somebody logged in. */
async function use(): Promise<void> {
  const connection = await connect(readConfig({ HOME: above, CONNECTORS_DATA_DIR: folder }))
  await (await connection.client()).createUser('ada')
  await saveLogin(connection.folder, { service: 'embedded', identifier: 'ada', secret: new Secret('not a secret') })
  await connection.close()
}

/** Of ada, at the embedded service. */
const LOGIN = `login-${createHash('sha256').update('["embedded","ada"]').digest('hex').slice(0, 32)}.json`
const FILES = ['key', 'store.db', 'store.key-id', 'store.form', 'login.json', LOGIN]

describe('files of the data folder that others can read or write', () => {
  test('a new folder needs no repair and gives no warning, under any umask', async () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    await use()
    const names = readdirSync(folder)
    expect(names).toEqual(expect.arrayContaining(FILES))
    expect(names.map(modeOf)).toEqual(names.map(() => '600'))
    expect(modeOf('.')).toBe('700')
    expect(await open()).toEqual([])
  })

  test.each(FILES.flatMap((name) => [0o644, 0o666, 0o640, 0o660, 0o604].map((mode) => [name, mode] as const)))(
    '%s of mode %o is closed, which is said once; a key that others may have copied is refused',
    async (name, mode) => {
      await use()
      chmodSync(join(folder, name), mode)
      const found = `${join(folder, name)} was open to others (mode 0${mode.toString(8)})`
      if (name === 'key' && mode !== 0o640) {
        await expect(open()).rejects.toThrow(found.replace('was', 'is'))
        expect(modeOf(name)).toBe(mode.toString(8))
        return
      }
      const said = await open()
      expect(said).toHaveLength(1)
      expect(said[0]).toContain(found)
      expect(modeOf(name)).toBe('600')
      expect(await open()).toEqual([])
    },
  )

  test('a key file that others could read or change is closed, and a warning says what to do', async () => {
    await use()
    const rotate = 'replace them by "connectors-mcp keys rotate" and then "connectors-mcp keys prune"'
    chmodSync(join(folder, 'key'), 0o644)
    await expect(open()).rejects.toThrow(`may have copied the keys. Make it yours alone ("chmod 600") and ${rotate}`)
    chmodSync(join(folder, 'key'), 0o666)
    await expect(open()).rejects.toThrow(/or put in their own\. .*"connectors-mcp keys status".*keys rotate/)
    chmodSync(join(folder, 'key'), 0o640)
    expect(await open()).toEqual([expect.stringContaining(rotate)])
  })

  test("SQLite's side files, and drafts that a killed process left, are closed to others, too", async () => {
    await use()
    const draft = '5e0ddf1c-21fb-4f0b-8f6e-5f0c0fbb0f34'
    const names = [
      'store.db-wal',
      'store.db-shm',
      'store.db-open',
      'store.db-checked',
      `login.json.${draft}`,
      `${LOGIN}.${draft}`,
    ]
    for (const name of names) {
      writeFileSync(join(folder, name), '')
      chmodSync(join(folder, name), 0o666)
    }
    expect(await open()).toHaveLength(names.length)
    expect(names.map(modeOf)).toEqual(names.map(() => '600'))
  })

  test('a key file that becomes readable for others while the process runs is noticed when it is read again', async () => {
    const opened = await openDataFolder({ dataDir: folder, key: undefined, keyCommand: undefined })
    chmodSync(join(folder, 'key'), 0o644)
    await expect(opened.keys.latest()).rejects.toThrow('is open to others')
  })

  test.each([0o770, 0o775, 0o720])('a folder of mode %o is closed to its group, with a warning', async (mode) => {
    await use()
    chmodSync(folder, mode)
    expect(await open()).toEqual([expect.stringContaining(`data folder ${folder} could write into it (mode 0`)])
    expect(statSync(folder).mode & 0o777).toBe(mode & ~0o022)
    expect(await open()).toEqual([])
  })

  test.each([0o777, 0o702])('a folder of mode %o, which everybody may write to, is refused', async (mode) => {
    await use()
    chmodSync(folder, mode)
    await expect(open()).rejects.toThrow(`Others can write into the data folder ${folder} (mode 0${mode.toString(8)})`)
    expect(statSync(folder).mode & 0o777).toBe(mode)
  })

  test('the mode of a shared folder, such as /tmp, is not changed', async () => {
    mkdirSync(folder)
    chmodSync(folder, 0o1777)
    expect(await open()).toEqual([])
    expect(modeOf('.')).toBe('1777')
  })
})

describe('something else in the place of the key file', () => {
  test('a folder is refused with an error that names it', async () => {
    mkdirSync(join(folder, 'key'), { recursive: true })
    await expect(open()).rejects.toThrow(/key file .* not a regular file/)
  })

  test('a pipe is refused at once and does not block', async () => {
    mkdirSync(folder)
    expect(spawnSync('mkfifo', [join(folder, 'key')]).status).toBe(0)
    await expect(open()).rejects.toThrow(/key file .* not a regular file/)
  })

  test('a device is refused and not read', async () => {
    mkdirSync(folder)
    symlinkSync('/dev/zero', join(folder, 'key'))
    await expect(open()).rejects.toThrow(/key file .* not a regular file/)
  })

  test('a file larger than any key is refused and not read', async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'key'), ' '.repeat(1024 * 1024 + 1), { mode: 0o600 })
    await expect(open()).rejects.toThrow(/key file .* far larger/)
  })

  test('a symbolic link of the user to a key of the user is followed, and its target is closed to others', async () => {
    await use()
    const target = join(above, 'kept-elsewhere')
    renameSync(join(folder, 'key'), target)
    symlinkSync(target, join(folder, 'key'))
    chmodSync(target, 0o644)
    await expect(open()).rejects.toThrow('is open to others')
    chmodSync(target, 0o640)
    expect(await open()).toHaveLength(1)
    expect(statSync(target).mode & 0o777).toBe(0o600)
  })
})

describe.skipIf(!isRoot)('what belongs to somebody else', () => {
  test('a key file that another user planted before the first start is refused', async () => {
    mkdirSync(folder, { mode: 0o777 })
    chmodSync(folder, 0o1777)
    writeFileSync(join(folder, 'key'), KeyRing.generate().text)
    chownSync(join(folder, 'key'), STRANGER, STRANGER)
    await expect(open()).rejects.toThrow(/key file .* belongs to another user \(uid 65534\).* remove it/)
    expect(existsSync(join(folder, 'store.db'))).toBe(false)
  })

  test('a symbolic link of another user is not followed, wherever it leads', async () => {
    await use()
    const target = join(above, 'elsewhere')
    writeFileSync(target, KeyRing.generate().text, { mode: 0o600 })
    rmSync(join(folder, 'key'))
    symlinkSync(target, join(folder, 'key'))
    lchownSync(join(folder, 'key'), STRANGER, STRANGER)
    await expect(open()).rejects.toThrow(/key file .* belongs to another user/)
  })

  test.each([...FILES.filter((name) => name !== 'key'), 'store.db-wal', 'store.db-shm', 'store.db-journal'])(
    '%s is not used',
    async (name) => {
      await use()
      writeFileSync(join(folder, name), readFileSync(join(folder, name), { flag: 'a+' }))
      chownSync(join(folder, name), STRANGER, STRANGER)
      await expect(open()).rejects.toThrow('belongs to another user (uid 65534)')
    },
  )

  test('a folder that another user could have made is refused with all its files', async () => {
    await use()
    for (const name of ['.', ...readdirSync(folder)]) chownSync(join(folder, name), STRANGER, STRANGER)
    chmodSync(above, 0o1777)
    await expect(open()).rejects.toThrow(/data folder .* belongs to another user \(uid 65534\).*CONNECTORS_DATA_DIR/)
  })

  test('root acts for the owner of the folder and changes no owner', async () => {
    await use()
    for (const name of ['.', ...readdirSync(folder)]) chownSync(join(folder, name), STRANGER, STRANGER)
    expect(await open()).toEqual([])
    await rotateKeys(readConfig({ HOME: above, CONNECTORS_DATA_DIR: folder }))
    expect(FILES.map((name) => statSync(join(folder, name)).uid)).toEqual(FILES.map(() => STRANGER))
    // A login of an earlier release gets a file of its own, which is the owner's as well.
    renameSync(join(folder, LOGIN), join(folder, 'login.json'))
    expect(await open()).toEqual([])
    await rotateKeys(readConfig({ HOME: above, CONNECTORS_DATA_DIR: folder }))
    expect(FILES.map((name) => statSync(join(folder, name)).uid)).toEqual(FILES.map(() => STRANGER))
    chownSync(join(folder, 'key'), STRANGER - 1, STRANGER)
    await expect(open()).rejects.toThrow('belongs to another user (uid 65533)')
  })

  test('a saved login of another user is not used', async () => {
    const opened = await openDataFolder({ dataDir: folder, key: undefined, keyCommand: undefined })
    await saveLogin(opened, { service: 'embedded', identifier: 'ada', secret: new Secret('not a secret') })
    for (const file of [opened.loginFile, join(folder, LOGIN)]) {
      chownSync(file, STRANGER, STRANGER)
      await expect(findLogin(opened, 'embedded')).rejects.toThrow('belongs to another user')
      chownSync(file, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
    }
  })
})

/** What one user who is not root finds, told by a process of theirs. */
describe.skipIf(!isRoot)('for a user who is not root', () => {
  const asStranger = (script: string) => {
    const source = `
      import { PrivateFolder } from ${JSON.stringify(join(import.meta.dirname, '../../src/home/private-files.ts'))}
      const said = []
      const act = () => { ${script} }
      let failed
      try { act() } catch (error) { failed = error.message }
      process.stdout.write(JSON.stringify({ said, failed }))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      uid: STRANGER,
      gid: STRANGER,
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', TSX_DISABLE_CACHE: '1' },
    })
    return JSON.parse(stdout || expect.fail(stderr)) as { said: string[]; failed?: string }
  }
  const opening = () => `
    const own = new PrivateFolder(${JSON.stringify(folder)}, (sentence) => said.push(sentence))
    own.read(${JSON.stringify(join(folder, 'key'))}, 'The key file')`

  beforeEach(() => {
    chmodSync(above, 0o755)
    mkdirSync(folder)
    writeFileSync(join(folder, 'key'), 'x')
  })

  test.each([
    ['a key of root that its group may read', 0o755, 0o640, undefined, 0],
    ['a key of root that anybody may read', 0o755, 0o644, 'is open to others', 0],
    ["a folder of root's that its group may write", 0o770, 0o640, undefined, 0],
    ["a folder of root's that anybody may write", 0o777, 0o640, 'Others can write into', 0],
  ])('%s', (_name, folderMode, keyMode, failed, said) => {
    for (const [path, mode] of [
      [folder, folderMode],
      [join(folder, 'key'), keyMode],
    ] as const) {
      chownSync(path, 0, STRANGER)
      chmodSync(path, mode)
    }
    const found = asStranger(opening())
    expect(found.said).toHaveLength(said)
    if (failed === undefined) expect(found.failed).toBeUndefined()
    else expect(found.failed).toContain(failed)
  })

  test('a folder of another user', () => {
    chownSync(folder, STRANGER - 1, STRANGER)
    chmodSync(folder, 0o777)
    expect(asStranger(opening()).failed).toContain('belongs to another user (uid 65533)')
  })
})
