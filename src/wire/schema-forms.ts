import { z } from 'zod'
import { isPlainObject } from '../base/json.js'
import { type Schema, tidy, withoutReferences } from './schemas/tidy.js'

/** The input of an action as JSON Schema, in the two forms the wire publishes. */
export interface InputForms {
  /** The full JSON Schema, with a title of letters and digits. */
  full: Schema
  /** One property per parameter, in the few forms that every published SDK reads. */
  conservative: { type: 'object'; properties: Record<string, Schema> }
  /** True when a parameter is a file: the action then takes form bodies. */
  takesFiles: boolean
}

const BINARY = { type: 'string', format: 'binary' }
const PLAIN = new Set(['string', 'integer', 'number', 'boolean', 'object', 'array'])

/** @param name the action's name; the title of its schema is made from it */
export function inputForms(name: string, schema: z.ZodObject): InputForms {
  const { $schema: _, ...full } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => tidy(jsonSchema),
  }) as Schema
  return formsOf({ ...withoutReferences(full), title: title(name) })
}

/** Both forms, from the full one. */
export function formsOf(full: Schema): InputForms {
  const properties = propertiesOf(full)
  const required = new Set(Array.isArray(full.required) ? (full.required as string[]) : [])
  const conservative = Object.fromEntries(
    Object.entries(properties).map(([key, property]) => [key, conservativeForm(property, required.has(key))]),
  )
  return { full, conservative: { type: 'object', properties: conservative }, takesFiles: takesFiles(full) }
}

/** Whether a parameter is a file: the action then takes form bodies. @param full the full schema */
export const takesFiles = (full: Schema): boolean => Object.values(propertiesOf(full)).some(isBinaryParameter)

const propertiesOf = ({ properties }: Schema): Record<string, Schema> =>
  isPlainObject(properties) ? (properties as Record<string, Schema>) : {}

const title = (name: string): string =>
  `${name
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Input`

const isBinary = (schema: unknown): boolean => isPlainObject(schema) && schema.format === 'binary'

/** The alternatives of a schema, one by one: of `anyOf` and `oneOf`, and of a list of types. */
export function alternatives(schema: Schema): Schema[] {
  const branches = schema.anyOf ?? schema.oneOf
  if (Array.isArray(branches)) return branches.flatMap((branch) => alternatives(branch as Schema))
  if (Array.isArray(schema.type)) return schema.type.map((type) => (type === 'null' ? { type } : { ...schema, type }))
  return [schema]
}

/** A file, or a list of files, or either left out. */
export const isBinaryParameter = (schema: Schema): boolean =>
  alternatives(schema).some((branch) => isBinary(branch) || isBinary(branch.items))

/** Only the null branch makes a parameter optional to the SDK; `required` and `default` are ignored there. */
function conservativeForm(property: Schema, required: boolean): Schema {
  const branches = [
    ...new Map(
      alternatives(property)
        .flatMap(plainForms)
        .map((branch) => [JSON.stringify(branch), branch]),
    ).values(),
  ]
  const nullable = branches.some((branch) => branch.type === 'null')
  const [first, ...others] = branches
  if (first && others.length === 0 && required && !nullable) return first
  return { anyOf: [...branches.filter((branch) => branch.type !== 'null'), { type: 'null' }] }
}

/** Reduces a schema to bare types; what cannot be reduced becomes an object, which the SDK sends unchanged. */
function plainForms(schema: Schema): Schema[] {
  if (isBinary(schema)) return [BINARY]
  if (schema.type === 'array') return [{ type: 'array', items: itemForm(schema.items) }]
  if (schema.type === 'null') return [{ type: 'null' }]
  if (typeof schema.type === 'string' && PLAIN.has(schema.type)) return [{ type: schema.type }]
  const values = Array.isArray(schema.enum) ? schema.enum : 'const' in schema ? [schema.const] : []
  const types = new Set(
    values.map((value) => (Number.isInteger(value) ? 'integer' : value === null ? 'null' : typeof value)),
  )
  if (types.size > 0) return [...types].filter((type) => PLAIN.has(type) || type === 'null').map((type) => ({ type }))
  return [{ type: 'object' }]
}

function itemForm(items: unknown): Schema {
  if (!isPlainObject(items)) return { type: 'object' }
  const [first, ...others] = alternatives(items)
    .flatMap(plainForms)
    .filter((branch) => branch.type !== 'null')
  return first && others.length === 0 && first.type !== 'array' ? first : { type: 'object' }
}
