import { ConnectorsError, type DatabaseAddress } from '../kit/index.js'
import type { Ending } from './ending.js'
import type { DatabaseLimits, Engine } from './engine.js'
import { openMysql } from './mysql.js'
import { openPostgres } from './postgres.js'
import { openSqlite } from './sqlite.js'
import { SqliteProcesses } from './sqlite-process.js'

/** What a pool is opened for. */
export interface Account {
  address: DatabaseAddress
  readOnly: boolean
}

export interface PoolsOptions extends DatabaseLimits {
  /** Milliseconds after which an unused pool closes. */
  idleMs: number
  /** The most pools at a time. */
  pools: number
}

interface Pool {
  account: Account
  engine: Engine
  /** Queries that run or wait. */
  running: Set<Ending>
  idle: NodeJS.Timeout
}

/** The pools of all accounts, by key: opened with the first query, closed when unused or when too many others are. */
export class Pools {
  readonly #options: PoolsOptions
  /** In the order of their last use. */
  readonly #pools = new Map<string, Pool>()
  readonly #processes = new SqliteProcesses()

  constructor(options: PoolsOptions) {
    this.#options = options
  }

  accountOf(key: string): Account | undefined {
    return this.#pools.get(key)?.account
  }

  /** @param run what to do with the engine; `ending` ends when the pool is closed meanwhile */
  async use<T>(key: string, account: Account, ending: Ending, run: (engine: Engine) => Promise<T>): Promise<T> {
    try {
      const pool = this.#poolOf(key, account)
      pool.running.add(ending)
      try {
        return await run(pool.engine)
      } finally {
        pool.running.delete(ending)
        // A closed pool's timer would start again.
        if (this.#pools.get(key) === pool) pool.idle.refresh()
      }
    } finally {
      ending.clear()
    }
  }

  close(key: string): void {
    const pool = this.#pools.get(key)
    if (!pool) return
    this.#pools.delete(key)
    clearTimeout(pool.idle)
    for (const ending of pool.running) ending.end(accountClosed())
    pool.engine.close()
  }

  closeAll(): void {
    for (const key of [...this.#pools.keys()]) this.close(key)
  }

  #poolOf(key: string, account: Account): Pool {
    const known = this.#pools.get(key)
    if (known) {
      this.#pools.delete(key)
      this.#pools.set(key, known)
      return known
    }
    this.#makeRoom()
    const { idleMs } = this.#options
    const pool: Pool = {
      account,
      engine: this.#openEngine(account),
      running: new Set(),
      idle: setTimeout(() => (pool.running.size > 0 ? pool.idle.refresh() : this.close(key)), idleMs),
    }
    pool.idle.unref()
    this.#pools.set(key, pool)
    return pool
  }

  #makeRoom(): void {
    if (this.#pools.size < this.#options.pools) return
    const [oldest] = this.#pools.keys()
    const unused = [...this.#pools].find(([, { running }]) => running.size === 0)?.[0]
    this.close(unused ?? oldest ?? '')
  }

  #openEngine({ address, readOnly }: Account): Engine {
    switch (address.engine) {
      case 'postgresql':
        return openPostgres(address, readOnly, this.#options)
      case 'mysql':
        return openMysql(address, readOnly, this.#options)
      case 'sqlite':
        return openSqlite(address, readOnly, this.#options, this.#processes)
    }
  }
}

const accountClosed = (): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', 'The database account was removed or replaced while the statement ran.')
