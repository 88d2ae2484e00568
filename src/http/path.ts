import { invalidParameters } from '../base/errors.js'

/** A path in which no value can leave its segment. Made by `path` only. */
export class Path {
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
  toString(): string {
    return this.value
  }
}

/** Dots alone would lead up the path; a URL parser resolves them even percent-encoded, so they are refused, not escaped. */
const CLIMBS = /^\.{1,2}$/

/**
 * Builds a request path from a template. Each value is percent-encoded whole, slashes included, so that no value can
 * leave its segment, add a query or lead up the path.
 * @example path`/repos/${owner}/${repo}/issues`
 * @throws INVALID_PARAMETERS for an empty value, `.` and `..`
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-3.3
 */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): Path {
  return new Path(parts.reduce((out, part, index) => out + segment(values[index - 1]) + part))
}

function segment(value: string | number | undefined): string {
  const text = String(value ?? '')
  if (text === '' || CLIMBS.test(text)) {
    throw invalidParameters(`A value in the path is ${text === '' ? 'empty' : `"${text}"`}; use a real name.`)
  }
  try {
    return encodeURIComponent(text)
  } catch {
    throw invalidParameters('A value in the path contains half of a surrogate pair; use well-formed text.')
  }
}
