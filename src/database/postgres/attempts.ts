import type { Statement } from '../sql/statement.js'
import { TRANSACTION_PRESETS } from './connect.js'
import { isLost } from './errors.js'
import { joined, ownStatements, type PostgresField } from './messages.js'
import { lossOf, type NamedStatement, StatementNames } from './names.js'
import { type Around, PostgresQuery, type RowLimit } from './query.js'
import { DISCARD_ALL, DISCARD_OTHERS, SessionReset } from './session-reset.js'
import type { Shared } from './shared.js'
import type { TypedSql } from './typed-sql.js'

/** One try of a statement. */
export interface Attempt {
  readonly sql: TypedSql
  readonly statement: Statement
  readonly named: NamedStatement | undefined
  readonly query: PostgresQuery
}

/** How the statements of one connection are sent: under which name, and with what around them. */
export class Attempts {
  readonly #shared: Shared
  readonly #names = new StatementNames()
  readonly #session = new SessionReset(this.#names)

  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** @param reset whether the session is to be reset first */
  begin(sql: TypedSql, statement: Statement, taking: RowLimit, reset: boolean): Attempt {
    const named = this.#mayName(statement) ? this.#names.of(sql) : undefined
    const query = new PostgresQuery(sql, taking, this.#around(statement, reset), named)
    return { sql, statement, named, query }
  }

  /** It gave an answer. @param nameCut whether the server cut a name in it, which it reports when it parses one and only then */
  ran({ sql, statement, named }: Attempt, fields: readonly PostgresField[] | undefined, nameCut: boolean): void {
    if (named) {
      named.parsed = true
      named.fields = fields
    } else if (!nameCut && this.#mayName(statement)) this.#names.ran(sql)
  }

  /** The server refused it. @returns true if it was for its name, so that nothing ran, and the same may be tried again */
  failed({ named }: Attempt, error: unknown): boolean {
    if (!named) return false
    const loss = lossOf(named, error)
    if (loss || !named.parsed) this.#names.drop(named)
    if (loss?.of === 'all') this.#stopNaming()
    return loss?.unrun ?? false
  }

  /** The session was not reset before a statement. */
  notReset(): void {
    if (this.#names.areThere) this.#stopNaming()
  }

  /** Resets the session without a statement behind it. @param run runs a statement @throws what it throws */
  async reset(run: (text: string) => Promise<void>): Promise<void> {
    if (this.#names.areThere) {
      try {
        return await run(DISCARD_OTHERS)
      } catch (error) {
        if (isLost(error)) throw error
        this.#stopNaming()
      }
    }
    this.#session.forget()
    await run(DISCARD_ALL)
  }

  #stopNaming(): void {
    this.#shared.naming = false
    this.#session.forget()
  }

  /** Only for what runs as a whole or not at all, so that it may be tried again. */
  #mayName({ words, changesSession, tables }: Statement): boolean {
    const { naming, session } = this.#shared
    if (!naming || !tables || changesSession || session.pooled) return false
    return session.way.presets && PRINTING.has(words[0] ?? '')
  }

  #around({ words }: Statement, reset: boolean): Around {
    const { readOnly, way } = this.#shared.session
    const presets = !way.presets && PRINTING.has(words[0] ?? '')
    const first = this.#session.before(reset)
    const own = OWN[readOnly ? 'reading' : 'writing'][presets ? 'presets' : 'plain']
    return {
      before: joined(first, own),
      behind: readOnly ? ROLLBACK : NOTHING,
      resets: first.count,
      close: this.#names.unused(),
    }
  }
}

/** What begins a statement whose rows hold values of tables. */
const PRINTING = new Set(['select', 'with', 'values', 'table', '(', 'insert', 'update', 'delete', 'merge'])

const NOTHING = ownStatements([])
const ROLLBACK = ownStatements(['rollback'])

/** What goes before a statement that may only read or also write, with the settings of a session or without. */
const BEGIN = 'begin transaction read only'
const OWN = {
  reading: { presets: ownStatements([BEGIN, TRANSACTION_PRESETS]), plain: ownStatements([BEGIN]) },
  writing: { presets: ownStatements([TRANSACTION_PRESETS]), plain: NOTHING },
}
