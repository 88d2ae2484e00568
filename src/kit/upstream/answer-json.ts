import { ConnectorsError } from '../../base/errors.js'
import type { Json } from '../../base/json.js'
import { exceededBound, type JsonBounds } from '../../base/json-bounds.js'
import { ANSWER_JSON } from '../limits.js'

/** What a body was read as. */
type Reading = { value: Json } | { exceeded: keyof JsonBounds } | { cause: unknown }

const utf8 = new TextDecoder()

/**
 * The JSON of an answer: read when it is first asked for, and once, however many ask for it. Ignores the content type: JSON is
 * what parses as JSON, and an error page or half an answer never does.
 */
export class AnswerJson {
  readonly #bytes: Uint8Array
  #reading: Reading | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Null for an empty body, undefined for what is not JSON within the bounds of the kit. */
  get value(): Json | undefined {
    const reading = this.#read()
    return 'value' in reading ? reading.value : undefined
  }

  /**
   * @param answer its status, and whether the request could not change anything
   * @returns null for an empty body
   * @throws UPSTREAM_ERROR for what is not JSON within the bounds of the kit
   */
  require({ status, isRead }: { status: number; isRead: boolean }): Json {
    const reading = this.#read()
    if ('value' in reading) return reading.value
    const details = { upstream: { status } }
    if ('exceeded' in reading) throw new ConnectorsError('UPSTREAM_ERROR', TOO_MUCH[reading.exceeded], { details })
    const message = 'The third party answered with something other than JSON; try again later.'
    throw new ConnectorsError('UPSTREAM_ERROR', message, { details, retryable: isRead, cause: reading.cause })
  }

  #read(): Reading {
    this.#reading ??= readingOf(this.#bytes)
    return this.#reading
  }
}

const TOO_MUCH: Readonly<Record<keyof JsonBounds, string>> = {
  depth: `The answer of the third party is nested more than ${ANSWER_JSON.depth} deep; ask for less at once.`,
  values: `The answer of the third party holds more than ${ANSWER_JSON.values} values; ask for less at once.`,
}

function readingOf(bytes: Uint8Array): Reading {
  if (bytes.byteLength === 0) return { value: null }
  const exceeded = exceededBound(bytes, ANSWER_JSON)
  if (exceeded) return { exceeded }
  try {
    return { value: JSON.parse(utf8.decode(bytes)) as Json }
  } catch (cause) {
    return { cause }
  }
}
