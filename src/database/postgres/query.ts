import type { Writable } from 'node:stream'
import type { Submittable } from 'pg'
import { type Naming, type OwnStatements, type PostgresField, roundTrip, UNNAMED } from './messages.js'
import type { NamedStatement } from './names.js'
import type { TypedSql } from './typed-sql.js'

/** What is used of `pg`'s connection. @see https://www.postgresql.org/docs/current/protocol-flow.html */
interface Wire {
  stream: Pick<Writable, 'writable' | 'write'>
  query(text: string): void
  sendCopyFail(reason: string): void
}

export interface RawRows {
  /** Undefined for a statement that gives no rows. */
  fields: readonly PostgresField[] | undefined
  /** Every value as the server prints it. */
  rows: (string | null)[][]
  /** The command tag: `INSERT 0 1`. */
  command: string
}

/** How many rows of a statement are taken, and what stops the server there. */
export interface RowLimit {
  /** The most rows that are kept; the first one more shows that there are more. */
  limit: number
  /**
   * Undefined where the server itself stops at the limit. It then uses no parallel workers, since it may be asked to go
   * on; where that would be a loss, it is let run, and this is asked what to do when there are more rows than are kept:
   * true to leave without its end, false to wait for that and pass the rows over.
   */
  mayLeave?: () => Promise<boolean>
}

/** Statements of this service before a statement and behind it. */
export interface Around {
  before: OwnStatements
  behind: OwnStatements
  /** How many of those before it reset the session. */
  resets: number
  /** A name that the server has to forget. */
  close: string | undefined
}

/**
 * One statement in one round trip: all messages leave together, and the Sync behind Execute ends the portal. (`pg`'s own
 * `rows` option fetches page after page instead, with a round trip each.)
 *
 * A reading statement is wrapped in a read-only transaction that is rolled back, in the same round trip. There is
 * nothing to commit, and what writes in spite of it (large objects before PostgreSQL 16) is undone.
 */
export class PostgresQuery implements Submittable {
  readonly result: Promise<RawRows>
  readonly #sql: TypedSql
  readonly #taking: RowLimit
  readonly #around: Around
  readonly #named: NamedStatement | undefined
  readonly #raw: RawRows
  /** True once the server described the columns of this answer. */
  #described = false
  #resolve: (result: RawRows) => void = () => undefined
  #reject: (error: Error) => void = () => undefined
  #whenDone: (() => void) | undefined
  /** How many of the statements have ended. */
  #ended = 0
  /** True once the server has nothing more to say about it. */
  done = false
  /** True when its answer was complete before its end. */
  left = false
  /** True for an error of the server, which leaves the transaction around it open. */
  failed = false

  /** @param named under which name the server keeps it, or is to */
  constructor(sql: TypedSql, taking: RowLimit, around: Around, named?: NamedStatement) {
    this.#sql = sql
    this.#taking = taking
    this.#around = around
    this.#named = named
    this.#raw = { fields: named?.fields, rows: [], command: '' }
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** True once the session is reset, so that something of the statement may have run. */
  get begun(): boolean {
    return this.#ended >= this.#around.resets
  }

  /** Resolves when the server is done with it. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      if (this.done) return resolve()
      const before = this.#whenDone
      this.#whenDone = () => {
        before?.()
        resolve()
      }
    })
  }

  /** Ends the waiting for its result, and not the statement. */
  abandon(error: Error): void {
    this.#reject(error)
  }

  submit(connection: unknown): void {
    const { stream } = connection as Wire
    const { text, values, types } = this.#sql
    const { before, behind, close } = this.#around
    const { name, parsed } = this.#named ?? { name: '', parsed: false }
    const naming: Naming =
      name === '' && close === undefined ? UNNAMED : { name, parse: !parsed, describe: !parsed, close }
    const sending = {
      text,
      values: values.map((value) => (value === null ? null : String(value))),
      types,
      rows: this.#taking.mayLeave ? 0 : this.#taking.limit + 1,
    }
    if (stream.writable) stream.write(roundTrip(sending, naming, before, behind))
  }

  handleRowDescription({ fields }: { fields: readonly PostgresField[] }): void {
    this.#described = true
    this.#raw.fields = fields
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    // Rows of the statements before it have no description that was asked for.
    if (!this.#described && !(this.#raw.fields && this.#ended === this.#around.before.count)) return
    if (this.#raw.rows.length > this.#taking.limit) return
    this.#raw.rows.push(fields)
    if (this.#raw.rows.length > this.#taking.limit) this.#full()
  }

  #full(): void {
    this.#taking.mayLeave?.().then((leave) => {
      if (!leave) return
      this.left = true
      this.#resolve(this.#raw)
    }, this.#reject)
  }

  handleCommandComplete({ text }: { text: string }): void {
    if (this.#ended === this.#around.before.count) this.#raw.command = text
    this.#ended += 1
  }

  handlePortalSuspended(): void {
    this.#ended += 1
  }

  handleEmptyQuery(): void {
    this.#ended += 1
  }

  handleReadyForQuery(): void {
    this.done = true
    this.#resolve(this.#raw)
    this.#whenDone?.()
  }

  handleError(error: Error): void {
    this.done = true
    this.failed = true
    this.#reject(error)
    this.#whenDone?.()
  }

  handleCopyInResponse(connection: unknown): void {
    ;(connection as Wire).sendCopyFail('COPY is not available here')
  }

  handleCopyData(): void {}
}

/** A statement of this service whose rows are not wanted, by the simple protocol. */
export class PlainStatement implements Submittable {
  readonly done: Promise<void>
  readonly #text: string
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(text: string) {
    this.#text = text
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: unknown): void {
    ;(connection as Wire).query(this.#text)
  }

  handleReadyForQuery(): void {
    this.#resolve()
  }

  handleError(error: Error): void {
    this.#reject(error)
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
}
