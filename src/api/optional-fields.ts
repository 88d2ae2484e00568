import { invalidParameters } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'

/** @throws INVALID_PARAMETERS unless it is true, false, null or absent */
export function optionalBoolean(body: Record<string, unknown>, field: string): boolean | undefined {
  const value = body[field]
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined
  throw invalidParameters(`${field} is true or false.`, [{ field, message: 'is not a boolean' }])
}

/** The callback URL of a body; what is no text is refused with the URLs that are none. */
export function callbackUrlIn({ callback_url }: Record<string, unknown>): string | undefined {
  return callback_url === undefined || callback_url === null
    ? undefined
    : typeof callback_url === 'string'
      ? callback_url
      : ''
}

/** @throws INVALID_PARAMETERS where the body has no configuration */
export function configurationIn({ configuration }: Record<string, unknown>): Record<string, unknown> {
  if (isPlainObject(configuration)) return configuration
  throw invalidParameters('The configuration is missing or not an object.')
}
