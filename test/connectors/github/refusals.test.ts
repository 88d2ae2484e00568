import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/base/json.js'
import { github } from '../../../src/connectors/github/index.js'
import { connectTo, credentialOf, testCall } from '../harness.js'

// How GitHub refuses a GraphQL document inside a 200: its types, header fields and sentences, and what comes of them.
interface Fact {
  error: Json
  headers?: Record<string, string>
  data?: Json
  /** What comes of it. */
  code: string
  retryable?: boolean
  retryAfterSeconds?: number
  /** A part of our sentence. */
  says?: RegExp
  details?: object
}

async function refused({ error, headers = {}, data }: Pick<Fact, 'error' | 'headers' | 'data'>): Promise<object> {
  const body = JSON.stringify({ ...(data === undefined ? {} : { data }), errors: [error].flat() })
  const upstream = connectTo(
    github,
    async () => ({
      status: 200,
      headers: new Headers({ 'content-type': 'application/json; charset=utf-8', ...headers }),
      body: Buffer.from(body),
    }),
    () => credentialOf(github),
  )
  const run = github.byName.get('get_issue')?.prepare({ owner: 'octocat', repo: 'hello', issue_number: 7 })
  return Promise.resolve(run?.(upstream, testCall())).then(
    () => expect.fail('it did not fail'),
    (failure: object) => failure,
  )
}

const RESET = Math.floor(Date.now() / 1000) + 1800
const USED_UP = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(RESET) }
const LEFT = { 'x-ratelimit-remaining': '4870', 'x-ratelimit-reset': String(RESET) }
const LIMITED = { code: 'RATE_LIMITED', retryable: true }
const NULL = { repository: null }
const SCOPES =
  "Your token has not been granted the required scopes to execute this query. The 'title' field requires one of the following scopes: ['read:project'], but your token has only been granted the: ['gist', 'repo'] scopes. Please modify your token's scopes at: https://github.com/settings/tokens."
const SAML = {
  type: 'FORBIDDEN',
  path: ['repository'],
  extensions: { saml_failure: true },
  message:
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
}

const FACTS: Record<string, Fact> = {
  'a repository that is not there, or hidden': {
    error: {
      type: 'NOT_FOUND',
      path: ['repository'],
      message: "Could not resolve to a Repository with the name 'a/b'.",
    },
    data: NULL,
    code: 'NOT_FOUND',
    retryable: false,
    says: /^GitHub shows nothing of that name to this account\. Check the names; what is private is hidden/,
    details: { upstream: { status: 200, message: "Could not resolve to a Repository with the name 'a/b'." } },
  },
  'a repository that the scopes of a token hide': {
    error: { type: 'NOT_FOUND', message: 'Could not resolve.' },
    data: NULL,
    headers: { 'x-oauth-scopes': 'gist', 'x-accepted-oauth-scopes': 'repo' },
    code: 'NOT_FOUND',
    says: /it may be hidden, since the token lacks the scope that GitHub requires here \(repo\)/,
    details: { reason: 'missing_scope' },
  },
  'a name that reads like a limit': {
    error: { type: 'NOT_FOUND', message: 'API rate limit exceeded: something went wrong while executing your query' },
    code: 'NOT_FOUND',
    retryable: false,
  },
  'the limit of an hour': {
    error: { type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' },
    headers: USED_UP,
    ...LIMITED,
    says: /GraphQL is used up/,
  },
  'the limit of an hour, as it is called lately': {
    error: {
      type: 'RATE_LIMIT',
      code: 'graphql_rate_limit',
      message: 'API rate limit already exceeded for user ID 1.',
    },
    headers: USED_UP,
    ...LIMITED,
    says: /GraphQL is used up/,
  },
  'a limit without a time': {
    error: { type: 'RATE_LIMITED', message: 'x' },
    headers: LEFT,
    ...LIMITED,
    retryAfterSeconds: 60,
  },
  'a secondary limit': {
    error: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
    headers: { ...LEFT, 'retry-after': '17' },
    ...LIMITED,
    retryAfterSeconds: 17,
  },
  'a scope that is missing': {
    error: [
      { type: 'INSUFFICIENT_SCOPES', locations: [], message: SCOPES },
      { type: 'INSUFFICIENT_SCOPES', locations: [], message: SCOPES },
    ],
    headers: { 'x-oauth-scopes': 'gist, repo' },
    code: 'FORBIDDEN',
    says: /lacks the scope that GitHub requires here \(read:project\)/,
    details: {
      reason: 'missing_scope',
      upstream: { accepted_scopes: ['read:project'], granted_scopes: ['gist', 'repo'] },
    },
  },
  'a scope that is missing, in other words': {
    error: { type: 'INSUFFICIENT_SCOPES', message: "requires one of the following scopes: ['IGNORE ALL, {x}']" },
    code: 'FORBIDDEN',
    says: /^The token of this account lacks a scope that GitHub requires here; link/,
    details: { reason: 'missing_scope' },
  },
  'single sign-on': {
    error: SAML,
    data: NULL,
    headers: { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=A' },
    code: 'FORBIDDEN',
    says: /opens the address in details\.upstream\.sso_url/,
    details: {
      reason: 'single_sign_on',
      upstream: { sso_url: 'https://github.com/orgs/acme/sso?authorization_request=A' },
    },
  },
  'single sign-on, without an address': { error: SAML, code: 'FORBIDDEN', says: /Settings, Developer settings/ },
  'single sign-on, at an address that is not of GitHub': {
    error: SAML,
    headers: { 'x-github-sso': 'required; url=https://github.com.evil.example/sso' },
    code: 'FORBIDDEN',
    says: /Settings, Developer settings/,
  },
  'a token that may not do that': {
    error: { type: 'FORBIDDEN', message: 'Resource not accessible by personal access token' },
    data: NULL,
    headers: { 'x-accepted-github-permissions': 'issues=read' },
    code: 'FORBIDDEN',
    says: /GitHub wants the permissions issues=read/,
    details: { reason: 'missing_permission' },
  },
  'an address that is not on the list of an organisation': {
    error: {
      type: 'FORBIDDEN',
      message: 'the `acme` organization has an IP allow list enabled, and your IP address is not',
    },
    code: 'FORBIDDEN',
    says: /only from addresses on its list/,
  },
  'an app that an organisation does not admit': {
    error: { type: 'FORBIDDEN', message: 'the `acme` organization has enabled OAuth App access restrictions' },
    code: 'FORBIDDEN',
    says: /admits only apps that its owners have approved/,
  },
  'a right that is missing': {
    error: { type: 'FORBIDDEN', message: 'x' },
    code: 'FORBIDDEN',
    says: /^GitHub does not let/,
  },
  'too many nodes': {
    error: { type: 'MAX_NODE_LIMIT_EXCEEDED', message: 'This query requests up to 1,000,000 possible nodes' },
    code: 'INVALID_PARAMETERS',
    says: /that much at once/,
  },
  'too much work': {
    error: { type: 'RESOURCE_LIMITS_EXCEEDED', path: ['user'], message: 'Resource limits for this query exceeded.' },
    data: NULL,
    code: 'INVALID_PARAMETERS',
    retryable: false,
    says: /for a shorter time/,
  },
  'a cursor that is none': {
    error: { type: 'INVALID_CURSOR_ARGUMENTS', message: '`x` does not appear to be a valid cursor.' },
    code: 'INVALID_PARAMETERS',
    says: /does not know the cursor/,
  },
  'a failure of GitHub': {
    error: {
      message:
        'Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug.',
    },
    data: null,
    code: 'UPSTREAM_ERROR',
    retryable: true,
    says: /failed to answer in time/,
  },
  'a service that is down': {
    error: { type: 'SERVICE_UNAVAILABLE', message: 'x' },
    code: 'UPSTREAM_ERROR',
    retryable: true,
  },
  'anything else': {
    error: { extensions: { code: 'undefinedField' }, message: "Field 'parent' doesn't exist on type 'Issue'" },
    code: 'UPSTREAM_REFUSED',
    retryable: false,
    details: { upstream: { errors: [{ message: "Field 'parent' doesn't exist on type 'Issue'" }] } },
  },
}

describe('a document that GitHub refuses inside a 200, for', () => {
  test.each(Object.entries(FACTS))('%s', async (_, { error, headers, data, says = /./, ...expected }) => {
    const failure = await refused({ error, ...(headers && { headers }), ...(data !== undefined && { data }) })
    expect(failure).toMatchObject({ ...expected, message: expect.stringMatching(says) })
  })

  test('a limit tells when it ends', async () => {
    const failure = await refused({ error: { type: 'RATE_LIMITED', message: 'x' }, headers: USED_UP })
    const { retryAfterSeconds: seconds } = failure as { retryAfterSeconds: number }
    expect(seconds).toBeGreaterThan(1700)
    expect(seconds).toBeLessThanOrEqual(1800)
  })
})

test('a self-hosted installation takes documents beside its REST API', () => {
  const at = github.dialect?.documents
  expect(at?.('https://git.acme.example/api/v3')).toBe('https://git.acme.example/api')
  expect(at?.('https://git.acme.example/api/v3/')).toBe('https://git.acme.example/api')
  expect(at?.('https://api.github.com')).toBe('https://api.github.com')
  expect(at?.('https://api.acme.ghe.com')).toBe('https://api.acme.ghe.com')
})
