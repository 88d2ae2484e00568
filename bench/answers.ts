// node --import tsx bench/answers.ts: what the default answer of thirty items costs a model that names no fields, in o200k tokens, through the
// real action, or from items in the form that the action gives them, and through the tools' own way to a result. The answers of GitHub are made up, in full size.
import type { CallToolResult } from '@modelcontextprotocol/server'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { Secret } from '../src/base/secret.js'
import { ActionResponse } from '../src/client/responses/action-response.js'
import { github } from '../src/connectors/github/index.js'
import { createHttpUpstream, type Json, type JsonObject } from '../src/kit/index.js'
import { runAction } from '../src/mcp/actions/run-action.js'
import type { McpClient } from '../src/mcp/deps.js'
import { toCallToolResult } from '../src/mcp/results/answer.js'
import type { ToolCall } from '../src/mcp/tool.js'
import { shape } from '../src/wire/shaping.js'
import { commits, flatIssues, flatPullRequests, searchAnswer } from './fixtures/github.js'

const COUNT = 30
/** At most this for thirty items. Tokens. */
const AIM = 6_000

interface Answered {
  data: Json
  meta: JsonObject | null
}

interface Measured {
  action: string
  /** The answer of the service when these fields are asked for; undefined for all. */
  answer(fields: string[] | undefined): Promise<Answered>
}

/** The service's answer by the real action, whose third party gives `json`. */
async function played(name: string, input: JsonObject, json: Json, fields: string[] | undefined): Promise<Answered> {
  const upstream = createHttpUpstream({
    send: async () => ({ status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify(json)) }),
    baseUrl: github.baseUrl ?? '',
    authorize: () => ({}),
    signal: new AbortController().signal,
  })
  const action = github.byName.get(name)
  if (!action) throw new Error(`There is no action ${name}.`)
  const call = {
    identifier: null,
    account: null,
    readOnly: true,
    caller: '',
    configuration: {},
    signal: AbortSignal.timeout(60_000),
  }
  const sealing = { seal: async (text: string) => text, open: async (text: string) => text }
  const result = await action.prepare({ ...input, response_fields: fields ?? null })(upstream, { ...call, ...sealing })
  if (!('data' in result)) throw new Error(`${name} has no JSON.`)
  return result
}

/** The same for items that are as the service gives them. */
const given = (items: Json[], fields: string[] | undefined): Answered => ({
  data: shape(items, { response_fields: fields }),
  meta: {
    total: 2345,
    total_page: 79,
    has_next: true,
    has_prev: false,
    backwards_cursor: null,
    forwards_cursor: 'Y3Vyc29yOnYyOpK5',
  },
})

const REPO = { owner: 'example-labs', repo: 'workbench' }
const ACTIONS: Measured[] = [
  {
    action: 'list_issues',
    answer: async (fields) => given(flatIssues(COUNT), fields),
  },
  {
    action: 'list_pull_requests',
    answer: async (fields) => given(flatPullRequests(COUNT), fields),
  },
  { action: 'list_commits', answer: (fields) => played('list_commits', REPO, commits(COUNT), fields) },
  {
    action: 'github_search_issue',
    answer: (fields) => played('github_search_issue', { query: 'import', sort: null }, searchAnswer(COUNT), fields),
  },
]

/** The tool's result for a call that names no fields, or all of them. */
async function resultOf({ action, answer }: Measured, all: boolean): Promise<CallToolResult> {
  const defaultFields = github.byName.get(action)?.defaultFields ?? []
  const client = {
    execute: async (_connector: string, _action: string, { responseFields }: { responseFields?: string[] }) =>
      new ActionResponse({ ...(await answer(responseFields)), actedAs: 'mona-lisa' }, () =>
        Promise.reject(new Error('there is one page')),
      ),
  } as unknown as McpClient
  const call = {
    asUser: (run: (client: McpClient, token: Secret) => unknown) => run(client, new Secret('t')),
    actionFacts: { find: async () => ({ name: action, fileNames: [], defaultFields, onlyReads: true }) },
    reportProgress: () => {},
    signal: new AbortController().signal,
  } as unknown as ToolCall
  const asked = { connector: 'github', action, ...(all ? { response_fields: ['*'] } : {}) }
  return toCallToolResult(await runAction(asked, call, { readOnly: false }))
}

const dataOf = (result: CallToolResult): JsonObject[] => (JSON.parse(textOf(result)) as { data: JsonObject[] }).data

const textOf = ({ content }: CallToolResult): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')

/** Tokens by member of the items, all items together, the most expensive first. */
function costs(items: readonly JsonObject[]): [string, number][] {
  const cost = new Map<string, number>()
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      const tokens = encode(`"${name}":${JSON.stringify(value)},`).length
      cost.set(name, (cost.get(name) ?? 0) + tokens)
    }
  }
  return [...cost].sort(([, a], [, b]) => b - a)
}

const row = (cells: readonly (string | number)[]): void => {
  const [first = '', ...rest] = cells
  process.stdout.write(`${[String(first).padEnd(20), ...rest.map((cell) => String(cell).padStart(9))].join(' ')}\n`)
}

const details: string[] = []
row(['', 'shown', 'tokens', 'aim', 'of all', 'shown'])
for (const measured of ACTIONS) {
  const usual = await resultOf(measured, false)
  const all = await resultOf(measured, true)
  const items = dataOf(usual)
  const tokens = encode(textOf(usual)).length
  row([
    measured.action,
    items.length,
    tokens,
    tokens <= AIM ? 'met' : `+${tokens - AIM}`,
    encode(textOf(all)).length,
    dataOf(all).length,
  ])
  details.push(
    `${measured.action}: ${costs(items)
      .map(([name, cost]) => `${name} ${cost}`)
      .join(', ')}`,
  )
}
process.stdout.write(`\nTokens by member\n${details.join('\n')}\n`)
