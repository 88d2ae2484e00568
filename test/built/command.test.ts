import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectorsClient } from '../../src/client/index.js'
import { packagedConnectors } from '../../src/connectors/index.js'
import { listTools } from '../../src/mcp/tools/listing.js'
import { type ShownResult, shownIn } from '../shown.js'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

const ROOT = resolve(import.meta.dirname, '../..')

/** The thin environment that agents start servers with. */
function newEnvironment(): Record<string, string> {
  const home = mkdtempSync(join(tmpdir(), 'connectors-command-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return { PATH: process.env.PATH ?? '', HOME: home }
}

function connectors(env: Record<string, string>, args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

async function serve(env: Record<string, string>, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new Promise((done, fail) => {
    createInterface({ input: child.stdout }).once('line', done)
    child.once('exit', (code) => fail(new Error(`serve ended with ${code}`)))
  })
}

describe('over stdio, as mcp.json starts it', () => {
  const { command, args } = JSON.parse(readFileSync(join(ROOT, 'mcp.json'), 'utf8')).mcpServers.connectors as {
    command: string
    args: string[]
  }

  test.each([
    ['the current protocol', { pin: '2026-07-28' } as const],
    ['what a client probes for', 'auto' as const],
    ['the handshake of before', 'legacy' as const],
  ])('serves the current client by %s', async (_name, mode) => {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
    await client.connect(new StdioClientTransport({ command, args, cwd: ROOT, env: newEnvironment() }))
    onTestFinished(() => client.close())
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('execute_connector')
    expect(
      shownIn((await client.callTool({ name: 'register_user', arguments: { identifier: 'ada' } })) as ShownResult),
    ).toMatchObject({ identifier: 'ada' })
  })

  test('serves the client that most agents still ship', async () => {
    const client = new FirstClient({ name: 'test', version: '1' })
    await client.connect(new FirstTransport({ command, args, cwd: ROOT, env: newEnvironment() }))
    onTestFinished(() => client.close())
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('execute_connector')
    expect(shownIn((await client.callTool({ name: 'list_connectors', arguments: {} })) as ShownResult)).toMatchObject({
      connectors: expect.any(Array),
    })
  })

  test('two processes that start at once on a new folder see the same users', async () => {
    const env = newEnvironment()
    const [one, other] = [new StdioProcess([MAIN], env), new StdioProcess([MAIN], env)]
    onTestFinished(async () => void (await Promise.all([one.end(), other.end()])))
    await Promise.all([
      one.call('register_user', { identifier: 'ada' }),
      other.call('register_user', { identifier: 'bob' }),
    ])
    const taken = await other.tryCall('register_user', { identifier: 'ada' })
    expect(taken.shown.error.code).toBe('USER_EXISTS')
    expect((await one.call('authenticate', {})).shown.identifier).toBe('ada')
  })

  test('writes nothing but protocol to stdout, and nothing to stderr', async () => {
    const server = new StdioProcess([MAIN], newEnvironment())
    await server.call('list_connectors', {})
    await server.tryCall('execute_connector', { connector: '../users', action: '__proto__', params: {} })
    await server.end()
    for (const line of server.stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
    expect(server.stderr).toBe('')
  })

  test('lists the tools as the source does, though the build noted them', async () => {
    const server = new StdioProcess([MAIN], newEnvironment())
    const { tools } = (await server.request('tools/list')) as { tools: Record<string, unknown>[] }
    await server.end()
    expect(tools).toEqual(JSON.parse(JSON.stringify(listTools())))
  })

  test('a key file of another store ends the start with an error that says what to do', async () => {
    const env = newEnvironment()
    const first = new StdioProcess([MAIN], env)
    await first.call('register_user', { identifier: 'ada' })
    await first.end()
    rmSync(join(env.HOME ?? '', '.local/share/connectors-mcp/key'))
    const { status, stdout, stderr } = connectors(env, [])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('Put the key file back from your backup')
  })
})

describe('the command line', () => {
  test('logs in, uses the login in the next session, and logs out', async () => {
    const env = newEnvironment()
    expect(connectors(env, ['auth', 'status'])).toMatchObject({ status: 2, stdout: '' })
    const registered = connectors(env, ['auth', 'login', 'ada', '--register'])
    expect(registered.status).toBe(0)
    expect(registered.stdout + registered.stderr).not.toContain('sk-user-')
    expect(connectors(env, ['auth', 'status']).stdout).toContain('Logged in as ada')
    const server = new StdioProcess([MAIN], env)
    expect((await server.call('authenticate', {})).shown.identifier).toBe('ada')
    await server.end()
    expect(connectors(env, ['auth', 'logout']).status).toBe(0)
    expect(connectors(env, ['auth', 'login', 'bob'], 'sk-user-wrong\n')).toMatchObject({ status: 2 })
    expect(connectors(env, ['auth', 'status']).status).toBe(2)
  })

  test('creates clients of a served API, which another server is the thin client of', async () => {
    const env = newEnvironment()
    const created = connectors(env, ['clients', 'create', 'Acme'])
    const apiKey = created.stdout.trim()
    expect(apiKey).toMatch(/^sk-client-/)
    expect(connectors(env, ['clients', 'create', 'Acme'])).toMatchObject({ status: 1, stdout: '' })
    const url = await serve(env)
    const thin = new StdioProcess([MAIN], { ...newEnvironment(), CONNECTORS_API_URL: url, CONNECTORS_API_KEY: apiKey })
    await thin.call('register_user', { identifier: 'ada' })
    expect((await thin.call('authenticate', {})).shown.identifier).toBe('ada')
    await thin.end()
    const administrator = connectors(env, ['clients', 'administrator-key']).stdout.trim()
    const made = await new ConnectorsClient({ baseUrl: url, apiKey: administrator }).createClient('Other')
    await expect(new ConnectorsClient({ baseUrl: url, apiKey: made.api_key }).createUser('ada')).resolves.toMatchObject(
      { identifier: 'ada' },
    )
  })

  test('needs no place to write where a remote service and the login come from the environment', async () => {
    const at = newEnvironment()
    const url = await serve(at)
    const apiKey = connectors(at, ['clients', 'create', 'team']).stdout.trim()
    const client = new ConnectorsClient({ baseUrl: url, apiKey })
    const { secret } = await client.createUser('ada')
    const { token } = await client.authenticate('ada', secret)
    const env = { HOME: '/nowhere', CONNECTORS_API_URL: url }
    const server = new StdioProcess([MAIN], { ...env, CONNECTORS_USER_TOKEN: token })
    expect((await server.call('list_integrations', {})).shown.integrations).toEqual([])
    await server.end()
    expect(connectors(env, ['auth', 'status'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('The home folder /nowhere does not exist'),
    })
  })

  test("loads a connector of a person's own, kept anywhere", async () => {
    const env = newEnvironment()
    const file = join(env.HOME ?? '', 'greeter.mjs')
    writeFileSync(
      file,
      `import { defineAction, defineConnector, z } from 'connectors-mcp'
       const greet = defineAction({ name: 'greet', description: 'Greet.', effect: 'read', input: { name: z.string() }, run: async (_, { name }) => ({ text: 'Hello ' + name }) })
       export default defineConnector({ name: 'greeter', title: 'Greeter', description: 'Greets.', port: 'none', auth: {}, actions: [greet] })`,
    )
    const url = await serve(env, '--connector', file)
    await expect(new ConnectorsClient({ baseUrl: url }).connectorNames()).resolves.toContain('greeter')
    const server = new StdioProcess([MAIN, '--connector', file], env)
    await server.call('register_user', { identifier: 'ada' })
    const greeted = await server.call('execute_connector', {
      connector: 'greeter',
      action: 'greet',
      params: { name: 'Ada' },
    })
    expect(greeted.shown).toMatchObject({ data: { text: 'Hello Ada' }, acted_as: null })
    await server.end()
  })

  test('a connector file that cannot be used is told and left out, and the others stay', async () => {
    const env = newEnvironment()
    const connector = (name: string) =>
      `import { defineConnector } from 'connectors-mcp'
       export default defineConnector({ name: '${name}', title: 'T', description: 'D.', port: 'none', auth: {}, actions: [] })`
    const files = {
      'good.mjs': connector('good'),
      'nothing.mjs': 'export const nothing = 1',
      'throws.mjs': 'throw new TypeError("no\\nluck")',
      'syntax.mjs': 'export default {',
      'taken.mjs': connector('github'),
      'twice.mjs': connector('good'),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(env.HOME ?? '', name), text)
    // As an agent hands on what stands in its configuration: no shell has replaced the `~`.
    const args = [...Object.keys(files), 'missing.mjs'].flatMap((name) => ['--connector', `~/${name}`])
    const server = new StdioProcess([MAIN, ...args], env)
    const { content, shown } = await server.call('list_connectors', {})
    const names = [...packagedConnectors.map(({ name }) => name), 'good'].sort()
    expect(shown.connectors.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(content.map(({ text }) => text).join('\n')).toContain(
      "Not in the list: what the person's own connector files ~/nothing.mjs, ~/throws.mjs, ~/syntax.mjs, ~/taken.mjs, ~/twice.mjs, ~/missing.mjs should add.",
    )
    for (const sentence of [
      '~/nothing.mjs is left out. It exports no connector; export what defineConnector() returns.',
      '~/throws.mjs is left out. It cannot be loaded: TypeError: no luck',
      '~/syntax.mjs is left out. It cannot be loaded: SyntaxError',
      '~/taken.mjs is left out. A connector named github exists already; rename this one.',
      '~/twice.mjs is left out. A connector named good exists already; rename this one.',
      '~/missing.mjs is left out. It cannot be loaded: Error: Cannot find module',
    ])
      expect(server.stderr).toContain(`connectors-mcp: The connector file ${sentence}`)
    await server.end()
    const url = await serve(env, ...args)
    await expect(new ConnectorsClient({ baseUrl: url }).connectorNames()).resolves.toContain('good')
  })

  test.each([
    [['nonsense'], 3],
    [['serve', '--port', 'x'], 3],
    [['clients', 'create'], 3],
    [['--help'], 0],
    [['--version'], 0],
  ])('%j ends with %i', (args, status) => {
    expect(connectors(newEnvironment(), args).status).toBe(status)
  })
})
