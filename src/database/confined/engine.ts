import type { Cancellation } from '../cancellation.js'
import type { Engine } from '../engine.js'
import { accountClosed } from '../errors.js'
import { OneAtATime } from '../pools/one-at-a-time.js'
import type { DatabaseAbility, QueryResult } from '../port.js'
import { ConfinedProcess, type ProcessOptions } from './process.js'

/**
 * PostgreSQL or MySQL behind a process of its own, which is started with the first query and again after it ended.
 * Whatever the server does to it, this process answers: with a result, or with an error that says what is known.
 */
export class ConfinedEngine implements Engine {
  readonly #options: ProcessOptions
  #process: ConfinedProcess | undefined
  readonly #starts = new OneAtATime()
  #closed = false

  constructor(options: ProcessOptions) {
    this.#options = options
  }

  async query(...[sql, variables, limit, cancellation]: Parameters<Engine['query']>): Promise<QueryResult> {
    const process = this.#ready ?? (await this.#usable(cancellation))
    return (await process.run({ kind: 'query', sql, variables, limit }, cancellation)) as QueryResult
  }

  async probe(cancellation: Cancellation): ReturnType<Engine['probe']> {
    const process = await this.#usable(cancellation)
    return (await process.run({ kind: 'probe' }, cancellation)) as Awaited<ReturnType<Engine['probe']>>
  }

  async abilities(cancellation: Cancellation): ReturnType<Engine['abilities']> {
    const process = await this.#usable(cancellation)
    return (await process.run({ kind: 'abilities' }, cancellation)) as readonly DatabaseAbility[] | undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#process?.close()
    await this.#process?.gone
  }

  /** The process there is, if it takes calls now. */
  get #ready(): ConfinedProcess | undefined {
    const known = this.#process
    return known?.usable && !known.mayBeStuck ? known : undefined
  }

  /** A process that takes calls: the one there is, unless it may be stuck in a call that was ended, or another one. */
  async #usable(cancellation: Cancellation): Promise<ConfinedProcess> {
    for (;;) {
      const ready = this.#ready
      if (ready) return ready
      if (this.#closed) throw accountClosed()
      const known = this.#process
      if (known?.mayBeStuck) await cancellation.guard(known.unstuck(), () => undefined)
      else await this.#starts.once(cancellation, () => this.#start(cancellation))
    }
  }

  async #start(cancellation: Cancellation): Promise<void> {
    const started = await this.#options.start(cancellation)
    if (this.#closed) {
      started()
      throw accountClosed()
    }
    this.#process = new ConfinedProcess(this.#options, started)
  }
}
