import { ConnectorsError } from '../../base/errors.js'
import { isSafe, type SendRequest } from '../../http/send.js'
import { type HttpUpstreamOptions, USER_AGENT } from './exchange.js'
import type { SignedRequest, SignedResponse } from './upstream.js'

/**
 * Sends a request to an address that the third party made for one transfer. No credential is sent, and nothing of the
 * address is quoted, since it is a credential itself.
 * @throws UPSTREAM_ERROR, retryable for a read: another call gets another address
 */
export async function sendSigned(
  { send, signal, timeoutMs }: HttpUpstreamOptions,
  target: string,
  { method, body, headers, expected = [] }: SignedRequest,
): Promise<SignedResponse> {
  const request: SendRequest = {
    method,
    url: parseTarget(target),
    headers: {
      'user-agent': USER_AGENT,
      ...(body === undefined ? {} : { 'content-type': body.contentType }),
      ...headers,
    },
    signal,
    ...(body === undefined ? {} : { body: body.bytes }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
  const { status, headers: fields, body: bytes } = await send(request)
  if ((status >= 200 && status <= 299) || expected.includes(status)) return { status, headers: fields, body: bytes }
  throw refused(method, status)
}

function parseTarget(target: string): URL {
  if (URL.canParse(target)) return new URL(target)
  throw new ConnectorsError(
    'UPSTREAM_ERROR',
    'The third party named an invalid address for the transfer; try again later.',
  )
}

/** A 401 or 403 here says that the address has expired, and nothing about the account. */
function refused(method: string, status: number): ConnectorsError {
  const message =
    status >= 500
      ? 'The third party failed during the transfer of the file; make the call again.'
      : 'The third party no longer accepts the address that it had made for this transfer; make the call again.'
  return new ConnectorsError('UPSTREAM_ERROR', message, {
    details: { upstream: { status } },
    retryable: isSafe(method),
  })
}
