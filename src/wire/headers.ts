/** Header field names of the wire API, lower case. @see the section "Headers" of the HTTP contract */
export const HEADER = {
  apiKey: 'x-api-key',
  authorization: 'authorization',
  integration: 'x-integration',
  /** The older name of `x-integration`; both mean the same. */
  bosaIntegration: 'x-bosa-integration',
  /** `true`: the call of an action may only read. An addition of this service. */
  readOnly: 'x-read-only',
  errorContract: 'x-gl-error-contract',
  requestId: 'x-request-id',
  retryAfter: 'retry-after',
  /** On the answer of an action: the account that acted. An addition of this service. */
  actedAs: 'x-acted-as',
} as const

/** 2: an unknown account is a 404 with the envelope. 1: select, get and remove answer it with 200 and `success: false`. */
export type ErrorContract = 1 | 2

/** The form of a request id; anything else a caller sends is replaced by our own. */
export const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** What old SDKs send as the API key when they have none. */
export const NO_API_KEY = 'connector'
