import { readOnlyCall, refuseCallbackUrls } from '../../base/read-only-call.js'
import { type Action, readOnlyBy } from '../../kit/index.js'

/**
 * Lets a call that may only read through to an action that keeps to it.
 * @throws FORBIDDEN for every other action, and for parameters that have data sent elsewhere
 */
export function requireReading(action: Action, input: Readonly<Record<string, unknown>>): void {
  if (readOnlyBy(action) === undefined) throw readOnlyCall(`${action.name} does more`)
  refuseCallbackUrls(input)
}
