import type { WorkerEntry } from '../../processes/entry.js'
import type { DatabaseAddress } from '../address.js'
import type { Cancellation } from '../cancellation.js'
import { ConfinedEngine } from '../confined/engine.js'
import { Watchdog } from '../confined/watchdog.js'
import type { DatabaseLimits, Engine } from '../engine.js'
import { accountClosed } from '../errors.js'
import type { DatabaseOwner } from '../port.js'
import { openSqlite } from '../sqlite/engine.js'
import { SharedSqliteProcesses } from '../sqlite/process.js'
import { OneAtATime } from './one-at-a-time.js'
import { Shares } from './shares.js'

/** What a pool is opened for. */
export interface PoolAccount {
  address: DatabaseAddress
  readOnly: boolean
  owner: DatabaseOwner
}

export interface PoolsOptions extends DatabaseLimits {
  /** Milliseconds after which an unused pool closes. */
  idleMs: number
  /** The most pools at a time. */
  pools: number
  /** How often it is looked whether the processes of the drivers still turn. Milliseconds. */
  lookEveryMs: number
  /** What the processes of the drivers are started from. */
  entry: WorkerEntry
  /** Variables of the environment that the processes of the drivers get. */
  environment: Readonly<Record<string, string>>
}

/** The most statements that run at a time, those included that wait for a connection of their account. */
const STATEMENTS = 100
/** The most large answers that are put together at a time: each may take 64 MiB, and what the driver makes of it. */
const LARGE_ANSWERS = 8

/** The most processes that start at a time, which takes more of the machine than most statements do. */
const STARTS = 4

interface Pool {
  account: PoolAccount
  engine: Engine
  /** Queries that run or wait. */
  running: Set<Cancellation>
  idle: NodeJS.Timeout
}

/** The pools of all accounts, by key: opened with the first query, closed when unused or when others need the room. */
export class Pools {
  readonly #options: PoolsOptions
  /** In the order of their last use. */
  readonly #pools = new Map<string, Pool>()
  readonly #watchdog: Watchdog
  readonly #processes = new SharedSqliteProcesses()
  readonly #rooms: Shares
  readonly #statements = new Shares(STATEMENTS, 'its turn among the statements that run')
  readonly #largeAnswers = new Shares(LARGE_ANSWERS, 'memory for a large answer')
  readonly #starts = new Shares(STARTS, 'its turn to start a process')
  readonly #opening = new Map<string, OneAtATime>()
  readonly #closing = new Set<Promise<void>>()

  constructor(options: PoolsOptions) {
    this.#options = options
    this.#watchdog = new Watchdog(options.lookEveryMs)
    this.#rooms = new Shares(options.pools, 'room for the connections of one more account')
  }

  accountOf(key: string): PoolAccount | undefined {
    return this.#pools.get(key)?.account
  }

  /** @param run what to do with the engine; `cancellation` ends when the pool is closed meanwhile */
  async use<T>(
    key: string,
    account: PoolAccount,
    cancellation: Cancellation,
    run: (engine: Engine) => Promise<T>,
  ): Promise<T> {
    const { owner } = account
    let pool: Pool | undefined
    try {
      if (!this.#statements.tryTake(owner)) await this.#statements.take(owner, cancellation)
      try {
        pool = this.#known(key) ?? (await this.#opened(key, account, cancellation))
        pool.running.add(cancellation)
        return await run(pool.engine)
      } finally {
        if (pool) this.#ran(key, pool, cancellation)
        this.#statements.release(owner)
      }
    } finally {
      cancellation.clear()
    }
  }

  close(key: string): void {
    const pool = this.#pools.get(key)
    if (!pool) return
    this.#pools.delete(key)
    clearTimeout(pool.idle)
    for (const cancellation of pool.running) cancellation.end(accountClosed())
    const closed = Promise.resolve(pool.engine.close()).finally(() => {
      this.#closing.delete(closed)
      this.#rooms.release(pool.account.owner)
    })
    this.#closing.add(closed)
  }

  /** Closes all pools. @returns when their connections are closed */
  async closeAll(): Promise<void> {
    for (const key of [...this.#pools.keys()]) this.close(key)
    await Promise.all(this.#closing)
  }

  #ran(key: string, pool: Pool, cancellation: Cancellation): void {
    pool.running.delete(cancellation)
    // A closed pool's timer would start again.
    if (this.#pools.get(key) !== pool) return
    pool.idle.refresh()
    if (pool.running.size === 0 && this.#rooms.isAwaited) this.#makeRoom()
  }

  #known(key: string): Pool | undefined {
    const known = this.#pools.get(key)
    if (!known) return undefined
    this.#pools.delete(key)
    this.#pools.set(key, known)
    return known
  }

  async #opened(key: string, account: PoolAccount, cancellation: Cancellation): Promise<Pool> {
    for (;;) {
      const known = this.#known(key)
      if (known) return known
      const opening = this.#opening.get(key) ?? new OneAtATime()
      this.#opening.set(key, opening)
      await opening
        .once(cancellation, () => this.#openInTurn(key, account, cancellation))
        .finally(() => {
          if (!opening.isBusy) this.#opening.delete(key)
        })
    }
  }

  async #openInTurn(key: string, account: PoolAccount, cancellation: Cancellation): Promise<void> {
    const { owner } = account
    if (this.#rooms.blocked(owner)) this.#closeUnused(owner)
    await this.#rooms.take(owner, cancellation)
    try {
      this.#open(key, account)
    } catch (error) {
      this.#rooms.release(owner)
      throw error
    }
  }

  #open(key: string, account: PoolAccount): void {
    const { idleMs } = this.#options
    const pool: Pool = {
      account,
      engine: this.#engineOf(account),
      running: new Set(),
      idle: setTimeout(() => (pool.running.size > 0 ? pool.idle.refresh() : this.close(key)), idleMs),
    }
    pool.idle.unref()
    this.#pools.set(key, pool)
  }

  /** Closes unused pools for those who wait. */
  #makeRoom(): void {
    for (const owner of this.#rooms.waiting()) this.#closeUnused(owner)
  }

  /**
   * Closes the pool that was unused for longest: one of the owner's own, of the owner's client, or, where all room is
   * taken, of the client that holds most. A pool in use is never closed for another.
   */
  #closeUnused(owner: DatabaseOwner): void {
    const blocked = this.#rooms.blocked(owner)
    const unused = [...this.#pools].filter(([, { running }]) => running.size === 0)
    const own = unused.filter(([, { account }]) => account.owner.client === owner.client)
    const first =
      own.find(([, { account }]) => account.owner.user === owner.user) ??
      (blocked === 'user' ? undefined : (own[0] ?? (blocked === 'all' ? this.#ofLargest(unused) : undefined)))
    if (first) this.close(first[0])
  }

  #ofLargest(unused: readonly [string, Pool][]): [string, Pool] | undefined {
    const held = ([, { account }]: [string, Pool]) => this.#rooms.heldBy(account.owner)
    return unused.toSorted((a, b) => held(b).client - held(a).client || held(b).user - held(a).user)[0]
  }

  #engineOf({ address, readOnly, owner }: PoolAccount): Engine {
    const { localFiles, resolveHost, environment, entry } = this.#options
    if (address.engine === 'sqlite') {
      return openSqlite(address, readOnly, this.#options, this.#processes.of(owner))
    }
    const watchdog = this.#watchdog
    return new ConfinedEngine({
      ...{ entry, watchdog, environment, address, readOnly, localFiles, resolveHost },
      room: (cancellation) => this.#largeAnswers.lend(owner, cancellation),
      start: (cancellation) => this.#starts.lend(owner, cancellation),
    })
  }
}
