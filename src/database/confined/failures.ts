import { ConnectorsError } from '../../base/errors.js'
import type { DatabaseEngine } from '../address.js'

/** How a process came to its end that was not told to. */
export type ExitCause =
  /** Its loop stood still, or did not stop a statement that it was told to stop. */
  | 'stuck'
  /** It needed more memory than it may have. */
  | 'memory'
  /** The driver threw where nothing catches it. */
  | 'crashed'
  /** It never ran. */
  | 'unstarted'

/**
 * What the calls of a process fail with that ended under them, or whose driver threw what it should not.
 * @param begun whether a statement was ever sent by it; else nothing can have taken effect
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
      'The database cannot be reached: the server there sent something that its driver could not deal with. Nothing was run; check that host, port and driver are right.',
      told,
    )
  }
  if (fate === 'memory') {
    return new ConnectorsError(
      'TOO_LARGE',
      'The answers of the database took more memory than there is for one account; look whether the statement took effect before you repeat it, and select fewer rows or columns.',
      told,
    )
  }
  return new ConnectorsError(
    'UPSTREAM_ERROR',
    'The database server sent something that its driver could not deal with, and the connections of this account were closed; look whether the statement took effect before you repeat it.',
    told,
  )
}

const WORDS: Record<ExitCause, string> = {
  stuck: 'the driver did not come to an end',
  memory: 'the driver ran out of memory',
  crashed: 'the driver failed',
  unstarted: 'the process did not start',
}
