import { invalidParameters } from '../../base/errors.js'
import type { Json } from '../../base/json.js'
import { isPlainObject } from '../../base/json.js'
import type { DatabaseEngine } from '../address.js'
import type { Token } from './scanner.js'

/** A value as it goes to a driver, beside the SQL and never in it. */
export type BoundValue = string | number | boolean | null

export interface BoundSql {
  /** The query with the engine's placeholders where its variables stood. */
  text: string
  values: BoundValue[]
  /** Turns an offset in `text` into one in the query as it was written; both count UTF-16 units from 0. */
  locate(offset: number): number
}

/**
 * The most values a statement may have: PostgreSQL and MySQL count them in 16 bits, SQLite as it was built.
 * @see https://www.postgresql.org/docs/current/limits.html
 * @see https://www.sqlite.org/limits.html#max_variable_number
 */
const MOST_VALUES: Record<DatabaseEngine, number> = { postgresql: 65_535, mysql: 65_535, sqlite: 32_766 }

/** Where a query has its variables: all that binding needs to know of its text. */
export interface Template {
  /** The text around the variables, one piece more than there are variables. */
  pieces: readonly string[]
  variables: readonly TemplateVariable[]
  names: ReadonlySet<string>
  /** How many variables stand before the first placeholder of the engine; undefined where there is none. */
  placeholder: number | undefined
}

interface TemplateVariable {
  name: string
  /** True in `in (:ids)`, the one place where several placeholders mean the same as one list. */
  inList: boolean
}

export function templateOf(tokens: readonly Token[]): Template {
  const pieces: string[] = []
  const variables: TemplateVariable[] = []
  let placeholder: number | undefined
  let piece = ''
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === 'placeholder') placeholder ??= variables.length
    if (kind !== 'variable') {
      piece += text
      continue
    }
    pieces.push(piece)
    variables.push({ name: text.slice(1), inList: standsInList(tokens, index) })
    piece = ''
  }
  return { pieces: [...pieces, piece], variables, names: new Set(variables.map(({ name }) => name)), placeholder }
}

/** How variables that stand in a query more than once are bound. */
export interface BindOptions {
  /**
   * True to use a numbered placeholder again, so that the engine knows both for the same value, as `group by` needs.
   * MySQL has none.
   */
  reuse: boolean
}

/**
 * Puts placeholders where the variables stand and their values in order beside the text.
 * A list may stand in `in (:ids)` only, and takes one placeholder an item; an object is bound as JSON text.
 * @throws INVALID_PARAMETERS naming a variable without a value, a value without a variable, a list elsewhere, or a number
 * that arrived rounded; and for more values than the engine takes
 */
export function bind(
  template: Template,
  variables: Record<string, Json>,
  engine: DatabaseEngine,
  { reuse }: BindOptions,
): BoundSql {
  refuseStrays(template, variables, engine)
  const { pieces, variables: places } = template
  const values: BoundValue[] = []
  const known = new Map<string, string>()
  const shifts: Shift[] = []
  let text = pieces[0] ?? ''
  for (const [index, { name, inList }] of places.entries()) {
    const value = variables[name] as Json
    if (Array.isArray(value) && !inList) throw listElsewhere(name)
    const put = known.get(name) ?? placeholders(boundItems(name, value), values, engine)
    if (reuse && engine !== 'mysql') known.set(name, put)
    text += put
    shifts.push({ from: text.length, by: put.length - name.length - 1 })
    text += pieces[index + 1] ?? ''
  }
  if (values.length > MOST_VALUES[engine]) throw tooMany(values.length, MOST_VALUES[engine])
  const written = shifts.reduce((length, { by }) => length - by, text.length)
  return { text, values, locate: (offset) => Math.min(written, unshifted(offset, shifts)) }
}

/** Where a placeholder ends, and by how much it is longer than the variable it stands for. */
interface Shift {
  from: number
  by: number
}

const unshifted = (offset: number, shifts: readonly Shift[]): number =>
  shifts.reduce((at, { from, by }) => (offset >= from ? at - by : at), offset)

/** Adds values to those bound so far. @returns the placeholders for them */
function placeholders(items: readonly BoundValue[], values: BoundValue[], engine: DatabaseEngine): string {
  const sign = engine === 'postgresql' ? '$' : '?'
  let text = ''
  for (const item of items) {
    values.push(item)
    text += `${text === '' ? '' : ', '}${sign}${engine === 'mysql' ? '' : values.length}`
  }
  return text
}

function boundItems(name: string, value: Json): BoundValue[] {
  if (holdsRounded(value)) throw rounded(name)
  if ([value].flat().some((item) => typeof item === 'string' && !isWellFormed(item))) throw brokenText(name)
  if (!Array.isArray(value)) return [isPlainObject(value) ? JSON.stringify(value) : (value as BoundValue)]
  if (value.length === 0) {
    throw unfit(
      name,
      `The variable "${name}" is an empty list; leave the condition out where there is nothing to match.`,
    )
  }
  if (value.some((item) => typeof item === 'object' && item !== null)) {
    throw unfit(name, `The variable "${name}" is a list of more than single values; give JSON text instead.`)
  }
  return value as BoundValue[]
}

/** Beyond 2^53 a JSON number has been rounded on its way here, so that it may be another one's. */
function holdsRounded(value: Json): boolean {
  const open: Json[] = [value]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item === 'number') {
      if (Math.abs(item) > Number.MAX_SAFE_INTEGER || !Number.isFinite(item)) return true
    } else if (typeof item === 'object' && item !== null) for (const inner of Object.values(item)) open.push(inner)
  }
  return false
}

/** Half of a pair of UTF-16 has no form in UTF-8, so another character would be sent for it. */
const isWellFormed = (text: string): boolean =>
  (text as string & { isWellFormed?: () => boolean }).isWellFormed?.() ?? Buffer.from(text).toString() === text

function standsInList(tokens: readonly Token[], index: number): boolean {
  const [open, word] = codeAround(tokens, index, -1)
  const [close] = codeAround(tokens, index, 1)
  return open?.text === '(' && word?.text.toLowerCase() === 'in' && close?.text === ')'
}

/** The two tokens next to one, white space and comments aside. */
function codeAround(tokens: readonly Token[], index: number, step: 1 | -1): Token[] {
  const found: Token[] = []
  for (let at = index + step; at >= 0 && at < tokens.length && found.length < 2; at += step) {
    const token = tokens[at]
    if (token && token.kind !== 'space' && token.kind !== 'comment') found.push(token)
  }
  return found
}

function refuseStrays(template: Template, variables: Record<string, Json>, engine: DatabaseEngine): void {
  const { variables: places, names, placeholder } = template
  for (const [index, { name }] of places.entries()) {
    if (index === placeholder) throw placeholderOfEngine(engine)
    if (Object.hasOwn(variables, name)) continue
    throw unfit(name, `The query uses the variable :${name}, but variables holds no "${name}".`)
  }
  if (placeholder === places.length) throw placeholderOfEngine(engine)
  for (const name of Object.keys(variables)) {
    if (names.has(name)) continue
    throw unfit(name, `The variable "${name}" is given, but the query has no :${name} outside strings and comments.`)
  }
}

/** Left alone, SQLite takes a placeholder without a value for NULL, and PostgreSQL's would meet ours. */
const placeholderOfEngine = (engine: DatabaseEngine): Error =>
  invalidParameters(
    `${engine === 'mysql' ? 'A ? placeholder' : 'A placeholder of the engine'} cannot be used; write :name and give its value in variables.`,
  )

const unfit = (name: string, message: string) =>
  invalidParameters(message, [{ field: `variables.${name}`, message: 'does not fit the query' }])

const listElsewhere = (name: string) =>
  unfit(name, `The variable "${name}" is a list, which can stand in \`in (:${name})\` only; elsewhere give JSON text.`)

const rounded = (name: string) =>
  unfit(
    name,
    `The variable "${name}" holds a number beyond 9007199254740991, which JSON numbers do not carry exactly; give it as text: "9007199254740993".`,
  )

const brokenText = (name: string) =>
  unfit(name, `The variable "${name}" holds half a character (a surrogate on its own), which no database takes.`)

const tooMany = (count: number, most: number) =>
  invalidParameters(
    `The statement has ${count} values, and the database takes at most ${most}; send them in several statements, or as one JSON text.`,
  )
