import { invalidParameters } from '../../base/errors.js'
import { refuseCallbackUrls } from '../../base/read-only-call.js'
import type { Secret } from '../../base/secret.js'
import type { ActionResult } from '../../client/responses/answers.js'
import { ClientFile } from '../../client/responses/files.js'
import type { McpClient } from '../deps.js'
import { withReconnectPage } from '../links/reconnect.js'
import { whileReporting } from '../progress.js'
import { keptFilePart } from '../results/file-result.js'
import { MAX_TOKENS, present } from '../results/present.js'
import { fieldsToShow } from '../results/usual-fields.js'
import type { ToolCall } from '../tool.js'
import type { ActionFacts } from './action-facts.js'
import { runOnAll } from './all-accounts.js'
import { ALL_ACCOUNTS, type Executed, type RunArguments, type RunOptions } from './arguments.js'
import { GOES_ON, goesOn, runInBackground } from './background.js'
import { MOST_ITEMS, walkPages, withPage } from './paging.js'
import { shaperOf } from './shaping.js'
import { withUploads } from './uploads.js'

/** What came of a call, and what was asked of it. */
interface Done {
  answer: ActionResult | ClientFile
  /** True when the usual fields were asked for, because the model named none. */
  areUsual: boolean
  /** True when the work goes on in the background. */
  isPending: boolean
  /** The most items to show, where the action itself has no limit. */
  limitHere: number | undefined
}

/**
 * Runs one action at the third party, with one account or all of them, and shows the result.
 * @see the section "Execution" of the HTTP contract
 * @throws FORBIDDEN for an action that must only read and may do more, and the service's own errors
 */
export async function runAction(args: RunArguments, call: ToolCall, options: RunOptions): Promise<Executed> {
  return args.identifier === ALL_ACCOUNTS ? runOnAll(args, call, options, runOnOne) : runOnOne(args, call, options)
}

async function runOnOne(args: RunArguments, call: ToolCall, options: RunOptions): Promise<Executed> {
  const done = await withReconnectPage(call, args, () =>
    call.asUser((connectorsClient, userToken) => execute(args, { call, connectorsClient, userToken }, options)),
  )
  const { answer, areUsual, isPending, limitHere } = done
  const actedAs = answer.actedAs ?? args.identifier ?? null
  const maxTokens = args.max_tokens ?? MAX_TOKENS
  if (answer instanceof ClientFile) {
    const { data, blocks, notes } = await keptFilePart(answer, call.keeping, maxTokens)
    return { shown: { data, meta: null, acted_as: actedAs }, blocks, notes }
  }
  const shown = await present(
    { data: answer.data, meta: answer.meta, actedAs },
    {
      maxTokens,
      format: args.format ?? 'columns',
      areUsual: areUsual && !isPending,
      limit: Array.isArray(answer.data) ? limitHere : undefined,
    },
    call,
  )
  return isPending ? { ...shown, notes: [GOES_ON] } : shown
}

interface Using {
  call: ToolCall
  connectorsClient: McpClient
  userToken: Secret
}

async function execute(args: RunArguments, using: Using, options: RunOptions): Promise<Done> {
  const { call, connectorsClient } = using
  const find = options.readOnly ? 'findReading' : 'find'
  const facts = await call.actionFacts[find](connectorsClient, args.connector, args.action)
  // A service that does not know of such calls would not refuse them.
  if (options.readOnly) refuseCallbackUrls(args.params ?? {})
  const given = await withUploads(args.params ?? {}, facts, call)
  const { params, limitHere } = withPage(given, pageArguments(args, facts), facts.pages)
  const { responseFields, areUsual } = fieldsToShow(args, facts.defaultFields)
  const shaped = shapesItself(facts, args) ? undefined : shaperOf({ ...args, response_fields: responseFields })
  const ask = async (asked: Record<string, unknown>): Promise<ActionResult | ClientFile> => {
    const answer = await connectorsClient.execute(args.connector, facts.name, {
      userToken: using.userToken,
      params: asked,
      form: facts.fileNames.length > 0,
      readOnly: options.readOnly,
      identifier: args.identifier,
      responseFields: shaped ? undefined : responseFields,
      responseFilters: shaped ? undefined : args.response_filters,
      maxAttempts: options.maxAttempts,
      signal: call.signal,
    })
    return shaped && !(answer instanceof ClientFile) ? { ...answer, data: shaped(answer.data) } : answer
  }
  if (facts.inBackground) {
    const answer = await runInBackground({ params, ask, report: call.reportProgress, signal: call.signal })
    return { answer, areUsual, isPending: goesOn(answer), limitHere }
  }
  const answer = await whileReporting(call.reportProgress, 'Waiting for the third party', () =>
    args.all_pages ? allPages(args, { facts, params, ask }) : ask(params),
  )
  return { answer, areUsual, isPending: false, limitHere: args.all_pages ? args.limit : limitHere }
}

/** With all pages, the limit is that of all items; a page is as long as it can be. */
function pageArguments(args: RunArguments, { pages }: ActionFacts): Pick<RunArguments, 'limit' | 'cursor' | 'page'> {
  const { limit, cursor, page, all_pages } = args
  if (!all_pages) return { limit, cursor, page }
  const isFree = pages.limit !== undefined && !Object.hasOwn(args.params ?? {}, pages.limit.name)
  const whole =
    isFree && pages.limit?.most !== Number.MAX_SAFE_INTEGER ? Math.min(limit ?? MOST_ITEMS, MOST_ITEMS) : undefined
  return { limit: whole, cursor, page }
}

interface PagedCall {
  facts: ActionFacts
  params: Record<string, unknown>
  ask(params: Record<string, unknown>): Promise<ActionResult | ClientFile>
}

async function allPages(args: RunArguments, { facts, params, ask }: PagedCall): Promise<ActionResult | ClientFile> {
  if (!facts.onlyReads)
    throw invalidParameters('all_pages is for actions that only read.', [
      { field: 'all_pages', message: 'cannot be used with this action' },
    ])
  const began = performance.now()
  const first = await ask(params)
  if (first instanceof ClientFile) return first
  const most = Math.min(args.limit ?? MOST_ITEMS, MOST_ITEMS)
  return walkPages({
    first,
    names: facts.pages,
    most,
    elapsed: () => performance.now() - began,
    async ask(position) {
      const next = await ask({ ...params, ...position })
      return next instanceof ClientFile ? { data: null, meta: null, actedAs: null } : next
    },
  })
}

/** An action with a file takes fields and no conditions, which would come too late after its fields. */
const shapesItself = ({ shaping }: ActionFacts, { response_filters }: RunArguments): boolean =>
  shaping.response_fields && (shaping.response_filters || response_filters === undefined)
