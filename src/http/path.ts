import { invalidParameters } from '../base/errors.js'

/** A path whose every value stays inside its own segment. Made by `path` only. */
export class Path {
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
  toString(): string {
    return this.value
  }
}

/** Dots alone would climb; a URL parser resolves them even percent-encoded, so they are refused rather than escaped. */
const CLIMBS = /^\.{1,2}$/

/**
 * Builds a request path from a template. Each value is percent-encoded whole, slashes included, so that no value can
 * leave its segment, add a query or climb.
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
    throw invalidParameters(`A value of the path is ${text === '' ? 'empty' : `"${text}"`}; give a real name.`)
  }
  try {
    return encodeURIComponent(text)
  } catch {
    throw invalidParameters('A value of the path holds half of a surrogate pair; give well-formed text.')
  }
}
