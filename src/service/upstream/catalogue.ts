import { didYouMean } from '../../base/close-names.js'
import { ConnectorsError } from '../../base/errors.js'
import { makeOnce } from '../../base/single-flight.js'
import type { CatalogueEntry } from '../../connectors/index.js'
import type { Action, Connector } from '../../kit/index.js'

/** The connectors a service offers: those of the package and a person's own. */
export class Catalogue {
  /** By name, sorted by name. */
  readonly #loaders = new Map<string, () => Promise<Connector>>()

  /** @throws Error for two entries of one name */
  constructor({ entries }: { entries: readonly CatalogueEntry[] }) {
    for (const { name, load } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (this.#loaders.has(name)) throw new Error(`Two connectors are called "${name}".`)
      this.#loaders.set(name, makeOnce(load))
    }
  }

  names(): string[] {
    return [...this.#loaders.keys()]
  }

  has(name: string): boolean {
    return this.#loaders.has(name)
  }

  /** @throws CONNECTOR_NOT_FOUND */
  async get(name: string): Promise<Connector> {
    const load = this.#loaders.get(name)
    if (!load) {
      throw new ConnectorsError(
        'CONNECTOR_NOT_FOUND',
        `No connector has that name${didYouMean(name, this.names())}; see the list of connectors.`,
      )
    }
    return load()
  }

  all(): Promise<Connector[]> {
    return Promise.all([...this.#loaders.values()].map((load) => load()))
  }
}

/** @throws ACTION_NOT_FOUND */
export function getAction(connector: Connector, name: string): Action {
  const action = connector.byName.get(name)
  if (action) return action
  throw new ConnectorsError(
    'ACTION_NOT_FOUND',
    `The connector ${connector.name} has no action of that name${didYouMean(name, [...connector.byName.keys()])}; describe the connector to see its actions.`,
  )
}
