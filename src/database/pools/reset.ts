import type { Cancellation } from '../cancellation.js'
import type { Connection, ConnectionPool } from './connection-pool.js'

/** A connection whose session is reset between two queries. */
export interface Resettable extends Connection {
  /** Begins to, at the latest soon; the connection is closed where that fails. Returns at once. */
  startReset(): void
  /** True when the session is as good as new, false when the connection is closed; a promise while it is being reset. */
  clean(): boolean | Promise<boolean>
}

/** A connection whose session could not be reset for a statement, of which nothing ran. */
export class ResetFailure extends Error {}

/**
 * Runs with a connection of the pool whose session is as good as new. The reset goes on behind
 * the answer, which does not wait for it.
 * @throws what `run` throws, and what the pool throws if it cannot connect
 */
export async function runClean<C extends Resettable, T>(
  pool: ConnectionPool<C>,
  cancellation: Cancellation,
  run: (connection: C) => Promise<T>,
): Promise<T> {
  for (;;) {
    const connection = await pool.take(cancellation)
    try {
      const clean = connection.clean()
      const usable = typeof clean === 'boolean' ? clean : await cancellation.guard(clean, () => connection.close())
      if (usable) return await run(connection)
    } catch (error) {
      if (!(error instanceof ResetFailure)) throw pool.failed(connection, error)
    } finally {
      connection.startReset()
      pool.give(connection)
    }
    // A connection that could not be reset is closed; the next one is new.
  }
}
