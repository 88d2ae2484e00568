import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { serve } from '../harness.js'
import { TestedService, unusedClient } from '../tested-service.js'

const ROOT = resolve(import.meta.dirname, '../../..')

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
}
const request = (id: number, method: string, params: object = {}) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
const modern = (id: number, method: string, params: object = {}) => request(id, method, { ...params, _meta: META })
const initialize = request(0, 'initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
})
const execute = (ms: number) => ({
  name: 'execute_connector',
  arguments: { connector: 'big', action: 'action_0', params: { id: '1', ms } },
})
const cancel = (requestId: number) =>
  `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, _meta: META } })}\n`

const idsOf = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as { id?: number }).id)

/** From here on time passes only where the test says so. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

describe('at the end of the input the server', () => {
  /** A server whose actions answer when told to. */
  async function start() {
    const service = await TestedService.start()
    let answer = () => {}
    service.answer = () =>
      new Promise((done) => {
        answer = () => done({})
      })
    const served = serve(service.client, { seed: service.seed })
    return { ...served, service, answer: () => answer() }
  }

  test('ends at once if no call is running', async () => {
    const { stdin, server, lines } = await start()
    stdin.end(modern(1, 'tools/list'))
    await server.closed
    expect(idsOf(lines)).toEqual([1])
  })

  test('waits for running calls', async () => {
    const { stdin, server, lines, service, answer } = await start()
    stdin.write(modern(1, 'tools/call', execute(0)))
    await vi.waitFor(() => expect(service.runs).toHaveLength(1))
    stdin.end()
    const closed = vi.fn()
    const ended = server.closed.then(closed)
    await new Promise((done) => setImmediate(() => setImmediate(done)))
    expect(closed).not.toHaveBeenCalled()
    answer()
    await ended
    expect(idsOf(lines)).toEqual([1])
  })

  test('does not wait for a cancelled call', async () => {
    const { stdin, server, service } = await start()
    stdin.write(modern(1, 'tools/call', execute(0)))
    await vi.waitFor(() => expect(service.runs).toHaveLength(1))
    // The second that it may wait never passes.
    stopTimers()
    stdin.end(cancel(1))
    await server.closed
  })

  test('waits at most a second', async () => {
    const { stdin, server, lines, service } = await start()
    stdin.write(modern(1, 'tools/call', execute(0)))
    await vi.waitFor(() => expect(service.runs).toHaveLength(1))
    stopTimers()
    stdin.end()
    const closed = vi.fn()
    const ended = server.closed.then(closed)
    while (vi.getTimerCount() === 0) await new Promise((done) => setImmediate(done))
    await vi.advanceTimersByTimeAsync(999)
    expect(closed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await ended
    expect(lines).toEqual([])
    expect(service.runs[0]?.call.signal.aborted).toBe(true)
  })

  test('does not wait for an open subscription', async () => {
    const { stdin, server } = await start()
    stdin.write(modern(1, 'subscriptions/listen', { notifications: { toolsListChanged: true } }))
    stopTimers()
    stdin.end()
    await server.closed
  })

  test('ends, and also if the stream is destroyed or close() is called', async () => {
    const destroyed = await start()
    destroyed.stdin.destroy()
    await destroyed.server.closed
    const closed = await start()
    await closed.server.close()
    await closed.server.closed
    expect(closed.lines).toEqual([])
  })
})

test('invalid input is logged, without what it holds, and answered with JSON-RPC only', async () => {
  const log = vi.fn()
  const { stdin, server, lines } = serve(unusedClient, { deps: { log } })
  stdin.write('no json secret\n{"jsonrpc":"1.0"}\n[]\n\n')
  stdin.write(modern(1, 'tools/list'))
  stdin.end(modern(2, 'nope'))
  await server.closed
  expect(idsOf(lines).sort()).toEqual([1, 2, null, null, null])
  expect(log).toHaveBeenCalledTimes(3)
  expect(log).toHaveBeenCalledWith('warn', {
    event: 'mcp_message_refused',
    message: expect.not.stringContaining('secret'),
  })
})

test('a long message with a file is accepted', async () => {
  const service = await TestedService.start()
  const { stdin, server, lines } = serve(service.client, { seed: service.seed })
  const params = {
    name: 'execute_connector',
    arguments: { connector: 'big', action: 'action_0', params: { id: 'x'.repeat(12_000_000) } },
  }
  stdin.end(modern(1, 'tools/call', params))
  await server.closed
  expect(idsOf(lines)).toEqual([1])
  expect(service.runs).toHaveLength(1)
})

test('only results under 2026-07-28 have a type, the server and a time to live', async () => {
  const results = async (opening: string, list: string) => {
    const { stdin, server, lines } = serve(unusedClient)
    stdin.end(opening + list)
    await server.closed
    return lines.map((line) => (JSON.parse(line) as { result: Record<string, unknown> }).result)
  }
  const [discovered, modernList] = await results(modern(0, 'server/discover'), modern(1, 'tools/list'))
  const [initialized, legacyList] = await results(initialize, request(1, 'tools/list'))
  const { tools, ...ofModern } = modernList ?? {}
  expect({ tools }).toEqual(legacyList)
  expect(ofModern).toEqual({
    resultType: 'complete',
    ttlMs: 3_600_000,
    cacheScope: 'public',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'connectors-mcp', title: 'Connectors', version: '1.2.3' } },
  })
  expect(discovered).toMatchObject({
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: { listChanged: false } },
  })
  expect(initialized).toMatchObject({ protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: false } } })
  expect(initialized?.instructions).toBe(discovered?.instructions)
})

describe('the stdio server as a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-mcp-stdio-'))
  const entry = join(folder, 'stdio-entry.mjs')
  let metafile: Metafile

  beforeAll(async () => {
    const built = await build({
      entryPoints: [join(import.meta.dirname, 'stdio-entry.ts')],
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      metafile: true,
      absWorkingDir: ROOT,
      logLevel: 'error',
    })
    metafile = built.metafile
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function run() {
    const child = spawn(process.execPath, [entry])
    onTestFinished(() => void child.kill('SIGKILL'))
    const out = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      out.stdout += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      out.stderr += chunk
    })
    return { child, out, lines: () => out.stdout.split('\n').filter(Boolean), exit: exitOf(child) }
  }

  const exitOf = (child: ChildProcessWithoutNullStreams) =>
    new Promise<{ code: number | null; signal: string | null }>((done) => {
      child.on('close', (code, signal) => done({ code, signal }))
    })

  test.each([
    ['2026-07-28', modern(0, 'server/discover'), modern],
    ['2025-11-25', initialize, request],
  ])('writes only protocol to stdout, and ends with its input: %s', async (_, opening, ask) => {
    const { child, out, lines, exit } = run()
    child.stdin.end(opening + ask(1, 'tools/list') + ask(2, 'tools/call', execute(5)))
    expect(await exit).toEqual({ code: 0, signal: null })
    for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
    expect(idsOf(lines()).sort()).toEqual([0, 1, 2])
    expect(out.stderr).toBe('a stray line\nclosed\n')
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('answers running calls on %s and ends', async (signal) => {
    const { child, out, lines, exit } = run()
    child.stdin.write(modern(1, 'tools/call', execute(150)))
    await vi.waitFor(() => expect(out.stderr).toContain('a stray line'), { timeout: 10_000 })
    child.kill(signal)
    expect(await exit).toEqual({ code: 0, signal: null })
    expect(idsOf(lines())).toEqual([1])
  })

  test('ends when the client stops reading', async () => {
    const { child, exit } = run()
    child.stdout.destroy()
    child.stdin.on('error', () => {})
    child.stdin.write(modern(1, 'tools/list'))
    expect(await exit).toEqual({ code: 0, signal: null })
  })

  test('loads only the SDK and zod at its start', () => {
    const outputs = metafile.outputs
    const start = relative(ROOT, entry)
    const packages = new Set<string>()
    const seen = new Set<string>()
    const visit = (file: string): void => {
      const output = outputs[file]
      if (seen.has(file) || output === undefined) return
      seen.add(file)
      for (const input of Object.keys(output.inputs)) {
        const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]
        if (name !== undefined) packages.add(name)
      }
      for (const { path, kind } of output.imports) if (kind === 'import-statement') visit(path)
    }
    visit(start)
    expect([...packages].sort()).toEqual(['@modelcontextprotocol/core', '@modelcontextprotocol/server', 'zod'])
    expect(Object.keys(outputs).length).toBeGreaterThan(seen.size)
  })
})
