import { invalidParameters } from '../base/errors.js'

/** A value in a path, as it was before it was encoded. */
export interface PathValue {
  /** The parameter that it is of, where the path was made for parameters. */
  name?: string
  value: unknown
}

/** A path in which no value can leave its segment. Made by `path` and by templates only. */
export class Path {
  readonly value: string
  readonly parts: readonly PathValue[]
  constructor(value: string, parts: readonly PathValue[] = []) {
    this.value = value
    this.parts = parts
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
  const filled = parts.reduce((out, part, index) => out + segment(values[index - 1]) + part)
  return new Path(
    filled,
    values.map((value) => ({ value })),
  )
}

/** One value as a segment of a path. @throws as `path` does */
export function segment(value: string | number | undefined): string {
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
