import * as z from 'zod'
import { connectorName, isActionName } from '../names.js'
import { findActions } from '../search/find-actions.js'
import { type FoundAction, linkFirst, toolFor } from '../search/found-action.js'
import { fittingActions } from '../search/shown-actions.js'
import { defineTool, READS } from '../tool.js'

const output = z.object({
  actions: z.array(
    z.object({
      connector: z.string(),
      action: z.string(),
      description: z.string(),
      effect: z.string().optional(),
      tool: z.string(),
      accounts: z.array(z.string()).optional(),
      link_first: z.literal(true).optional(),
      parameters: z.record(z.string(), z.string()),
      optional: z.string().optional(),
      example: z.string().optional(),
      default_fields: z.string().optional(),
      more: z.string().optional(),
    }),
  ),
})

/** Finds the actions that serve a need. @see the section "The catalogue" of the HTTP contract */
export const searchActions = defineTool({
  name: 'search_actions',
  title: 'Search actions',
  description:
    'Find the actions that serve a need in plain words ("unread mail from Ada"), best first, each with its parameters, ready to be called.',
  annotations: READS,
  input: z.strictObject({
    query: z.string().trim().min(1, 'is empty').describe('The need, in words'),
    connectors: z.array(connectorName).optional().describe('Only these'),
    effect: z.enum(['read', 'create', 'update', 'delete']).optional(),
    limit: z.number().int().min(1).max(20).default(5),
  }),
  output,
  async run({ connectors = [], ...search }, call) {
    const found = await findActions({ ...search, connectors: connectors.length > 0 ? connectors : undefined }, call)
    const actions = fittingActions(found)
    return {
      shown: { actions },
      lines: 'actions',
      notes: [
        ...fitNotes(found),
        ...nextSteps(found[0]),
        ...(actions.some(({ more }) => more)
          ? ['Where more is given, describe_connector shows what was left out.']
          : []),
      ],
    }
  },
})

function fitNotes(found: readonly FoundAction[]): string[] {
  if (found.length === 0) return ['No action is of that kind. Leave out connectors or effect.']
  return found.every(({ fits }) => fits === false)
    ? [
        'Nothing serves this need: these merely come nearest. Say it in other words; list_connectors shows what there is.',
      ]
    : []
}

/** What comes next for the action that serves the need best. */
function nextSteps(best: FoundAction | undefined): string[] {
  if (best === undefined || best.fits === false) return []
  const { connector, action, accounts } = best
  // Both come from the service: only what has the form of a name may stand in our own sentence.
  const isNamed = isActionName(action) && connectorName.safeParse(connector).success
  if (!isNamed) return ['Next: link_integration where link_first is true; else the tool that the action names.']
  const run = `${toolFor(best)} with connector ${connector}, action ${action} and params`
  if (accounts === undefined) return [`No user is logged in. Next: authenticate; then ${run}.`]
  return [
    linkFirst(best) ? `No account is linked. Next: link_integration for ${connector}; then ${run}.` : `Next: ${run}.`,
  ]
}
