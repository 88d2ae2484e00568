import { type FieldError, invalidParameters } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { ClientFile } from '../../client/responses/files.js'

/**
 * Replaces the objects that a model wrote for files by files.
 * @param names the action's file parameters
 * @throws INVALID_PARAMETERS for a file parameter that is not a valid file object
 */
export function withFiles(params: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const given = names.filter((name) => Object.hasOwn(params, name) && params[name] !== null)
  if (given.length === 0) return params
  const errors: FieldError[] = []
  const files = given.map((name) => {
    const value = params[name]
    const list = (Array.isArray(value) ? value : [value]).map(toFile)
    if (list.includes(undefined))
      errors.push({ field: `params.${name}`, message: 'is not a file object {filename, content_type, text or base64}' })
    return [name, Array.isArray(value) ? list : list[0]] as const
  })
  if (errors.length > 0) throw invalidParameters('A file parameter is not a valid file object.', errors)
  return { ...params, ...Object.fromEntries(files) }
}

function toFile(value: unknown): ClientFile | undefined {
  if (!isPlainObject(value)) return undefined
  const { text, base64, filename, content_type } = value
  const isText = typeof text === 'string'
  const bytes = isText ? Buffer.from(text) : decode(base64)
  // Without a type a third party takes it for bytes of no known kind, and neither shows nor searches it.
  const type = textOrNull(content_type) ?? (isText ? 'text/plain' : null)
  return bytes && new ClientFile(bytes, textOrNull(filename), type)
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Node's decoder skips characters that are not base64, so the text is checked first. */
function decode(base64: unknown): Uint8Array | undefined {
  return typeof base64 === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)
    ? Buffer.from(base64, 'base64')
    : undefined
}
