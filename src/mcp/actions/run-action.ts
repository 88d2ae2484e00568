import * as z from 'zod'
import { isPlainObject } from '../../base/json.js'
import { refuseCallbackUrls } from '../../base/read-only-call.js'
import { ClientFile } from '../../client/responses/files.js'
import { withReconnectPage } from '../links/reconnect.js'
import { connectorName } from '../names.js'
import { whileReporting } from '../progress.js'
import { keptFilePart } from '../results/file-result.js'
import { ANSWER_CHARACTERS, fitToBudget, type Omission } from '../results/size-budget.js'
import { fieldsToShow, usualFieldsNotes } from '../results/usual-fields.js'
import { usualView } from '../results/usual-view.js'
import type { ToolAnswer, ToolCall } from '../tool.js'
import { GOES_ON, goesOn, runInBackground } from './background.js'
import { withUploads } from './uploads.js'

/** The arguments of every tool that runs an action. */
export const runArguments = z.strictObject({
  connector: connectorName,
  action: z.string().describe('Action, as describe_connector names it'),
  params: z.record(z.string(), z.unknown()).optional().describe("The action's parameters"),
  identifier: z.string().min(1).optional().describe('Account to act as, if not the default'),
  response_fields: z.array(z.string().min(1)).optional().describe('Dotted paths to keep, as user.login'),
  response_filters: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .describe('Conditions on items, in the form that describe_connector shows'),
})
type RunArguments = z.output<typeof runArguments>

export const runOutput = z.object({
  data: z.unknown(),
  meta: z.record(z.string(), z.unknown()).nullable(),
  acted_as: z.string().nullable(),
})
type Executed = ToolAnswer<z.input<typeof runOutput>>

/** Said to a caller who puts the action's parameters among the tool's. */
export const STRAY_PARAMETERS = "The action's own parameters go into params."

interface RunOptions {
  /** True lets the action only read, and refuses one of which that is not sure. */
  readOnly: boolean
  maxAttempts?: number | undefined
}

/**
 * Runs one action at the third party. @see the section "Execution" of the HTTP contract
 * @throws FORBIDDEN for an action that must only read and may do more, and the service's own errors
 */
export async function runAction(args: RunArguments, call: ToolCall, options: RunOptions): Promise<Executed> {
  const { answer, areUsual, isPending } = await withReconnectPage(call, args, () => execute(args, call, options))
  const actedAs = answer.actedAs ?? args.identifier ?? null
  if (!(answer instanceof ClientFile)) {
    if (isPending) return { ...fitted(answer.data, answer.meta, actedAs), notes: [GOES_ON] }
    if (!areUsual) return fitted(answer.data, answer.meta, actedAs)
    const view = usualView(answer.data)
    const executed = fitted(view.data, view.textsCut ? { ...answer.meta, texts_cut: true } : answer.meta, actedAs)
    return { ...executed, notes: [...(executed.notes ?? []), ...usualFieldsNotes(view)] }
  }
  const { data, blocks, notes } = await keptFilePart(answer, call.keeping)
  return { shown: { data, meta: null, acted_as: actedAs }, blocks, notes }
}

const execute = (args: RunArguments, call: ToolCall, { readOnly, maxAttempts }: RunOptions) =>
  call.asUser(async (connectorsClient, userToken) => {
    const { connector, action } = args
    const find = readOnly ? 'findReading' : 'find'
    const facts = await call.actionFacts[find](connectorsClient, connector, action)
    const { name, fileNames, inBackground } = facts
    // A service that does not know of such calls would not refuse them.
    if (readOnly) refuseCallbackUrls(args.params ?? {})
    const params = await withUploads(args.params ?? {}, facts, call)
    const { responseFields, areUsual } = fieldsToShow(args, facts.defaultFields)
    const ask = (asked: Record<string, unknown>) =>
      connectorsClient.execute(connector, name, {
        userToken,
        params: asked,
        form: fileNames.length > 0,
        readOnly,
        identifier: args.identifier,
        responseFields,
        responseFilters: args.response_filters,
        maxAttempts,
        signal: call.signal,
      })
    if (!inBackground) {
      const answer = await whileReporting(call.reportProgress, 'Waiting for the third party', () => ask(params))
      return { answer, areUsual, isPending: false }
    }
    const answer = await runInBackground({ params, ask, report: call.reportProgress, signal: call.signal })
    return { answer, areUsual, isPending: goesOn(answer) }
  })

const TRUNCATED =
  'This is not all: meta.truncated says that the action stopped at its limit. Ask for less (a condition, fewer columns, a sum or count), for the items after the last one shown (in an order, with a condition on it), or raise the limit if the action has one.'

/** Room for `meta`'s notes on the cut, `acted_as` and the field names. Characters. */
const ENVELOPE_CHARACTERS = 500

function fitted(data: unknown, meta: Record<string, unknown> | null, actedAs: string | null): Executed {
  const rest = JSON.stringify(meta).length + ENVELOPE_CHARACTERS
  const shownMeta =
    rest > ANSWER_CHARACTERS / 4 ? (fitToBudget(meta, ANSWER_CHARACTERS / 4).value as typeof meta) : meta
  const { value, cut } = fitToBudget(data, ANSWER_CHARACTERS - Math.min(rest, ANSWER_CHARACTERS / 4))
  if (cut === undefined)
    return {
      shown: { data, meta: shownMeta, acted_as: actedAs },
      notes: isPlainObject(meta) && meta.truncated === true ? [TRUNCATED] : [],
    }
  return {
    shown: { data: value, meta: { ...shownMeta, ...cutFacts(cut) }, acted_as: actedAs },
    notes: [cutSentence(cut, isPlainObject(meta) && meta.has_next === true)],
  }
}

function cutFacts({ list, within }: Omission): Record<string, unknown> {
  return {
    truncated_by_server: true,
    ...(list ? { items_shown: list.shown, items_total: list.total } : {}),
    ...(list && list.path.length > 0 ? { items_at: list.path.join('.') } : {}),
    ...(within ? { texts_cut: true } : {}),
  }
}

function cutSentence({ list, within }: Omission, hasNext: boolean): string {
  return [
    `The answer was too long for one tool result (${ANSWER_CHARACTERS} characters), so it is not whole.`,
    list ? `Only ${list.shown} of ${list.total} items are shown.` : '',
    within ? 'Long texts and some fields are cut.' : '',
    'For the rest, call again for less: with response_fields that name only what is needed, response_filters or fewer items per page, where the action takes them; in a query with a condition, fewer columns, or a sum or count.',
    list && hasNext ? 'The next page begins after the items left out here.' : '',
  ]
    .filter(Boolean)
    .join(' ')
}
