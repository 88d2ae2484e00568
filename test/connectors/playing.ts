import type { Send, SendRequest } from '../../src/http/send.js'
import type { ServiceCall } from '../../src/kit/call.js'
import type { Connector } from '../../src/kit/connector.js'
import { createHttpUpstream } from '../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'
import { type Content, readContent } from './content.js'

// What actions are played with. Nothing here needs the test runner, so that the benchmarks can play them, too.

/** A request that left. */
export interface SeenRequest {
  /** `METHOD /path`, as in an `Exchange`; `METHOD https://…` where it went to another place than the base URL. */
  request: string
  method: string
  url: URL
  /** Percent-encoded, without the base URL; the whole URL where it went to another place. */
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string>>
  content: Content
}

/** The credential of an account. */
export interface Held {
  accessToken?: string | null
  configuration?: Record<string, unknown>
}

/** A call as the service makes it. Sealing only encodes here. */
export const testCall = (more: Partial<ServiceCall> = {}): ServiceCall => ({
  identifier: null,
  account: null,
  readOnly: false,
  caller: 'somebody',
  configuration: {},
  signal: new AbortController().signal,
  seal: async (text) => `sealed-${Buffer.from(text).toString('base64url')}`,
  open: async (sealed) =>
    sealed.startsWith('sealed-') ? Buffer.from(sealed.slice('sealed-'.length), 'base64url').toString() : undefined,
  administration: { removeAccounts: async () => ({ revoked: 0, failed: 0 }) },
  ...more,
})

/** The header fields of the credential that a test plays with. */
export const credentialOf = (connector: Connector, held: Held = {}): Record<string, string> => {
  const { accessToken = 'test-token', configuration = {} } = held
  return connector.authorize?.({ accessToken, configuration }) ?? {}
}

/** The further hosts of a connector, by name. */
export const hostsOf = (connector: Connector): Readonly<Record<string, string>> => connector.hosts ?? {}

/** The third party of a connector as its actions see it: the real request code, over the given `send`. */
export function connectTo(connector: Connector, send: Send, authorize: () => Record<string, string>): Upstream {
  if (connector.baseUrl === undefined) throw new Error('The connector names no base URL.')
  return createHttpUpstream({
    send,
    baseUrl: connector.baseUrl,
    hosts: hostsOf(connector),
    headers: connector.headers ?? {},
    failures: connector.failures ?? [],
    ...(connector.notices && { notices: connector.notices }),
    ...(connector.dialect && { dialect: connector.dialect }),
    authorize,
    signal: testCall().signal,
  })
}

/** @param baseUrl what is left out of the path */
export function seenRequest({ method, url, headers, body }: SendRequest, baseUrl: string): SeenRequest {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/$/, '')
  const inside = url.origin === base.origin && url.pathname.startsWith(prefix)
  const path = inside ? url.pathname.slice(prefix.length) : url.origin + url.pathname
  const content = readContent({ headers, ...(body === undefined ? {} : { body }) })
  return { request: `${method} ${path}`, method, url, path, query: url.searchParams, headers, content }
}
