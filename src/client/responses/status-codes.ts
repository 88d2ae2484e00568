import type { ErrorCode } from '../../base/errors.js'

/** The subject of a request; it decides what a status without a code means. */
export type RequestSubject = 'login' | 'user' | 'tenant' | 'link' | 'account' | 'action' | 'public'

/** What a request was sent with to prove who asks, the strongest of it. */
export type SentCredential = 'none' | 'apiKey' | 'userToken'

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_PARAMETERS',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'UPSTREAM_TIMEOUT',
  413: 'TOO_LARGE',
  422: 'INVALID_PARAMETERS',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
  504: 'UPSTREAM_TIMEOUT',
}

const CONFLICT: Readonly<Partial<Record<RequestSubject, ErrorCode>>> = {
  user: 'USER_EXISTS',
  tenant: 'CLIENT_EXISTS',
  link: 'INTEGRATION_EXISTS',
}

/** @returns our code for a failure whose own code is missing or unknown */
export function codeOfStatus(status: number, subject: RequestSubject, credential: SentCredential): ErrorCode {
  if (status === 401) return codeOfRefusedCredential(subject, credential)
  if (status === 409) return CONFLICT[subject] ?? 'UPSTREAM_REFUSED'
  return BY_STATUS[status] ?? (status >= 500 ? 'UPSTREAM_ERROR' : 'UPSTREAM_REFUSED')
}

function codeOfRefusedCredential(subject: RequestSubject, credential: SentCredential): ErrorCode {
  if (subject === 'login') return 'INVALID_CREDENTIALS'
  return credential === 'apiKey' ? 'INVALID_API_KEY' : 'INVALID_TOKEN'
}

const SENTENCES: Readonly<Partial<Record<ErrorCode, string>>> = {
  INVALID_PARAMETERS: 'The connector service refused the parameters; correct what the details name and try again.',
  INVALID_API_KEY: 'The connector service refused the API key; use a valid key of this service.',
  INVALID_TOKEN: 'The connector service refused the user token, or the API key sent with it; authenticate again.',
  INVALID_CREDENTIALS: 'The connector service knows no user with this identifier and secret; check both.',
  FORBIDDEN: 'The connector service does not allow this; ask its operator for access.',
  RECONNECT_REQUIRED: 'The account must be linked again before it can be used.',
  NOT_FOUND: 'The connector service found nothing there; check the names of connector, action and account.',
  CONNECTOR_NOT_FOUND: 'The connector service has no such connector; list the connectors to see their names.',
  ACTION_NOT_FOUND: 'The connector has no such action; read its schema to see the actions.',
  INTEGRATION_NOT_FOUND: 'The user has no such account at this connector; list the integrations, or link one.',
  METHOD_NOT_ALLOWED: 'The connector service does not offer this; it may be an older version.',
  USER_EXISTS: 'A user with this identifier exists already; authenticate as it, or choose another identifier.',
  CLIENT_EXISTS: 'A client with this name exists already; choose another name.',
  INTEGRATION_EXISTS: 'This account is linked already; replace it, or use it as it is.',
  TOO_LARGE: 'The request is too large for the connector service; send less.',
  RATE_LIMITED: 'The connector service asks for fewer requests; wait and try again.',
  UNAVAILABLE: 'The connector service is currently unavailable; try again later.',
  UPSTREAM_REFUSED: 'The connector service refused the request.',
  UPSTREAM_ERROR: 'The connector service failed; try again later, or ask its operator with the request id.',
  UPSTREAM_TIMEOUT: 'The connector service, or a third party behind it, took too long; try again later.',
}

const GENERAL = 'The connector service could not do this; ask its operator with the request id.'

/** Our sentence for a failure without a message of the contract. */
export const sentenceOf = (code: ErrorCode): string => SENTENCES[code] ?? GENERAL
