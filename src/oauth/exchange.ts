import * as oauth from 'oauth4webapi'
import type { ConnectorsError } from '../base/errors.js'
import {
  authorizationServer,
  basicCredentials,
  clientAuthentication,
  type Endpoint,
  endpointUrl,
} from './authorization-server.js'
import { type ExchangeFailure, type ExchangeProgress, toFailure } from './failure.js'
import type { OAuthClient, OAuthProvider } from './provider.js'
import { type OAuthDeps, transport } from './transport.js'

/** What the library's two functions of an exchange, request and response check, take. */
export interface Exchange {
  as: oauth.AuthorizationServer
  client: oauth.Client
  clientAuthentication: oauth.ClientAuth
  options: {
    [oauth.customFetch]: ReturnType<typeof transport>
    [oauth.allowInsecureRequests]: boolean
  }
}

interface Parties {
  provider: OAuthProvider
  oauthClient: OAuthClient
  endpoint: Endpoint
  /** Secrets that are sent and must not appear in an error, in addition to the client's secret. */
  secrets: readonly string[]
  /** Turns a failure into an error. */
  toError: (failure: ExchangeFailure) => ConnectorsError
}

/**
 * Runs one exchange with an endpoint: `run` sends the request and checks the response, by the library's functions.
 * @throws what `toError` makes of a failure; OAUTH_NOT_CONFIGURED, FORBIDDEN and INTERNAL before anything is sent
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2
 */
export async function exchange<Result>(
  { provider, oauthClient, endpoint, secrets, toError }: Parties,
  deps: OAuthDeps,
  run: (exchange: Exchange) => Promise<Result>,
): Promise<Result> {
  const progress: ExchangeProgress = { received: [] }
  const parts: Exchange = {
    as: authorizationServer(provider),
    client: { client_id: oauthClient.client_id },
    clientAuthentication: clientAuthentication(provider, oauthClient),
    options: {
      [oauth.customFetch]: transport(provider, deps, progress),
      // `endpointUrl` lets plain http pass on loopback only.
      [oauth.allowInsecureRequests]: endpointUrl(provider, endpoint).protocol === 'http:',
    },
  }
  try {
    return await run(parts)
  } catch (error) {
    const sent = [...secrets, oauthClient.client_secret ?? '', basicCredentials(oauthClient)]
    throw toError(toFailure(error, progress, sent))
  }
}
