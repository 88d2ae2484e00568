import type { Dialect, FailureFacts, FailureResponse, FailureRule, Json, JsonObject, Notices } from '../../kit/index.js'

/**
 * A self-hosted installation has its REST API below /api/v3, and takes GraphQL documents at /api/graphql.
 * @see https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
 */
export const githubDialect: Dialect = { documents: (baseUrl) => baseUrl.replace(/\/api\/v3\/?$/, '/api') }

/** GitHub asks clients to wait at least a minute where it does not name a time. */
const A_MINUTE = 60
const MOST_NAMES = 12

/** @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps */
const SCOPE = /^[a-z][a-z0-9_:-]{0,39}$/
/** `pull_requests=write`. @see https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens */
const PERMISSION = /^[a-z][a-z0-9_]{0,39}=(?:read|write|admin)$/

/** The well-formed words of a header field; anything else in it is left out. */
const words = (value: string | null, separator: RegExp, form: RegExp): string[] =>
  (value ?? '')
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => form.test(word))
    .slice(0, MOST_NAMES)

/**
 * The scopes one of which is needed, where a classic or OAuth token has none of them.
 * @param sentence how the sentence begins
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes
 */
const missingScopes =
  (sentence: string) =>
  ({ headers }: FailureResponse): FailureFacts | undefined => {
    const granted = headers.get('x-oauth-scopes')
    const accepted = words(headers.get('x-accepted-oauth-scopes'), /,/, SCOPE)
    const has = words(granted, /,/, SCOPE)
    // Fine-grained tokens have no scopes, and GitHub then names none.
    if (granted === null || accepted.length === 0 || accepted.some((scope) => has.includes(scope))) return undefined
    return {
      reason: 'missing_scope',
      message: `${sentence} the token lacks the scope that GitHub requires here (${accepted.join(' or ')}); link the account again with a token that has it.`,
      upstream: { accepted_scopes: accepted, granted_scopes: has },
    }
  }

/** GraphQL names the scopes in a sentence: `… one of the following scopes: ['repo'], but …`. */
const BEFORE_SCOPES = 'one of the following scopes: ['

/** The scopes one of which a document needs; GitHub answers no part of it then. */
function scopesOfDocument({ headers, said }: FailureResponse): FailureFacts {
  const named = said.split(BEFORE_SCOPES, 2)[1]?.split(']', 1)[0] ?? ''
  const accepted = words(named.replaceAll("'", ''), /,/, SCOPE)
  if (accepted.length === 0) return { reason: 'missing_scope' }
  return {
    reason: 'missing_scope',
    message: `The token of this account lacks the scope that GitHub requires here (${accepted.join(' or ')}); link the account again with a token that has it.`,
    upstream: { accepted_scopes: accepted, granted_scopes: words(headers.get('x-oauth-scopes'), /,/, SCOPE) },
  }
}

/** The permissions that the request needs; several sets are alternatives. */
function neededPermissions({ headers }: FailureResponse): FailureFacts {
  const sets = (headers.get('x-accepted-github-permissions') ?? '')
    .split(';')
    .slice(0, MOST_NAMES)
    .map((set) => words(set, /,/, PERMISSION).join(' and '))
    .filter(Boolean)
  if (sets.length === 0) return {}
  return {
    reason: 'missing_permission',
    message: `The token of this account may not do that here: GitHub wants the permissions ${sets.join(', or ')}, on a token that covers this repository. Change the token on GitHub, or link one that has them.`,
    upstream: { accepted_permissions: sets },
  }
}

/** The address where the person authorises the token; passed on only if it is GitHub's own. It works for an hour. */
function singleSignOn({ headers, host }: FailureResponse): FailureFacts {
  const address = /^required; *url=(\S{1,1000})$/.exec(headers.get('x-github-sso')?.trim() ?? '')?.[1] ?? ''
  const told: FailureFacts = { reason: 'single_sign_on' }
  if (!URL.canParse(address)) return told
  const url = new URL(address)
  const isGithubs = ['github.com', host, host.replace(/^api\./, '')].includes(url.host)
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '' || !isGithubs) return told
  return {
    ...told,
    message:
      'The organisation wants single sign-on for this token: the person opens the address in details.upstream.sso_url in a browser (it works for an hour), authorises the token, and then the call is made again.',
    upstream: { sso_url: url.href },
  }
}

/** What GitHub's codes of single faults mean. @see https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed */
const FAULTS = new Map([
  ['missing', 'names something that does not exist'],
  ['missing_field', 'is needed'],
  ['invalid', 'is not in a form that GitHub accepts'],
  ['already_exists', 'is already taken: another one has the same value'],
  ['unprocessable', 'is not a value that GitHub accepts'],
])
const FIELD = /^[a-z][a-z0-9_]{0,39}$/

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** The faults that GitHub reports by a code; its own sentences stay under `upstream`. */
function faultsOfFields({ json }: FailureResponse): FailureFacts {
  const named = member(json, 'errors')
  const faults = (Array.isArray(named) ? named.slice(0, MOST_NAMES) : []).map((entry: Json) => ({
    field: String(member(entry, 'field') ?? ''),
    message: FAULTS.get(String(member(entry, 'code') ?? '')) ?? '',
  }))
  return { errors: faults.filter(({ field, message }) => FIELD.test(field) && message !== '') }
}

const forbidden = (says: RegExp, message: string): FailureRule => ({
  when: { status: [403], says },
  code: 'FORBIDDEN',
  message,
})

const limited = (when: FailureRule['when'], message: string): FailureRule => ({
  when,
  code: 'RATE_LIMITED',
  message,
  // Refused before anything was done.
  retryable: true,
  retryAfter: A_MINUTE,
})

const SINGLE_SIGN_ON =
  'The organisation wants single sign-on for this token: the person authorises it on GitHub, under Settings, Developer settings, then the call is made again.'
const FORBIDDEN_HERE = 'GitHub does not let this account do that; someone with more rights must do it or grant them.'
const LIMITED =
  'GitHub accepts no more requests from this account for now. Nothing was done; wait, then make the call again.'
const HIDDEN_SINCE = 'GitHub shows nothing of that name to this account. Check the names; it may be hidden, since'
const NOT_SHOWN =
  'GitHub shows nothing of that name to this account. Check the names; what is private is hidden in the same way from a token that may not see it (a classic one without the scope repo, a fine-grained one without this repository).'

/** Reasons that GitHub's REST API and GraphQL word alike. */
const FORBIDDEN_BECAUSE: readonly FailureRule[] = [
  {
    ...forbidden(/resource not accessible by/i, FORBIDDEN_HERE),
    tell: neededPermissions,
  },
  forbidden(
    /oauth app access restrictions/i,
    'The organisation admits only apps that its owners have approved: one of them approves this app on GitHub, or the person links a personal access token.',
  ),
  forbidden(
    /ip allow list/i,
    'The organisation accepts requests only from addresses on its list, and this service is not on it; an owner of the organisation can add it.',
  ),
  forbidden(
    /forbids access via a/i,
    'The organisation does not accept this kind of token; its own words are in details.upstream. Link the account with another kind: fine-grained, classic, or by OAuth.',
  ),
  forbidden(
    /\barchived\b/i,
    'The repository is archived, so nothing in it can be changed; its owner can unarchive it.',
  ),
  forbidden(
    /\b(?:is|was) locked\b/i,
    'The conversation is locked: only people with write access to the repository can continue it.',
  ),
  forbidden(/too large to list/i, 'The history of this repository is too large for GitHub to list this.'),
]

type Refused = Omit<FailureRule, 'when'>
/** A GraphQL document that GitHub answered no part of, by the type of one of its errors. */
const ofDocument = (type: RegExp, rule: Refused): FailureRule => ({
  ...rule,
  when: { status: [200], method: 'POST', member: ['errors.type', type] },
})
/** As `ofDocument`, by the words of an error: some have no type. */
const sayingDocument = (says: RegExp, rule: Refused): FailureRule => ({
  ...rule,
  when: { status: [200], method: 'POST', member: ['errors.message', says] },
})

const { when: _, ...limitedDocument } = limited({ status: [200] }, LIMITED)

/**
 * GraphQL says inside a 200 what the REST API says by a status. What it answered in part is a success, and is not seen here.
 * @see https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
const DOCUMENT_FAILURES: readonly FailureRule[] = [
  {
    when: { status: [200], method: 'POST', member: ['errors.extensions.saml_failure', /^true$/] },
    code: 'FORBIDDEN',
    message: SINGLE_SIGN_ON,
    tell: singleSignOn,
  },
  ofDocument(/^INSUFFICIENT_SCOPES$/, {
    code: 'FORBIDDEN',
    message:
      'The token of this account lacks a scope that GitHub requires here; link the account again with one that has it.',
    tell: scopesOfDocument,
  }),
  ...FORBIDDEN_BECAUSE.map(({ when, ...rule }) => {
    const says = when.says === undefined ? {} : { says: when.says }
    return {
      ...rule,
      when: { ...says, status: [200], method: 'POST', member: ['errors.type', /^FORBIDDEN$/] as const },
    }
  }),
  ofDocument(/^RATE_LIMIT(?:ED)?$/, {
    ...limitedDocument,
    message:
      'What GitHub grants this account for an hour of GraphQL is used up. Nothing was done; wait, then make the call again.',
  }),
  ofDocument(/^FORBIDDEN$/, {
    code: 'FORBIDDEN',
    message: FORBIDDEN_HERE,
    tell: missingScopes('GitHub does not let this account do that:'),
  }),
  ofDocument(/^FORBIDDEN$/, { code: 'FORBIDDEN', message: FORBIDDEN_HERE }),
  ofDocument(/^NOT_FOUND$/, {
    code: 'NOT_FOUND',
    message: NOT_SHOWN,
    tell: missingScopes(HIDDEN_SINCE),
  }),
  ofDocument(/^NOT_FOUND$/, { code: 'NOT_FOUND', message: NOT_SHOWN }),
  ofDocument(/^(?:MAX_NODE_LIMIT|RESOURCE_LIMITS)_EXCEEDED$|^EXCESSIVE_PAGINATION$/, {
    code: 'INVALID_PARAMETERS',
    message:
      'GitHub does not answer that much at once; ask for fewer items on a page, for less of each, or for a shorter time.',
  }),
  ofDocument(/^INVALID_CURSOR_ARGUMENTS$/, {
    code: 'INVALID_PARAMETERS',
    message: 'GitHub does not know the cursor; use one of meta of another page of the same list.',
  }),
  ofDocument(/^(?:UNPROCESSABLE|VALIDATION|BAD_USER_INPUT)$/, {
    code: 'INVALID_PARAMETERS',
    message: 'GitHub did not accept the parameters; its own words are in details.upstream.',
  }),
  // By words comes last: a sentence about a type quotes names, which can have any words.
  sayingDocument(
    /^(?:you have exceeded a secondary rate limit|you have triggered an abuse detection|API rate limit)/i,
    limitedDocument,
  ),
  sayingDocument(
    /^something went wrong while executing your query|^timeout\b|couldn't respond to your request in time/i,
    {
      code: 'UPSTREAM_ERROR',
      message: 'GitHub failed to answer in time; make the call again, for less at once if it fails again.',
    },
  ),
  ofDocument(/^(?:SERVICE_UNAVAILABLE|INTERNAL)$/, {
    code: 'UPSTREAM_ERROR',
    message: 'GitHub failed to answer; make the call again later.',
  }),
]

/**
 * How GitHub reports failures. A missing right comes before a limit, since the last request of an hour can be refused, too.
 * @see https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 * @see https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export const githubFailures: readonly FailureRule[] = [
  ...DOCUMENT_FAILURES,
  {
    when: { status: [403, 404], header: ['x-github-sso', /^required/] },
    code: 'FORBIDDEN',
    message: SINGLE_SIGN_ON,
    tell: singleSignOn,
  },
  ...FORBIDDEN_BECAUSE,
  limited(
    { status: [403, 429], says: /secondary rate|secondary-rate-limits|abuse detection|abuse-rate-limits/i },
    'GitHub accepts no more requests from this account for now: there were too many in a short time. Nothing was done; wait, then make the call again, and make fewer at once.',
  ),
  limited(
    { status: [403, 429], header: ['x-ratelimit-remaining', /^0$/] },
    'The requests that GitHub grants this account for an hour, or for searches in a minute, are used up. Nothing was done; wait, then make the call again.',
  ),
  limited({ status: [403], says: /rate limit exceeded/i }, LIMITED),
  limited({ status: [403], header: ['retry-after', /./] }, LIMITED),
  limited({ status: [429] }, LIMITED),
  limited(
    { status: [403], says: /maximum number of login attempts/i },
    'GitHub was asked too often with a credential that it does not know, and accepts none from this account for now; wait, then make the call again.',
  ),
  limited(
    { status: [422], says: /submitted too quickly/i },
    'GitHub accepts no more new content from this account for now. Nothing was done; wait, then make the call again.',
  ),
  {
    when: { status: [403] },
    code: 'FORBIDDEN',
    message: FORBIDDEN_HERE,
    tell: missingScopes('GitHub does not let this account do that:'),
  },
  {
    when: { status: [404] },
    code: 'NOT_FOUND',
    message: NOT_SHOWN,
    tell: missingScopes(HIDDEN_SINCE),
  },
  { when: { status: [404] }, code: 'NOT_FOUND', message: NOT_SHOWN },
  {
    when: { status: [410], says: /issues (?:are|is|has been|have been) disabled/i },
    code: 'NOT_FOUND',
    message: 'Issues are switched off in this repository; its owner can switch them on.',
  },
  {
    when: { status: [410] },
    code: 'NOT_FOUND',
    message:
      'GitHub says that this is permanently gone: it was deleted, or that part of the repository is switched off.',
  },
  {
    when: { status: [422], says: /only the first 1000 search results/i },
    code: 'INVALID_PARAMETERS',
    message:
      'GitHub shows the first 1000 matches of a search and no more; narrow the query instead of asking for further pages.',
  },
  {
    when: { status: [422], says: /cannot be searched either because/i },
    code: 'NOT_FOUND',
    message: NOT_SHOWN,
  },
  {
    when: { status: [422], says: /must include 'is:/i },
    code: 'INVALID_PARAMETERS',
    message: 'GitHub searches for issues or for pull requests with this token, not for both: say is:issue or is:pr.',
  },
  {
    when: { status: [422] },
    code: 'INVALID_PARAMETERS',
    message: 'GitHub did not accept the parameters; its own words are in details.upstream.',
    tell: faultsOfFields,
  },
  {
    /** @see https://docs.github.com/en/rest/metrics/statistics#best-practices-for-caching */
    when: { status: [202], method: 'GET' },
    code: 'UPSTREAM_ERROR',
    message: 'GitHub is still putting this answer together; make the call again in a few seconds.',
    retryable: true,
    retryAfter: 5,
  },
]

/**
 * Results from organisations whose single sign-on this token has not passed are left out silently.
 * @see https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso
 */
export const githubNotices: Notices = ({ headers }): JsonObject | undefined => {
  const left = /^partial-results; *organizations=(.*)$/.exec(headers.get('x-github-sso')?.trim() ?? '')?.[1]
  if (left === undefined) return undefined
  return { partial_results: true, organizations_left_out: words(left, /,/, /^\d{1,20}$/) }
}
