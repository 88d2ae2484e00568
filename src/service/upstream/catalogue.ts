import { mostLikely } from '../../base/close-names.js'
import { ConnectorsError } from '../../base/errors.js'
import { makeOnce } from '../../base/single-flight.js'
import type { CatalogueEntry } from '../../connectors/index.js'
import {
  type Action,
  type ActionSchemas,
  type ActionSummary,
  type Connector,
  type ConnectorSummary,
  schemasOf,
  summaryOf,
} from '../../kit/index.js'
import type { ConnectorIndex } from './build-index.js'

/** A service that has no such index loads every connector that it describes. */
const NO_INDEX: ConnectorIndex = { summary: async () => undefined, schemas: async () => undefined }

/** One connector: what is shown of it, and itself. Each is made on first use. */
interface Offered {
  load(): Promise<Connector>
  summary(): Promise<ConnectorSummary>
}

/**
 * The connectors a service offers: those of the package and a person's own. What is shown of a connector comes from the
 * index, where that has it; a module is loaded to run an action or to link an account.
 */
export class Catalogue {
  /** By name, sorted by name. */
  readonly #offered = new Map<string, Offered>()
  readonly #index: ConnectorIndex

  /** @throws Error for two entries of one name */
  constructor({ entries, index = NO_INDEX }: { entries: readonly CatalogueEntry[]; index?: ConnectorIndex }) {
    this.#index = index
    for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = entry
      if (this.#offered.has(name)) throw new Error(`Two connectors are called "${name}".`)
      const load = makeOnce(entry.load)
      const summary = makeOnce(async () => (await index.summary(name)) ?? summaryOf(await load()))
      this.#offered.set(name, { load, summary })
    }
  }

  names(): string[] {
    return [...this.#offered.keys()]
  }

  has(name: string): boolean {
    return this.#offered.has(name)
  }

  /** @throws CONNECTOR_NOT_FOUND */
  requireKnown(name: string): void {
    this.#find(name)
  }

  /** Loads the connector. @throws CONNECTOR_NOT_FOUND */
  async get(name: string): Promise<Connector> {
    return this.#find(name).load()
  }

  /** What is shown of a connector; the same object each time. @throws CONNECTOR_NOT_FOUND */
  async summary(name: string): Promise<ConnectorSummary> {
    return this.#find(name).summary()
  }

  /** In the order of their names. */
  summaries(): Promise<ConnectorSummary[]> {
    return Promise.all(this.names().map((name) => this.summary(name)))
  }

  /** The schemas of a connector's actions. @throws CONNECTOR_NOT_FOUND */
  async schemas(name: string): Promise<ActionSchemas> {
    const { load } = this.#find(name)
    return (await this.#index.schemas(name)) ?? schemasOf(await load())
  }

  #find(name: string): Offered {
    const offered = this.#offered.get(name)
    if (offered) return offered
    throw new ConnectorsError(
      'CONNECTOR_NOT_FOUND',
      `No connector has that name${mostLikely(name, this.names())}; see the list of connectors.`,
    )
  }
}

/** The actions that are shown to agents: all but an administrator's. */
export const actionsOfUsers = ({ actions }: ConnectorSummary): readonly ActionSummary[] =>
  actions.filter(({ administrator }) => !administrator)

/** @throws ACTION_NOT_FOUND */
export function getAction(connector: Connector, name: string): Action {
  const action = connector.byName.get(name)
  if (action) return action
  const names = connector.actions.filter(({ administrator }) => !administrator).map((known) => known.name)
  throw new ConnectorsError(
    'ACTION_NOT_FOUND',
    `The connector ${connector.name} has no action of that name${mostLikely(name, names)}; describe the connector to see its actions.`,
  )
}
