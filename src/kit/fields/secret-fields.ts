import { z } from 'zod'
import { cleanPastedToken } from '../../base/pasted-token.js'
import { redactor } from '../../base/redact.js'
import type { CustomAuth } from '../connector.js'

/** A configuration field whose value must never be shown. */
export const secretField = (description: string) => z.string().min(1).describe(description).meta({ secret: true })

/** Printable ASCII without spaces: what fits into a header field. */
const TOKEN = /^[\x21-\x7e]+$/

/**
 * As `secretField`, for a token that a person pastes: what gets copied along with it (spaces, quotation marks, `Bearer`) is
 * removed.
 */
export const tokenField = (description: string) =>
  z
    .string()
    .transform(cleanPastedToken)
    .pipe(z.string().regex(TOKEN, 'is empty or contains a character that is not allowed in a token; copy it again'))
    .meta({ description, secret: true })

/** Whether a field is marked as secret, itself or below `optional()`, `nullish()` and `default()`. */
function isMarked(field: z.core.$ZodType): boolean {
  for (let schema: z.core.$ZodType | undefined = field; schema; schema = innerOf(schema)) {
    const meta = z.globalRegistry.get(schema as z.ZodType) as { secret?: boolean } | undefined
    if (meta?.secret === true) return true
  }
  return false
}

const innerOf = ({ _zod }: z.core.$ZodType): z.core.$ZodType | undefined =>
  (_zod.def as { innerType?: z.core.$ZodType }).innerType

/** The values of a configuration that must never be seen. */
export function secretsOf(auth: CustomAuth, configuration: Record<string, unknown>): string[] {
  const marked = Object.entries(auth.fields).flatMap(([name, field]) => {
    const value = configuration[name]
    return isMarked(field) && typeof value === 'string' ? [value] : []
  })
  return [...marked, ...(auth.secrets?.(configuration) ?? [])].filter((text) => !SCHEME.test(text))
}

/** The scheme of a URL alone is not a secret, and appears in sentences that say how a URL is written. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/{2,3}$/i

/** The fields of a configuration that are not marked, and hold no text which `auth.secrets` names. */
export function withoutSecrets(auth: CustomAuth, configuration: Record<string, unknown>): Record<string, unknown> {
  // Also the shortest: a field too many that is left out does no harm.
  const redact = redactor(auth.secrets?.(configuration) ?? [], 1)
  const holdsSecret = (value: unknown): boolean => {
    const text = JSON.stringify(value) ?? ''
    return redact(text) !== text
  }
  const shown = Object.entries(auth.fields).flatMap(([name, field]) => {
    const value = configuration[name]
    return value === undefined || isMarked(field) || holdsSecret(value) ? [] : [[name, value] as const]
  })
  return Object.fromEntries(shown)
}
