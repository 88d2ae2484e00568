import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'
import { fanOut } from './gather.js'

/** Codes of failures that are about one item, and that another call would meet again. */
const LASTING = ['NOT_FOUND', 'FORBIDDEN', 'INVALID_PARAMETERS', 'UPSTREAM_REFUSED']

/** What became of items that have nothing to do with each other. A type, since an interface does not count as JSON. */
export type Partly<Done> = {
  /** In the order of the items, without those that failed. */
  done: Done[]
  /** For `meta`: the item's name, `code`, `message`, and under `upstream` what the third party said. */
  errors: JsonObject[]
}

/**
 * As `fanOut`, but an item that the third party refuses does not end the others.
 * @param items by the names that errors show
 * @param options `as`: the member of an error that holds the name; the signal of the call
 * @throws the first failure, where every item fails; and at once what may pass, such as a limit or a timeout, and a refused
 * credential
 */
export async function fanOutPartly<Done>(
  items: ReadonlyMap<string, () => Promise<Done>>,
  { as, signal }: { as: string; signal?: AbortSignal },
): Promise<Partly<Done>> {
  const outcomes = await fanOut(
    items,
    ([name, work]) =>
      work().then(
        (done) => ({ done }),
        (error: unknown) => ({ name, failure: lasting(error) }),
      ),
    signal ? { signal } : {},
  )
  const done = outcomes.flatMap((outcome) => ('done' in outcome ? [outcome.done] : []))
  const failed = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome] : []))
  if (failed[0] && done.length === 0) throw failed[0].failure
  return { done, errors: failed.map(({ name, failure }) => ({ [as]: name, ...errorOf(failure) })) }
}

/** @throws what is not lasting */
function lasting(error: unknown): ConnectorsError {
  const isAboutItem = error instanceof ConnectorsError && !(error instanceof CredentialRefused)
  if (isAboutItem && LASTING.includes(error.code)) return error
  throw error
}

const errorOf = ({ code, message, details }: ConnectorsError): JsonObject => ({
  code,
  message,
  ...(details?.upstream === undefined ? {} : { upstream: details.upstream as Json }),
})
