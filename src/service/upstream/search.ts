import { type Clock, systemClock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { type MadeOnce, makeOnce } from '../../base/single-flight.js'
import type { ActionSchemas, ActionSummary, ConnectorSummary } from '../../kit/index.js'
import { type ActionDocument, ActionIndex, type ActionMatch as IndexMatch } from '../../search/index.js'
import { actionsOfUsers, type Catalogue } from './catalogue.js'
import { type Embed, Embeddings } from './embeddings.js'

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
  /** True where no model is to be asked, even if there is one. */
  byWordsAlone?: boolean
}

export interface SearchDeps {
  catalogue: Catalogue
  /** Ranks what the words find by a model elsewhere; by default the words decide. */
  embed?: Embed | undefined
  clock?: Clock
  log?: Pick<Logger, 'warn'> | undefined
}

/** How many of those that the words find are ranked by a model. */
const RANKED = 50

/** Finds actions and connectors by a need in plain words. The index is built on the first search. */
export class Search {
  readonly #catalogue: Catalogue
  readonly #index: MadeOnce<Awaited<ReturnType<typeof build>>>

  constructor(deps: SearchDeps) {
    this.#catalogue = deps.catalogue
    this.#index = makeOnce(() => build(deps))
  }

  /**
   * The actions that match a need best, the best first. Where none does, those that come nearest: it is empty only if no action
   * is of such a connector and effect.
   * @throws CONNECTOR_NOT_FOUND for the name of a connector that does not exist
   */
  async actions(need: string, search: ActionSearch): Promise<ActionMatch[]> {
    const matches = await this.#byWords(need, search)
    const { entries, embeddings } = await this.#index()
    const first = matches.slice(0, RANKED)
    const positions = first.map(({ position }) => position)
    const asksModel = matches.length > 1 && search.byWordsAlone !== true
    const likeness = asksModel ? await embeddings?.likeness(need, positions) : undefined
    const ranked = likeness ? [...fused(first, likeness), ...matches.slice(RANKED)] : matches
    return ranked.slice(0, search.count).flatMap(({ position, score, fits }) => {
      const entry = entries[position]
      return entry ? [{ ...entry, score, fits }] : []
    })
  }

  /** Ends what it does in the background. */
  async close(): Promise<void> {
    const built = await this.#index.existing()?.catch(() => undefined)
    built?.embeddings?.close()
  }

  /** All that match, or else come nearest. */
  async #byWords(need: string, { connectors, effects, preferred }: ActionSearch): Promise<IndexMatch[]> {
    for (const name of connectors ?? []) this.#catalogue.requireKnown(name)
    const { entries, index } = await this.#index()
    const only = (position: number): boolean => {
      const entry = entries[position]
      if (entry === undefined) return false
      return connectors?.has(entry.connector.name) !== false && effects?.has(entry.action.effect) !== false
    }
    const matches = index.search(need, { count: entries.length, preferred, only })
    const fitting = matches.filter(({ fits }) => fits)
    return fitting.length > 0 ? fitting : matches
  }

  /** The connectors that match a need best, the best first. Empty when nothing matches: what merely is nearest is left out. */
  async connectors(need: string, search: ActionSearch): Promise<{ connector: ConnectorSummary; score: number }[]> {
    const best = new Map<ConnectorSummary, number>()
    const { entries } = await this.#index()
    for (const { position, score, fits } of await this.#byWords(need, search)) {
      const connector = entries[position]?.connector
      if (fits && connector) best.set(connector, Math.max(score, best.get(connector) ?? 0))
    }
    return [...best].slice(0, search.count).map(([connector, score]) => ({ connector, score }))
  }
}

/**
 * Both orders in one: each counts for what is first in it.
 * @see Cormack, Clarke and Büttcher, Reciprocal Rank Fusion outperforms Condorcet (2009)
 */
function fused(matches: readonly IndexMatch[], likeness: readonly number[]): IndexMatch[] {
  const order = matches.map((_, place) => place).sort((a, b) => (likeness[b] ?? 0) - (likeness[a] ?? 0))
  const scores = matches.map((_, place) => 1 / (60 + place + 1))
  order.forEach((place, rank) => {
    scores[place] = (scores[place] ?? 0) + 1 / (60 + rank + 1)
  })
  return matches.map((match, place) => ({ ...match, score: scores[place] ?? 0 })).sort((a, b) => b.score - a.score)
}

async function build({ catalogue, embed, clock = systemClock, log }: SearchDeps) {
  const connectors = await catalogue.summaries()
  const schemas = await Promise.all(connectors.map(({ name }) => catalogue.schemas(name)))
  const entries = connectors.flatMap((connector) => actionsOfUsers(connector).map((action) => ({ connector, action })))
  const byConnector = new Map(connectors.map(({ name }, position) => [name, schemas[position] ?? {}]))
  const documents = entries.map(({ connector, action }) =>
    documentOf(connector, action, byConnector.get(connector.name) ?? {}),
  )
  const embeddings = embed && new Embeddings({ embed, texts: documents.map(textOf), clock, log })
  return { entries, index: new ActionIndex(documents), embeddings }
}

/** An action as a model reads it. */
const textOf = ({ connectorTitle, name, description, examples }: ActionDocument): string =>
  [`${connectorTitle}: ${name.replaceAll(/[_/-]+/g, ' ')}`, description, ...examples].join('. ')

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
