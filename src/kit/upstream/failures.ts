import type { ErrorCode, FieldError } from '../../base/errors.js'
import { isPlainObject, type JsonObject } from '../../base/json.js'
import type { AnswerFields } from '../../http/send.js'
import type { XmlElement } from '../xml/element.js'

/** An answer that may be a failure, as a vendor's table sees it. All of it is a third party's text. */
export interface FailureResponse {
  status: number
  headers: AnswerFields
  /** The body, where it is JSON within bounds; null for an empty one. */
  json: unknown
  /** The root element of the body, where it is XML within bounds; read when it is asked for. */
  xml: () => XmlElement | undefined
  /** What the body says as one text: messages, codes, the address of documentation. At most 4,000 characters. */
  said: string
  /** Host and port of the API. */
  host: string
}

/** What a rule reads out of the answer, in addition to its own code and sentence. */
export interface FailureFacts {
  /** Replaces the rule's sentence: our own words, with values that were checked to be plain. */
  message?: string
  /** What is wrong with single parameters, in our words. */
  errors?: FieldError[]
  /** One of our codes that says why. */
  reason?: string
  /** The third party's own data; goes under `details.upstream`. */
  upstream?: JsonObject
}

/** One rule of a table of failures: how an answer is recognised, and what it means. The first matching rule counts. */
export interface FailureRule {
  when: {
    /** Any of these. A 2xx matches only where a vendor's rule names it. */
    status: readonly number[]
    /** The method of the request; any if left out. */
    method?: string
    /** A header field and a pattern for its value. */
    header?: readonly [name: string, value: RegExp]
    /** A pattern for the text of the body. It must be linear: the text comes from a third party. */
    says?: RegExp
    /** A dotted path into the JSON of the body, across lists, and a pattern for a value there: `['error', /^ratelimited$/]`. */
    member?: readonly [path: string, value: RegExp]
  }
  code: ErrorCode
  /** One sentence: what happened, and who can do what next. */
  message: string
  /** True where the credential is refused, as 401 says it: it is refreshed, or the account has to be linked again. */
  refusesCredential?: boolean
  /** True where nothing was done, so that even a write may be retried. */
  retryable?: boolean
  /** Seconds to wait where the answer does not name a time. */
  retryAfter?: number
  /** Reads more out of the answer; undefined where the rule does not match after all. */
  tell?: (refusal: FailureResponse) => FailureFacts | undefined
}

/** What answers of a vendor say about themselves apart from their content: goes into `meta`. */
export type Notices = (answer: { headers: AnswerFields }) => JsonObject | undefined

const RATE_LIMITED = {
  code: 'RATE_LIMITED',
  message: 'The third party accepts no more requests of this kind for now; try again later.',
  // Refused before anything was done, so even a write may be retried.
  retryable: true,
} as const
const NOT_FOUND = {
  code: 'NOT_FOUND',
  message: 'The third party has nothing of that name, or does not show it to this caller; check the names.',
} as const

/** What statuses and the usual header fields mean at any vendor. Checked after the vendor's own rules. */
export const HTTP_FAILURES: readonly FailureRule[] = [
  { when: { status: [429] }, ...RATE_LIMITED },
  { when: { status: [403], header: ['retry-after', /./] }, ...RATE_LIMITED },
  // The de-facto standard field: how many requests are left.
  { when: { status: [403], header: ['x-ratelimit-remaining', /^0$/] }, ...RATE_LIMITED },
  {
    when: { status: [403] },
    code: 'FORBIDDEN',
    message: 'The third party does not let this caller do that; someone with more rights must do it or grant them.',
  },
  { when: { status: [404, 410] }, ...NOT_FOUND },
  {
    /** A document that does not fit the schema. @see https://www.apollographql.com/docs/apollo-server/data/errors#built-in-error-codes */
    when: { status: [400, 422], member: ['errors.extensions.code', /^GRAPHQL_(?:PARSE|VALIDATION)_FAILED$/] },
    code: 'UPSTREAM_REFUSED',
    message:
      'The third party does not know something that this connector asks it for, which no other parameters change; its own words are in details.upstream, for who maintains the connector.',
  },
  {
    when: { status: [400, 422] },
    code: 'INVALID_PARAMETERS',
    message: 'The third party did not accept the parameters; its own words are in details.upstream.',
  },
  {
    /** @see https://www.rfc-editor.org/rfc/rfc7725 */
    when: { status: [451] },
    code: 'UPSTREAM_REFUSED',
    message: 'The third party may not show this for legal reasons; calling again will not change that.',
  },
]

/** Whether a rule matches the answer, by its conditions alone. */
export function matchesRule(
  { when }: FailureRule,
  method: string,
  { status, headers, said, json }: FailureResponse,
): boolean {
  return (
    when.status.includes(status) &&
    (when.method === undefined || when.method === method) &&
    (when.header === undefined || when.header[1].test(headers.get(when.header[0])?.trim() ?? '')) &&
    (when.says === undefined || when.says.test(said)) &&
    (when.member === undefined || someMember(json, when.member[0].split('.'), when.member[1]))
  )
}

/** The longest value that a pattern is held against, in characters. */
const LONGEST_VALUE = 1000

function someMember(json: unknown, steps: readonly string[], value: RegExp): boolean {
  if (Array.isArray(json)) return json.some((item) => someMember(item, steps, value))
  const [step, ...deeper] = steps
  if (step === undefined)
    return json !== null && typeof json !== 'object' && value.test(String(json).slice(0, LONGEST_VALUE))
  return isPlainObject(json) && Object.hasOwn(json, step) && someMember(json[step], deeper, value)
}
