import { invalidParameters } from '../base/errors.js'

/** @throws INVALID_PARAMETERS unless it is true, false, null or absent */
export function optionalBoolean(body: Record<string, unknown>, field: string): boolean | undefined {
  const value = body[field]
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined
  throw invalidParameters(`${field} is true or false.`, [{ field, message: 'is not a boolean' }])
}
