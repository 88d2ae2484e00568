import * as oauth from 'oauth4webapi'
import type { OAuthProvider } from './provider.js'

/** The result of a token request, in RFC 6749's names. */
export interface TokenSet {
  access_token: string
  refresh_token?: string
  /** Milliseconds since the epoch, by our clock; absent when the server does not say. */
  expires_at?: number
  /** What was granted; undefined when the server does not say, which means what was asked for. */
  scopes: string[] | undefined
  /** In lower case: `bearer`, or another that the provider's data allow. */
  token_type: string
}

/** The longest lifetime that is accepted, in seconds: a hundred years. */
const LONGEST_LIFETIME = 3_155_760_000
/** @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 */
const TOKEN = /^[\x20-\x7e]+$/

/**
 * The types of tokens that we can use: `Bearer`, and those named in the provider's data. We never ask for `DPoP`.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-7.1
 */
export function tokenTypes(provider: OAuthProvider): oauth.ProcessTokenResponseOptions {
  const bearer = (provider.token_response?.bearer_token_types ?? []).map((name) => [name, () => undefined] as const)
  const dpop = () => {
    throw malformed('"response" body "token_type" property is "DPoP", which was not asked for')
  }
  return { recognizedTokenTypes: { dpop, ...Object.fromEntries(bearer) } }
}

/**
 * Checks what the library leaves to its caller, and counts the lifetime from the moment the request was sent: a token
 * may then seem to expire too early, never too late.
 * @param sentAt milliseconds since the epoch
 * @throws an error of the library, which `exchange` turns into ours
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 */
export function toTokenSet(provider: OAuthProvider, body: oauth.TokenEndpointResponse, sentAt: number): TokenSet {
  const { access_token, refresh_token, expires_in, scope, token_type } = body
  if (!TOKEN.test(access_token)) throw malformed('"response" body "access_token" property holds forbidden characters')
  if (refresh_token !== undefined && !TOKEN.test(refresh_token)) {
    throw malformed('"response" body "refresh_token" property holds forbidden characters')
  }
  if (expires_in !== undefined && expires_in > LONGEST_LIFETIME) {
    throw malformed('"response" body "expires_in" property is longer than a hundred years')
  }
  return {
    access_token,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(expires_in === undefined ? {} : { expires_at: sentAt + Math.floor(expires_in * 1000) }),
    scopes: scope === undefined ? undefined : splitScope(provider, scope),
    token_type,
  }
}

/**
 * Whitespace always separates names, whatever the vendor's separator, since no name contains it.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
function splitScope(provider: OAuthProvider, scope: string): string[] {
  const separator = provider.token_response?.scope_separator ?? provider.scope_separator ?? ' '
  return scope
    .split(separator)
    .flatMap((names) => names.split(/\s+/))
    .filter(Boolean)
}

const malformed = (message: string) => new oauth.OperationProcessingError(message, { code: oauth.INVALID_RESPONSE })
