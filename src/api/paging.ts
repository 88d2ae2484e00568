import type { Context } from 'hono'
import { type FieldError, invalidParameters } from '../base/errors.js'

export interface Page {
  limit: number
  offset: number
}

const LIMIT = { fallback: 50, most: 200 }

/** `limit` (1 to 200, 50 unless given) and `offset` of a catalogue list. @throws INVALID_PARAMETERS */
export function pageOfQuery(c: Context): Page {
  const limit = Number(c.req.query('limit') ?? LIMIT.fallback)
  const offset = Number(c.req.query('offset') ?? 0)
  const errors: FieldError[] = []
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT.most)
    errors.push({ field: 'limit', message: `is not from 1 to ${LIMIT.most}` })
  if (!Number.isSafeInteger(offset) || offset < 0) errors.push({ field: 'offset', message: 'is not 0 or more' })
  if (errors.length > 0)
    throw invalidParameters(
      `The page does not exist: ${errors.map(({ field, message }) => `${field} ${message}`).join(', ')}.`,
      errors,
    )
  return { limit, offset }
}

export const pageAnswer = <Item>(items: Item[], total: number, { limit, offset }: Page) => ({
  items,
  meta: { total, limit, offset },
})
