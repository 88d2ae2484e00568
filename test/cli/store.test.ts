import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { done, newFolder, run } from './command.js'

const PATIENCE = { timeout: 90_000 }
const words = (line: string) => line.split(' ').filter(Boolean)

test.each([
  'help',
  '--version',
  'auth status',
  'auth secret',
  'auth logout',
  'auth logout ada --forget',
  'keys new',
  'clients delete one',
  'clients create',
  'skills add nowhere.md --client one',
  'users reset ada --client one --login',
  'check',
])('%s opens no store', PATIENCE, async (line) => {
  const folder = newFolder()
  await run(words(line), { CONNECTORS_DATA_DIR: folder })
  expect(readdirSync(folder).filter((name) => name.startsWith('store.db'))).toEqual([])
})

test('check reads the whole store, and says what is wrong as every command does', PATIENCE, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  const file = join(folder, 'store.db')
  const none = await run(['check'], settings)
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining(`There is no store ${file} yet`)])
  await done(['clients', 'create', 'MARK-MARK'], settings)
  const { stdout, stderr } = await done(['check', '--json'], settings)
  expect(JSON.parse(stdout)).toEqual({ file, size: statSync(file).size })
  expect(stderr).toContain(`The store ${file} is intact`)
  expect(existsSync(`${file}-checked`)).toBe(true)
  const bytes = readFileSync(file)
  bytes.set([0xff], bytes.lastIndexOf('MARK-MARK') + 4)
  writeFileSync(file, bytes)
  for (const command of [['check'], ['clients', 'list']]) {
    const damaged = await run(command, settings)
    expect([damaged.code, damaged.stdout]).toEqual([1, ''])
    expect(damaged.stderr).toContain(`The file ${file} is damaged or not a database`)
  }
})
