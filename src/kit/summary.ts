import { withoutShaping } from '../wire/schemas/shaping-parameters.js'
import type { Action } from './action.js'
import type { Connector } from './connector.js'

/** What is shown of an action before it runs. Plain data: the build writes it down, so that no module is loaded for it. */
export type ActionSummary = Pick<
  Action,
  | 'name'
  | 'description'
  | 'examples'
  | 'effect'
  | 'readOnlyCapable'
  | 'administrator'
  | 'scopes'
  | 'shaping'
  | 'defaultFields'
>

/** What is shown of a connector before it is used. Plain data, as that of its actions. */
export interface ConnectorSummary extends Pick<Connector, 'name' | 'title' | 'description' | 'categories'> {
  /** How accounts are linked; both are equal. Empty: no account is needed. */
  auth: readonly ('oauth2' | 'custom')[]
  actions: readonly ActionSummary[]
}

/** The full JSON Schemas of what actions take, without `response_filters` and `response_fields`, by the action's name. */
export type ActionSchemas = Readonly<Record<string, Record<string, unknown>>>

export function summaryOf({ name, title, description, categories, auth, actions }: Connector): ConnectorSummary {
  return {
    name,
    title,
    description,
    categories,
    auth: [...(auth.oauth2 ? ['oauth2' as const] : []), ...(auth.custom ? ['custom' as const] : [])],
    actions: actions.map(actionSummaryOf),
  }
}

function actionSummaryOf(action: Action): ActionSummary {
  const { name, description, examples, effect, readOnlyCapable, administrator, scopes, shaping, defaultFields } = action
  return { name, description, examples, effect, readOnlyCapable, administrator, scopes, shaping, defaultFields }
}

export const schemasOf = ({ actions }: Connector): ActionSchemas =>
  Object.fromEntries(
    actions.map(({ name, shaping, forms }) => {
      const { full } = forms()
      return [name, shaping ? withoutShaping(full) : full]
    }),
  )
