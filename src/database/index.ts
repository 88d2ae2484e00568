import {
  ConnectorsError,
  type Database,
  type DatabaseAddress,
  type DatabasePort,
  databaseAccountName,
  databaseAddress,
} from '../kit/index.js'
import { Ending } from './ending.js'
import { CONNECT_TIME, type DatabaseLimits, type Engine } from './engine.js'
import { openMysql } from './mysql.js'
import { openPostgres } from './postgres.js'
import { openSqlite } from './sqlite.js'
import { SqliteProcesses } from './sqlite-process.js'

export interface DatabasePortOptions extends Partial<DatabaseLimits> {
  /** Milliseconds after which an unused pool closes; a minute unless told. */
  idleMs?: number
  /** The most pools at a time; 50 unless told. */
  pools?: number
}

interface Pool {
  account: Account
  engine: Engine
  /** Queries that run or wait. */
  running: Set<Ending>
  idle: NodeJS.Timeout
}

/**
 * Opens databases for actions. A pool is made with the first query of an account, holds at most four connections, and
 * closes when nobody used it for a minute, or when too many others were used since.
 */
export function createDatabasePort(options: DatabasePortOptions = {}): DatabasePort {
  const { idleMs = 60_000, pools: most = 50, resolveHost = async (host: string) => host, localFiles = true } = options
  const limits: DatabaseLimits = { resolveHost, localFiles }
  /** In the order of their last use. */
  const pools = new Map<string, Pool>()
  const processes = new SqliteProcesses()

  const closePool = (key: string): void => {
    const pool = pools.get(key)
    if (!pool) return
    pools.delete(key)
    clearTimeout(pool.idle)
    for (const ending of pool.running) ending.end(accountClosed())
    pool.engine.close()
  }

  const makeRoom = (): void => {
    if (pools.size < most) return
    const [oldest] = pools.keys()
    const unused = [...pools].find(([, { running }]) => running.size === 0)?.[0]
    closePool(unused ?? oldest ?? '')
  }

  const poolOf = (key: string, account: Account): Pool => {
    const known = pools.get(key)
    if (known) {
      pools.delete(key)
      pools.set(key, known)
      return known
    }
    makeRoom()
    const pool: Pool = {
      account,
      engine: openEngine(account, limits, processes),
      running: new Set(),
      idle: setTimeout(() => (pool.running.size > 0 ? pool.idle.refresh() : closePool(key)), idleMs),
    }
    pool.idle.unref()
    pools.set(key, pool)
    return pool
  }

  const withPool = async <T>(
    key: string,
    account: Account,
    ending: Ending,
    run: (engine: Engine) => Promise<T>,
  ): Promise<T> => {
    try {
      const pool = poolOf(key, account)
      pool.running.add(ending)
      try {
        return await run(pool.engine)
      } finally {
        pool.running.delete(ending)
        // A closed pool's timer would start again.
        if (pools.get(key) === pool) pool.idle.refresh()
      }
    } finally {
      ending.clear()
    }
  }

  return {
    open(key, configuration): Database {
      const account = pools.get(key)?.account ?? accountOf(configuration)
      return {
        name: databaseAccountName(account.address),
        query: (sql, variables, { limit, timeoutMs, signal }) => {
          const ending = new Ending(timeoutMs, signal)
          return withPool(key, account, ending, (engine) => engine.query(sql, variables, limit, ending))
        },
        probe: () => {
          const ending = new Ending(CONNECT_TIME)
          return withPool(key, account, ending, (engine) => engine.probe(ending))
        },
      }
    },
    async close(key) {
      closePool(key)
    },
    async closeAll() {
      for (const key of [...pools.keys()]) closePool(key)
    },
  }
}

interface Account {
  address: DatabaseAddress
  readOnly: boolean
}

const accountOf = (configuration: Record<string, unknown>): Account => ({
  address: databaseAddress(configuration),
  readOnly: configuration.read_only === true,
})

function openEngine({ address, readOnly }: Account, limits: DatabaseLimits, processes: SqliteProcesses): Engine {
  switch (address.engine) {
    case 'postgresql':
      return openPostgres(address, readOnly, limits)
    case 'mysql':
      return openMysql(address, readOnly, limits)
    case 'sqlite':
      return openSqlite(address, readOnly, limits, processes)
  }
}

const accountClosed = (): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', 'The database account was removed or replaced while the statement ran.')
