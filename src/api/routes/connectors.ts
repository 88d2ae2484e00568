import type { Hono } from 'hono'
import type { ConnectorSummary, Service } from '../../service/index.js'
import { ROUTE } from '../../wire/index.js'
import { connectorsQuery } from '../../wire/requests/index.js'
import { actionEntries } from '../answers/action-entries.js'
import { jsonAnswer, jsonTextAnswer } from '../answers/json.js'
import { readQuery } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'

/** Names and schemas of the connectors. Public: credentials are ignored. */
export function connectorRoutes(app: Hono<ApiEnv>, { service: { catalogue } }: ApiDeps): void {
  app.get(ROUTE.connectorNames, () => jsonAnswer(catalogue.names()))

  app.on('GET', ['/connectors', '/connectors/'], async (c) => {
    const { modules: wanted = catalogue.names() } = readQuery(c, connectorsQuery)
    const names = [...new Set(wanted)].filter((name) => catalogue.has(name))
    const members = await Promise.all(names.map((name) => memberText(catalogue, name)))
    return jsonTextAnswer(`{${members.join(',')}}`)
  })
}

/** The definitions never change while the process runs, so each connector is written out once. */
const written = new WeakMap<ConnectorSummary, string>()

/** A connector as a member of the answer, in JSON. */
async function memberText(catalogue: Service['catalogue'], name: string): Promise<string> {
  const summary = await catalogue.summary(name)
  const known = written.get(summary)
  if (known !== undefined) return known
  const entries = actionEntries(summary, await catalogue.schemas(name))
  const text = `${JSON.stringify(name)}:${JSON.stringify(entries)}`
  written.set(summary, text)
  return text
}
