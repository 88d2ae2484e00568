import type { Writable } from 'node:stream'
import type { Submittable } from 'pg'
import type { BoundSql, BoundValue } from '../sql/bind.js'

/** The messages of the extended protocol, as `pg` sends them. @see https://www.postgresql.org/docs/current/protocol-flow.html */
interface Wire {
  stream: Pick<Writable, 'writable' | 'write'>
  parse(message: { text: string; types: number[] }): void
  bind(message: { values: (string | null)[] }): void
  describe(message: { type: 'P' }): void
  execute(message: { rows: number }): void
  sync(): void
  query(text: string): void
  sendCopyFail(reason: string): void
}

export interface PostgresField {
  name: string
  dataTypeID: number
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

/**
 * One statement in one round trip: all messages leave together, and the Sync behind Execute ends the portal. (`pg`'s own
 * `rows` option fetches page after page instead, with a round trip each.)
 *
 * A reading statement is wrapped in a read-only transaction that is rolled back, in the same round trip. There is
 * nothing to commit, and what writes in spite of it (large objects before PostgreSQL 16) is undone.
 */
export class PostgresQuery implements Submittable {
  readonly result: Promise<RawRows>
  /** Resolves when the server is done with it. */
  readonly ended: Promise<void>
  readonly #sql: TypedSql
  readonly #taking: RowLimit
  /** Statements of this service before and behind it. */
  readonly #around: { before: readonly string[]; behind: readonly string[] }
  readonly #raw: RawRows = { fields: undefined, rows: [], command: '' }
  #resolve: (result: RawRows) => void = () => undefined
  #reject: (error: Error) => void = () => undefined
  #whenDone: () => void = () => undefined
  /** How many of the statements have ended. */
  #ended = 0
  /** True once the server has nothing more to say about it. */
  done = false
  /** True when its answer was complete before its end. */
  left = false
  /** True for an error of the server, which leaves the transaction around it open. */
  failed = false

  constructor(sql: TypedSql, taking: RowLimit, around: { before: readonly string[]; behind: readonly string[] }) {
    this.#sql = sql
    this.#taking = taking
    this.#around = around
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.ended = new Promise((resolve) => {
      this.#whenDone = resolve
    })
  }

  /** True once the server is past the first statement of this service. */
  get begun(): boolean {
    return this.#ended > 0
  }

  submit(connection: unknown): void {
    const { stream } = connection as Wire
    const { text, values, types } = this.#sql
    const parts: Buffer[] = []
    // The same connection, but for what it writes to: one buffer costs half of what five do.
    const wire: Wire = Object.create(connection as Wire, {
      stream: { value: { writable: true, write: (part: Buffer) => parts.push(part) > 0 } },
    })
    for (const statement of this.#around.before) sendStatement(wire, statement)
    wire.parse({ text, types: [...types] })
    wire.bind({ values: values.map((value) => (value === null ? null : String(value))) })
    wire.describe({ type: 'P' })
    wire.execute({ rows: this.#taking.mayLeave ? 0 : this.#taking.limit + 1 })
    for (const statement of this.#around.behind) sendStatement(wire, statement)
    wire.sync()
    if (stream.writable) stream.write(Buffer.concat(parts))
  }

  handleRowDescription({ fields }: { fields: readonly PostgresField[] }): void {
    this.#raw.fields = fields
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    // Rows of the statements before it have no description that was asked for.
    if (!this.#raw.fields || this.#raw.rows.length > this.#taking.limit) return
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
    if (this.#ended === this.#around.before.length) this.#raw.command = text
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
    this.#whenDone()
  }

  handleError(error: Error): void {
    this.done = true
    this.failed = true
    this.#reject(error)
    this.#whenDone()
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

/** The messages of a statement of this service, made once: there are few of them, and they go with every query. */
function sendStatement(wire: Wire, text: string): void {
  let bytes = prepared.get(text)
  if (!bytes) {
    bytes = messagesOf(text)
    prepared.set(text, bytes)
  }
  wire.stream.write(bytes)
}

const prepared = new Map<string, Buffer>()

/** Parse, Bind and Execute, without values and without a limit. */
function messagesOf(text: string): Buffer {
  const parse = Buffer.concat([Buffer.from(`\0${text}\0`), Buffer.alloc(2)])
  const [bind, execute] = [Buffer.alloc(8), Buffer.alloc(5)]
  return Buffer.concat([message('P', parse), message('B', bind), message('E', execute)])
}

function message(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind, 'latin1')
  head.writeInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}

/** SQL with its values and what types they are sent as. */
export interface TypedSql extends BoundSql {
  types: readonly number[]
}

const BOOL = 16
const INT4 = 23
const INT8 = 20
const NUMERIC = 1700
const TEXT = 25
/** Left to the server, which takes it from the place the value stands in, as it does with a quoted literal. */
const UNKNOWN = 0

/** @returns the same SQL with a type for each value */
export const withTypes = ({ text, values, locate }: BoundSql): TypedSql => ({
  text,
  values,
  locate,
  types: values.map(typeOf),
})

/** Numbers get the type the same number would have as a literal, so that `:a + :b` and `limit :n` mean what they say. */
function typeOf(value: BoundValue): number {
  if (typeof value === 'boolean') return BOOL
  if (typeof value !== 'number') return UNKNOWN
  if (!Number.isSafeInteger(value)) return NUMERIC
  return value >= -(2 ** 31) && value < 2 ** 31 ? INT4 : INT8
}

/**
 * Another try for a statement whose values the server could give no type, where a quoted literal would have passed.
 * Nothing of it ran yet: the server refuses such a statement when it reads it.
 * @param code the SQLSTATE of the refusal, and its message
 * @returns undefined where there is nothing else to try
 */
export function withOtherTypes(
  sql: TypedSql,
  { code, message }: { code?: string; message: string },
  unshared: () => BoundSql,
): TypedSql | undefined {
  // The same value stands where two types are needed.
  if (code === '42P08') {
    const other = withTypes(unshared())
    return other.text === sql.text ? undefined : other
  }
  // It stands where any type would do, as in `:x is null`.
  const index = code === '42P18' ? Number(/\$(\d+)/.exec(message)?.[1]) - 1 : -1
  return sql.types[index] === UNKNOWN ? { ...sql, types: sql.types.with(index, TEXT) } : undefined
}
