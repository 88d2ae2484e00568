import type { Client } from 'pg'
import { Cancellation } from '../cancellation.js'
import type { Connection, ConnectionPool } from '../pools/connection-pool.js'

/** `unknown` where the session cannot be watched from another one. */
export type Written = 'yes' | 'no' | 'unknown'

/**
 * Whether the statement that `watched` runs has written something. It would be undone if it were stopped, while its caller
 * learns that it succeeded.
 * @param watchers connections that are not used for anything else
 */
export function hasWritten<C extends Connection & { readonly client: Client }>(
  watchers: ConnectionPool<C>,
  watched: Client,
): Promise<Written> {
  const cancellation = new Cancellation(WATCH_TIME)
  return watchers
    .use(cancellation, async ({ client }) => {
      const asked = client.query<WrittenRow>(WRITTEN, [processOf(watched)])
      const { rows } = await cancellation.guard(asked, () => client.connection.stream.destroy())
      const [row] = rows
      // A pooler in between gives the sessions numbers of its own.
      if (!row?.running || row.own !== processOf(client)) return 'unknown'
      return row.wrote ? 'yes' : 'no'
    })
    .finally(() => cancellation.clear())
}

/** What the server calls the session; the driver's types leave it out. */
const processOf = (client: Client): unknown => Reflect.get(client, 'processID')

interface WrittenRow {
  own: number
  running: boolean
  wrote: boolean
}

/** Every transaction holds a lock on its own number: a virtual one at first, and a real one once it has written. */
const WRITTEN = `select pg_catalog.pg_backend_pid() as own,
    pg_catalog.count(*) filter (where locktype = 'virtualxid') > 0 as running,
    pg_catalog.count(*) filter (where locktype = 'transactionid') > 0 as wrote
  from pg_catalog.pg_locks where pid = $1 and mode = 'ExclusiveLock' and granted`

/** How long a look at another session may take. Milliseconds. */
const WATCH_TIME = 2_000
