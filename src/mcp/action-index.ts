import { BoundedMap } from '../base/bounded-map.js'
import { mostLikely } from '../base/close-names.js'
import { ConnectorsError, type FieldError, invalidParameters } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import { readOnlyCall } from '../base/read-only-call.js'
import { type MadeOnce, makeOnce } from '../base/single-flight.js'
import { fileParameters } from '../client/requests/file-parameters.js'
import { ClientFile } from '../client/responses/files.js'
import type { ActionEntry } from '../wire/index.js'
import { generatedToolName } from '../wire/routes.js'
import type { McpClient } from './deps.js'
import { checkActionName, connectorNotFound, isActionName } from './names.js'

/** How a model passes a file to an action; replaces `format: binary` in the schemas that it sees. */
const FILE_FORM = {
  type: 'object',
  description: 'A file: its content as text or as base64',
  properties: {
    filename: { type: 'string' },
    content_type: { type: 'string' },
    text: { type: 'string' },
    base64: { type: 'string' },
  },
} as const

/** Facts about an action that are needed before it runs. */
export interface ActionFacts {
  /** As in the path, also if the caller wrote `_` for `-` or `/`. */
  name: string
  /** Its file parameters: an action with such parameters accepts forms only. */
  fileNames: readonly string[]
  /** What is kept of an answer when a model names no fields; empty for all of it. */
  defaultFields: readonly string[]
  /** True if it may take longer than one call: then the same call later has the result. */
  inBackground: boolean
  /** True if a call that may only read does no more: by its effect, or because the service holds such calls to it. */
  onlyReads: boolean
}

/** Far more than the number of connectors; a model can ask for names that do not exist. */
const CONNECTORS_KEPT = 200

const UNKNOWN = { fileNames: [], defaultFields: [], inBackground: false, onlyReads: false } as const

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
    defaultFields: entry.default_fields ?? [],
    inBackground: isInBackground(entry),
    onlyReads: onlyReads(entry),
  }))
}

/** Whether a call of it that may only read is sure to. A service that says nothing of it, as the hosted one, may do more. */
export const onlyReads = ({ effect, read_only }: Pick<ActionEntry, 'effect' | 'read_only'>): boolean =>
  effect === 'read' || read_only !== undefined

/** Whether it takes `waiting`, the parameter of actions that work in the background. */
function isInBackground({ request_body }: ActionEntry): boolean {
  const properties = isPlainObject(request_body) ? request_body.properties : undefined
  return isPlainObject(properties) && Object.hasOwn(properties, 'waiting')
}

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

/** The full JSON Schema of an action's parameters, as a model sees it. */
export function shownSchema(entry: Pick<ActionEntry, 'request_body'>): Record<string, unknown> {
  const schema = replaceBinary(entry.request_body ?? { type: 'object' }) as Record<string, unknown>
  const { title: _, ...rest } = schema
  return rest
}

function replaceBinary(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(replaceBinary)
  if (!isPlainObject(schema)) return schema
  if (schema.type === 'string' && schema.format === 'binary') {
    const { description } = schema
    return typeof description === 'string'
      ? { ...FILE_FORM, description: `${description} (${FILE_FORM.description})` }
      : FILE_FORM
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, replaceBinary(value)]))
}

/**
 * Replaces the objects that a model wrote for files by files.
 * @param names the action's file parameters
 * @throws INVALID_PARAMETERS for a file parameter that is not a valid file object
 */
export function withFiles(params: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const given = names.filter((name) => Object.hasOwn(params, name) && params[name] !== null)
  if (given.length === 0) return params
  const errors: FieldError[] = []
  const files = given.map((name) => {
    const value = params[name]
    const list = (Array.isArray(value) ? value : [value]).map(toFile)
    if (list.includes(undefined))
      errors.push({ field: `params.${name}`, message: 'is not a file object {filename, content_type, text or base64}' })
    return [name, Array.isArray(value) ? list : list[0]] as const
  })
  if (errors.length > 0) throw invalidParameters('A file parameter is not a valid file object.', errors)
  return { ...params, ...Object.fromEntries(files) }
}

function toFile(value: unknown): ClientFile | undefined {
  if (!isPlainObject(value)) return undefined
  const { text, base64, filename, content_type } = value
  const isText = typeof text === 'string'
  const bytes = isText ? Buffer.from(text) : decode(base64)
  // Without a type a third party takes it for bytes of no known kind, and neither shows nor searches it.
  const type = textOrNull(content_type) ?? (isText ? 'text/plain' : null)
  return bytes && new ClientFile(bytes, textOrNull(filename), type)
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Node's decoder skips characters that are not base64, so the text is checked first. */
function decode(base64: unknown): Uint8Array | undefined {
  return typeof base64 === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)
    ? Buffer.from(base64, 'base64')
    : undefined
}
