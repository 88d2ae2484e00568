import { invalidParameters } from '../../base/errors.js'
import { FIELD_JSON, parseFieldJson } from '../../base/field-json.js'
import { isPlainObject } from '../../base/json.js'
import { ConnectorFile } from '../../kit/index.js'
import { alternatives, type InputForms, isBinaryParameter } from '../../wire/schema-forms.js'

/** One field of a form as received: text, or the bytes of a part. */
export type FormField = [name: string, value: string | ConnectorFile]

type Schema = Record<string, unknown>

/**
 * Turns the fields of a form into an input: lists are repeated fields, numbers and booleans are text, a file is a part
 * whose parameter is binary. Names the action does not have stay, so that they are refused by name.
 * @throws INVALID_PARAMETERS
 */
export function formInput(forms: InputForms, fields: readonly FormField[]): Record<string, unknown> {
  const properties = isPlainObject(forms.full.properties) ? (forms.full.properties as Record<string, Schema>) : {}
  const values = new Map<string, (string | ConnectorFile)[]>()
  for (const [name, value] of fields) {
    const before = values.get(name)
    if (before) before.push(value)
    else values.set(name, [value])
  }
  return Object.fromEntries(
    [...values].map(([name, given]) => {
      const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
      return [name, schema ? fieldValue(name, schema, given) : given.map(asText)[0]]
    }),
  )
}

/** The names of an action's binary parameters: a part with such a name is a file, whatever its header fields say. */
export function binaryParameters(forms: InputForms): Set<string> {
  const properties = isPlainObject(forms.full.properties) ? (forms.full.properties as Record<string, Schema>) : {}
  return new Set(Object.entries(properties).flatMap(([name, schema]) => (isBinaryParameter(schema) ? [name] : [])))
}

function fieldValue(name: string, schema: Schema, given: (string | ConnectorFile)[]): unknown {
  const [main] = alternatives(schema).filter(({ type }) => type !== 'null')
  if (main?.type === 'array') {
    const items = isPlainObject(main.items) ? main.items : {}
    // A list may also be one field of JSON text.
    const [only] = given
    if (given.length === 1 && typeof only === 'string' && only.trimStart().startsWith('[')) return json(name, only)
    return given.map((value) => scalar(name, items, value))
  }
  const [first, second] = given
  if (first === undefined || second !== undefined)
    throw invalidParameters(`The parameter ${name} is given more than once.`)
  return scalar(name, main ?? {}, first)
}

function scalar(name: string, schema: Schema, value: string | ConnectorFile): unknown {
  if (schema.format === 'binary') return value
  const text = asText(value)
  if (schema.type === 'integer' || schema.type === 'number') return text.trim() === '' ? text : Number(text)
  // Older SDKs send Python's spelling.
  if (schema.type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return schema.type === 'object' ? json(name, text) : text
}

const asText = (value: string | ConnectorFile): string =>
  value instanceof ConnectorFile ? new TextDecoder().decode(value.bytes) : value

function json(name: string, text: string): unknown {
  try {
    return parseFieldJson(text)
  } catch {
    throw invalidParameters(
      `In a form the parameter ${name} must be JSON text, nested at most ${FIELD_JSON.depth} deep.`,
      [{ field: name, message: 'is not JSON' }],
    )
  }
}
