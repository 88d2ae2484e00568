import { ConnectorsError } from '../../base/errors.js'
import type { CatalogueEntry } from '../../connectors/index.js'
import type { Action, Connector } from '../../kit/index.js'

/** The connectors a service offers: those of the package and those of a person's own. */
export interface Catalogue {
  names(): string[]
  has(name: string): boolean
  /** @throws CONNECTOR_NOT_FOUND */
  get(name: string): Promise<Connector>
  all(): Promise<Connector[]>
}

/** @param entries a later one of the same name is refused */
export function createCatalogue(entries: readonly CatalogueEntry[]): Catalogue {
  const byName = new Map<string, CatalogueEntry>()
  for (const entry of entries) {
    if (byName.has(entry.name)) throw new Error(`Two connectors are called "${entry.name}".`)
    byName.set(entry.name, entry)
  }
  const loaded = new Map<string, Promise<Connector>>()
  const load = (entry: CatalogueEntry): Promise<Connector> => {
    const before = loaded.get(entry.name)
    if (before) return before
    const loading = entry.load()
    loaded.set(entry.name, loading)
    return loading
  }
  const names = [...byName.keys()].sort()
  return {
    names: () => [...names],
    has: (name) => byName.has(name),
    async get(name) {
      const entry = byName.get(name)
      if (!entry) {
        throw new ConnectorsError(
          'CONNECTOR_NOT_FOUND',
          'There is no connector of that name; the list of connectors has those that exist.',
        )
      }
      return load(entry)
    },
    all: () => Promise.all([...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(load)),
  }
}

/** @throws ACTION_NOT_FOUND */
export function getAction(connector: Connector, name: string): Action {
  const action = connector.byName.get(name)
  if (action) return action
  throw new ConnectorsError(
    'ACTION_NOT_FOUND',
    `The connector ${connector.name} has no action of that name; describe the connector to see those that exist.`,
  )
}
