import { isPlainObject } from '../../base/json.js'

export type Schema = Record<string, unknown>

/** The longest pattern that is shown: a longer one, as `z.iso.datetime()` has it, tells a reader nothing. Characters. */
const LONGEST_PATTERN = 60

/** Zod prints the safe-integer range with every `int()`; it is of no use to a reader. */
export function dropSafeIntegerRange(schema: Schema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}

/**
 * Leaves in one schema, not in those within it, only what helps a reader, who may be a model. The service checks an input by
 * the zod schema, which has everything.
 */
export function tidy(schema: Schema): void {
  dropSafeIntegerRange(schema)
  delete schema.secret
  if (isLong(schema.pattern)) delete schema.pattern
  if (Array.isArray(schema.allOf)) dropLongPatterns(schema, schema.allOf)
  nameKeys(schema)
}

const isLong = (pattern: unknown): boolean => typeof pattern === 'string' && pattern.length > LONGEST_PATTERN

/** A text with more than one pattern has them in `allOf`. */
function dropLongPatterns(schema: Schema, all: readonly unknown[]): void {
  const kept = all.filter((part) => !(isPlainObject(part) && isLong(part.pattern)))
  if (kept.length > 0) schema.allOf = kept
  else delete schema.allOf
}

/** Keys out of a list become properties; that the others are texts goes without saying. */
function nameKeys(schema: Schema): void {
  const { propertyNames: names, additionalProperties: value } = schema
  if (!isPlainObject(names)) return
  delete schema.propertyNames
  if (!Array.isArray(names.enum)) return
  schema.properties = Object.fromEntries(names.enum.map((name) => [name, value]))
  schema.additionalProperties = false
}

/**
 * The schema with every reference replaced by what it refers to. One that leads back into itself becomes, where it comes
 * round, a schema of its type alone: readers stumble over recursion, models first.
 * @param root a JSON Schema with references to its own `$defs`, or to itself
 */
export function withoutReferences(root: Schema): Schema {
  const { $defs, ...whole } = root
  const definitions = isPlainObject($defs) ? $defs : {}
  const resolve = (reference: string): unknown =>
    reference === '#' ? whole : definitions[reference.slice('#/$defs/'.length)]
  const expand = (value: unknown, within: readonly unknown[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => expand(item, within))
    if (!isPlainObject(value)) return value
    if (typeof value.$ref !== 'string') return mapValues(value, (member) => expand(member, within))
    const { $ref, ...beside } = value
    const target = resolve($ref)
    if (!isPlainObject(target)) return value
    return within.includes(target)
      ? { ...typeOf(target), ...beside }
      : { ...(expand(target, [...within, target]) as Schema), ...beside }
  }
  return expand(whole, [whole]) as Schema
}

const typeOf = ({ type }: Schema): Schema => (type === undefined ? {} : { type })

const mapValues = (object: Schema, map: (value: unknown) => unknown): Schema =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
