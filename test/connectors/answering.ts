import { expect } from 'vitest'
import type { Json } from '../../src/base/json.js'
import type { Connector } from '../../src/kit/connector.js'
import { createHttpUpstream } from '../../src/kit/upstream/http-upstream.js'
import { testCall } from './harness.js'

/** What a third party answers, byte for byte. */
export interface RawAnswer {
  /** 200 by default. */
  status?: number
  headers?: Record<string, string>
  body: string
}

/**
 * Plays an action of a connector without an account against a function that answers every request: for answers that are not
 * JSON, and for third parties whose requests a test cannot list beforehand.
 * @param respond gets the path and query of a request
 */
export async function playAgainst(
  connector: Connector,
  actionName: string,
  input: unknown,
  respond: (address: string) => RawAnswer,
): Promise<{ data: Json; meta: Record<string, Json> | null }> {
  const action = connector.byName.get(actionName) ?? expect.fail(`There is no action ${actionName}.`)
  const call = testCall()
  const upstream = createHttpUpstream({
    send: async ({ url }) => {
      const { status = 200, headers = {}, body } = respond(url.pathname + url.search)
      return { status, headers: new Headers(headers), body: Buffer.from(body) }
    },
    baseUrl: connector.baseUrl ?? expect.fail('The connector names no base URL.'),
    failures: connector.failures ?? [],
    ...(connector.dialect && { dialect: connector.dialect }),
    authorize: () => ({}),
    signal: call.signal,
  })
  const result = await action.prepare(input)(upstream, call)
  return 'data' in result ? result : expect.fail('The action gave a file.')
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** Answers that are not what was asked for, and what comes of them at any connector without an account. */
export const FAILURES: [what: string, answer: RawAnswer, error: Record<string, unknown>][] = [
  ['a 404', { status: 404, body: '' }, { code: 'NOT_FOUND', retryable: false }],
  ['a 500', { status: 500, headers: JSON_TYPE, body: '{"error":"x"}' }, { code: 'UPSTREAM_ERROR', retryable: true }],
  [
    'a 429 that names a time beyond what a call waits',
    { status: 429, headers: { 'retry-after': '45' }, body: '' },
    { code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: 45 },
  ],
  [
    'a page of HTML',
    { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Just a moment</title>' },
    { code: 'UPSTREAM_ERROR', retryable: true },
  ],
  [
    'a page of HTML with a 503',
    { status: 503, headers: { 'retry-after': '90' }, body: '<h1>Down</h1>' },
    { code: 'UPSTREAM_ERROR' },
  ],
  ['half an answer', { headers: JSON_TYPE, body: '[{"id":1,"ti' }, { code: 'UPSTREAM_ERROR', retryable: true }],
]

/** Names that a model may make up, as they must leave in one segment of a path. */
export const HOSTILE_NAMES: [name: string, segment: string][] = [
  ['a/b', 'a%2Fb'],
  ['../../v0/item/1', '..%2F..%2Fv0%2Fitem%2F1'],
  ['a?x=1&y', 'a%3Fx%3D1%26y'],
  ['a#b', 'a%23b'],
  ['"a\'b"', "%22a'b%22"],
  ['%2e%2e', '%252e%252e'],
  ['a\\b', 'a%5Cb'],
  ['🦊', '%F0%9F%A6%8A'],
  ['a\r\nhost: x', 'a%0D%0Ahost%3A%20x'],
]

/** Names that fit into no path. */
export const IMPOSSIBLE_NAMES = ['', '.', '..', '\ud800']
