import type { ServerResponse } from 'node:http'
import type { Refusal } from './data.js'
import type { Asked } from './vendor.js'

/** What the vendor says in every refusal: none of it may be in our sentence. */
export const VENDORS_WORDS = 'Words-of-the-vendor-0123'

/** One way in which a third party fails, and what must come of a call. */
export interface Failure {
  title: string
  /** @param elsewhere the origin of another host */
  reply: (response: ServerResponse, asked: Asked, elsewhere: string) => void
  code: string
  /** What it is where the request left by another method than GET, and is not followed. */
  codeOfPost?: string
  /** `reads`: a read may be tried again, a write may not. */
  retryable: boolean | 'reads'
  /** Seconds; absent: any, or none. */
  retryAfter?: number
  reason?: string
  /** Milliseconds that a request may take. */
  limit?: number
  /** How often the third party is asked; once by default. */
  requests?: number
}

const json = (response: ServerResponse, status: number, headers: Record<string, string> = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ message: VENDORS_WORDS, error: { message: VENDORS_WORDS } }))

const html = (response: ServerResponse, status: number): void =>
  void response.writeHead(status, { 'content-type': 'text/html' }).end(`<h1>${VENDORS_WORDS}</h1>`)

const byStatus = (
  status: number,
  code: string,
  retryable: Failure['retryable'] = false,
  headers: Record<string, string> = {},
): Failure => ({
  title: [status, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(' with '),
  reply: (response) => json(response, status, headers),
  code,
  retryable,
  ...(headers['retry-after'] === undefined ? {} : { retryAfter: Number(headers['retry-after']) }),
})

/** The failures of HTTP, which any third party has. @see https://www.rfc-editor.org/rfc/rfc9110#section-15 */
export const HTTP_TABLE: readonly Failure[] = [
  byStatus(400, 'INVALID_PARAMETERS'),
  byStatus(403, 'FORBIDDEN'),
  byStatus(403, 'RATE_LIMITED', true, { 'retry-after': '7' }),
  byStatus(404, 'NOT_FOUND'),
  byStatus(409, 'UPSTREAM_REFUSED'),
  byStatus(429, 'RATE_LIMITED', true),
  byStatus(429, 'RATE_LIMITED', true, { 'retry-after': '7' }),
  byStatus(500, 'UPSTREAM_ERROR', 'reads'),
  byStatus(503, 'UPSTREAM_ERROR', 'reads', { 'retry-after': '7' }),
  {
    title: 'an HTML page with 502',
    reply: (response) => html(response, 502),
    code: 'UPSTREAM_ERROR',
    retryable: 'reads',
  },
  {
    title: 'an HTML page with 200',
    reply: (response) => html(response, 200),
    code: 'UPSTREAM_ERROR',
    retryable: 'reads',
  },
  {
    title: 'half of a JSON text',
    reply: (response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"message":"${VENDORS_WORDS}`),
    code: 'UPSTREAM_ERROR',
    retryable: 'reads',
  },
  {
    title: 'an answer that breaks off',
    reply(response) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"message":', () => response.destroy())
    },
    code: 'UPSTREAM_ERROR',
    retryable: 'reads',
  },
  {
    title: 'no answer in time',
    reply: () => {},
    code: 'UPSTREAM_TIMEOUT',
    retryable: 'reads',
    limit: 100,
  },
]

/** A read is followed to another host, without the credential, and that host's refusal is not one of the credential. */
export const REDIRECT_OF_READ: Failure = {
  title: 'a redirect to another host',
  reply: (response, { target }, elsewhere) =>
    void response.writeHead(302, { location: `${elsewhere}${target}` }).end(VENDORS_WORDS),
  code: 'UPSTREAM_REFUSED',
  codeOfPost: 'UPSTREAM_ERROR',
  retryable: false,
}

export const REDIRECT_OF_WRITE: Failure = {
  ...REDIRECT_OF_READ,
  title: 'a redirect to another host that keeps the method',
  reply: (response, { target }, elsewhere) =>
    void response.writeHead(307, { location: `${elsewhere}${target}` }).end(VENDORS_WORDS),
  code: 'UPSTREAM_ERROR',
}

/** A row of a connector's own data. */
export const ofVendor = ({ title, answer, code, retryable = false, ...more }: Refusal): Failure => ({
  title,
  reply: (response) => {
    const { status = 200, headers = {}, json: value, text = JSON.stringify(value ?? {}) } = answer
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  },
  code,
  retryable,
  ...more,
})
