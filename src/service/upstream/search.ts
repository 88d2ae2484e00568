import { makeOnce } from '../../base/single-flight.js'
import type { ActionSchemas, ActionSummary, ConnectorSummary } from '../../kit/index.js'
import { type ActionDocument, ActionIndex } from '../../search/index.js'
import { actionsOfUsers, type Catalogue } from './catalogue.js'

export interface ActionMatch {
  connector: ConnectorSummary
  action: ActionSummary
  score: number
  /** False where it is merely the nearest to a need that nothing serves. */
  fits: boolean
}

export interface ActionSearch {
  /** How many matches are returned at most. */
  count: number
  /** Names of the connectors whose actions are searched; all by default. */
  connectors?: ReadonlySet<string> | undefined
  /** The effects of the actions that are searched (read, create, update, delete); all by default. */
  effects?: ReadonlySet<string> | undefined
  /** Names of connectors whose actions come before equals of others: those with a linked account. */
  preferred?: ReadonlySet<string> | undefined
}

/** Finds actions and connectors by a need in plain words. The index is built on the first search. */
export class Search {
  readonly #catalogue: Catalogue
  readonly #index: () => ReturnType<typeof build>

  constructor({ catalogue }: { catalogue: Catalogue }) {
    this.#catalogue = catalogue
    this.#index = makeOnce(() => build(catalogue))
  }

  /**
   * The actions that match a need best, the best first. Where none does, those that come nearest: it is empty only if no action
   * is of such a connector and effect.
   * @throws CONNECTOR_NOT_FOUND for the name of a connector that does not exist
   */
  async actions(need: string, { count, connectors, effects, preferred }: ActionSearch): Promise<ActionMatch[]> {
    for (const name of connectors ?? []) this.#catalogue.requireKnown(name)
    const { entries, index } = await this.#index()
    const only = (position: number): boolean => {
      const entry = entries[position]
      if (entry === undefined) return false
      return connectors?.has(entry.connector.name) !== false && effects?.has(entry.action.effect) !== false
    }
    const matches = index.search(need, { count: entries.length, preferred, only })
    const fitting = matches.filter(({ fits }) => fits)
    return (fitting.length > 0 ? fitting : matches).slice(0, count).flatMap(({ position, score, fits }) => {
      const entry = entries[position]
      return entry ? [{ ...entry, score, fits }] : []
    })
  }

  /** The connectors that match a need best, the best first. Empty when nothing matches: what merely is nearest is left out. */
  async connectors(need: string, search: ActionSearch): Promise<{ connector: ConnectorSummary; score: number }[]> {
    const best = new Map<ConnectorSummary, number>()
    for (const { connector, score, fits } of await this.actions(need, { ...search, count: 200 }))
      if (fits) best.set(connector, Math.max(score, best.get(connector) ?? 0))
    return [...best].slice(0, search.count).map(([connector, score]) => ({ connector, score }))
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
