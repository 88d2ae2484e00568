import { ConnectorsError } from '../../base/errors.js'
import type { Cancellation } from '../cancellation.js'

/** One session at a database. */
export interface Connection {
  /** False once it broke or was ended: it is not used any more. */
  readonly usable: boolean
  close(): void
}

interface Waiter<C> {
  resolve: (connection: C) => void
  reject: (error: unknown) => void
}

/**
 * A few connections, opened when needed and lent to one query at a time, in the order the queries came. The three
 * engines share it, since the pools of their drivers each have another idea of time, errors and who may wait.
 */
export class ConnectionPool<C extends Connection> {
  readonly #connect: () => Promise<C>
  readonly #size: number
  readonly #idle: C[] = []
  readonly #waiters: Waiter<C>[] = []
  #open = 0
  #connecting = 0
  #closed = false

  /**
   * @param connect opens a connection, or throws what the waiting query is to fail with
   * @param size the most connections at a time
   */
  constructor(connect: () => Promise<C>, size: number) {
    this.#connect = connect
    this.#size = size
  }

  /** Runs with a connection of its own, which returns to the pool then. @throws what `run` and `take` throw */
  async use<T>(cancellation: Cancellation, run: (connection: C) => Promise<T>): Promise<T> {
    const connection = await this.take(cancellation)
    try {
      return await run(connection)
    } catch (error) {
      throw this.failed(connection, error)
    } finally {
      this.give(connection)
    }
  }

  /** Takes a connection, or waits for one. @throws what `cancellation` ended with, and what the pool throws if it cannot connect */
  take(cancellation: Cancellation): C | Promise<C> {
    cancellation.check()
    return this.#takeIdle() ?? this.#wait(cancellation)
  }

  /**
   * A connection that fails with anything but an error for people is closed: a driver threw in the middle of its work, and
   * the next answer might be another's.
   * @returns the error
   */
  failed(connection: C, error: unknown): unknown {
    if (!(error instanceof ConnectorsError)) connection.close()
    return error
  }

  /** Closes what is idle now, and everything else when it comes back. */
  close(): void {
    this.#closed = true
    for (const connection of this.#idle.splice(0)) connection.close()
  }

  #takeIdle(): C | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.usable) return connection
      this.#drop(connection)
    }
    return undefined
  }

  #wait(cancellation: Cancellation): Promise<C> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<C> = {
        resolve: (connection) => {
          forget()
          resolve(connection)
        },
        reject: (error) => {
          forget()
          reject(error)
        },
      }
      const forget = cancellation.listen((error) => {
        const at = this.#waiters.indexOf(waiter)
        if (at !== -1) this.#waiters.splice(at, 1)
        reject(error)
      })
      this.#waiters.push(waiter)
      this.#grow()
    })
  }

  /** Opens connections while more queries wait than connections are on their way. */
  #grow(): void {
    while (this.#connecting < this.#waiters.length && this.#open < this.#size) {
      this.#open += 1
      this.#connecting += 1
      this.#connect().then(
        (connection) => {
          this.#connecting -= 1
          this.give(connection)
        },
        (error: unknown) => {
          this.#connecting -= 1
          this.#open -= 1
          this.#waiters.shift()?.reject(error)
          this.#grow()
        },
      )
    }
  }

  /** Returns a connection to the pool, once. One that is not usable any more is closed. */
  give(connection: C): void {
    if (!connection.usable) {
      this.#drop(connection)
      this.#grow()
      return
    }
    const waiter = this.#waiters.shift()
    if (waiter) waiter.resolve(connection)
    else if (this.#closed) this.#drop(connection)
    else this.#idle.push(connection)
  }

  #drop(connection: C): void {
    this.#open -= 1
    connection.close()
  }
}
