import type { z } from 'zod'
import { didYouMean } from '../../base/close-names.js'
import { type FieldError, invalidParameters } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { issueMessage } from '../../base/zod-issue.js'
import { FAULT_LIMIT, FAULT_NAME_LIMIT } from '../limits.js'
import { namesAt, valueAt } from './at-path.js'

/** @throws INVALID_PARAMETERS with one entry per fault, and the names and values that exist where one is unknown */
export function parseInput<Schema extends z.ZodObject>(schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = schema.safeParse(withoutNulls(schema, raw))
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const errors = firstFaults(issues, { schema, raw })
  const unknown = issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0)
  const known = Object.keys(schema.shape).join(', ')
  throw invalidParameters(
    `The parameters do not fit: ${errors
      .slice(0, 3)
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; ')}.${unknown ? ` The action takes ${known || 'no parameters'}.` : ''}`,
    errors,
  )
}

interface Checked {
  schema: z.ZodObject
  raw: unknown
}

/** Stops at the limit: an input may have as many faults as values. */
function firstFaults(issues: readonly z.core.$ZodIssue[], checked: Checked): FieldError[] {
  const faults: FieldError[] = []
  for (const issue of issues) {
    if (faults.length >= FAULT_LIMIT) break
    faults.push(...faultsOf(issue, checked, FAULT_LIMIT - faults.length))
  }
  return faults
}

function faultsOf(issue: z.core.$ZodIssue, { schema, raw }: Checked, most: number): FieldError[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    const names = namesAt(schema, path)
    const what = path.length === 0 ? 'is not a parameter of this action' : 'is not a member here'
    return issue.keys
      .slice(0, most)
      .map((key) => ({ field: shortName([...path, key]), message: what + didYouMean(key, names) }))
  }
  return [{ field: shortName(path) || '(the whole input)', message: messageOf(issue, valueAt(raw, path)) }]
}

/** What zod says of a value that is not there depends on what it would have to be. */
function messageOf(issue: z.core.$ZodIssue, given: unknown): string {
  const isMissing = given === undefined && issue.path.length > 0
  if (isMissing && issue.code === 'invalid_union') return 'is missing'
  if (issue.code !== 'invalid_value') return issueMessage(issue)
  if (isMissing) return `is missing; ${issue.message.replace(/^Invalid (option|input): /, '')}`
  const values = issue.values.filter((value) => typeof value === 'string')
  return issueMessage(issue) + (typeof given === 'string' ? didYouMean(given, values) : '')
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
