import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MAIN } from '../built/build.js'
import { StdioProcess } from '../built/stdio-process.js'
import { call, done, newFolder, run, serve } from './command.js'
import { answer, createUser, linkDatabase, logIn, makeDatabase } from './service.js'

const PATIENCE = { timeout: 120_000 }
const PASSPHRASE = { CONNECTORS_PASSPHRASE: 'correct horse battery' }

test('a transfer from an embedded to a shared service needs no new consent', PATIENCE, async () => {
  const [here, there, database] = [newFolder(), newFolder(), newFolder()]
  const embedded = { CONNECTORS_DATA_DIR: here }
  await done(['auth', 'login', 'ada', '--register'], embedded)
  const agent = new StdioProcess([MAIN], embedded)
  const configuration = { url: makeDatabase(database), identifier: 'db' }
  await agent.call('link_integration', { connector: 'sql', configuration })
  await agent.end()
  const file = join(here, 'moving')
  expect((await done(['export', file], { ...embedded, ...PASSPHRASE })).stderr).toContain('1 user and 1 account of')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  expect(text.split('\n')).toHaveLength(5)
  for (const word of ['ada', 'sqlite', 'data.db']) expect(text).not.toContain(word)

  const shared = { CONNECTORS_DATA_DIR: there }
  const url = await serve(shared)
  const apiKey = (await done(['clients', 'create', 'team'], shared)).stdout.trim()
  const imported = await done(['import', file, '--client', 'team'], shared, `${PASSPHRASE.CONNECTORS_PASSPHRASE}\n`)
  expect(imported.stderr).toContain('1 user and 1 account. User secrets')

  // The login that was saved here, with a secret that nobody ever saw, works there.
  const remote = { ...embedded, CONNECTORS_API_URL: url, CONNECTORS_API_KEY: apiKey }
  expect(await run(['auth', 'status'], remote)).toMatchObject({ code: 2 })
  expect(await run(['auth', 'login', 'bob', '--moved'], remote)).toMatchObject({ code: 1 })
  await done(['auth', 'login', 'ada', '--moved'], remote)
  expect((await done(['auth', 'status'], remote)).stdout).toContain(`Logged in as ada at ${url}`)
  const moved = new StdioProcess([MAIN], remote)
  const query = { connector: 'sql', action: 'query', params: { query: 'select value from answers limit 1' } }
  const { shown } = await moved.call('execute_connector', query)
  expect(JSON.stringify(shown)).toContain('42')
  await moved.end()
})

test('a faulty transfer file is refused before anything is written', PATIENCE, async () => {
  const [from, to] = [{ CONNECTORS_DATA_DIR: newFolder() }, { CONNECTORS_DATA_DIR: newFolder() }]
  const source = await serve(from)
  const apiKey = (await done(['clients', 'create', 'team'], from)).stdout.trim()
  const ann = await logIn(source, 'ann', (await createUser(source, apiKey, 'ann')).secret)
  await linkDatabase(source, ann, makeDatabase(newFolder()))
  const file = join(from.CONNECTORS_DATA_DIR, 'moving')

  const short = { ...from, CONNECTORS_PASSPHRASE: 'eleven char' }
  expect(await run(['export', file], short)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('12 characters'),
  })
  expect(await run(['export', file], from)).toMatchObject({ code: 1, stderr: expect.stringContaining('12 characters') })
  expect(await run(['export', file, '--client', 'nobody'], { ...from, ...PASSPHRASE })).toMatchObject({ code: 1 })
  expect(existsSync(file)).toBe(false)
  await done(['export', file, '--client', 'team'], { ...from, ...PASSPHRASE })
  const twice = await run(['export', file, '--client', 'team'], { ...from, ...PASSPHRASE })
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('already exists') })

  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const bad = `${file}.bad`
  const refused = async (content: string, words: string, passphrase = PASSPHRASE.CONNECTORS_PASSPHRASE) => {
    writeFileSync(bad, content)
    const ended = await run(['import', bad], { ...to, CONNECTORS_PASSPHRASE: passphrase })
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(words) })
  }
  await refused(lines.join('\n'), 'passphrase does not belong to this file', 'correct horse batterz')
  await refused(lines.slice(0, -1).join('\n'), 'The end of the file is missing')
  await refused([lines[0], lines[2], lines[1], lines[3]].join('\n'), 'the beginning of the file was changed')
  await refused([...lines, lines[3]].join('\n'), 'Line 5')
  await refused('', 'not an export of connectors-mcp')
  expect(await run(['import', `${file}.none`], { ...to, ...PASSPHRASE })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be opened (ENOENT)'),
  })
  // Nothing of all that left a user behind: the whole file goes in without --replace.
  await done(['import', file], { ...to, ...PASSPHRASE })
  const again = await run(['import', file], { ...to, ...PASSPHRASE })
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('With --replace') })
  expect((await done(['import', file, '--replace'], { ...to, ...PASSPHRASE })).stderr).toContain(
    '0 users and 1 account. 1 user was there already and keeps its secret.',
  )
  const target = await serve(to)
  expect(await answer(target, await logIn(target, 'ann', ann.secret))).toEqual([{ value: 42 }])
  await expect(call(target, '/users/me', undefined, { authorization: `Bearer ${ann.token}` })).rejects.toThrow(
    'INVALID_TOKEN',
  )
  appendFileSync(file, '\n')
  expect(await run(['import', file, '--replace'], { ...to, ...PASSPHRASE })).toMatchObject({ code: 1 })
})
