import type { Api } from '../api/index.js'
import type { ClientFetch, ClientFetchInit } from '../client/index.js'
import { Fields } from '../wire/fields.js'
import { HEADER } from '../wire/headers.js'
import { TextRequest } from '../wire/text-messages.js'

/**
 * The fetch of a client whose service is in this process: what otherwise goes over the wire is handed over without
 * copying it through streams. For the agent of the machine's owner, who sees the errors that are for the operator.
 */
export const inProcessFetch =
  (api: Api): ClientFetch =>
  async (url, init) =>
    api.fetch(typeof init.body === 'object' ? upload(url, init) : handOver(url, init), { inProcess: true })

/** Never aborts. */
const NO_SIGNAL = new AbortController().signal

/**
 * A request with a form. Its signal is the caller's own: the one that `Request` makes is lost when the request is collected
 * as garbage before the signal that it follows aborts.
 * @see https://github.com/nodejs/node/issues/55428
 */
function upload(url: string, { signal = NO_SIGNAL, ...init }: ClientFetchInit): Request {
  return Object.defineProperty(new Request(url, init), 'signal', { value: signal })
}

/** A request whose content is text. */
function handOver(url: string, { method, headers: given, body = '', signal = NO_SIGNAL }: ClientFetchInit): Request {
  const headers = new Fields(given)
  // The user token identifies its client; checking the key as well would cost time in every call.
  if (headers.has(HEADER.authorization)) headers.delete(HEADER.apiKey)
  return new TextRequest(url, { method, headers, content: body as string, signal }).asRequest()
}
