import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { type TestContext, test } from 'vitest'
import { ConnectorsClient } from '../../src/client/index.js'
import { NODES, pathOf } from '../programs/index.js'
import { type ShownResult, shownIn } from '../shown.js'
import { MAIN } from './build.js'

/** Seconds: the default of `check_link`, and the longest that the HTTP API takes. */
const WAIT = 25
/** Far more than that: what counts is that an answer comes at all, on the busiest machine. Milliseconds. */
const PATIENCE = 10 * WAIT * 1000
/** Runs before the command, and collects all garbage every second. */
const COLLECTING = ['--expose-gc', '--import', 'data:text/javascript,setInterval(()=>gc(),1000).unref()']

/** One version of Node, and the test it is tried in. */
interface Trial {
  node: string
  context: TestContext
}

function newEnvironment({ context }: Trial): Record<string, string> {
  const home = mkdtempSync(join(tmpdir(), 'connectors-waiting-'))
  context.onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return { PATH: process.env.PATH ?? '', HOME: home }
}

/**
 * A registered user's agent program.
 * @param opens whether it can open pages; its person accepts each of them, and then does nothing there
 * @returns what calls a tool
 */
async function agentOn(trial: Trial, opens: boolean) {
  const client = new Client(
    { name: 'test', version: '1' },
    {
      versionNegotiation: { mode: { pin: '2026-07-28' } },
      capabilities: opens ? { elicitation: { url: {} } } : {},
    },
  )
  if (opens) client.setRequestHandler('elicitation/create', async () => ({ action: 'accept' }))
  const args = [...COLLECTING, MAIN]
  const transport = new StdioClientTransport({ command: trial.node, args, env: newEnvironment(trial) })
  await client.connect(transport, { timeout: PATIENCE })
  trial.context.onTestFinished(() => client.close())
  const call = async (name: string, params: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: params }, { timeout: PATIENCE })
    return shownIn(result as ShownResult) as { status: string; link_id: string }
  }
  await call('register_user', { identifier: 'ada' })
  return call
}

async function afterElicitation(trial: Trial): Promise<string> {
  const call = await agentOn(trial, true)
  return (await call('link_integration', { connector: 'sql' })).status
}

async function byCheckLink(trial: Trial): Promise<string> {
  const call = await agentOn(trial, false)
  const { link_id } = await call('link_integration', { connector: 'sql' })
  return (await call('check_link', { link_id })).status
}

async function overHttp(trial: Trial): Promise<string> {
  const env = newEnvironment(trial)
  const apiKey = execFileSync(trial.node, [MAIN, 'clients', 'create', 'Acme'], {
    env,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
  const child = spawn(trial.node, [...COLLECTING, MAIN, 'serve', '--port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  trial.context.onTestFinished(() => void child.kill('SIGKILL'))
  const [baseUrl] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const client = new ConnectorsClient({ baseUrl, apiKey, timeoutMs: PATIENCE })
  const { secret } = await client.createUser('ada')
  const { token } = await client.authenticate('ada', secret)
  const { link_id } = await client.beginLink('sql', token)
  return (await client.linkStatus(token, link_id, { wait: WAIT })).status
}

// On Node 20, a signal of `AbortSignal.any` over `AbortSignal.timeout` is collected before it fires.
test.concurrent.for(NODES)(
  'who waits for a link gets an answer on Node $major, however often garbage is collected meanwhile',
  { timeout: PATIENCE + 60_000 },
  async ({ program }, context) => {
    const trial = { node: pathOf(program, context), context }
    const answers = await Promise.all([afterElicitation(trial), byCheckLink(trial), overHttp(trial)])
    context.expect(answers).toEqual(['pending', 'pending', 'pending'])
  },
)
