import { invalidParameters } from '../../base/errors.js'
import { headerValue } from '../../base/header-value.js'
import type { Hop, SendRequest } from './message.js'

/** Others are about the connection, or let the server repeat what was sent. @see https://fetch.spec.whatwg.org/#forbidden-method */
const METHOD = /^(?!(?:CONNECT|TRACE|TRACK)$)[A-Z]+$/

/** @throws INVALID_PARAMETERS for a method that cannot be sent, or not with a body */
export function checkMethod({ method, body }: Pick<SendRequest, 'method' | 'body'>): void {
  if (!METHOD.test(method)) throw invalidParameters('A request cannot be sent with that method.')
  if (body !== undefined && (method === 'GET' || method === 'HEAD'))
    throw invalidParameters('A request that only reads cannot have a body.')
}

/** What a vendor may rely on in every request. GitHub refuses one that does not name its program. */
const USUAL = [
  ['accept', '*/*'],
  ['user-agent', 'undici'],
] as const
/** Over plain HTTP, middle boxes are known to break what they do not know. */
const CODINGS = 'gzip, deflate'
const CODINGS_OF_HTTPS = 'br, gzip, deflate'

/**
 * The header fields of a request as they leave, names and values in turn: those given, each name once, without white space
 * around the values, and what is usual. The library checks names and values when it gets them.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5
 */
export function requestFields({ url, headers, body }: Pick<Hop, 'url' | 'headers' | 'body'>): string[] {
  const fields: string[] = []
  /** Where the value of a name in lower case is. */
  const places = new Map<string, number>()
  const add = (name: string, value: string): void => {
    const key = name.toLowerCase()
    const place = places.get(key)
    if (place === undefined) places.set(key, fields.push(name, value) - 1)
    else fields[place] += `, ${value}`
  }
  // The host is that of the address: another one would lead past the egress policy.
  for (const name in headers) if (name.toLowerCase() !== 'host') add(name, headerValue(headers[name] ?? ''))
  for (const [name, value] of USUAL) if (!places.has(name)) fields.push(name, value)
  if (!places.has('accept-encoding')) fields.push('accept-encoding', codingsFor(url, places.has('range')))
  if (typeof body === 'string' && !places.has('content-type')) fields.push('content-type', 'text/plain;charset=UTF-8')
  return fields
}

/** A part of a file would be one of its compressed form. @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2 */
function codingsFor({ protocol }: URL, isRange: boolean): string {
  if (isRange) return 'identity'
  return protocol === 'https:' ? CODINGS_OF_HTTPS : CODINGS
}
