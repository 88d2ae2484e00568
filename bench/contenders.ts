import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { StdioProcess } from '../test/built/stdio-process.js'
import type { Contender } from './measure.js'

/** A built checkout under measurement. */
export interface Build {
  name: string
  /** Its dist/main.js. */
  main: string
}

/** What all contenders of a run share. */
export interface Setting {
  /** The Node that runs the servers. */
  node: string
  /** A folder for what they write; removed at the end. */
  folder: string
}

/** The connectors that only benchmarks have. */
export const CONNECTORS = resolve(import.meta.dirname, 'connectors.mjs')

/** One row, and a hundred with a column of each of the usual types. */
export const QUERIES = {
  'one row': 'select 1 as one',
  '100 rows of 7 columns': `select n as id, 'Customer number ' || n as name, md5(n::text) as reference, n * 37 % 1000 as quantity,
    (n * 12.5)::numeric(10, 2) as price, n % 3 = 0 as paid, timestamp '2026-01-01 08:00' + n * interval '1 hour' as ordered_at
    from generate_series(1, 100) as n`,
} as const

/** Bundles a bare server into one file, as ours is bundled. @returns the file */
export async function bundleBare(source: string, { folder }: Setting): Promise<string> {
  const outfile = join(folder, source.replace(/\.ts$/, '.mjs'))
  await build({
    entryPoints: [resolve(import.meta.dirname, source)],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['pg-native', 'pg-cloudflare'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
  return outfile
}

/** A call of a tool, told apart only by whether it failed: what a client makes of the answer is not measured. */
export async function callTool(server: StdioProcess, name: string, args: Record<string, unknown>): Promise<unknown> {
  const result = await server.request('tools/call', { name, arguments: args })
  if (result.isError) throw new Error(JSON.stringify(result))
  return result
}

/** A server of ours over stdio, with a data folder of its own and a user who is logged in. */
export async function openOurs(
  { main }: Build,
  { node, folder }: Setting,
  env: Record<string, string> = {},
): Promise<StdioProcess> {
  const data = mkdtempSync(join(folder, 'data-'))
  const server = new StdioProcess([main, '--connector', CONNECTORS], { CONNECTORS_DATA_DIR: data, ...env }, false, node)
  await server.call('register_user', { identifier: 'bench' })
  await server.call('authenticate', {})
  return server
}

const contender = (name: string, server: StdioProcess, call: () => Promise<unknown>): Contender => ({
  name,
  pid: server.child.pid ?? 0,
  call,
  end: () => server.end(),
})

/** sql.query of ours, on an account of this database. */
export async function oursOverSql(build: Build, setting: Setting, url: string, query: string): Promise<Contender> {
  const server = await openOurs(build, setting)
  await server.call('link_integration', { connector: 'sql', configuration: { url, identifier: 'bench' } })
  const args = { connector: 'sql', action: 'query', params: { query } }
  return contender(build.name, server, () => callTool(server, 'execute_connector', args))
}

/** The same of the bare server. */
export function bareOverSql(file: string, { node }: Setting, url: string, query: string): Contender {
  const server = new StdioProcess([file], { PG_URL: url }, false, node)
  return contender('bare', server, () => callTool(server, 'query', { query }))
}

/** A record over HTTP, by a connector of a person's own with an account. */
export async function oursOverHttp(build: Build, setting: Setting, records: string): Promise<Contender> {
  const server = await openOurs(build, setting, { CONNECTORS_BENCH_HTTP_API_URL: records })
  await server.call('link_integration', { connector: 'bench_http', configuration: { token: 'any' } })
  const args = { connector: 'bench_http', action: 'get_record', params: { id: 4711 } }
  return contender(build.name, server, () => callTool(server, 'execute_connector', args))
}

/** The same of the bare server. */
export function bareOverHttp(file: string, { node }: Setting, records: string): Contender {
  const server = new StdioProcess([file], { RECORDS_URL: records, RECORDS_TOKEN: 'any' }, false, node)
  return contender('bare', server, () => callTool(server, 'get_record', { id: 4711 }))
}

/** Starts a process that prints its address first. */
export async function startPrinting(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(node, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, url }
}

/** Ends a process and waits for its end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}
