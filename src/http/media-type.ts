/**
 * True for `application/json` and every type with the suffix `+json`, whatever their parameters.
 * @param contentType the header field's value
 * @see https://www.rfc-editor.org/rfc/rfc6839#section-3.1
 */
export function isJson(contentType: string | null | undefined): boolean {
  return /^application\/(?:json|[\w.!#$&^-]+\+json)$/.test(essence(contentType))
}

/** The media type without its parameters, lower case; '' where there is none. */
export function essence(contentType: string | null | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase()
}
