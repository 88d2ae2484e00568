import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'undici'
import { type Build, CONNECTORS, endProcess, type Setting, startPrinting } from './contenders.js'
import type { Contender } from './measure.js'

interface Sent {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

/** A `serve` under measurement. */
export interface Serving {
  /** What is asked of it, the execution of an action that does nothing first. All of one process. */
  contenders: readonly Contender[]
  end(): Promise<void>
}

/** A client's connections to a server. */
class Connections {
  readonly #pool: Pool

  constructor(url: string, connections: number) {
    this.#pool = new Pool(url, { connections, pipelining: 1 })
  }

  /** The text of the answer. @throws for any status but 200 */
  async text(sent: Sent): Promise<string> {
    const { statusCode, body } = await this.#pool.request(sent)
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${sent.method} ${sent.path}: ${statusCode} ${text}`)
    return text
  }

  /** The `data` of the answer to some JSON. */
  async post(path: string, headers: Record<string, string>, json: unknown): Promise<Record<string, string>> {
    const sent = { method: 'POST', path, headers: { ...headers, 'content-type': 'application/json' } } as const
    return JSON.parse(await this.text({ ...sent, body: JSON.stringify(json) })).data
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** A server of ours on a port, with a client of the service, a user and an account. */
export async function openServing(
  build: Build,
  setting: Setting,
  records: string,
  connections: number,
): Promise<Serving> {
  const env = {
    PATH: process.env.PATH ?? '',
    CONNECTORS_DATA_DIR: mkdtempSync(join(setting.folder, 'data-')),
    CONNECTORS_BENCH_HTTP_API_URL: records,
  }
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  const key = execFileSync(setting.node, [build.main, 'clients', 'administrator-key'], { env, stdio }).toString().trim()
  const args = [build.main, 'serve', '--port', '0', '--connector', CONNECTORS]
  const { child, url } = await startPrinting(setting.node, args, env)
  const connected = new Connections(url, connections)
  const client = await connected.post('/clients', { 'x-api-key': key }, { name: 'bench' })
  const user = await connected.post('/users', { 'x-api-key': client.api_key ?? '' }, { identifier: 'bench' })
  const login = await connected.post('/auth/tokens', {}, { identifier: 'bench', secret: user.secret })
  const token = { authorization: `Bearer ${login.token}` }
  await connected.post('/connectors/bench_http/integrations', token, { configuration: { token: 'any' } })
  const end = async () => {
    await connected.close()
    await endProcess(child)
  }
  const asked = requestsOf(token, client.api_key ?? '')
  const contenders = Object.entries(asked).map(([name, sent]) => ({
    name: build.name === 'ours' ? name : `${name} (${build.name})`,
    pid: child.pid ?? 0,
    call: () => connected.text(sent),
    end: async () => {},
  }))
  return { contenders, end }
}

/** What is asked, by what it is called in the table. */
function requestsOf(token: Record<string, string>, apiKey: string): Record<string, Sent> {
  const execute = {
    method: 'POST',
    path: '/connectors/bench_nothing/nothing',
    headers: { ...token, 'content-type': 'application/json' },
    body: '{"value":"x"}',
  } as const
  return {
    'execute a no-op': execute,
    'the same with X-API-Key': { ...execute, headers: { ...execute.headers, 'x-api-key': apiKey } },
    'GET integrations': { method: 'GET', path: '/connectors/bench_http/integrations', headers: token },
    'GET health': { method: 'GET', path: '/health', headers: {} },
  }
}
