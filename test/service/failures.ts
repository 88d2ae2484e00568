import { ConnectorsError } from '../../src/base/errors.js'

/** The error that a promise must fail with. @throws an Error when it doesn't, or with another kind of error */
export async function connectorsErrorOf(attempt: Promise<unknown>): Promise<ConnectorsError> {
  const error = await attempt.then(
    () => new Error('It should have failed.'),
    (reason: unknown) => reason,
  )
  if (error instanceof ConnectorsError) return error
  throw error
}
