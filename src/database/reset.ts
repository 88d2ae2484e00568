import type { Connection, ConnectionPool } from './connection-pool.js'
import type { Ending } from './ending.js'

/** A connection whose session is made as good as new between two queries. */
export interface Resettable extends Connection {
  /** Begins to, at the latest soon; the connection is closed where that fails. Returns at once. */
  startReset(): void
  /** Resolves when the session is as good as new: true, or the connection closed: false. */
  clean(): Promise<boolean>
}

/** A connection whose session could not be reset for a statement, of which nothing ran. */
export class NotReset extends Error {}

/**
 * Runs with a connection of the pool whose session is as good as new. The reset goes on behind
 * the answer, which does not wait for it.
 * @throws what `run` throws, and what the pool throws where there is no connection
 */
export async function runClean<C extends Resettable, T>(
  pool: ConnectionPool<C>,
  ending: Ending,
  run: (connection: C) => Promise<T>,
): Promise<T> {
  for (;;) {
    const outcome = await pool.use(ending, async (connection) => {
      if (!(await ending.guard(connection.clean(), () => connection.close()))) return undefined
      try {
        return { value: await run(connection) }
      } catch (error) {
        if (error instanceof NotReset) return undefined
        throw error
      } finally {
        connection.startReset()
      }
    })
    // One that could not be reset is gone; the next one is another.
    if (outcome) return outcome.value
  }
}
