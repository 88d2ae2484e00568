import * as oauth from 'oauth4webapi'
import { ConnectorsError } from '../base/errors.js'
import { isSecure, scopeParameter } from './authorization-server.js'
import { linkError } from './errors.js'
import { exchange } from './exchange.js'
import type { OAuthClient, OAuthProvider } from './provider.js'
import { type TokenSet, tokenTypes, toTokenSet } from './token.js'
import type { OAuthDeps } from './transport.js'

/** What a person must do elsewhere, and what `pollDevice` needs meanwhile. `device_code` is a secret. */
export interface DeviceAuthorization {
  device_code: string
  /** What the person types in at `verification_uri`. */
  user_code: string
  verification_uri: string
  /** The same page with the code filled in. */
  verification_uri_complete?: string
  /** Milliseconds since the epoch, by our clock. */
  expires_at: number
  /** Seconds to wait between two polls. */
  interval: number
}

/** The outcome of one poll. `interval` must be kept for all later polls. */
export type DevicePollAnswer =
  | { status: 'pending'; interval: number }
  | { status: 'slow_down'; interval: number }
  | { status: 'granted'; tokens: TokenSet }

const START = { name: 'device authorization request', again: 'Begin the link again', repeatable: true }
const POLL = { name: 'device access token request', again: 'Begin the link again', repeatable: true }
const DEFAULT_INTERVAL = 5
const SLOW_DOWN = 5

/**
 * Asks for a code that a person enters on another device.
 * @param scopes the provider's own by default
 * @throws LINK_FAILED, UPSTREAM_ERROR, UPSTREAM_TIMEOUT, OAUTH_NOT_CONFIGURED, FORBIDDEN
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1
 */
export async function startDevice(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  { scopes = provider.scopes }: { scopes?: readonly string[] },
  deps: OAuthDeps,
): Promise<DeviceAuthorization> {
  const parameters = scopeParameter(provider, scopes)
  const sentAt = deps.clock()
  return exchange(
    {
      provider: asDevice(provider, oauthClient),
      oauthClient,
      endpoint: 'device_authorization_endpoint',
      secrets: [],
      toError: linkError(START),
    },
    deps,
    async ({ as, client, clientAuthentication, options }) => {
      const response = await oauth.deviceAuthorizationRequest(as, client, clientAuthentication, parameters, options)
      return toDeviceAuthorization(await oauth.processDeviceAuthorizationResponse(as, client, response), sentAt)
    },
  )
}

/** The provider as this client sees it: some do not ask a client without a secret for one here. */
const asDevice = (provider: OAuthProvider, { client_secret }: OAuthClient): OAuthProvider =>
  provider.device_flow_without_secret && !client_secret ? { ...provider, token_endpoint_auth_method: 'none' } : provider

/** A code that a person can type: letters and digits in groups. */
const USER_CODE = /^[\p{L}\p{N}][\p{L}\p{N} .-]{0,31}$/u
/** An address with no other text around it. */
const ADDRESS = /^\S{1,2000}$/

/** Code and addresses are shown to a person and opened in a browser, so they must be a code and web pages, no more. */
function toDeviceAuthorization(body: oauth.DeviceAuthorizationResponse, sentAt: number): DeviceAuthorization {
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval } = body
  for (const address of [verification_uri, verification_uri_complete ?? verification_uri]) {
    if (ADDRESS.test(address) && URL.canParse(address) && isSecure(new URL(address))) continue
    throw malformed('"response" body "verification_uri" property must be an https address')
  }
  if (!USER_CODE.test(user_code))
    throw malformed('"response" body "user_code" property is not a code that can be typed in')
  return {
    device_code,
    user_code,
    verification_uri,
    ...(verification_uri_complete === undefined ? {} : { verification_uri_complete }),
    expires_at: sentAt + Math.floor(expires_in * 1000),
    interval: interval ?? DEFAULT_INTERVAL,
  }
}

/**
 * Asks once whether the person has consented; the caller waits `interval` seconds between two polls.
 * @throws LINK_FAILED with `details.oauth_error` `expired_token` or `access_denied`, or another refusal; UPSTREAM_ERROR
 * and UPSTREAM_TIMEOUT, after which polling may go on, more slowly; OAUTH_NOT_CONFIGURED, FORBIDDEN
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.4
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export async function pollDevice(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  { device_code, expires_at, interval }: Pick<DeviceAuthorization, 'device_code' | 'expires_at' | 'interval'>,
  deps: OAuthDeps,
): Promise<DevicePollAnswer> {
  if (deps.clock() >= expires_at) throw expired()
  try {
    return { status: 'granted', tokens: await deviceGrant(provider, oauthClient, device_code, deps) }
  } catch (error) {
    switch (error instanceof ConnectorsError && error.details?.oauth_error) {
      case 'authorization_pending':
        return { status: 'pending', interval }
      case 'slow_down':
        return { status: 'slow_down', interval: interval + SLOW_DOWN }
      case 'expired_token':
        throw expired()
      default:
        throw error
    }
  }
}

async function deviceGrant(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  device_code: string,
  deps: OAuthDeps,
): Promise<TokenSet> {
  const sentAt = deps.clock()
  return exchange(
    {
      provider: asDevice(provider, oauthClient),
      oauthClient,
      endpoint: 'token_endpoint',
      secrets: [device_code],
      toError: linkError(POLL),
    },
    deps,
    async ({ as, client, clientAuthentication, options }) => {
      const response = await oauth.deviceCodeGrantRequest(as, client, clientAuthentication, device_code, options)
      const body = await oauth.processDeviceCodeResponse(as, client, response, tokenTypes(provider))
      return toTokenSet(provider, body, sentAt)
    },
  )
}

const malformed = (message: string) => new oauth.OperationProcessingError(message, { code: oauth.INVALID_RESPONSE })

const expired = (): ConnectorsError =>
  new ConnectorsError('LINK_FAILED', 'The device code expired before anyone consented. Begin the link again.', {
    details: { oauth_error: 'expired_token' },
  })
