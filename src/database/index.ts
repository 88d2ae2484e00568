import { ConnectorsError } from '../base/errors.js'
import { readOnlyCall } from '../base/read-only-call.js'
import { asksReadOnly, databaseAccountName, databaseAddress, isByUrl } from './address.js'
import { Cancellation } from './cancellation.js'
import { workerEntry } from './confined/entry.js'
import { ABILITIES_TIME, CONNECT_TIME, type Engine, PROBE_TIME } from './engine.js'
import { noAnswer } from './errors.js'
import { withFaultyFields } from './faulty-fields.js'
import { type PoolAccount, Pools, type PoolsOptions } from './pools/pools.js'
import type { DatabaseOwner, DatabasePort, ProbedDatabase } from './port.js'
import { abilitiesThrough } from './privileges.js'
import { READ_ONLY_ACCOUNT } from './sql/statement.js'

export type DatabasePortOptions = { [Option in keyof PoolsOptions]?: PoolsOptions[Option] | undefined }

/** Who owns an account that is opened without an owner. */
const NO_OWNER: DatabaseOwner = { client: '', user: '' }

/**
 * Opens databases for actions. An account's pool is made with its first query, holds at most four connections, and closes
 * when it is not used for a minute (`idleMs`), or when there are 50 (`pools`) and another one is needed.
 * @param options what the operator allows; by default any host and all files of this machine, as for a single person
 */
export function createDatabasePort(options: DatabasePortOptions = {}): DatabasePort {
  const pools = new Pools({
    idleMs: options.idleMs ?? 60_000,
    pools: options.pools ?? 50,
    resolveHost: options.resolveHost ?? (async (host) => host),
    localFiles: options.localFiles ?? true,
    ownFolder: options.ownFolder,
    lookEveryMs: options.lookEveryMs ?? 1_000,
    entry: options.entry ?? workerEntry(),
    environment: options.environment ?? {},
  })
  return {
    open(key, configuration, owner = NO_OWNER) {
      const account = pools.accountOf(key) ?? accountOf(configuration, owner)
      return {
        name: databaseAccountName(account.address),
        engine: account.address.engine,
        readOnly: account.readOnly,
        query: (sql, variables, { limit, timeoutMs, signal, readOnly = false }) => {
          const cancellation = new Cancellation(timeoutMs, signal)
          const run = (engine: Engine) => engine.query(sql, variables, limit, cancellation)
          if (!readOnly || account.readOnly) return pools.use(key, account, cancellation, run)
          return pools.use(readOnlyKey(key), { ...account, readOnly: true }, cancellation, run).catch(asReadOnlyCall)
        },
        probe: () =>
          probe(pools, key, account).catch((error: unknown) => {
            throw withFaultyFields(error, isByUrl(configuration))
          }),
      }
    },
    close: async (key) => {
      pools.close(key)
      pools.close(readOnlyKey(key))
    },
    closeAll: () => pools.closeAll(),
  }
}

/** The pool of an account's read-only calls. Sessions that may write and sessions that may not are never the same. */
const readOnlyKey = (key: string): string => `${key}:read-only`

/** @throws the error of a read-only account in the words for a call: there it is not the account that has to change */
function asReadOnlyCall(error: unknown): never {
  const { reason, ...details } = (error instanceof ConnectorsError && error.details) || {}
  throw reason === READ_ONLY_ACCOUNT
    ? readOnlyCall('the statement does more, so nothing was changed', undefined, details)
    : error
}

async function probe(pools: Pools, key: string, account: PoolAccount): Promise<ProbedDatabase> {
  const started = performance.now()
  const connecting = new Cancellation(CONNECT_TIME)
  const found = await pools
    .use(key, account, connecting, (engine) => engine.probe(connecting))
    .catch((error: unknown) => {
      throw isOutOfTime(error) && account.address.engine !== 'sqlite'
        ? noAnswer(account.address.engine, CONNECT_TIME / 1000)
        : error
    })
  const left = Math.max(1, PROBE_TIME - (performance.now() - started))
  const asking = new Cancellation(Math.min(ABILITIES_TIME, left))
  // A database that works is linked, whether or not it tells what its user can do.
  const abilities = await pools.use(key, account, asking, (engine) => engine.abilities(asking)).catch(() => undefined)
  return { ...found, abilities: abilitiesThrough(account, abilities) }
}

/** Not for a query that only waited for its turn here, which may be retried. */
const isOutOfTime = (error: unknown): boolean =>
  error instanceof ConnectorsError && error.code === 'UPSTREAM_TIMEOUT' && !error.retryable

function accountOf(configuration: Record<string, unknown>, owner: DatabaseOwner): PoolAccount {
  const address = databaseAddress(configuration)
  return { address, readOnly: configuration.read_only === true || asksReadOnly(address), owner }
}
