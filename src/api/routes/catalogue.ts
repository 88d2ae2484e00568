import type { Hono } from 'hono'
import { actionsOfUsers } from '../../service/index.js'
import { ROUTE } from '../../wire/index.js'
import {
  catalogMcpQuery,
  catalogToolsQuery,
  mcpListQuery,
  type PageQuery,
  pageQuery,
  searchQuery,
} from '../../wire/requests/index.js'
import { catalogMcpOf, catalogToolOf, mcpListingOf } from '../answers/catalogue-items.js'
import { foundToolsOf } from '../answers/found-tools.js'
import { jsonAnswer } from '../answers/json.js'
import { findCaller } from '../authenticate.js'
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
    const tools = connectors.flatMap((connector) =>
      actionsOfUsers(connector).map((action) => catalogToolOf(connector, action)),
    )
    return jsonAnswer(listAnswer(matching(query, tools), query))
  })

  app.get(ROUTE.catalogMcp, async (c) => {
    const query = readQuery(c, catalogMcpQuery)
    const address = await ownAddress(c, deps)
    const servers = (await service.catalogue.summaries()).map((connector) => catalogMcpOf(connector, address))
    return jsonAnswer(listAnswer(matching(query, servers), query))
  })

  // Skills of the public directories ("agent", "openclaw") are not hosted here; the managed ones are under /api/skills.
  app.get(ROUTE.catalogSkills, (c) => jsonAnswer(listAnswer([], readQuery(c, pageQuery))))

  app.get('/mcps/list', async (c) => {
    const { source } = readQuery(c, mcpListQuery)
    const address = await ownAddress(c, deps)
    const connectors = source === 'external' ? [] : await service.catalogue.summaries()
    return jsonAnswer({ data: connectors.map((connector) => mcpListingOf(connector, address)), meta: null })
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
    const caller = await findCaller(c, service)
    const { q: query, kinds, count, connectors, effect: effects } = readQuery(c, searchQuery)
    const [address, accounts] = await Promise.all([
      ownAddress(c, deps),
      caller ? service.accounts.listOfUser(caller) : undefined,
    ])
    const linked = new Set(accounts?.map(({ connector }) => connector))
    // What the model costs is for users of the service, not for anyone who reaches it.
    const search = { count, connectors, effects, preferred: linked, byWordsAlone: caller === undefined }
    const [tools, servers] = await Promise.all([
      kinds.has('tools') ? service.search.actions(query, search) : [],
      kinds.has('mcp') ? service.search.connectors(query, search) : [],
    ])
    return jsonAnswer({
      query,
      backend: null,
      tools: await foundToolsOf(tools, { service, accounts }),
      mcp: servers.map(({ connector, score }) => ({ ...catalogMcpOf(connector, address), score })),
      skills: [],
    })
  })
}

const listAnswer = <Item>(items: Item[], page: PageQuery) =>
  pageAnswer(items.slice(page.offset, page.offset + page.limit), items.length, page)
