import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MAIN } from '../built/build.js'
import { done, newFolder, run } from './command.js'

const PATIENCE = { timeout: 90_000 }
const SELF = `${process.execPath} ${MAIN}`
const words = (line: string) => line.split(' ').filter(Boolean)

test.each([
  ['help', 'Usage: connectors-mcp [options] [command]'],
  ['--help', 'Usage: connectors-mcp [options] [command]'],
  ['-h', 'Usage: connectors-mcp [options] [command]'],
  ['help auth', 'Usage: connectors-mcp auth [options] [command]'],
  ['auth help', 'Usage: connectors-mcp auth [options] [command]'],
  ['auth -h', 'Usage: connectors-mcp auth [options] [command]'],
  ['help auth login', 'Usage: connectors-mcp auth login [options] [identifier]'],
  ['auth help login', 'Usage: connectors-mcp auth login [options] [identifier]'],
  ['auth login help', 'Usage: connectors-mcp auth login [options] [identifier]'],
  ['auth login --help', 'Usage: connectors-mcp auth login [options] [identifier]'],
  ['serve help', 'Usage: connectors-mcp serve [options]'],
  ['help import', 'Usage: connectors-mcp import [options] <file>'],
])('%s shows that help', async (line, usage) => {
  const { code, stdout, stderr } = await run(words(line), {})
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.split('\n')[0]).toBe(usage)
})

test.each([
  ['usres list', "Unknown command 'usres' (Did you mean users?)"],
  ['auth logn', "Unknown command 'logn' (Did you mean login?)"],
  ['help clint', "Unknown command 'clint' (Did you mean clients?)"],
  ['clients list --jsn', "Unknown option '--jsn' (Did you mean --json?)"],
  ['--conector x', "Unknown option '--conector' (Did you mean --connector?)"],
  ['nonsense', `Unknown command 'nonsense'. "${SELF} help" lists the commands.`],
  ['clients create', `Missing required argument 'name'. For example: ${SELF} clients create my-team`],
  ['users reset', `Missing required argument 'identifier'. For example: ${SELF} users reset you@example.com`],
  ['skills add x', "Required option '--client <name>' not specified. For example:"],
  ['clients list twice', 'Too many arguments'],
  ['serve --port x', 'It must be a number from 0 to 65535. For example:'],
  ['auth login', `Name the user to log in, for example: ${SELF} auth login you@example.com`],
  ['clients callbacks one --any https://a.example', 'Use origins or --any, not both.'],
  ['clients delete one', 'Add --yes to confirm.'],
])('%s is a usage error on one line, which begins with the name of the program', async (line, said) => {
  const { code, stdout, stderr } = await run(words(line), { CONNECTORS_DATA_DIR: newFolder() })
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/^connectors-mcp: [^\n]+\n$/)
  expect(stderr).not.toMatch(/connectors-mcp:.*connectors-mcp:|error:/)
  expect(stderr).toContain(said)
})

test('the facts of every command are one JSON value on stdout', PATIENCE, async () => {
  const settings = { CONNECTORS_DATA_DIR: newFolder(), CONNECTORS_PASSPHRASE: 'correct horse battery' }
  const json = async (...args: string[]) => JSON.parse((await run([...args, '--json'], settings)).stdout)
  expect(await json('auth', 'status')).toEqual({ logged_in: false, service: 'embedded', others: [] })
  await done(['auth', 'login', 'ada', '--register'], settings)
  expect(await json('auth', 'status')).toEqual({
    logged_in: true,
    service: 'embedded',
    identifier: 'ada',
    expires_at: expect.stringMatching(/Z$/),
    others: [],
  })
  expect(await json('clients', 'create', 'one')).toEqual({
    id: expect.any(String),
    name: 'one',
    api_key: expect.stringMatching(/^sk-client-/),
  })
  const dated = (name: string) => ({ name, id: expect.any(String), created_at: expect.stringMatching(/Z$/) })
  expect(await json('clients', 'list')).toEqual([dated('default'), dated('one')])
  expect(await json('clients', 'callbacks', 'one', 'https://a.example')).toEqual(['https://a.example'])
  expect(await json('clients', 'callbacks', 'one', '--any')).toEqual([])
  expect(await json('users', 'list', '--client', 'one')).toEqual([])
  const { id, ...reset } = await json('users', 'reset', 'ada')
  expect(reset).toEqual({
    identifier: 'ada',
    client: 'default',
    saved: false,
    secret: expect.stringMatching(/^sk-user-/),
  })
  expect(await json('users', 'reset', 'ada', '--login')).toEqual({
    id,
    identifier: 'ada',
    client: 'default',
    saved: true,
  })
  const skill = join(settings.CONNECTORS_DATA_DIR, 'SKILL.md')
  writeFileSync(skill, '---\nname: greet\ndescription: Greets.\n---\nGreet.\n')
  expect(await json('skills', 'add', skill, '--client', 'one')).toEqual({
    id: expect.any(String),
    name: 'greet',
    client: 'one',
  })
  const [key] = await json('keys', 'status')
  expect(key).toEqual({ id: expect.any(String), current: true, records: 4, missing: false })
  expect(await json('keys', 'rotate')).toEqual({ current: expect.any(String), fresh: true, rewrapped: 4 })
  expect(await json('keys', 'prune')).toEqual({ unused: [key.id], needed: [], removed: true })
  const file = join(settings.CONNECTORS_DATA_DIR, 'moving')
  expect(await json('export', file)).toEqual({ file, client: 'default', users: 1, integrations: 0 })
  expect(await json('import', file, '--replace')).toEqual({
    client: 'default',
    users: 0,
    existing_users: 1,
    integrations: 0,
  })
  expect(await json('clients', 'delete', 'one', '--yes')).toEqual({
    name: 'one',
    revoked: 0,
    unsupported: 0,
    failed: 0,
  })
})

test('one of something is not called several', PATIENCE, async () => {
  const settings = { CONNECTORS_DATA_DIR: newFolder() }
  await done(['auth', 'login', 'ada', '--register'], settings)
  expect((await done(['users', 'list'], settings)).stdout).toMatch(/^ada\t.*\t0 accounts\n$/)
  expect((await done(['keys', 'status'], settings)).stdout).toMatch(/\t3 records\tcurrent\n$/)
  await done(['keys', 'rotate'], settings)
  expect((await done(['keys', 'status'], settings)).stdout).toMatch(/\t3 records\tcurrent\n.*\t0 records\n$/)
})

test('a file or a client that cannot be used is told before anybody is asked for a passphrase', PATIENCE, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  const there = join(folder, 'there')
  writeFileSync(there, 'not one of ours\n')
  for (const [args, said] of [
    [['export', there], `The file ${there} already exists; choose another name.`],
    [['export', join(folder, 'no', 'such', 'folder')], 'cannot be opened (ENOENT)'],
    [['export', join(there, 'x')], 'cannot be opened (ENOTDIR)'],
    [['export', join(folder, 'new'), '--client', 'nobody'], 'No client has that name'],
    [['import', there, '--client', 'nobody'], 'No client has that name'],
    [['import', join(folder, 'none')], 'cannot be opened (ENOENT)'],
    [['import', folder], 'cannot be opened (EISDIR)'],
    [['import', there], 'is not an export of connectors-mcp'],
  ] as const) {
    const { code, stderr } = await run(args, settings)
    expect([code, stderr], args.join(' ')).toEqual([1, expect.stringContaining(said)])
    expect(stderr).not.toMatch(/passphrase/i)
  }
})

const noScript = spawnSync('script', ['--version']).status !== 0
if (noScript) process.stderr.write('serve is not tried at a terminal: there is no command "script".\n')

test.skipIf(noScript)('serve tells a person at a terminal its address and what to do next, on one line', async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: newFolder() }
  const child = spawn('script', ['-qec', `exec ${SELF} serve --port 0`, '/dev/null'], { env })
  const ended = once(child, 'exit')
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    // Ctrl-C, as the line says.
    if (!text.includes('\n') && chunk.includes('\n')) child.stdin.write('\u0003')
    text += chunk.toString()
  })
  expect((await ended)[0]).toBe(0)
  const lines = text.replaceAll('^C', '').trim().split('\n')
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trim()).toBe(
    `Serving at ${/http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]} (Ctrl-C ends it). Next, in another terminal: ${SELF} clients create my-team`,
  )
})
