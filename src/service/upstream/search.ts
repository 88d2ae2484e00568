import MiniSearch from 'minisearch'
import { makeOnce } from '../../base/single-flight.js'
import type { ActionSummary, ConnectorSummary } from '../../kit/index.js'
import { actionsOfUsers, type Catalogue } from './catalogue.js'

export interface ActionMatch {
  connector: ConnectorSummary
  action: ActionSummary
  score: number
}

/** Splits snake case and camel case into words. */
const words = (text: string): string[] =>
  text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)

/** Finds actions by words (BM25) over names, descriptions and example needs. The index is built on the first search. */
export class Search {
  readonly #index: () => ReturnType<typeof build>

  constructor({ catalogue }: { catalogue: Catalogue }) {
    this.#index = makeOnce(() => build(catalogue))
  }

  /** The actions that match a need best, the best first. Empty when nothing matches. */
  async actions(need: string, count: number): Promise<ActionMatch[]> {
    const { entries, search } = await this.#index()
    return search
      .search(need)
      .slice(0, count)
      .flatMap(({ id, score }) => {
        const entry = entries[id as number]
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
  const entries = connectors.flatMap((connector) => actionsOfUsers(connector).map((action) => ({ connector, action })))
  const search = new MiniSearch({
    fields: ['name', 'connector', 'description', 'examples'],
    tokenize: words,
    searchOptions: { boost: { name: 3, connector: 2, examples: 2 }, prefix: true, fuzzy: 0.2, combineWith: 'OR' },
  })
  search.addAll(
    entries.map(({ connector, action }, id) => ({
      id,
      name: action.name,
      connector: `${connector.name} ${connector.title}`,
      description: action.description,
      examples: action.examples.join(' '),
    })),
  )
  return { entries, search }
}
