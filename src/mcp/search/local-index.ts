import { type Clock, systemClock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { type MadeOnce, makeOnce } from '../../base/single-flight.js'
import type { ActionDocument, ActionIndex } from '../../search/index.js'
import { type ActionEntry, type CatalogMcp, generatedToolName } from '../../wire/index.js'
import type { McpClient } from '../deps.js'
import { connectorNotFound } from '../names.js'
import type { FoundAction } from './found-action.js'

/** What is asked of a search. */
export interface ActionSearch {
  query: string
  /** All by default. */
  connectors?: readonly string[] | undefined
  effect?: 'read' | 'create' | 'update' | 'delete' | undefined
  limit: number
}

/** The actions of a service change with its release only. Milliseconds. */
const LIFETIME = 15 * 60_000
/** Items of a page of the catalogue. */
const PAGE = 200

interface Entry {
  connector: string
  name: string
  entry: ActionEntry
}

interface Built {
  entries: readonly Entry[]
  index: ActionIndex
  names: ReadonlySet<string>
  madeAt: number
}

/** Searches the actions of a service that has no such search as ours. The index is built on the first search and kept. */
export class LocalIndex {
  readonly #client: () => Promise<McpClient>
  readonly #clock: Clock
  readonly #made: MadeOnce<Built>

  /** @param client the client of the service; not called before the first search */
  constructor(client: () => Promise<McpClient>, clock: Clock = systemClock) {
    this.#client = client
    this.#clock = clock
    this.#made = makeOnce(async () => build(await client(), clock()))
  }

  /**
   * @param linked names of connectors with a linked account; undefined where no user is logged in
   * @throws CONNECTOR_NOT_FOUND
   */
  async find(
    { query, connectors, effect, limit }: ActionSearch,
    linked: ReadonlySet<string> | undefined,
  ): Promise<FoundAction[]> {
    const { entries, index, names } = await this.#built()
    for (const name of connectors ?? []) if (!names.has(name)) throw await connectorNotFound(await this.#client(), name)
    const wanted = connectors && new Set(connectors)
    const only = (position: number): boolean => {
      const { connector, entry } = entries[position] as Entry
      // What an action does to data such a service may not say.
      return wanted?.has(connector) !== false && (effect === undefined || (entry.effect ?? effect) === effect)
    }
    const matches = index.search(query, { count: entries.length, preferred: linked, only })
    const fitting = matches.filter(({ fits }) => fits)
    return (fitting.length > 0 ? fitting : matches)
      .slice(0, limit)
      .map(({ position, fits, score }) => foundOf(entries[position] as Entry, fits, score))
  }

  async #built(): Promise<Built> {
    const built = await this.#made()
    if (this.#clock() - built.madeAt < LIFETIME) return built
    this.#made.forget()
    return this.#made()
  }
}

const foundOf = ({ connector, name, entry }: Entry, fits: boolean, score: number): FoundAction => {
  const { docstring, effect, read_only, examples, default_fields } = entry
  return {
    name: generatedToolName(connector, name),
    description: docstring,
    categories: [],
    ...{ connector, action: name, fits, score, effect, read_only, examples, default_fields },
    request_body: schemaOf(entry),
  }
}

async function build(connectorsClient: McpClient, now: number): Promise<Built> {
  const [schemas, catalogue, { ActionIndex }] = await Promise.all([
    connectorsClient.connectorSchemas(),
    catalogueOf(connectorsClient),
    // A service that searches by itself needs no engine here.
    import('../../search/index.js'),
  ])
  const entries = Object.entries(schemas).flatMap(([connector, actions]) =>
    Object.entries(actions)
      .filter(([, { method, administrator }]) => method === 'POST' && administrator !== true)
      .map(([name, entry]) => ({ connector, name, entry })),
  )
  const documents = entries.map((entry) => documentOf(entry, catalogue.get(entry.connector)))
  return { entries, index: new ActionIndex(documents), names: new Set(Object.keys(schemas)), madeAt: now }
}

/** What the catalogue says of connectors, which is a help and not a need: a service without one has none. */
async function catalogueOf(connectorsClient: McpClient): Promise<ReadonlyMap<string, CatalogMcp>> {
  try {
    const { items } = await connectorsClient.catalogMcp({ limit: PAGE })
    return new Map(items.map((item) => [item.name, item]))
  } catch (error) {
    if (error instanceof ConnectorsError) return new Map()
    throw error
  }
}

function documentOf({ connector, name, entry }: Entry, listed: CatalogMcp | undefined): ActionDocument {
  const { properties } = schemaOf(entry)
  return {
    connector,
    connectorTitle: listed?.description ?? '',
    name,
    description: entry.docstring,
    examples: entry.examples ?? [],
    parameters: Object.entries(isPlainObject(properties) ? properties : {}).map(([parameter, schema]) => ({
      name: parameter,
      description: isPlainObject(schema) && typeof schema.description === 'string' ? schema.description : '',
    })),
    ...(entry.effect === undefined ? {} : { effect: entry.effect }),
  }
}

/** The full schema; where there is none, the form that every SDK reads, in which only what may be null is optional. */
function schemaOf({ request_body, parameters: { request } }: ActionEntry): Record<string, unknown> {
  if (request_body) return request_body
  const schema = isPlainObject(request) && isPlainObject(request.schema) ? request.schema : {}
  const properties = isPlainObject(schema.properties) ? schema.properties : {}
  return { ...schema, required: Object.keys(properties).filter((name) => !mayBeNull(properties[name])) }
}

const mayBeNull = (schema: unknown): boolean =>
  isPlainObject(schema) &&
  Array.isArray(schema.anyOf) &&
  schema.anyOf.some((branch) => isPlainObject(branch) && branch.type === 'null')
