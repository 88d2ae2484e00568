import { pauseUntil } from '../../base/deadline.js'
import { isPlainObject } from '../../base/json.js'
import type { ReportProgress } from '../progress.js'

/** How often it is asked how far the work is, where the MCP client wants to know. Milliseconds. */
const LOOK_AGAIN = 2_000
/** When the model gets the answer that it goes on, in any case: some clients give a call up after 60 seconds. Milliseconds. */
const LONGEST = 50_000

/** What a call of an action that works in the background needs. */
export interface BackgroundRun<Got extends object> {
  params: Readonly<Record<string, unknown>>
  /** Makes the call with these parameters. */
  ask(params: Record<string, unknown>): Promise<Got>
  report: ReportProgress
  signal: AbortSignal
}

/** Whether the answer says that the work goes on. @see the section "Background work" of docs/api.md */
export const goesOn = (answer: object): boolean =>
  'data' in answer && isPlainObject(answer.data) && answer.data.is_processing === true

/** What a model reads with such an answer. */
export const GOES_ON =
  'The work goes on in the background: make the same call again for the result (without force_new), or go on with something else meanwhile.'

/**
 * Makes the call. Where the MCP client wants to see progress, the service is not asked to wait but asked again and again, so that
 * each answer tells how far it is.
 * @returns the result, or the answer that it goes on, after 50 seconds at most
 */
export async function runInBackground<Got extends object>(run: BackgroundRun<Got>): Promise<Got> {
  const { params, ask, report, signal } = run
  if (!report.isWanted || params.waiting === false) return ask({ ...params })
  let answer = await ask({ ...params, waiting: false })
  // What this call has begun is new enough, and knows where to post its result.
  const { force_new: _, callback_urls: __, ...again } = params
  let most = 0
  for (let waited = 0; goesOn(answer) && waited < LONGEST; waited += LOOK_AGAIN) {
    const { items_done: done, items_total: total } = metaOf(answer)
    if (typeof done === 'number' && done > most) {
      most = done
      await report(done, typeof total === 'number' ? total : undefined, 'Gathering in the background')
    }
    await pauseUntil(LOOK_AGAIN, signal)
    signal.throwIfAborted()
    answer = await ask({ ...again, waiting: false })
  }
  return answer
}

const metaOf = (answer: object): Record<string, unknown> =>
  'meta' in answer && isPlainObject(answer.meta) ? answer.meta : {}
