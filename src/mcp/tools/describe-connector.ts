import * as z from 'zod'
import { closeNames } from '../../base/close-names.js'
import { ConnectorsError } from '../../base/errors.js'
import type { ActionEntry } from '../../wire/index.js'
import { findNamed, onlyReads } from '../actions/action-facts.js'
import { shownSchema } from '../actions/shown-schema.js'
import type { McpClient } from '../deps.js'
import { connectorName, connectorNotFound, isActionName } from '../names.js'
import { fitToBudget } from '../results/size-budget.js'
import { defineTool, READS } from '../tool.js'

/** Up to this many actions are described with their parameters unasked. */
const FEW_ACTIONS = 12

/** The conditions of the contract in a fifth of the tokens of their JSON Schema. */
const FILTERS =
  'Conditions, all of which an item must meet: {type, field_name, root?} with dotted paths; root: the list to filter, within the answer. By type also string: value, ignore_case?; string_list: values, ignore_case?; number: value; number_list: values; number_range: from_value?, to_value?; date_range: from_date?, to_date? as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ.'

const output = z.object({
  connector: z.string(),
  actions: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      effect: z.string().optional(),
      read_only: z.boolean().optional(),
      example: z.string().optional(),
      default_fields: z.string().optional(),
      parameters: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  response_filters: z.unknown().optional(),
})

interface NamedAction {
  name: string
  entry: ActionEntry
}

/** Shows what a connector can do. @see the section "Connectors and schemas" of the HTTP contract */
export const describeConnector = defineTool({
  name: 'describe_connector',
  title: 'Describe connector',
  description:
    'Show what the actions of a connector do and take. A large connector is listed without parameters: then name the actions wanted.',
  annotations: READS,
  input: z.strictObject({
    connector: connectorName,
    actions: z.array(z.string()).min(1).optional().describe('Names of actions'),
  }),
  output,
  async run({ connector, actions: wanted }, call) {
    const all = await actionsOf(await call.client(), connector)
    const chosen = wanted ? choose(connector, all, wanted) : all.filter(({ entry }) => entry.administrator !== true)
    const detailed = wanted !== undefined || all.length <= FEW_ACTIONS
    const actions = chosen.map(({ name, entry }) => ({
      name,
      description: entry.docstring,
      ...(entry.effect ? { effect: entry.effect } : {}),
      ...(onlyReads(entry) ? { read_only: true } : {}),
      ...(detailed ? detailsOf(entry) : {}),
    }))
    const { value, cut } = fitToBudget({ connector, actions, ...(detailed ? { response_filters: FILTERS } : {}) })
    return {
      shown: value as z.input<typeof output>,
      lines: 'actions',
      notes: [
        detailed
          ? `Next: ${toolsFor(chosen)}.`
          : 'The parameters are left out: call describe_connector again and name in actions those you want.',
        ...(cut ? ['The answer is cut: name fewer actions at once.'] : []),
      ],
    }
  },
})

/** @throws CONNECTOR_NOT_FOUND with the names that come close */
async function actionsOf(connectorsClient: McpClient, connector: string): Promise<NamedAction[]> {
  const schemas = await connectorsClient.connectorSchemas([connector])
  if (Object.hasOwn(schemas, connector))
    return Object.entries(schemas[connector] ?? {})
      .map(([name, entry]) => ({ name, entry }))
      .filter(({ entry }) => entry.method === 'POST')
  throw await connectorNotFound(connectorsClient, connector)
}

/** The most wrong names that an error is about. */
const MOST_UNKNOWN = 20

/** @throws ACTION_NOT_FOUND with the names that come close */
function choose(connector: string, all: readonly NamedAction[], wanted: readonly string[]): NamedAction[] {
  const names = all.map(({ name }) => name).filter(isActionName)
  const found = wanted.map((name) => findNamed(connector, all, name))
  const unknown = wanted.filter((_, index) => found[index] === undefined).slice(0, MOST_UNKNOWN)
  if (unknown.length > 0) {
    const close = [...new Set(unknown.flatMap((name) => closeNames(name, names, 3)))]
    throw new ConnectorsError(
      'ACTION_NOT_FOUND',
      `The connector ${connector} has no action of ${unknown.length === 1 ? 'that name' : 'those names'}.${closeTo(close)}`,
      { details: { unknown_actions: unknown.map((name) => name.slice(0, 128)) } },
    )
  }
  return [...new Set(found.filter((action) => action !== undefined))]
}

const closeTo = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` Names close to it: ${names.join(', ')}.`

/** The tools that run these actions. */
function toolsFor(actions: readonly NamedAction[]): string {
  const read = actions.some(({ entry }) => onlyReads(entry))
  const change = actions.some(({ entry }) => entry.effect !== 'read')
  if (read && change) return 'read_connector to read, where read_only is true; else execute_connector'
  return read ? 'read_connector' : 'execute_connector'
}

/** The two that every action takes are arguments of the tools themselves. */
function withoutShaping(schema: Record<string, unknown>): Record<string, unknown> {
  const {
    response_fields: _,
    response_filters: __,
    ...properties
  } = (schema.properties ?? {}) as Record<string, unknown>
  return { ...schema, properties }
}

/** What is shown of an action that is to be called: a need that it serves, what of its answer is shown, what it takes. */
function detailsOf(entry: ActionEntry) {
  const [example] = entry.examples ?? []
  return {
    ...(example ? { example } : {}),
    ...(entry.default_fields?.length ? { default_fields: entry.default_fields.join(' ') } : {}),
    parameters: withoutShaping(shownSchema(entry)),
  }
}
