// Other MCP servers that do the same as a contender, measured beside it where they are installed. They are found in
// PEERS=FOLDER/node_modules or on the PATH; what is measured with is, in a folder of its own:
//   npm i @bytebase/dbhub@1.4.0 @modelcontextprotocol/server-postgres@0.6.2 @toolbox-sdk/server@1.12.0 @ivotoby/openapi-mcp-server@1.16.1
// dbhub 1.4.0 asks for Node 22.5, but answered on 20.20, too. Peers are started by SERVER_NODE, but for the toolbox, which is a program of its own in Go.
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { StdioProcess } from '../test/built/stdio-process.js'
import type { Setting } from './contenders.js'
import type { Contender } from './measure.js'

/** How long a peer may take to be ready and to answer once. Milliseconds. */
const PATIENCE = 15_000

/** How a peer is started, and called. */
export interface Peer {
  name: string
  package: string
  command: string
  args: readonly string[]
  env?: Record<string, string>
  tool: string
  arguments: Record<string, unknown>
}

/** Those that run SQL on PostgreSQL. */
export function sqlPeers(url: string, query: string): Peer[] {
  const { hostname, port, username, pathname } = new URL(url)
  const place = { POSTGRES_HOST: hostname, POSTGRES_PORT: port, POSTGRES_DATABASE: pathname.slice(1) }
  return [
    {
      name: 'dbhub',
      package: '@bytebase/dbhub',
      command: 'dbhub',
      args: ['--transport', 'stdio', '--dsn', `${url}?sslmode=disable`],
      tool: 'execute_sql',
      arguments: { sql: query },
    },
    {
      name: 'server-postgres',
      package: '@modelcontextprotocol/server-postgres',
      command: 'mcp-server-postgres',
      args: [url],
      tool: 'query',
      arguments: { sql: query },
    },
    {
      name: 'toolbox (Go)',
      package: '@toolbox-sdk/server',
      command: 'toolbox',
      args: ['--stdio', '--prebuilt', 'postgres', '--disable-version-check', '--log-level', 'ERROR'],
      // It wants a password, which the server does not ask for.
      env: { ...place, POSTGRES_USER: username, POSTGRES_PASSWORD: 'any' },
      tool: 'execute_sql',
      arguments: { sql: query },
    },
  ]
}

/** Those that send requests over HTTP as a description of an API says. */
export function httpPeers(records: string, { folder }: Setting): Peer[] {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } }
  const get = { operationId: 'get_record', parameters: [id], responses: { 200: { description: 'The record' } } }
  const file = join(folder, 'records.json')
  const api = { openapi: '3.0.3', info: { title: 'Records', version: '1' }, paths: { '/records/{id}': { get } } }
  writeFileSync(file, JSON.stringify(api))
  return [
    {
      name: 'openapi-mcp-server',
      package: '@ivotoby/openapi-mcp-server',
      command: 'openapi-mcp-server',
      args: ['--api-base-url', records, '--openapi-spec', file, '--tools', 'all', '-H', 'authorization:Bearer any'],
      tool: 'get-record',
      arguments: { id: 4711 },
    },
  ]
}

interface Installed {
  program: string
  version: string
}

/** Where the peer is: in PEERS, or else on the PATH. */
function findPeer(peer: Peer): Installed | undefined {
  const folders = [
    ...(process.env.PEERS ? [resolve(process.env.PEERS, 'node_modules/.bin')] : []),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  const program = folders.map((folder) => join(folder, peer.command)).find((file) => existsSync(file))
  return program === undefined ? undefined : { program: realpathSync(program), version: versionOf(peer) }
}

function versionOf(peer: Peer): string {
  const file = resolve(process.env.PEERS ?? '.', 'node_modules', peer.package, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : ''
}

const nameOf = ({ name }: Peer, version: string): string => `${name} ${version}`.trim()

const isScript = (program: string): boolean => readFileSync(program).subarray(0, 64).toString().startsWith('#!')

/** A peer that has answered once. @throws when it does not start or cannot do it */
async function openPeer(peer: Peer, { program, version }: Installed, { node }: Setting): Promise<Contender> {
  // A script of npm's is run by the Node under measurement, as ours is.
  const [run, args] = isScript(program) ? [node, [program, ...peer.args]] : [program, peer.args]
  const server = new StdioProcess(args, peer.env ?? {}, false, run)
  // One that ends early closes its input; that it ended is what is told.
  server.child.stdin.on('error', () => {})
  const call = async () => {
    const result = await server.requestAsIs('tools/call', { name: peer.tool, arguments: peer.arguments })
    if (result.isError) throw new Error(JSON.stringify(result))
  }
  const end = () => endPeer(server)
  try {
    await withinPatience(server, greet(server).then(call))
  } catch (error) {
    await end()
    throw error
  }
  return { name: nameOf(peer, version), pid: server.child.pid ?? 0, call, end }
}

/** Some go on when their input ends. */
async function endPeer(server: StdioProcess): Promise<void> {
  if (server.child.signalCode !== null) return
  const killing = setTimeout(() => server.child.kill('SIGKILL'), 1000)
  await server.end()
  clearTimeout(killing)
}

async function greet(server: StdioProcess): Promise<void> {
  const clientInfo = { name: 'bench', version: '1' }
  await server.requestAsIs('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
  server.notify('notifications/initialized')
}

async function withinPatience(server: StdioProcess, answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const failed = new Promise((_, reject) => {
    const lastWords = () => server.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE / 1000} s. ${lastWords()}`)), PATIENCE)
    server.child.once('exit', (code) => reject(new Error(`it ended with code ${code}. ${lastWords()}`)))
  })
  try {
    await Promise.race([answer, failed])
  } finally {
    clearTimeout(timer)
  }
}

/** The peers that are there, ready; of each other one a line says why not. */
export async function openPeers(peers: readonly Peer[], setting: Setting): Promise<Contender[]> {
  const open: Contender[] = []
  for (const peer of peers) {
    const installed = findPeer(peer)
    if (!installed) {
      process.stdout.write(`${peer.name}: not installed (${peer.package}; see bench/peers.ts)\n`)
      continue
    }
    try {
      open.push(await openPeer(peer, installed, setting))
    } catch (error) {
      process.stdout.write(`${nameOf(peer, installed.version)}: left out, ${(error as Error).message}\n`)
    }
  }
  return open
}
