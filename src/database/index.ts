import { type DatabasePort, databaseAccountName, databaseAddress } from '../kit/index.js'
import { Ending } from './ending.js'
import { CONNECT_TIME } from './engine.js'
import { type Account, Pools, type PoolsOptions } from './pools.js'

export type DatabasePortOptions = { [Option in keyof PoolsOptions]?: PoolsOptions[Option] | undefined }

/**
 * Opens databases for actions. An account's pool is made with its first query, holds at most four connections, and closes
 * when nobody used it for a minute (`idleMs`), or when 50 others (`pools`) were used since.
 * @param options what the operator allows; unless told, any host and all files of this machine, as for a single person
 */
export function createDatabasePort(options: DatabasePortOptions = {}): DatabasePort {
  const pools = new Pools({
    idleMs: options.idleMs ?? 60_000,
    pools: options.pools ?? 50,
    resolveHost: options.resolveHost ?? (async (host) => host),
    localFiles: options.localFiles ?? true,
    ownFolder: options.ownFolder,
  })
  return {
    open(key, configuration) {
      const account = pools.accountOf(key) ?? accountOf(configuration)
      return {
        name: databaseAccountName(account.address),
        query: (sql, variables, { limit, timeoutMs, signal }) => {
          const ending = new Ending(timeoutMs, signal)
          return pools.use(key, account, ending, (engine) => engine.query(sql, variables, limit, ending))
        },
        probe: () => {
          const ending = new Ending(CONNECT_TIME)
          return pools.use(key, account, ending, (engine) => engine.probe(ending))
        },
      }
    },
    close: async (key) => pools.close(key),
    closeAll: async () => pools.closeAll(),
  }
}

const accountOf = (configuration: Record<string, unknown>): Account => ({
  address: databaseAddress(configuration),
  readOnly: configuration.read_only === true,
})
