import { BoundedMap } from '../../base/bounded-map.js'
import { mostLikely } from '../../base/close-names.js'
import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { readOnlyCall } from '../../base/read-only-call.js'
import { type MadeOnce, makeOnce } from '../../base/single-flight.js'
import { fileParameters } from '../../client/requests/file-parameters.js'
import type { ActionEntry } from '../../wire/index.js'
import { generatedToolName } from '../../wire/routes.js'
import { alternatives } from '../../wire/schema-forms.js'
import type { McpClient } from '../deps.js'
import { checkActionName, connectorNotFound, isActionName } from '../names.js'
import { type PageParameters, pageParameters } from './paging.js'

/** Facts about an action that are needed before it runs. */
export interface ActionFacts {
  /** As in the path, also if the caller wrote `_` for `-` or `/`. */
  name: string
  /** Its file parameters: an action with such parameters accepts forms only. */
  fileNames: readonly string[]
  /** Its parameters that are texts. */
  textNames: readonly string[]
  /** Its parameters for a part of a list. */
  pages: PageParameters
  /** Which of these it takes itself; the others are applied here. */
  shaping: { response_fields: boolean; response_filters: boolean }
  /** What is kept of an answer when a model names no fields; empty for all of it. */
  defaultFields: readonly string[]
  /** True if it may take longer than one call: then the same call later has the result. */
  inBackground: boolean
  /** True if a call that may only read does no more: by its effect, or because the service holds such calls to it. */
  onlyReads: boolean
}

/** Far more than the number of connectors; a model can ask for names that do not exist. */
const CONNECTORS_KEPT = 200

const UNKNOWN = {
  fileNames: [],
  textNames: [],
  pages: {},
  shaping: { response_fields: true, response_filters: true },
  defaultFields: [],
  inBackground: false,
  onlyReads: false,
} as const

/** Remembers the facts of all actions of the connectors in use. They are public and the same for everyone. */
export class ActionFactsCache {
  readonly #lists = new BoundedMap<string, MadeOnce<ActionFacts[]>>(CONNECTORS_KEPT)

  /**
   * Asks the service once for each connector. An action that is not listed is assumed to exist and to accept no files.
   * @throws ACTION_NOT_FOUND for a name that no action can have
   */
  async find(connectorsClient: McpClient, connector: string, action: string): Promise<ActionFacts> {
    const list = await this.#list(connectorsClient, connector)
    checkActionName(connector, action, namesOf(list))
    return findNamed(connector, list, action) ?? { ...UNKNOWN, name: action }
  }

  /**
   * The same for a call that may only read. A service can ignore that it was asked for such a call, so it counts what the
   * service says beforehand.
   * @throws CONNECTOR_NOT_FOUND, ACTION_NOT_FOUND for an action that is not listed, FORBIDDEN for one that may do more
   */
  async findReading(connectorsClient: McpClient, connector: string, action: string): Promise<ActionFacts> {
    const list = await this.#list(connectorsClient, connector)
    if (list.length === 0) throw await connectorNotFound(connectorsClient, connector)
    checkActionName(connector, action, namesOf(list))
    const facts = findNamed(connector, list, action)
    if (facts?.onlyReads) return facts
    if (facts) throw readOnlyCall(`the service does not say that ${facts.name} only reads`)
    throw new ConnectorsError(
      'ACTION_NOT_FOUND',
      `The connector ${connector} lists no action of that name${mostLikely(action, namesOf(list))}.`,
    )
  }

  #list(connectorsClient: McpClient, connector: string): Promise<ActionFacts[]> {
    const list = this.#lists.get(connector) ?? makeOnce(() => listActionFacts(connectorsClient, connector))
    this.#lists.set(connector, list)
    return list()
  }
}

/** They come from the service, but only what has the form of a name may stand in our own sentence. */
const namesOf = (list: readonly ActionFacts[]): string[] => list.map(({ name }) => name).filter(isActionName)

async function listActionFacts(connectorsClient: McpClient, connector: string): Promise<ActionFacts[]> {
  const schemas = await connectorsClient.connectorSchemas([connector])
  const actions = Object.hasOwn(schemas, connector) ? Object.entries(schemas[connector] ?? {}) : []
  return actions.map(([name, entry]) => ({
    name,
    fileNames: fileParameters(entry),
    textNames: textParameters(entry),
    pages: pageParameters(parametersOf(entry)),
    shaping: {
      response_fields: Object.hasOwn(parametersOf(entry), 'response_fields'),
      response_filters: Object.hasOwn(parametersOf(entry), 'response_filters'),
    },
    defaultFields: entry.default_fields ?? [],
    inBackground: isInBackground(entry),
    onlyReads: onlyReads(entry),
  }))
}

/** Whether a call of it that may only read is sure to. A service that says nothing of it, as the hosted one, may do more. */
export const onlyReads = ({ effect, read_only }: Pick<ActionEntry, 'effect' | 'read_only'>): boolean =>
  effect === 'read' || read_only !== undefined

/** A text, or a text and null; not one of some words. */
function textParameters(entry: ActionEntry): string[] {
  return Object.entries(parametersOf(entry)).flatMap(([name, schema]) => {
    const kinds = isPlainObject(schema) ? alternatives(schema).filter(({ type }) => type !== 'null') : []
    const areTexts =
      kinds.length > 0 && kinds.every(({ type, format, enum: of }) => type === 'string' && format !== 'binary' && !of)
    return areTexts ? [name] : []
  })
}

/** The properties of the full schema. */
function parametersOf({ request_body }: ActionEntry): Record<string, unknown> {
  const properties = isPlainObject(request_body) ? request_body.properties : undefined
  return isPlainObject(properties) ? properties : {}
}

/** Whether it takes `waiting`, the parameter of actions that work in the background. */
const isInBackground = (entry: ActionEntry): boolean => Object.hasOwn(parametersOf(entry), 'waiting')

/** The action of that name, or the one whose tool has that name, in which `-` and `/` are written `_`. */
export function findNamed<Action extends { name: string }>(
  connector: string,
  actions: readonly Action[],
  name: string,
): Action | undefined {
  const tool = toolNameOf(connector, name)
  return (
    actions.find((action) => action.name === name) ??
    actions.find((action) => toolNameOf(connector, action.name) === tool)
  )
}

/** Published tool names keep the slash, which agent programs do not take in a name. */
const toolNameOf = (connector: string, action: string): string =>
  generatedToolName(connector, action).replaceAll('/', '_')
