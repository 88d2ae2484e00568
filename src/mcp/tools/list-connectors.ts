import * as z from 'zod'
import { ConnectorsError } from '../../base/errors.js'
import type { CatalogMcp, CatalogTool, IntegrationSummary } from '../../wire/index.js'
import type { McpClient } from '../deps.js'
import { fitToBudget } from '../results/size-budget.js'
import { defineTool, READS, type ToolCall } from '../tool.js'

/** The most matching actions named for one connector. */
const MATCHES = 10
/** The most items of a page of the catalogue, and of a search. */
const PAGE = 200
const FOUND = 30

const output = z.object({
  connectors: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      actions: z.number().optional(),
      linked: z.array(z.string()).optional(),
      titles: z.array(z.string()).optional(),
      matching_actions: z.array(z.string()).optional(),
    }),
  ),
})
type ListedConnector = z.output<typeof output>['connectors'][number]

/** Shows which connectors there are. @see the section "The catalogue" of the HTTP contract */
export const listConnectors = defineTool({
  name: 'list_connectors',
  title: 'List connectors',
  description:
    'List connectors with their number of actions and the linked accounts. A query such as "unread mail" finds connectors and actions for a need. Next: link_integration if nothing is linked, else describe_connector.',
  annotations: READS,
  input: z.strictObject({ query: z.string().optional().describe('Word or need to look for') }),
  output,
  async run({ query = '' }, call) {
    const need = query.trim()
    const [connectors, accounts, tools] = await Promise.all([
      readConnectors(await call.client()),
      readAccounts(call),
      need === '' ? [] : findTools(need, call),
    ])
    const listed = connectors.map((connector) => ({ ...connector, ...linkedTo(connector.name, accounts) }))
    const broken = await call.brokenConnectorFiles()
    const { value, cut } = fitToBudget({ connectors: need === '' ? listed : matching(need, listed, tools) })
    const shown = value as z.output<typeof output>
    return {
      shown,
      lines: 'connectors',
      notes: [
        ...(accounts
          ? []
          : ['No user is logged in, so the linked accounts are not shown. Call authenticate to see them.']),
        ...(shown.connectors.length === 0
          ? ['Nothing fits the query. Without a query all connectors are listed.']
          : []),
        ...(cut ? ['The list is cut: give a query.'] : []),
        ...(accounts && shown.connectors.length > 0 ? [nextStep(shown.connectors)] : []),
        ...(broken.length > 0 ? [leftOut(broken)] : []),
      ],
    }
  },
})

const nextStep = (connectors: readonly ListedConnector[]): string =>
  connectors.some(({ linked = [] }) => linked.length > 0)
    ? 'Next: describe_connector where an account is linked, link_integration where none is.'
    : 'None of these connectors has a linked account. Next: link_integration for the connector that is needed; one that needs no account says so, and is used at once.'

const leftOut = (files: readonly string[]): string =>
  `Not in the list: what the person's own ${files.length === 1 ? 'connector file' : 'connector files'} ${files.join(', ')} should add. The log on stderr says why it cannot be used; correct it and restart this server.`

/** All connectors by name. What the catalogue does not tell of one is taken from the schemas. */
async function readConnectors(connectorsClient: McpClient): Promise<ListedConnector[]> {
  const [names, catalogue] = await Promise.all([
    connectorsClient.connectorNames(),
    allPages((offset) => connectorsClient.catalogMcp({ limit: PAGE, offset })),
  ])
  const byName = new Map<string, CatalogMcp>(catalogue.map((item) => [item.name, item]))
  const uncounted = names.filter((name) => byName.get(name)?.tool_count === undefined)
  const schemas = uncounted.length === 0 ? {} : await connectorsClient.connectorSchemas(uncounted)
  return [...names].sort().map((name) => ({
    name,
    description: byName.get(name)?.description ?? '',
    actions: byName.get(name)?.tool_count ?? Object.keys(schemas[name] ?? {}).length,
  }))
}

/** A service without that catalogue has an empty one. */
async function allPages<Item>(read: (offset: number) => Promise<{ items: Item[] }>): Promise<Item[]> {
  const all: Item[] = []
  try {
    for (;;) {
      const { items } = await read(all.length)
      all.push(...items)
      if (items.length < PAGE) return all
    }
  } catch (error) {
    if (error instanceof ConnectorsError && error.code === 'NOT_FOUND') return all
    throw error
  }
}

/** @returns undefined when no user is logged in; the list itself needs no login */
async function readAccounts(call: ToolCall): Promise<IntegrationSummary[] | undefined> {
  if (!(await call.session.hasLogin())) return undefined
  try {
    return await call.asUser(async (connectorsClient, userToken) => (await connectorsClient.me(userToken)).integrations)
  } catch (error) {
    if (isRefusedLogin(error)) return undefined
    throw error
  }
}

const isRefusedLogin = (error: unknown): boolean =>
  error instanceof ConnectorsError && ['INVALID_TOKEN', 'INVALID_CREDENTIALS', 'INVALID_API_KEY'].includes(error.code)

/** The names of the accounts, the default first, and what people call them, in the same order, where that says more. */
function linkedTo(
  connector: string,
  accounts: readonly IntegrationSummary[] | undefined,
): { linked?: string[]; titles?: string[] } {
  if (accounts === undefined) return {}
  const own = accounts
    .filter((account) => account.connector === connector)
    .sort((a, b) => Number(b.selected) - Number(a.selected))
  const linked = own.map(({ user_identifier }) => user_identifier)
  const titles = own.map(({ user_identifier, title }) => title ?? user_identifier)
  return titles.every((title, at) => title === linked[at]) ? { linked } : { linked, titles }
}

/** The tools nearest to a need, best first: by the service's search, else by the words of the need. */
async function findTools(need: string, call: ToolCall): Promise<CatalogTool[]> {
  const found = (await call.session.hasLogin()) ? await searchTools(need, call) : []
  if (found.length > 0) return found
  const connectorsClient = await call.client()
  const tools = await allPages((offset) => connectorsClient.catalogTools({ limit: PAGE, offset }))
  const words = wordsOf(need)
  const scored = tools.map((tool) => ({ tool, score: wordsIn(words, `${tool.name} ${tool.description}`) }))
  const best = Math.max(...scored.map(({ score }) => score))
  return best * 2 < words.length || best === 0
    ? []
    : scored.filter(({ score }) => score === best).map(({ tool }) => tool)
}

/** The search is a help, not a need: whatever fails there, the words decide. */
async function searchTools(need: string, call: ToolCall): Promise<CatalogTool[]> {
  try {
    const options = { kinds: ['tools'], count: FOUND } as const
    return (await call.asUser((connectorsClient, userToken) => connectorsClient.search(need, userToken, options))).tools
  } catch {
    return []
  }
}

const wordsOf = (need: string): string[] => [...new Set(need.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu))]

function wordsIn(words: readonly string[], text: string): number {
  const lower = text.toLowerCase()
  return words.filter((word) => lower.includes(word)).length
}

/** Connectors whose own text holds the need come first, then those with fitting actions, as they were found. */
function matching(need: string, listed: readonly ListedConnector[], tools: readonly CatalogTool[]): ListedConnector[] {
  const byText = listed.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(need.toLowerCase()),
  )
  const byTool = tools.flatMap(({ connector }) => listed.find(({ name }) => name === connector) ?? [])
  return [...new Set([...byText, ...byTool])].map((connector) => {
    const own = tools.filter((tool) => tool.connector === connector.name).slice(0, MATCHES)
    return own.length === 0 ? connector : { ...connector, matching_actions: own.map((tool) => actionOf(tool)) }
  })
}

/** The action a generated tool name stands for. @see generatedToolName */
const actionOf = ({ name, connector }: CatalogTool): string =>
  name.startsWith(`${connector}_`) && name.endsWith('_tool') ? name.slice(connector.length + 1, -'_tool'.length) : name
