import type { PostgresField } from './messages.js'
import type { TypedSql } from './typed-sql.js'

/** The most statements that a connection keeps parsed under a name. The server plans and keeps each of them. */
const MOST_NAMES = 32
/** The most texts that are remembered to have run once. */
const MOST_SEEN = 200
/** The longest text that gets a name. Characters. */
const LONGEST = 16 * 1024

/** A statement that a server keeps parsed. */
export interface NamedStatement {
  readonly name: string
  /** True once the server has it. */
  parsed: boolean
  /** Its columns, which the server refuses to change under the name; none for a statement that gives no rows. */
  fields: readonly PostgresField[] | undefined
}

/**
 * Which statements of a connection have a name: those that ran a second time there. The server then neither parses nor
 * analyses them again, and sends no description of their columns.
 */
export class StatementNames {
  /** Of its own for each connection, since behind a pooler others may have statements in the same session. */
  readonly #prefix = `connectors_${Math.random().toString(36).slice(2)}_`
  readonly #named = new Map<string, NamedStatement>()
  readonly #seen = new Set<string>()
  #unused: string[] = []
  #count = 0

  /** True while the server keeps any. */
  get areThere(): boolean {
    return this.#named.size > 0
  }

  /** @returns undefined for one that ran never or only once */
  of(sql: TypedSql): NamedStatement | undefined {
    const key = keyOf(sql)
    const known = this.#named.get(key)
    if (known) {
      this.#named.delete(key)
      this.#named.set(key, known)
      return known
    }
    if (!this.#seen.delete(key)) return undefined
    const named = { name: this.newName(), parsed: false, fields: undefined }
    this.#named.set(key, named)
    return named
  }

  /** Takes a name away from a statement, for good or until it ran twice again. */
  drop(named: NamedStatement): void {
    for (const [key, { name }] of this.#named) if (name === named.name) this.#named.delete(key)
    this.#unused.push(named.name)
  }

  /** @returns a name that the server has to forget, if there is one: each is returned once */
  unused(): string | undefined {
    const [oldest] = this.#named.values()
    if (oldest && this.#named.size > MOST_NAMES) this.drop(oldest)
    return this.#unused.pop()
  }

  /** A statement ran without an error, and without a name. */
  ran(sql: TypedSql): void {
    if (sql.text.length > LONGEST) return
    const [oldest] = this.#seen
    if (this.#seen.size >= MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest)
    this.#seen.add(keyOf(sql))
  }

  /** The server forgot all of them. */
  clear(): void {
    this.#named.clear()
    this.#seen.clear()
    this.#unused = []
  }

  newName(): string {
    this.#count += 1
    return `${this.#prefix}${this.#count}`
  }
}

/** A text is parsed for the types of its values. */
const keyOf = ({ text, types }: TypedSql): string => (types.length === 0 ? text : `${types.join(' ')} ${text}`)

/** What a failed statement says about its name. */
export interface NameLoss {
  /** `one` where this name is of no use any more, `all` where others have or take away what is under a name. */
  of: 'one' | 'all'
  /** True if the server refused the name, before it ran anything; a function that the statement called may say the same. */
  unrun: boolean
}

/**
 * Whether a statement failed because of its name.
 * @param error what it failed with
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function lossOf({ name }: NamedStatement, error: unknown): NameLoss | undefined {
  const { code, message, routine, where } = error as Partial<Record<string, unknown>>
  const unrun = where === undefined
  // Its columns would be others than before. A server words this in its own language.
  if (code === '0A000' && routine === 'RevalidateCachedQuery') return { of: 'one', unrun }
  return (code === '26000' || code === '42P05') && String(message).includes(name) ? { of: 'all', unrun } : undefined
}
