import type { z } from 'zod'
import { type ConnectorsError, type FieldError, invalidParameters } from '../../base/errors.js'
import { issueMessage } from '../../base/zod-issue.js'
import { sentences } from './sentences.js'

/** The most faults one answer lists. */
const FAULTS = 50

/**
 * The body or the query of a request, parsed. Fields the schema does not name are left out.
 * @throws INVALID_PARAMETERS with one entry in `details.errors` for each fault; no value of the caller's is quoted
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw refusal(schema, parsed.error.issues)
}

function refusal(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): ConnectorsError {
  const errors = issues.map((issue): FieldError => ({ field: fieldOf(issue.path), message: issueMessage(issue) }))
  const told = sentences.get(schema) ?? {}
  const [sentence] = issues.flatMap(({ path: [name] }) => told[String(name)] ?? [])
  const faults = errors.slice(0, 3).map(({ field, message }) => `${field} ${message}`)
  return invalidParameters(sentence ?? `The request is invalid: ${faults.join(', ')}.`, errors.slice(0, FAULTS))
}

/** `callback_origins[1]`, `configuration.url`. */
const fieldOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('') || '(the whole request)'
