import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Lie } from './mock-server.js'
import { THEIR_WORDS } from './secrets-in-answers.js'

/** What kind of failure a lie is found out as. */
export type Found = 'malformed' | 'later' | 'slow' | { refused: string }

const JSON_TYPE = { 'content-type': 'application/json' }
const page = `<!doctype html><title>${THEIR_WORDS}</title><h1>${THEIR_WORDS}</h1>`

const changed = (changes: Record<string, unknown>): Lie => ({
  says(answer) {
    answer.body = { ...(answer.body as Record<string, unknown>), ...changes }
  },
})
const error = (statusCode: number, body: Record<string, unknown>): Lie => ({
  says(answer) {
    answer.statusCode = statusCode
    answer.body = body
  },
})
const sends = (
  status: number,
  headers: Record<string, string>,
  body: (honest: string) => string | Uint8Array = (honest) => honest,
): Lie => ({ sends: (response, honest) => void response.writeHead(status, headers).end(body(honest)) })

/** What follows the header fields comes in pieces, by hand. */
const pieces = (write: (response: ServerResponse, honest: string) => void, headers = {}): Lie => ({
  sends(response, honest) {
    response.writeHead(200, { ...JSON_TYPE, ...headers })
    write(response, honest)
  },
})

/** White space, which JSON allows, one character at a time, for ever. */
function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 10)
  response.on('close', () => clearInterval(timer))
}

const broken = (text: string, bytes: number[]): Uint8Array => {
  const [before = '', after = ''] = text.split('MARK')
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)])
}

const MANY = 100_000
const BOMB = gzipSync(Buffer.alloc(64 << 20, ' '))
/** What no terminal, page or log should be handed: NUL, an escape sequence, a line that runs backwards, hidden tags. */
export const HOSTILE = `\u0000\u001b[2J\u001b]0;x\u0007\r\n\u202E${THEIR_WORDS}\u{E0041}\u2028<script>"`

/** Answers of a token endpoint from which no tokens may be taken, and what is said of them. */
export const LIES: [name: string, lie: Lie, found: Found][] = [
  ['no access_token', changed({ access_token: undefined }), 'malformed'],
  ['no token_type', changed({ token_type: undefined }), 'malformed'],
  ['another token_type', changed({ token_type: 'mac' }), 'malformed'],
  ['a negative lifetime', changed({ expires_in: -1 }), 'malformed'],
  ['a lifetime of 1e308 seconds', changed({ expires_in: 1e308 }), 'malformed'],
  ['words for a lifetime', changed({ expires_in: THEIR_WORDS }), 'malformed'],
  ['an error with 200', error(200, { error: 'invalid_request' }), { refused: 'invalid_request' }],
  ['an error with 200, and tokens', changed({ error: 'invalid_request' }), { refused: 'invalid_request' }],
  [
    'an error of NUL and control characters, very long',
    error(400, { error: 'invalid_request', error_description: HOSTILE + 'x'.repeat(MANY) }),
    { refused: 'invalid_request' },
  ],
  [
    'nothing but control characters in an error',
    error(400, { error: 'invalid_request', error_description: '\u0001'.repeat(2000) }),
    { refused: 'invalid_request' },
  ],
  ['HTML', sends(200, { 'content-type': 'text/html' }, () => page), 'malformed'],
  ['HTML that calls itself JSON', sends(200, JSON_TYPE, () => page), 'malformed'],
  ['JSON that calls itself text', sends(200, { 'content-type': 'text/plain' }), 'malformed'],
  ['truncated JSON', sends(200, JSON_TYPE, (honest) => honest.slice(0, -20)), 'malformed'],
  [
    'an access_token that is not UTF-8',
    sends(200, JSON_TYPE, (honest) =>
      broken(honest.replace(/"access_token":"[^"]*"/, '"access_token":"MARK"'), [0xc3, 0x28]),
    ),
    'malformed',
  ],
  [
    'an error_description that is not UTF-8',
    sends(400, JSON_TYPE, () => broken('{"error":"invalid_request","error_description":"MARK"}', [0xff, 0xfe])),
    { refused: 'invalid_request' },
  ],
  [
    'JSON that is 100 000 levels deep',
    sends(200, JSON_TYPE, (honest) => `${honest.slice(0, -1)},"deep":${'['.repeat(MANY)}${']'.repeat(MANY)}}`),
    'malformed',
  ],
  ['10 MB', sends(200, JSON_TYPE, (honest) => ' '.repeat(10 << 20) + honest), 'malformed'],
  ['a gzip bomb', sends(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, () => BOMB), 'malformed'],
  ['what is no gzip', sends(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }), 'later'],
  ['a redirect to a private address', sends(307, { location: 'http://169.254.169.254/latest/' }), 'malformed'],
  ['a redirect to itself', sends(308, { location: '/token' }), 'malformed'],
  ['a 5xx after the code was consumed', sends(503, { 'content-type': 'text/html' }, () => page), 'later'],
  ['a 5xx, and tokens', sends(500, JSON_TYPE), 'later'],
  ['what is no HTTP', { sends: ({ socket }) => void socket?.end(`SSH-2.0-${THEIR_WORDS}\r\n`) }, 'later'],
  ['a header field of 64 KiB', sends(200, { ...JSON_TYPE, 'x-padding': 'x'.repeat(1 << 16) }), 'later'],
  ['a connection that is reset', { sends: ({ socket }) => void socket?.resetAndDestroy() }, 'later'],
  [
    'a connection that is cut in the body',
    pieces((response, honest) => response.write(honest.slice(0, 40), () => response.destroy()), {
      'content-length': '4000',
    }),
    'later',
  ],
  ['silence', { sends: () => {} }, 'slow'],
  ['silence after half of the body', pieces((response, honest) => response.write(honest.slice(0, 40))), 'slow'],
  ['a body that drips', pieces(drip), 'slow'],
]

/** Answers that are odd, and whose tokens are good all the same. `lasts` is what is believed of the lifetime, in seconds: an hour unless told. */
export const ODDITIES: [name: string, lie: Lie, expected: { lasts?: number; scopes?: string[] }][] = [
  ['no expires_in', changed({ expires_in: undefined }), { lasts: Number.POSITIVE_INFINITY }],
  ['a lifetime of 0', changed({ expires_in: 0 }), { lasts: 0 }],
  ['a lifetime as text', changed({ expires_in: '3600' }), {}],
  ['fewer scopes', changed({ scope: 'notes.read' }), { scopes: ['notes.read'] }],
  // A provider that does so says so in its data; without that it is one scope of an odd name.
  ['scopes between commas', changed({ scope: 'notes.read,notes.write' }), { scopes: ['notes.read,notes.write'] }],
  ['scopes between many spaces', changed({ scope: ' notes.read   notes.write ' }), {}],
  ['no scope', changed({ scope: undefined }), {}],
  ['token_type in capitals', changed({ token_type: 'BEARER' }), {}],
  ['an ID token that is nonsense', changed({ id_token: 'not.a.token' }), {}],
  ['null for what it leaves out', changed({ scope: null, id_token: null, error: null }), {}],
  [
    'a key twice, of which the last counts',
    sends(200, JSON_TYPE, (honest) => `{"access_token":"canary-first-token",${honest.slice(1)}`),
    {},
  ],
  ['a byte order mark', sends(200, JSON_TYPE, (honest) => `\u{FEFF}${honest}`), {}],
  ['a character set', sends(200, { 'content-type': 'Application/JSON; charset=latin1' }), {}],
  [
    'pieces of one byte',
    pieces((response, honest) => {
      for (const byte of Buffer.from(honest)) response.write(Buffer.of(byte))
      response.end()
    }),
    {},
  ],
]
