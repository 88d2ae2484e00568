import { isPlainObject } from '../../base/json.js'
import { cutText } from './size-budget.js'

type Schema = Record<string, unknown>

/** How much is said of the parameters of one action. Lengths in characters; with 0 a text is left out. */
export interface ParameterDetail {
  requiredText: number
  optionalText: number
  /** Whether optional parameters are shown with their types, or only named. */
  optionalTypes: boolean
  /** The most values of an enumeration, and members of an object. */
  values: number
  /** The most parameters of each kind. */
  parameters: number
}

/** The parameters of an action in a fraction of the tokens of their JSON Schema. */
export interface CompactParameters {
  /** By name, the required ones first: "string, required; Owner of the repository". */
  parameters: Record<string, string>
  /** Names of optional ones of which nothing else is said. */
  optional: string[]
  /** True when something was left out. */
  cut: boolean
}

/** The two that every action takes are arguments of the tools themselves. */
const OF_TOOLS: ReadonlySet<string> = new Set(['response_fields', 'response_filters'])

/** How deep types in types are shown, and how many of them of one action: a schema may refer to itself. */
const DEPTH = 5
const TYPES = 300

/** A longer name than this is not shown: it is of no use when it is cut. Characters. */
const LONGEST_NAME = 100

/**
 * The parameters of an action as a model reads them best: their types, whether they are required, their default, and what they
 * mean. What is left out of them is given in detail by the schema itself.
 * @param schema of an object, with local references at most
 */
export function compactParameters(schema: Schema, detail: ParameterDetail): CompactParameters {
  const writer = new TypeWriter(schema, detail.values)
  const properties = Object.entries(objectOf(schema.properties)).filter(([name]) => !OF_TOOLS.has(name))
  const required = requiredOf(schema)
  const isRequired = ([name]: readonly [string, unknown]) => required.has(name)
  const [needed, others] = [properties.filter(isRequired), properties.filter((property) => !isRequired(property))]
  const shown = (some: readonly [string, unknown][]) => {
    const kept = some.filter(([name]) => name.length <= LONGEST_NAME).slice(0, detail.parameters)
    if (kept.length < some.length) writer.cut = true
    return kept
  }
  const lines = shown(needed).map(([name, property]) => [name, writer.line(property, detail.requiredText, true)])
  const typed = detail.optionalTypes ? shown(others) : []
  const named = detail.optionalTypes ? [] : shown(others)
  if (named.length > 0) writer.cut = true
  const optional = typed.map(([name, property]) => [name, writer.line(property, detail.optionalText, false)])
  return {
    parameters: Object.fromEntries([...lines, ...optional]),
    optional: named.map(([name]) => name),
    cut: writer.cut,
  }
}

/** Writes schemas down, and remembers whether something was left out. */
class TypeWriter {
  cut = false
  readonly #root: Schema
  readonly #values: number
  /** Of the members of objects, since many parameters may refer to one of them. */
  readonly #names = new WeakMap<Schema, string[]>()
  #typesLeft = TYPES

  constructor(root: Schema, values: number) {
    this.#root = root
    this.#values = values
  }

  /** @param longest characters of its description */
  line(property: unknown, longest: number, isRequired: boolean): string {
    const schema = objectOf(property)
    const facts = `${this.#type(schema, 0)}${isRequired ? ', required' : ''}${defaultOf(schema)}`
    const text = typeof schema.description === 'string' ? oneLine(schema.description) : ''
    const said = firstSentences(text, longest)
    if (said.length < text.length) this.cut = true
    return said === '' ? facts : `${facts}; ${said}`
  }

  #type(given: Schema, depth: number): string {
    const schema = this.#resolved(given)
    this.#typesLeft -= 1
    if (depth > DEPTH || this.#typesLeft < 0) {
      this.cut = true
      return 'any'
    }
    if (Array.isArray(schema.enum)) return this.#listed(schema.enum)
    if (schema.const !== undefined) return valueText(schema.const)
    const branches = branchesOf(schema, this.#values)
    if (branches) {
      const types = branches.map((branch) => this.#type(branch, depth + 1))
      return [...new Set(types)].filter((type) => type !== 'null').join(' | ') || 'null'
    }
    if (schema.type === 'array') {
      const items = this.#type(objectOf(schema.items), depth + 1)
      return `list of ${items.includes(' | ') ? `(${items})` : items}`
    }
    if (schema.type === 'object' || schema.properties !== undefined) return this.#object(schema, depth)
    return scalarOf(schema)
  }

  #object(schema: Schema, depth: number): string {
    const properties = objectOf(schema.properties)
    const names = this.#names.get(properties) ?? Object.keys(properties)
    this.#names.set(properties, names)
    if (names.length === 0) return 'object'
    const required = Array.isArray(schema.required) ? schema.required : []
    const isMore = names.length > this.#values
    if (isMore) this.cut = true
    const shown = names.slice(0, this.#values).map((name) => {
      const mark = required.includes(name) ? '' : '?'
      return `${cutText(name, LONGEST_NAME)}${mark}: ${this.#type(objectOf(properties[name]), depth + 1)}`
    })
    return `{${[...shown, ...(isMore ? ['…'] : [])].join(', ')}}`
  }

  #listed(values: readonly unknown[]): string {
    // Null is one of them at most.
    const some = values.slice(0, this.#values + 2).filter((value) => value !== null)
    const shown = some.slice(0, this.#values).map(valueText)
    if (some.length <= this.#values) return shown.join(' | ')
    this.cut = true
    return [...shown, '…'].join(' | ')
  }

  /** A reference within the schema, followed. */
  #resolved(schema: Schema): Schema {
    const [, name] =
      typeof schema.$ref === 'string' ? (/^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(schema.$ref) ?? []) : []
    if (name === undefined) return schema
    const places = [objectOf(this.#root.$defs), objectOf(this.#root.definitions)]
    return objectOf(places.find((definitions) => Object.hasOwn(definitions, name))?.[name])
  }
}

const objectOf = (value: unknown): Schema => (isPlainObject(value) ? value : {})

const requiredOf = ({ required }: Schema): ReadonlySet<unknown> => new Set(Array.isArray(required) ? required : [])

/** The first alternatives of a schema; undefined where there are none. */
function branchesOf(schema: Schema, most: number): Schema[] | undefined {
  if (Array.isArray(schema.type)) return schema.type.slice(0, most).map((type) => ({ ...schema, type }))
  const branches = schema.anyOf ?? schema.oneOf ?? schema.allOf
  return Array.isArray(branches) ? branches.slice(0, most).map(objectOf) : undefined
}

function scalarOf({ type, format, minimum, maximum }: Schema): string {
  if (typeof type !== 'string') return 'any'
  const isNumber = type === 'integer' || type === 'number'
  if (isNumber && isFew(minimum) && isFew(maximum)) return `${type} ${minimum}-${maximum}`
  if (isNumber && isFew(maximum)) return `${type} up to ${maximum}`
  return type === 'string' && typeof format === 'string' ? `string (${cutText(format, 20)})` : cutText(type, 20)
}

/** A bound that a caller can come near to. */
const isFew = (bound: unknown): bound is number => typeof bound === 'number' && Math.abs(bound) < 1_000_000

const defaultOf = ({ default: value }: Schema): string =>
  value === undefined || value === null || typeof value === 'object' ? '' : `; default ${valueText(value)}`

/** A value as it stands in a list of values; in quotation marks where it could be read as more than one. */
const valueText = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/+-]+$/.test(value)
    ? cutText(value, 60)
    : cutText(JSON.stringify(value) ?? '', 60)

/** What is read of a description at most: it may come from another service. Characters. */
const LONGEST_TEXT = 2000

const oneLine = (text: string): string => text.slice(0, LONGEST_TEXT).replace(/\s+/g, ' ').trim()

/**
 * The beginning of a text, to the end of a sentence if one ends after a third of that length, else to the end of a word.
 * @param longest in characters
 */
export function firstSentences(text: string, longest: number): string {
  const line = oneLine(text)
  if (line.length <= longest) return line
  const start = line.slice(0, longest + 1)
  const end = Math.max(start.lastIndexOf('. '), start.lastIndexOf('。'))
  if (end >= longest / 3) return start.slice(0, end + 1)
  const word = start.lastIndexOf(' ')
  return longest < 10 ? '' : cutText(line, word > longest / 2 ? word : longest - 1)
}
