import { ConnectorsError, type ErrorCode, type ErrorOptions } from '../../base/errors.js'

/** Facts of a failing response in addition to its error; all null if there was no response. */
export interface AnswerFacts {
  status: number | null
  requestId: string | null
  apiCode: string | null
}

const NO_ANSWER: AnswerFacts = { status: null, requestId: null, apiCode: null }

/**
 * A failed request to the connector service: refused, answered out of contract, late, or never answered. A call
 * refused before anything is sent throws a plain `ConnectorsError`. Branch on `code`; `apiCode` is for the log and support.
 */
export class ApiError extends ConnectorsError {
  override readonly name: string = 'ApiError'
  /** The HTTP status; null when no answer came. */
  readonly status: number | null
  /** What support needs to find the call; null when the service sent none. */
  readonly requestId: string | null
  /** The code as the service sent it, also when this version does not know it; null when it sent none. */
  readonly apiCode: string | null

  constructor(code: ErrorCode, message: string, facts: Partial<AnswerFacts> = {}, options: ErrorOptions = {}) {
    super(code, message, options)
    const { status, requestId, apiCode } = { ...NO_ANSWER, ...facts }
    this.status = status
    this.requestId = requestId
    this.apiCode = apiCode
  }
}
