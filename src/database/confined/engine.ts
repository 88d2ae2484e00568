import type { Ending } from '../cancellation.js'
import type { Engine } from '../engine.js'
import { accountClosed } from '../errors.js'
import { OneAtATime } from '../pools/one-at-a-time.js'
import type { DatabaseAbility, QueryResult } from '../port.js'
import { ConfinedProcess, type Surroundings } from './process.js'

/**
 * PostgreSQL or MySQL behind a process of its own, which is started with the first query and again after it ended.
 * Whatever the server does to it, this process answers: with a result, or with an error that says what is known.
 */
export class ConfinedEngine implements Engine {
  readonly #surroundings: Surroundings
  #process: ConfinedProcess | undefined
  readonly #starts = new OneAtATime()
  #closed = false

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  query: Engine['query'] = async (sql, variables, limit, ending) =>
    (await this.#usable(ending)).run({ kind: 'query', sql, variables, limit }, ending) as Promise<QueryResult>

  probe: Engine['probe'] = async (ending) =>
    (await this.#usable(ending)).run({ kind: 'probe' }, ending) as Promise<{ server: string; version: string }>

  abilities: Engine['abilities'] = async (ending) =>
    (await this.#usable(ending)).run({ kind: 'abilities' }, ending) as Promise<readonly DatabaseAbility[] | undefined>

  async close(): Promise<void> {
    this.#closed = true
    this.#process?.close()
    await this.#process?.gone
  }

  /** A process that takes calls: the one there is, unless it may be stuck in a call that was ended, or another one. */
  async #usable(ending: Ending): Promise<ConfinedProcess> {
    for (;;) {
      const known = this.#process
      if (known?.usable && !known.mayBeStuck) return known
      if (this.#closed) throw accountClosed()
      if (known?.mayBeStuck) await ending.guard(known.unstuck(), () => undefined)
      else await this.#starts.once(ending, () => this.#start(ending))
    }
  }

  async #start(ending: Ending): Promise<void> {
    const started = await this.#surroundings.start(ending)
    if (this.#closed) {
      started()
      throw accountClosed()
    }
    this.#process = new ConfinedProcess(this.#surroundings, started)
  }
}
