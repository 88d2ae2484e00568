import type { Hono } from 'hono'
import { type ActionSummary, actionsOfUsers, type ConnectorSummary } from '../../service/index.js'
import { type CatalogMcp, type CatalogTool, generatedToolName, type McpListing, ROUTE } from '../../wire/index.js'
import {
  catalogMcpQuery,
  catalogToolsQuery,
  mcpListQuery,
  type PageQuery,
  pageQuery,
  searchQuery,
} from '../../wire/requests/index.js'
import { getCaller } from '../authenticate.js'
import { readQuery } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { ownAddress } from '../own-address.js'
import { pageAnswer } from '../paging.js'

/** The catalogue: actions as tools, connectors as MCP servers, skills; and the search over them. */
export function catalogueRoutes(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { service } = deps

  app.get(ROUTE.catalogTools, async (c) => {
    const query = readQuery(c, catalogToolsQuery)
    const connectors = (await service.catalogue.summaries()).filter(
      ({ name }) => !query.connector || name === query.connector,
    )
    const tools = connectors.flatMap((connector) => actionsOfUsers(connector).map((action) => tool(connector, action)))
    return c.json(listAnswer(matching(query, tools), query))
  })

  app.get(ROUTE.catalogMcp, async (c) => {
    const query = readQuery(c, catalogMcpQuery)
    const address = await ownAddress(c, deps)
    const servers = (await service.catalogue.summaries()).map((connector) => mcpServer(connector, address))
    return c.json(listAnswer(matching(query, servers), query))
  })

  // Skills of the public directories ("agent", "openclaw") are not hosted here; the managed ones are under /api/skills.
  app.get(ROUTE.catalogSkills, (c) => c.json(listAnswer([], readQuery(c, pageQuery))))

  app.get('/mcps/list', async (c) => {
    const { source } = readQuery(c, mcpListQuery)
    const address = await ownAddress(c, deps)
    const connectors = source === 'external' ? [] : await service.catalogue.summaries()
    return c.json({ data: connectors.map((connector) => mcpListing(connector, address)), meta: null })
  })
}

function matching<Item extends { name: string; description: string; categories: string[] }>(
  { q, category }: { q?: string | undefined; category?: string | undefined },
  items: Item[],
): Item[] {
  const part = q?.toLowerCase()
  return items.filter(
    (item) =>
      (!part || item.name.toLowerCase().includes(part) || item.description.toLowerCase().includes(part)) &&
      (!category || item.categories.includes(category)),
  )
}

/** The search over actions and connectors, by words. */
export function searchRoute(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { service } = deps
  app.get(ROUTE.catalogSearch, async (c) => {
    await getCaller(c, service)
    const { q: query, kinds, count } = readQuery(c, searchQuery)
    const address = await ownAddress(c, deps)
    const [tools, connectors] = await Promise.all([
      kinds.has('tools') ? service.search.actions(query, count) : [],
      kinds.has('mcp') ? service.search.connectors(query, count) : [],
    ])
    return c.json({
      query,
      backend: null,
      tools: tools.map(({ connector, action, score }) => ({ ...tool(connector, action), score })),
      mcp: connectors.map(({ connector, score }) => ({ ...mcpServer(connector, address), score })),
      skills: [],
    })
  })
}

const listAnswer = <Item>(items: Item[], page: PageQuery) =>
  pageAnswer(items.slice(page.offset, page.offset + page.limit), items.length, page)

const tool = (connector: ConnectorSummary, action: ActionSummary): CatalogTool => ({
  name: generatedToolName(connector.name, action.name),
  description: action.description,
  connector: connector.name,
  categories: [...connector.categories],
  source: 'internal',
})

const mcpUrl = (connector: ConnectorSummary, address: string): string => `${address}/${connector.name}/mcp`

const mcpServer = (connector: ConnectorSummary, address: string): CatalogMcp => ({
  name: connector.name,
  description: connector.description,
  mcp_url: mcpUrl(connector, address),
  config: { url: mcpUrl(connector, address), headers: { Authorization: '' } },
  tool_count: actionsOfUsers(connector).length,
  categories: [...connector.categories],
  source: 'internal',
})

const mcpListing = (connector: ConnectorSummary, address: string): McpListing => ({
  name: connector.name,
  title: connector.title,
  description: connector.description,
  url: mcpUrl(connector, address),
  integration_method: [...connector.auth],
  tools: actionsOfUsers(connector).map((action) => `${connector.name}_${action.name}`),
})
