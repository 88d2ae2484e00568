/**
 * The registered error codes that our exchanges can meet; any other code is third-party text. RFC 6749 §4.1.2.1 and §5.2,
 * RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8628 §3.5, RFC 8707 §2, OpenID Connect Core §3.1.2.6.
 */
const REGISTERED: ReadonlySet<string> = new Set([
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'invalid_client',
  'invalid_grant',
  'unsupported_grant_type',
  'invalid_token',
  'insufficient_scope',
  'unsupported_token_type',
  'authorization_pending',
  'slow_down',
  'expired_token',
  'invalid_target',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
])

const OPERATOR_ALLOWS = "An operator must allow this use for the connector's OAuth client at the provider."

/** What an operator can do where starting over does not help. */
const OPERATOR_ADVICE: ReadonlyMap<string, string> = new Map([
  ['invalid_client', "An operator must check the id and the secret of the connector's OAuth client."],
  ['unauthorized_client', OPERATOR_ALLOWS],
  ['unsupported_grant_type', OPERATOR_ALLOWS],
  ['unsupported_response_type', OPERATOR_ALLOWS],
  ['invalid_scope', OPERATOR_ALLOWS],
  ['invalid_request', 'An operator must compare the OAuth client with its registration, especially the redirect URI.'],
])

/** Codes with which a server says that only the person can restore the grant. */
const NEEDS_PERSON: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
])

/**
 * True for a code that the standards define, so that a program may rely on it.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-11.4
 */
export const isRegistered = (code: string): boolean => REGISTERED.has(code)

/**
 * True for a code that says "later" rather than "no".
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
 */
export const isTemporary = (code: string | undefined): boolean =>
  code === 'server_error' || code === 'temporarily_unavailable'

/**
 * True for a code after which a grant is unusable until the person has consented again.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export const needsPerson = (code: string | undefined): boolean => code !== undefined && NEEDS_PERSON.has(code)

/**
 * A sentence for the operator when the code is about the OAuth client; undefined for every other code.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export const operatorAdvice = (code: string | undefined): string | undefined => OPERATOR_ADVICE.get(code ?? '')
