import { ConnectorsError } from '../../base/errors.js'
import type { Path, PathValue } from '../../http/path.js'

/** NOT_FOUND of a third party, with the path at which it has nothing. */
export class NothingThere extends ConnectorsError {
  readonly path: Path

  constructor({ message, details = {}, retryable, cause }: ConnectorsError, path: Path) {
    super('NOT_FOUND', message, { details, retryable, cause })
    this.path = path
  }
}

/**
 * The same failure with the parameters of the caller that were in the path, as `not_found`: one of them is what the third party
 * does not have. Where a function made the path, they are those that have a value of the path.
 * @param given what the caller sent, not what has a default or follows from something else
 */
export function withParametersNotFound(error: unknown, given: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof NothingThere)) return error
  const found = Object.entries(given).flatMap(([name, value]) => {
    const text = textOf(value)
    return text !== undefined && error.path.parts.some((part) => isOf(part, name, text)) ? [[name, cut(text)]] : []
  })
  if (found.length === 0) return error
  const { message, details, retryable } = error
  const notFound = Object.fromEntries(found) as Record<string, string>
  return new ConnectorsError('NOT_FOUND', message, {
    details: { ...details, not_found: notFound },
    retryable,
    cause: error,
  })
}

const isOf = (part: PathValue, name: string, text: string): boolean =>
  part.name === undefined ? textOf(part.value) === text : part.name === name

/** As it stands in a path; undefined for what cannot stand there. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.every(isScalar) ? value.join(',') : undefined
  return isScalar(value) ? String(value) : undefined
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

/** The longest value that an error repeats, in characters. */
const LONGEST_VALUE = 200

const cut = (text: string): string => (text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text)
