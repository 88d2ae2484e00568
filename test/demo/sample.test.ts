import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'libsql'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Makes the sample as `npm run sample -- PATH` does when it is typed in a folder. */
const sample = (folder: string, path: string) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    const env = { PATH: process.env.PATH, INIT_CWD: folder }
    const args = ['--import', 'tsx', 'demo/sample.ts', path]
    const child = execFile(process.execPath, args, { cwd: ROOT, env }, (_error, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    )
  })

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sample-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('the sample database answers the question that is printed with it', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'shop.db')
  const { code, stdout, stderr } = await sample(folder, 'shop.db')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`Link my database, the SQLite file ${file}, as "shop", and tell me which book sells best.`)
  const database = new Database(file)
  onTestFinished(() => void database.close())
  const query = 'select title, sum(copies) as copies from sales group by title order by copies desc limit 1'
  expect(database.prepare(query).get()).toMatchObject({ title: 'Momo', copies: 7 })
})

test('a sample database that is there stays as it is', async () => {
  const folder = await temporaryFolder()
  await sample(folder, 'shop.db')
  const before = await readFile(join(folder, 'shop.db'))
  const { code, stdout } = await sample(folder, 'shop.db')
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('is there already') })
  expect(await readFile(join(folder, 'shop.db'))).toEqual(before)
})

test('a path that cannot be used is a sentence', async () => {
  const folder = await temporaryFolder()
  const { code, stdout, stderr } = await sample(folder, 'missing/shop.db')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(
    /^The sample database .*missing\/shop\.db cannot be made \(.+\); choose another path: npm run sample -- PATH\n$/,
  )
})
