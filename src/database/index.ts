import { ConnectorsError } from '../base/errors.js'
import { readOnlyCall } from '../base/read-only-call.js'
import { workerEntry } from '../processes/entry.js'
import {
  asksReadOnly,
  type DatabaseAddress,
  type DatabaseEngine,
  databaseAccountName,
  databaseAddress,
  isByUrl,
} from './address.js'
import { Cancellation } from './cancellation.js'
import { ABILITIES_TIME, CONNECT_TIME, type Engine, PROBE_TIME } from './engine.js'
import { noAnswer } from './errors.js'
import { withFaultyFields } from './faulty-fields.js'
import { mysqlTables } from './mysql/schema.js'
import { type PoolAccount, Pools, type PoolsOptions } from './pools/pools.js'
import type { DatabaseOwner, DatabasePort, ProbedDatabase, TablesOptions } from './port.js'
import { postgresTables } from './postgres/schema.js'
import { abilitiesThrough } from './privileges.js'
import { READ_ONLY_ACCOUNT } from './sql/statement.js'
import { sqliteTables } from './sqlite/schema.js'
import { askOf } from './tables/ask.js'
import type { Ask, TableReader } from './tables/reader.js'
import { describeTable, listTables } from './tables/tables.js'

export type DatabasePortOptions = { [Option in keyof PoolsOptions]?: PoolsOptions[Option] | undefined }

const READERS: Readonly<Record<DatabaseEngine, (address: DatabaseAddress) => TableReader>> = {
  postgresql: () => postgresTables,
  mysql: ({ database }) => mysqlTables(database),
  sqlite: () => sqliteTables,
}

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
    entry: options.entry ?? workerEntry('database-worker', new URL('./confined/worker.ts', import.meta.url)),
    environment: options.environment ?? {},
  })
  return {
    open(key, configuration, owner = NO_OWNER) {
      const account = pools.accountOf(key) ?? accountOf(configuration, owner)
      const use = <T>(
        { timeoutMs, signal, readOnly = false }: TablesOptions,
        run: (engine: Engine, cancellation: Cancellation) => Promise<T>,
      ) => {
        const cancellation = new Cancellation(timeoutMs, signal)
        const started = (engine: Engine) => run(engine, cancellation)
        if (!readOnly || account.readOnly) return pools.use(key, account, cancellation, started)
        return pools.use(readOnlyKey(key), { ...account, readOnly: true }, cancellation, started).catch(asReadOnlyCall)
      }
      const about = <T>(options: TablesOptions, ask: (reader: TableReader, ask: Ask) => Promise<T>) => {
        const reader = READERS[account.address.engine](account.address)
        return use(options, (engine, cancellation) => ask(reader, askOf(engine, cancellation)))
      }
      return {
        // Each call of an action opens its database, and few ask what it is called.
        get name() {
          return databaseAccountName(account.address)
        },
        engine: account.address.engine,
        readOnly: account.readOnly,
        query: (sql, variables, { limit, ...options }) =>
          use(options, (engine, cancellation) => engine.query(sql, variables, limit, cancellation)),
        listTables: (filter, options) => about(options, (reader, ask) => listTables(reader, ask, filter)),
        describeTable: (table, options) => about(options, (reader, ask) => describeTable(reader, ask, table)),
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
