import { type ActionSchemas, type ActionSummary, type ConnectorSummary, readOnlyBy } from '../../kit/index.js'
import { type ActionEntry, actionPath } from '../../wire/index.js'
import { formsOf } from '../../wire/schema-forms.js'
import { withShaping } from '../../wire/schemas/shaping-parameters.js'

/** A connector in `GET /connectors/`: its actions by name. @param schemas those of its actions */
export const actionEntries = (
  { name: connector, actions }: ConnectorSummary,
  schemas: ActionSchemas,
): Record<string, ActionEntry> =>
  Object.fromEntries(
    actions.map((action) => [action.name, actionEntryOf(connector, action, schemas[action.name] ?? {})]),
  )

/** One action as `GET /connectors/` shows it. @param schema that of its parameters */
export function actionEntryOf(connector: string, action: ActionSummary, schema: Record<string, unknown>): ActionEntry {
  const { full, conservative } = formsOf(action.shaping ? withShaping(schema) : schema)
  const by = readOnlyBy(action)
  const takesSomething = Object.keys(conservative.properties).length > 0
  return {
    method: 'POST',
    path: actionPath(connector, action.name),
    docstring: action.description,
    parameters: takesSomething ? { request: { schema: conservative } } : {},
    ...(takesSomething ? { request_body: full } : {}),
    effect: action.effect,
    ...(by === undefined ? {} : { read_only: by }),
    ...(action.administrator ? { administrator: true as const } : {}),
    ...(action.examples.length > 0 ? { examples: [...action.examples] } : {}),
    ...(action.defaultFields.length > 0 ? { default_fields: [...action.defaultFields] } : {}),
  }
}
