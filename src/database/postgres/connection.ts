import type { Socket } from 'node:net'
import type { Client } from 'pg'
import { ConnectorsError } from '../../base/errors.js'
import type { Cancellation } from '../cancellation.js'
import { CONNECT_TIME } from '../engine.js'
import { ResetFailure, type Resettable } from '../pools/reset.js'
import { Meter } from '../results/size-limit.js'
import type { Statement } from '../sql/statement.js'
import { type Attempt, Attempts } from './attempts.js'
import { type OpenPostgres, type PostgresDriver, sendCancelRequest } from './connect.js'
import { isLost, queryError } from './errors.js'
import type { PostgresField } from './messages.js'
import { PlainStatement, type PostgresQuery, type RawRows, type RowLimit } from './query.js'
import type { Shared } from './shared.js'
import { learnTypes } from './type-names.js'
import { type TypedSql, withOtherTypes, withTypes } from './typed-sql.js'
import type { Written } from './written.js'

/** What a statement gave, and how much the server sent of it. */
export interface PostgresRows extends RawRows {
  /** Bytes. */
  received: number
}

/** One session at the server. */
export class PostgresConnection implements Resettable {
  usable = true
  readonly #driver: PostgresDriver
  readonly #client: Client
  readonly #meter: Meter
  readonly #reported: ReadonlyMap<string, string>
  readonly #shared: Shared
  readonly #attempts: Attempts
  /** The last statement, which may run on after its answer was complete. */
  #last: PostgresQuery | undefined
  /** True once the server said of the running statement that it cut a name in it. */
  #nameCut = false
  /** False where the last statement cannot have changed the session. */
  #touched = false
  #clean: boolean | Promise<boolean> = true
  /** True while the session is to be reset: with the next statement, in its round trip, or when none comes soon. */
  #used = false
  readonly #soon = setTimeout(() => {
    if (this.#used && this.usable) this.#clean = this.#reset()
    this.#used = false
  }, RESET_PAUSE).unref()

  constructor({ driver, client, reported }: OpenPostgres, shared: Shared) {
    this.#driver = driver
    this.#client = client
    this.#meter = new Meter(client.connection.stream as Socket)
    this.#reported = reported
    this.#shared = shared
    this.#attempts = new Attempts(shared)
    const broken = () => {
      this.usable = false
    }
    client.on('error', broken).on('end', broken)
    client.on('notice', ({ code }) => {
      if (code === NAME_CUT) this.#nameCut = true
    })
  }

  get client(): Client {
    return this.#client
  }

  async query(statement: Statement, limit: number, cancellation: Cancellation): Promise<PostgresRows> {
    if (statement.changesSession) this.usable = false
    // It runs no code of the database, so that it leaves the session as it was.
    this.#touched = statement.words[0] !== 'show'
    this.#nameCut = false
    this.#meter.begin(cancellation)
    try {
      const { fields, rows, command } = await this.#run(statement, limit, cancellation)
      if (this.#nameCut && statement.reads) throw nameTooLong()
      if ((this.#reported.get('client_encoding') ?? 'UTF8').toUpperCase() !== 'UTF8') throw encodingChanged()
      const { received } = this.#meter
      if (fields?.some(({ dataTypeID }) => !this.#shared.types.has(dataTypeID))) await this.#learn(fields, cancellation)
      return { fields, rows, command, received }
    } finally {
      const last = this.#last
      this.#meter.end(last && !last.done ? last.ended() : undefined)
    }
  }

  startReset(): void {
    if (!this.usable) return
    const last = this.#last
    if (last && (!last.done || last.failed)) this.#clean = this.#reset()
    else if (this.#touched) {
      this.#used = true
      this.#soon.refresh()
    }
  }

  clean(): boolean | Promise<boolean> {
    return this.#clean
  }

  /**
   * Leaves no setting, lock, temporary table, prepared statement, cursor or listener of the last statement.
   * @see https://www.postgresql.org/docs/current/sql-discard.html
   */
  async #reset(): Promise<boolean> {
    const late = setTimeout(() => this.#kill(), CONNECT_TIME)
    late.unref()
    try {
      await this.#settle()
      await this.#attempts.reset((text) => this.plain(text))
      this.#clean = this.usable
    } catch {
      this.close()
      this.#clean = false
    } finally {
      clearTimeout(late)
    }
    return this.#clean
  }

  close(): void {
    this.usable = false
    this.#client.end().catch(() => undefined)
    // A server that does not end its side would keep the socket.
    const late = setTimeout(() => this.#client.connection.stream.destroy(), CONNECT_TIME)
    late.unref()
    this.#client.once('end', () => clearTimeout(late))
  }

  async #run(statement: Statement, limit: number, cancellation: Cancellation): Promise<RawRows> {
    const taking = this.#taking(statement, limit)
    let sql = withTypes(statement)
    // A statement that failed took its reset back with it.
    const reset = this.#used
    this.#used = false
    for (;;) {
      const attempt = this.#attempts.begin(sql, statement, taking, reset)
      const { query } = attempt
      this.#last = query
      this.#client.query(query)
      const forget = cancellation.listen((error) => {
        this.#kill()
        query.abandon(error)
      })
      try {
        const raw = await query.result
        this.#attempts.ran(attempt, raw.fields, this.#nameCut)
        return raw
      } catch (error) {
        cancellation.check()
        if (isLost(error)) this.usable = false
        else if (!query.begun) throw this.#notReset()
        sql = await this.#again(attempt, error, cancellation)
      } finally {
        forget()
      }
    }
  }

  /** @returns what to try after a statement failed @throws why it did */
  async #again(attempt: Attempt, error: unknown, cancellation: Cancellation): Promise<TypedSql> {
    const { sql, statement } = attempt
    const { readOnly } = this.#shared.session
    // The rollback that was sent behind a failed statement is skipped by the server.
    if (readOnly && this.usable) await cancellation.guard(this.#settle(), () => this.#kill())
    if (this.#attempts.failed(attempt, error)) return sql
    const again = withOtherTypes(sql, error as Error, statement.unshared)
    if (!again) throw queryError(error, { ...statement, ...sql }, readOnly)
    return again
  }

  /** The server did not reset the session, so that nothing of the statement ran: another connection has to run it. */
  #notReset(): ResetFailure {
    this.#attempts.notReset()
    this.close()
    return new ResetFailure()
  }

  #taking({ leavable }: Statement, limit: number): RowLimit {
    const { session, watch } = this.#shared
    return leavable && !(watch && session.pooled) ? { limit, mayLeave: this.#mayLeave } : { limit }
  }

  readonly #mayLeave = async (): Promise<boolean> => {
    const { session, watch } = this.#shared
    if (!watch) return true
    const written = await watch(this.#client).catch((): Written => 'unknown')
    // A session that cannot be watched stops at the limit from now on.
    if (written === 'unknown') session.pooled = true
    return written === 'no'
  }

  /** Stops the last statement where it still runs, and leaves its transaction. */
  async #settle(): Promise<void> {
    const last = this.#last
    this.#last = undefined
    if (last && !last.done && last.left) {
      await Promise.race([sendCancelRequest(this.#driver, this.#client), last.ended()])
      await last.ended()
    }
    if (last?.failed || this.#client.getTransactionStatus() !== 'I') await this.plain('rollback')
  }

  /** Runs a statement that this service wrote. */
  async plain(text: string): Promise<void> {
    const statement = new PlainStatement(text)
    this.#client.query(statement)
    await statement.done
  }

  /** Asks the server to stop the statement, and leaves without waiting for it. */
  #kill(): void {
    this.usable = false
    void sendCancelRequest(this.#driver, this.#client)
    this.#client.connection.stream.destroy()
  }

  /** Types that are not built in, once for a pool. */
  async #learn(fields: readonly PostgresField[], cancellation: Cancellation): Promise<void> {
    const { types } = this.#shared
    const unknown = fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !types.has(oid))
    const learnt = this.#settle().then(() => learnTypes(this.#client, unknown, types))
    await cancellation.guard(learnt, () => this.#kill())
  }
}

/** How long a session may stay as a statement left it where no other one follows. Milliseconds. */
const RESET_PAUSE = 20

/** The SQLSTATE of the notice that an identifier was cut. */
const NAME_CUT = '42622'

const nameTooLong = (): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'A name in the query is longer than the server takes, usually 63 bytes, and would be cut; shorten it.',
  )

const encodingChanged = (): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'The statement changed client_encoding, so that its answer cannot be read; leave that setting alone.',
  )
