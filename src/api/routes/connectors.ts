import type { Hono } from 'hono'
import { readOnlyBy } from '../../kit/index.js'
import type { Connector } from '../../service/index.js'
import { type ActionEntry, actionPath, ROUTE } from '../../wire/index.js'
import { connectorsQuery } from '../../wire/requests/index.js'
import { readQuery } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'

/** Names and schemas of the connectors. Public: credentials are ignored. */
export function connectorRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  app.get(ROUTE.connectorNames, (c) => c.json(service.catalogue.names()))

  app.on('GET', ['/connectors', '/connectors/'], async (c) => {
    const { modules: wanted = service.catalogue.names() } = readQuery(c, connectorsQuery)
    const connectors = await Promise.all(
      [...new Set(wanted)].filter((name) => service.catalogue.has(name)).map((name) => service.catalogue.get(name)),
    )
    return c.json(Object.fromEntries(connectors.map((connector) => [connector.name, entries(connector)])))
  })
}

/** The definitions never change while the process runs, so each connector is described once. */
const described = new WeakMap<Connector, Record<string, ActionEntry>>()

function entries(connector: Connector): Record<string, ActionEntry> {
  const known = described.get(connector)
  if (known) return known
  const made = Object.fromEntries(
    connector.actions.map((action) => {
      const { conservative, full } = action.forms()
      const by = readOnlyBy(action)
      const takesSomething = Object.keys(conservative.properties).length > 0
      const entry: ActionEntry = {
        method: 'POST',
        path: actionPath(connector.name, action.name),
        docstring: action.description,
        parameters: takesSomething ? { request: { schema: conservative } } : {},
        ...(takesSomething ? { request_body: full } : {}),
        effect: action.effect,
        ...(by === undefined ? {} : { read_only: by }),
      }
      return [action.name, entry]
    }),
  )
  described.set(connector, made)
  return made
}
