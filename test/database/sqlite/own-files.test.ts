import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { checkOpenedFiles, checkSideFiles, filesOf, locate } from '../../../src/database/sqlite/files.js'
import { closePorts, newPort, openSession } from '../harness.js'

const root = mkdtempSync(join(tmpdir(), 'connectors-sqlite-own-'))
const own = join(root, 'own')
const files = join(root, 'files')
const store = join(own, 'store.db')
const port = newPort({ ownFolder: own })
afterAll(async () => {
  await closePorts()
  rmSync(root, { recursive: true })
})

let made = 0
let held: DatabaseSyncInstance | undefined
beforeEach(() => {
  held?.close()
  rmSync(own, { recursive: true, force: true })
  rmSync(files, { recursive: true, force: true })
  mkdirSync(own)
  mkdirSync(files)
  held = new DatabaseSync(store)
  held.exec("pragma journal_mode = wal; create table secrets (s); insert into secrets values ('CANARY')")
  writeFileSync(join(own, 'key'), 'CANARY')
  database(join(files, 'mine.db'))
})
const database = (file: string): void => {
  const made = new DatabaseSync(file)
  made.exec('create table t (n); insert into t values (1)')
  made.close()
}
const open = (path: string, more: object = {}) => {
  made += 1
  return openSession(port, `${made}`, { driver: 'sqlite', url: `sqlite:///${path}`, ...more })
}
/** What is said of a path that must not be read. */
const said = async (path: string): Promise<string> => {
  const messages = new Set<string>()
  for (const more of [{}, { read_only: true }]) {
    const session = open(path, more)
    for (const sql of ['select * from secrets', 'select * from t', 'create table x (n)']) {
      const error = await Promise.resolve()
        .then(() => session.failure(sql))
        .catch((thrown: Error) => thrown)
      expect(error.message).not.toContain('not refused')
      expect(JSON.stringify(error)).not.toContain('CANARY')
      messages.add(error.message)
    }
  }
  return [...messages].join(' ')
}

const belongs = 'belongs to this service'

describe('files of the service itself are refused', () => {
  test.each(['store.db', 'store.db-wal', 'store.db-shm', 'key'])('for %s by a hard link', async (name) => {
    linkSync(join(own, name), join(files, 'hard.db'))
    expect(await said(join(files, 'hard.db'))).toContain(belongs)
  })

  test('by a symbolic link, to it or to its folder', async () => {
    symlinkSync(store, join(files, 'link.db'))
    symlinkSync(own, join(files, 'folder'))
    symlinkSync(join(files, 'link.db'), join(files, 'twice.db'))
    for (const path of ['link.db', 'twice.db', 'folder/store.db'])
      expect(await said(join(files, path)), path).toContain(belongs)
  })

  test('by every other name of the same file', async () => {
    const proc = process.platform === 'linux' ? [`/proc/self/root${store}`, `/proc/${process.pid}/cwd/${store}`] : []
    for (const path of [store, `${own}/../own/store.db`, `/${own}//store.db`, ...proc])
      expect(await said(path), path).toMatch(/belongs to this service|no readable SQLite file/)
    if (process.platform !== 'linux') return
    const descriptor = openSync(store, 'r')
    expect(await said(`/proc/${process.pid}/fd/${descriptor}`)).toContain(belongs)
  })

  test('in a subfolder of the data folder', async () => {
    mkdirSync(join(own, 'deep', 'er'), { recursive: true })
    database(join(own, 'deep', 'er', 'x.db'))
    linkSync(join(own, 'deep', 'er', 'x.db'), join(files, 'hard.db'))
    expect(await said(join(files, 'hard.db'))).toContain(belongs)
  })

  test('by a link that is changed after the check, and while the file is open', async () => {
    const link = join(files, 'swap.db')
    symlinkSync(join(files, 'mine.db'), link)
    const session = open(link)
    expect(await session.rows('select n from t')).toEqual([{ n: 1 }])
    unlinkSync(link)
    symlinkSync(store, link)
    expect((await session.failure('select * from secrets')).message).toContain(belongs)
    unlinkSync(link)
    linkSync(store, link)
    expect((await session.failure('select * from secrets')).message).toContain(belongs)
    unlinkSync(link)
    symlinkSync(join(files, 'mine.db'), link)
    expect(await session.rows('select n from t')).toEqual([{ n: 1 }])
  })

  test('by a folder that replaces the checked one', async () => {
    const folder = join(files, 'folder')
    mkdirSync(folder)
    database(join(folder, 'store.db'))
    const session = open(join(folder, 'store.db'))
    expect(await session.rows('select n from t')).toEqual([{ n: 1 }])
    renameSync(folder, `${folder}-gone`)
    symlinkSync(own, folder)
    expect((await session.failure('select * from secrets')).message).toContain(belongs)
  })

  test('by the open file descriptors, whatever the path said', () => {
    const mine = locate(join(files, 'mine.db'))
    const other = mkdtempSync(join(root, 'elsewhere-'))
    // This process has the store open; one of another folder it has not.
    expect(() => checkOpenedFiles(mine, other)).not.toThrow()
    if (process.platform === 'win32') return
    expect(() => checkOpenedFiles(mine, own)).toThrow('OWN_FILE')
    renameSync(join(files, 'mine.db'), join(files, 'gone.db'))
    database(join(files, 'mine.db'))
    expect(() => checkOpenedFiles(mine, other)).toThrow('MOVED')
  })

  test('and if they do not exist yet, other files can be linked', () => {
    expect(filesOf(join(root, 'nowhere')).size).toBe(0)
    expect(filesOf(undefined).size).toBe(0)
  })
})

describe('something that is not a regular file', () => {
  test('such as a pipe, a device or a folder is refused at once', async () => {
    const pipe = join(files, 'pipe.db')
    execFileSync('mkfifo', [pipe])
    symlinkSync(pipe, join(files, 'link.db'))
    for (const path of [pipe, join(files, 'link.db'), '/dev/ptmx', '/dev/zero', '/dev/stdin', files])
      expect(await said(path), path).toMatch(/a pipe or a device|no readable SQLite file/)
  })
})

describe('side files of a SQLite database', () => {
  const main = () => join(files, 'mine.db')

  test.each(['-journal', '-wal', '-shm'])('are refused if %s is a link to a file of the service', async (suffix) => {
    const before = readFileSync(store)
    symlinkSync(store, main() + suffix)
    expect(await said(main())).toContain('next to it, something')
    unlinkSync(main() + suffix)
    linkSync(store, main() + suffix)
    expect(await said(main())).toContain(belongs)
    expect(readFileSync(store).equals(before)).toBe(true)
    unlinkSync(main() + suffix)
    expect(await open(main()).rows('select n from t')).toEqual([{ n: 1 }])
  })

  test('are refused if they become a link while the database is open', async () => {
    const session = open(main())
    await session.query('insert into t values (2)')
    const before = readFileSync(store)
    linkSync(store, `${main()}-journal`)
    expect((await session.failure('insert into t values (3)')).message).toContain(belongs)
    unlinkSync(`${main()}-journal`)
    symlinkSync(store, `${main()}-journal`)
    expect((await session.failure('insert into t values (3)')).message).toContain('next to it')
    expect(readFileSync(store).equals(before)).toBe(true)
    unlinkSync(`${main()}-journal`)
    expect(await session.rows('select count(*) as n from t')).toEqual([{ n: 2 }])
  })

  test('are not deleted by SQLite if a journal names another file', async () => {
    const victim = join(files, 'victim.txt')
    writeFileSync(victim, 'precious')
    const journal = superJournal(victim, statSync(main()).size)
    writeFileSync(`${main()}-journal`, journal)
    expect(await said(main())).toContain('transaction over several files')
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    // The control: this is a journal that SQLite follows.
    const follower = new DatabaseSync(main())
    follower.prepare('select * from t').all()
    follower.close()
    expect(() => statSync(victim)).toThrow('ENOENT')
  })

  test('are not waited for if they are a pipe', async () => {
    execFileSync('mkfifo', [`${main()}-journal`])
    expect(await said(main())).toContain('next to it, something')
  })

  test('are the only ones checked, and other files of the user are left alone', () => {
    writeFileSync(`${main()}-journal`, '')
    linkSync(`${main()}-journal`, join(files, 'backup'))
    expect(() => checkSideFiles(locate(main()), own)).not.toThrow()
  })
})

/** A journal that a crash left, of one page that did not change, which belongs to a transaction over several files. */
function superJournal(path: string, size: number): Buffer {
  const sector = 512
  const header = Buffer.alloc(sector)
  Buffer.from('d9d505f920a163d7', 'hex').copy(header)
  header.writeUInt32BE(0, 8)
  header.writeUInt32BE(0, 12)
  header.writeUInt32BE(size / 4096, 16)
  header.writeUInt32BE(sector, 20)
  header.writeUInt32BE(4096, 24)
  const name = Buffer.from(path)
  const end = Buffer.alloc(4 + name.length + 4 + 4 + 8)
  // The page that can hold no data marks the name, its length and the sum of its bytes.
  end.writeUInt32BE(0x40000000 / 4096 + 1, 0)
  name.copy(end, 4)
  end.writeUInt32BE(name.length, 4 + name.length)
  end.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    8 + name.length,
  )
  Buffer.from('d9d505f920a163d7', 'hex').copy(end, 12 + name.length)
  return Buffer.concat([header, end])
}
