import type { z } from 'zod'
import { didYouMean } from '../../base/close-names.js'
import { invalidParameters } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { issueMessage } from '../../base/zod-issue.js'
import { FAULT_LIMIT, FAULT_NAME_LIMIT } from '../limits.js'

/** @throws INVALID_PARAMETERS with one entry per fault, and the names that exist where one is unknown */
export function parseInput<Schema extends z.ZodObject>(schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = schema.safeParse(withoutNulls(schema, raw))
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, FAULT_LIMIT).map((key) => ({
          field: shortName([...issue.path, key]),
          message: `is not a parameter of this action${didYouMean(key, Object.keys(schema.shape))}`,
        }))
      : [{ field: shortName(issue.path) || '(the whole input)', message: issueMessage(issue) }],
  )
  const unknown = parsed.error.issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0)
  const known = Object.keys(schema.shape).join(', ')
  throw invalidParameters(
    `The parameters do not fit: ${errors
      .slice(0, 3)
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; ')}.${unknown ? ` The action takes ${known || 'no parameters'}.` : ''}`,
    errors.slice(0, FAULT_LIMIT),
  )
}

/** A dotted path, any part of which may have been invented by the sender. */
const shortName = (path: readonly PropertyKey[]): string => {
  const name = path.map(String).join('.')
  return name.length > FAULT_NAME_LIMIT ? `${name.slice(0, FAULT_NAME_LIMIT)}…` : name
}

/** An optional parameter that is null counts as left out: the published schemas offer null everywhere. */
function withoutNulls(schema: z.ZodObject, raw: unknown): unknown {
  if (!isPlainObject(raw) || !Object.values(raw).includes(null)) return raw
  const isLeftOut = ([name, value]: [string, unknown]): boolean => {
    const field = value === null && Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined
    return field !== undefined && !field.safeParse(null).success && field.safeParse(undefined).success
  }
  return Object.fromEntries(Object.entries(raw).filter((entry) => !isLeftOut(entry)))
}
