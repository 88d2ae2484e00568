import { joined, type OwnStatements, ownStatements } from './messages.js'
import type { StatementNames } from './names.js'

/**
 * Undoes everything that a statement may leave in its session.
 * @see https://www.postgresql.org/docs/current/sql-discard.html
 */
export const DISCARD_ALL = 'discard all'

/**
 * Fails where there is a statement that SQL prepared, as a function may; nothing that is sent behind it then runs. Such a statement may
 * stand under any name, those of the parts below included, so that this one has none and comes first.
 */
const CHECK = `select 1 operator(pg_catalog./) (case when exists
    (select from pg_catalog.pg_prepared_statement() where from_sql) then 0 else 1 end)`
/** The parts of the same that leave prepared statements where they are. */
const PARTS = [
  'set session authorization default',
  'reset all',
  'close all',
  'unlisten *',
  'discard temp',
  'discard sequences',
  'select pg_catalog.pg_advisory_unlock_all()',
]

/** The same as one text, for a session without a statement behind it. */
export const DISCARD_OTHERS = [CHECK, ...PARTS].join('; ')

const WHOLE = ownStatements([DISCARD_ALL])
const NONE = ownStatements([])

/** How the session of one connection is reset in the round trip of a statement. */
export class SessionReset {
  readonly #names: StatementNames
  #parts: { first: OwnStatements; again: OwnStatements } | undefined
  #parsed = false

  constructor(names: StatementNames) {
    this.#names = names
  }

  /** @param needed whether the last statement may have left something @returns what goes before a statement */
  before(needed: boolean): OwnStatements {
    if (!needed) return NONE
    if (!this.#names.areThere) return WHOLE
    this.#parts ??= partsUnder(PARTS.map(() => this.#names.newName()))
    const { first, again } = this.#parts
    if (this.#parsed) return again
    this.#parsed = true
    return first
  }

  /** The server forgot all prepared statements. */
  forget(): void {
    this.#names.clear()
    this.#parsed = false
  }
}

const partsUnder = (names: readonly string[]) => ({
  first: joined(ownStatements([CHECK]), ownStatements(PARTS, { names, parse: true })),
  again: joined(ownStatements([CHECK]), ownStatements(PARTS, { names, parse: false })),
})
