import * as z from 'zod'
import { didYouMean } from '../base/close-names.js'
import { type FieldError, invalidParameters } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import { saysMissing } from '../base/zod-issue.js'
import { dropSafeIntegerRange } from '../wire/schemas/tidy.js'
import { readJsonText } from './json-text.js'
import type { JsonSchema } from './listed-tool.js'
import { cutText } from './results/size-budget.js'

/** The most unknown arguments that an error lists. */
const FAULT_LIMIT = 50

/** The JSON Schema of a tool's arguments, as `tools/list` shows it, without what zod prints that is of no use to a model. */
export function inputSchemaOf({ input, argumentsAsIn }: { input: z.ZodObject; argumentsAsIn?: string }): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(input, {
    io: 'input',
    override: ({ jsonSchema }) => {
      tidy(jsonSchema)
      // They were read there.
      if (argumentsAsIn !== undefined) for (const told of ['description', 'minimum', 'maximum']) delete jsonSchema[told]
    },
  })
  return json
}

/**
 * Reads the arguments of a tool call. An object or list may come as its JSON text.
 * @param stray a sentence that says where arguments belong that are not the tool's own
 * @throws INVALID_PARAMETERS with one entry per fault, and the names that exist if one is unknown
 */
export function parseArguments<Schema extends z.ZodObject>(schema: Schema, raw: unknown, stray = ''): z.output<Schema> {
  const parsed = schema.safeParse(isPlainObject(raw) ? withTextsRead(schema, raw) : (raw ?? {}))
  if (parsed.success) return parsed.data
  const names = Object.keys(schema.shape)
  const errors = parsed.error.issues.flatMap((issue) => toFieldErrors(issue, names))
  const faults = errors.slice(0, 3).map(({ field, message }) => `${field} ${message}`)
  const unknown = parsed.error.issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0)
  const all = names.length === 0 ? 'It takes none' : `The arguments are ${names.join(', ')}`
  const known = unknown ? ` ${all}.${stray === '' ? '' : ` ${stray}`}` : ''
  throw invalidParameters(`Invalid arguments: ${faults.join('; ')}.${known}`, errors)
}

function withTextsRead({ shape }: z.ZodObject, raw: Record<string, unknown>): Record<string, unknown> {
  const read = Object.entries(raw).flatMap(([name, value]) => {
    const isJson = typeof value === 'string' && Object.hasOwn(shape, name) && holdsValues(shape[name])
    const found = isJson ? readJsonText(value) : undefined
    return found === undefined ? [] : [[name, found]]
  })
  return read.length === 0 ? raw : { ...raw, ...Object.fromEntries(read) }
}

/** Whether an argument is an object or a list. */
function holdsValues(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return holdsValues(schema.unwrap())
  return schema instanceof z.ZodRecord || schema instanceof z.ZodObject || schema instanceof z.ZodArray
}

function toFieldErrors(issue: z.core.$ZodIssue, names: readonly string[]): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, FAULT_LIMIT).map((key) => ({
      field: cutText([...issue.path, key].join('.'), 200),
      message: `is not an argument of this tool${issue.path.length === 0 ? didYouMean(key, names) : ''}`,
    }))
  const message = saysMissing(issue) ? 'is missing' : (WANTED[expectedBy(issue)] ?? plain(issue))
  return [{ field: issue.path.join('.') || '(all arguments)', message }]
}

/** What to send instead of a value of the wrong type, by zod's name of the expected type. */
const WANTED: Readonly<Record<string, string>> = {
  record: 'must be an object, such as {"name": "value"}, or its JSON text',
  array: 'must be a list, such as ["first", "second"], or its JSON text',
}

const expectedBy = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.path.length === 1 ? issue.expected : ''

/** Zod's own sentences do not quote values, but cannot directly follow a name. */
const plain = ({ message }: z.core.$ZodIssue): string =>
  /^(is|must|holds) /.test(message) ? message : `does not fit (${message.replace(/^Invalid input: /, '')})`

function tidy(schema: JsonSchema): void {
  dropSafeIntegerRange(schema)
  if (schema.additionalProperties !== false) delete schema.additionalProperties
  delete schema.propertyNames
  // A model sends no empty text, and an error says so where it does.
  if (schema.minLength === 1) delete schema.minLength
}
