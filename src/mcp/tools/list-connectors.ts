import * as z from 'zod'
import { ConnectorsError } from '../../base/errors.js'
import type { CatalogMcp, IntegrationSummary } from '../../wire/index.js'
import type { McpClient } from '../deps.js'
import { fitToBudget } from '../results/size-budget.js'
import { defineTool, READS, type ToolCall } from '../tool.js'

/** The most items of a page of the catalogue. */
const PAGE = 200

const output = z.object({
  connectors: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      actions: z.number().optional(),
      linked: z.array(z.string()).optional(),
      titles: z.array(z.string()).optional(),
    }),
  ),
})
type ListedConnector = z.output<typeof output>['connectors'][number]

/** Shows which connectors there are. @see the section "The catalogue" of the HTTP contract */
export const listConnectors = defineTool({
  name: 'list_connectors',
  title: 'List connectors',
  description:
    'List connectors with their number of actions and the linked accounts. search_actions finds the actions for a need.',
  annotations: READS,
  strayArguments: 'search_actions searches.',
  input: z.strictObject({}),
  output,
  async run(_, call) {
    const [connectors, accounts] = await Promise.all([readConnectors(await call.client()), readAccounts(call)])
    const listed = connectors.map((connector) => ({ ...connector, ...linkedTo(connector.name, accounts) }))
    const broken = await call.brokenConnectorFiles()
    const { value, cut } = fitToBudget({ connectors: listed })
    const shown = value as z.output<typeof output>
    return {
      shown,
      lines: 'connectors',
      notes: [
        ...(accounts
          ? []
          : ['No user is logged in, so the linked accounts are not shown. Call authenticate to see them.']),
        ...(cut ? ['The list is cut: search_actions searches all connectors.'] : []),
        ...(accounts && shown.connectors.length > 0 ? [nextStep(shown.connectors)] : []),
        ...(broken.length > 0 ? [leftOut(broken)] : []),
      ],
    }
  },
})

const nextStep = (connectors: readonly ListedConnector[]): string =>
  connectors.some(({ linked = [] }) => linked.length > 0)
    ? 'Next: search_actions finds the actions for a need; link_integration where no account is linked.'
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
