import { ConnectorsError } from '../../base/errors.js'
import type { DatabaseEngine } from '../address.js'

/** Why a process ended unexpectedly. */
export type ExitCause =
  /** Its event loop was blocked, or it did not stop a statement when asked to. */
  | 'stuck'
  /** It needed more memory than it may have. */
  | 'memory'
  /** The driver threw where nothing catches it. */
  | 'crashed'
  /** It never ran. */
  | 'unstarted'

/**
 * The error of calls whose process ended while they ran, or whose driver threw something unexpected.
 * @param begun whether the process ever sent a statement; otherwise nothing can have taken effect
 * @param cause what the driver threw, for the log
 */
export function driverProcessEnded(
  fate: ExitCause,
  engine: DatabaseEngine,
  begun: boolean,
  cause?: unknown,
): ConnectorsError {
  const told = { details: { upstream: { engine, code: null, message: WORDS[fate] } }, cause }
  if (fate === 'unstarted') {
    return new ConnectorsError('UPSTREAM_ERROR', 'The process that talks to the database did not start; try again.', {
      ...told,
      retryable: true,
    })
  }
  if (!begun) {
    return new ConnectorsError(
      'UPSTREAM_ERROR',
      'The database cannot be reached: the server sent a response that the driver could not handle. Nothing was run; check that host, port and driver are right.',
      told,
    )
  }
  if (fate === 'memory') {
    return new ConnectorsError(
      'TOO_LARGE',
      'The results from the database took more memory than one account may use; check whether the statement took effect before you repeat it, and select fewer rows or columns.',
      told,
    )
  }
  return new ConnectorsError(
    'UPSTREAM_ERROR',
    'The database server sent a response that the driver could not handle, and the connections of this account were closed; check whether the statement took effect before you repeat it.',
    told,
  )
}

const WORDS: Record<ExitCause, string> = {
  stuck: 'the driver did not come to an end',
  memory: 'the driver ran out of memory',
  crashed: 'the driver failed',
  unstarted: 'the process did not start',
}
