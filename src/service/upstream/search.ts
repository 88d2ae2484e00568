import { makeOnce } from '../../base/single-flight.js'
import type { ActionSchemas, ActionSummary, ConnectorSummary } from '../../kit/index.js'
import { type ActionDocument, ActionIndex } from '../../search/index.js'
import { actionsOfUsers, type Catalogue } from './catalogue.js'

export interface ActionMatch {
  connector: ConnectorSummary
  action: ActionSummary
  score: number
}

/** Finds actions and connectors by a need in plain words. The index is built on the first search. */
export class Search {
  readonly #index: () => ReturnType<typeof build>

  constructor({ catalogue }: { catalogue: Catalogue }) {
    this.#index = makeOnce(() => build(catalogue))
  }

  /** The actions that match a need best, the best first. Empty when nothing matches: what merely is nearest is left out. */
  async actions(need: string, count: number): Promise<ActionMatch[]> {
    const { entries, index } = await this.#index()
    const matches = index.search(need, { count: entries.length }).filter(({ fits }) => fits)
    return matches.slice(0, count).flatMap(({ position, score }) => {
      const entry = entries[position]
      return entry ? [{ ...entry, score }] : []
    })
  }

  /** The connectors that match a need best, the best first. */
  async connectors(need: string, count: number): Promise<{ connector: ConnectorSummary; score: number }[]> {
    const best = new Map<ConnectorSummary, number>()
    for (const { connector, score } of await this.actions(need, 200))
      best.set(connector, Math.max(score, best.get(connector) ?? 0))
    return [...best].slice(0, count).map(([connector, score]) => ({ connector, score }))
  }
}

async function build(catalogue: Catalogue) {
  const connectors = await catalogue.summaries()
  const schemas = await Promise.all(connectors.map(({ name }) => catalogue.schemas(name)))
  const entries = connectors.flatMap((connector) => actionsOfUsers(connector).map((action) => ({ connector, action })))
  const byConnector = new Map(connectors.map(({ name }, position) => [name, schemas[position] ?? {}]))
  const documents = entries.map(({ connector, action }) =>
    documentOf(connector, action, byConnector.get(connector.name) ?? {}),
  )
  return { entries, index: new ActionIndex(documents) }
}

function documentOf(connector: ConnectorSummary, action: ActionSummary, schemas: ActionSchemas): ActionDocument {
  const properties = (schemas[action.name]?.properties ?? {}) as Record<string, { description?: string }>
  return {
    connector: connector.name,
    connectorTitle: connector.title,
    name: action.name,
    description: action.description,
    examples: action.examples,
    parameters: Object.entries(properties).map(([name, { description = '' }]) => ({ name, description })),
    effect: action.effect,
  }
}
