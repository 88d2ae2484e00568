import { ConnectorsError, type ErrorDetails } from './errors.js'

/**
 * The refusal of a call that may only read: `read_connector`, or `X-Read-Only: true` over HTTP.
 * @param why a clause that says what is in the way: `create_issue does more`
 * @param instead what would help within such a call, as a clause; nothing by default
 */
export function readOnlyCall(why: string, instead?: string, details: ErrorDetails = {}): ConnectorsError {
  const advice = `${instead === undefined ? '' : `${instead}, or `}use execute_connector (over HTTP, leave out X-Read-Only)`
  return new ConnectorsError('FORBIDDEN', `This call may only read, and ${why}; ${advice}.`, {
    details: { ...details, reason: 'read_only_call' },
  })
}

/** Named by the third party later, with data of the call: a way out for what was read. */
const WAY_OUT = 'callback_urls'

/** @throws FORBIDDEN for parameters of a call that may only read, among which are addresses that data is sent to */
export function refuseCallbackUrls(parameters: Readonly<Record<string, unknown>>): void {
  if (!Object.hasOwn(parameters, WAY_OUT)) return
  throw readOnlyCall(`${WAY_OUT} has data sent elsewhere`, 'leave that parameter out', {
    errors: [{ field: WAY_OUT, message: 'is not for a call that may only read' }],
  })
}
