import { ConnectorsError } from '../../base/errors.js'
import { makeOnce } from '../../base/single-flight.js'
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
  const loaders = new Map<string, () => Promise<Connector>>()
  for (const { name, load } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (loaders.has(name)) throw new Error(`Two connectors are called "${name}".`)
    loaders.set(name, makeOnce(load))
  }
  return {
    names: () => [...loaders.keys()],
    has: (name) => loaders.has(name),
    async get(name) {
      const load = loaders.get(name)
      if (!load) {
        throw new ConnectorsError(
          'CONNECTOR_NOT_FOUND',
          'There is no connector of that name; the list of connectors has those that exist.',
        )
      }
      return load()
    },
    all: () => Promise.all([...loaders.values()].map((load) => load())),
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
