import { z } from 'zod'
import { cleanPastedToken } from '../../base/pasted-token.js'
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

/** The values of a configuration that must never be seen. */
export function secretsOf(auth: CustomAuth, configuration: Record<string, unknown>): string[] {
  const marked = Object.entries(auth.fields).flatMap(([name, field]) => {
    const meta = z.globalRegistry.get(field as z.ZodType) as { secret?: boolean } | undefined
    const value = configuration[name]
    return meta?.secret && typeof value === 'string' ? [value] : []
  })
  return [...marked, ...(auth.secrets?.(configuration) ?? [])].filter((text) => !SCHEME.test(text))
}

/** The scheme of a URL alone is not a secret, and appears in sentences that say how a URL is written. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/{2,3}$/i
