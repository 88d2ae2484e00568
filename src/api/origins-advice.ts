import { ConnectorsError } from '../base/errors.js'
import { ROUTE } from '../wire/index.js'

const HOW = `The operator adds it with "connectors-mcp clients callbacks", the holder of the key with PUT ${ROUTE.callbackOrigins}.`

/**
 * Awaits the start of a link; if its callback URL is refused because the client does not list its origin, the error also
 * says how to add an origin to that list.
 */
export async function withOriginsAdvice<Begun>(beginning: Promise<Begun>): Promise<Begun> {
  try {
    return await beginning
  } catch (error) {
    if (!(error instanceof ConnectorsError) || error.details?.callback_origins === undefined) throw error
    throw new ConnectorsError(error.code, `${error.message} ${HOW}`, { details: error.details, cause: error })
  }
}
