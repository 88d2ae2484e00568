import type { DatabaseAbility, QueryResult } from '../../kit/index.js'
import type { Engine } from '../engine.js'
import { ConfinedProcess, type Surroundings } from './process.js'

/**
 * PostgreSQL or MySQL behind a process of its own, which is started with the first query and again after it ended.
 * Whatever the server does to it, this process answers: with a result, or with an error that says what is known.
 */
export class ConfinedEngine implements Engine {
  readonly #surroundings: Surroundings
  #process: ConfinedProcess | undefined

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  query: Engine['query'] = (sql, variables, limit, ending) =>
    this.#usable().run({ kind: 'query', sql, variables, limit }, ending) as Promise<QueryResult>

  probe: Engine['probe'] = (ending) =>
    this.#usable().run({ kind: 'probe' }, ending) as Promise<{ server: string; version: string }>

  abilities: Engine['abilities'] = (ending) =>
    this.#usable().run({ kind: 'abilities' }, ending) as Promise<readonly DatabaseAbility[] | undefined>

  async close(): Promise<void> {
    this.#process?.close()
    await this.#process?.gone
  }

  #usable(): ConfinedProcess {
    if (!this.#process?.usable) this.#process = new ConfinedProcess(this.#surroundings)
    return this.#process
  }
}
