import type { Context, Hono } from 'hono'
import { invalidParameters } from '../../base/errors.js'
import type { Action, Connector } from '../../service/index.js'
import { type CatalogMcp, type CatalogTool, ROUTE, toolName } from '../../wire/index.js'
import { getCaller } from '../authenticate.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { ownAddress } from '../own-address.js'
import { type Page, pageAnswer, pageOfQuery } from '../paging.js'

const KINDS = ['tools', 'mcp', 'skills'] as const
const SEARCH_COUNT = { fallback: 10, most: 50 }

/** What there is: actions as tools, connectors as MCP servers, skills; and the search over them. */
export function catalogueRoutes(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { service } = deps
  const matching = <Item extends { name: string; description: string; categories: string[] }>(
    c: Context,
    items: Item[],
  ): Item[] => {
    const [q, category] = [c.req.query('q')?.toLowerCase(), c.req.query('category')]
    return items.filter(
      (item) =>
        (!q || item.name.toLowerCase().includes(q) || item.description.toLowerCase().includes(q)) &&
        (!category || item.categories.includes(category)),
    )
  }

  app.get(ROUTE.catalogTools, async (c) => {
    const page = pageOfQuery(c)
    const wanted = c.req.query('connector')
    const connectors = (await service.catalogue.all()).filter(({ name }) => !wanted || name === wanted)
    return c.json(
      listAnswer(
        matching(
          c,
          connectors.flatMap((connector) => connector.actions.map((action) => tool(connector, action))),
        ),
        page,
      ),
    )
  })

  app.get(ROUTE.catalogMcp, async (c) => {
    const page = pageOfQuery(c)
    const address = await ownAddress(c, deps)
    const items = (await service.catalogue.all()).map((connector) => mcpServer(connector, address))
    return c.json(listAnswer(matching(c, items), page))
  })

  // Skills of the public directories ("agent", "openclaw") are none of ours to host; the managed ones are under /api/skills.
  app.get(ROUTE.catalogSkills, (c) => c.json(listAnswer([], pageOfQuery(c))))

  app.get('/mcps/list', async (c) => {
    const address = await ownAddress(c, deps)
    const external = c.req.query('source') === 'external'
    const items = external ? [] : (await service.catalogue.all()).map((connector) => mcpListing(connector, address))
    return c.json({ data: items, meta: null })
  })
}

/** The search over actions and connectors, by words. */
export function searchRoute(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { service } = deps
  app.get(ROUTE.catalogSearch, async (c) => {
    await getCaller(c, service)
    const query = c.req.query('q')?.trim()
    if (!query) throw invalidParameters('The search takes a text in q.', [{ field: 'q', message: 'is empty' }])
    const { kinds, count } = searchOptions(c)
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

const listAnswer = <Item>(items: Item[], page: Page) =>
  pageAnswer(items.slice(page.offset, page.offset + page.limit), items.length, page)

const tool = (connector: Connector, action: Action): CatalogTool => ({
  name: toolName(connector.name, action.name),
  description: action.description,
  connector: connector.name,
  categories: [...connector.categories],
  source: 'internal',
})

const mcpUrl = (connector: Connector, address: string): string => `${address}/${connector.name}/mcp`

const mcpServer = (connector: Connector, address: string): CatalogMcp => ({
  name: connector.name,
  description: connector.description,
  mcp_url: mcpUrl(connector, address),
  config: { url: mcpUrl(connector, address), headers: { Authorization: '' } },
  tool_count: connector.actions.length,
  categories: [...connector.categories],
  source: 'internal',
})

const mcpListing = (connector: Connector, address: string) => ({
  name: connector.name,
  title: connector.title,
  description: connector.description,
  url: mcpUrl(connector, address),
  integration_method: [...(connector.auth.oauth2 ? ['oauth2'] : []), ...(connector.auth.custom ? ['custom'] : [])],
  tools: connector.actions.map((action) => `${connector.name}_${action.name}`),
})

function searchOptions(c: Context): { kinds: Set<(typeof KINDS)[number]>; count: number } {
  const given =
    c.req
      .query('kinds')
      ?.split(',')
      .map((kind) => kind.trim())
      .filter(Boolean) ?? []
  const kinds = given.length === 0 ? [...KINDS] : KINDS.filter((kind) => given.includes(kind))
  if (kinds.length < new Set(given).size) throw invalidParameters(`kinds is a list of ${KINDS.join(', ')}.`)
  const count = Number(c.req.query('count') ?? SEARCH_COUNT.fallback)
  if (!Number.isInteger(count) || count < 1 || count > SEARCH_COUNT.most)
    throw invalidParameters(`count is a whole number from 1 to ${SEARCH_COUNT.most}.`)
  return { kinds: new Set(kinds), count }
}
