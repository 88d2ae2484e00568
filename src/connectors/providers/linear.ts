import {
  type Account,
  camelCase,
  type Dialect,
  type FailureRule,
  type OAuthProvider,
  snakeCase,
  type Upstream,
  z,
} from '../../kit/index.js'

/** Names of variables and answers are camelCase; a document is sent as it is. @see https://linear.app/developers/graphql */
export const linearDialect: Dialect = { member: camelCase, answer: snakeCase }

const presentable = z.looseObject({
  errors: z.array(z.looseObject({ extensions: z.looseObject({ userPresentableMessage: z.string() }) })).min(1),
})

/** What Linear says to a person: for a value that it refuses, its `message` is only "Argument Validation Error". */
const saidToPerson: FailureRule['tell'] = ({ json }) => {
  const said = presentable.safeParse(json).data?.errors[0]?.extensions.userPresentableMessage
  return said === undefined ? {} : { upstream: { said_to_person: said.slice(0, 500) } }
}

/**
 * A refusal is a GraphQL answer with `errors`, and its status is 200, 400, or the one that its code means. It has a `code`,
 * which the pages name, and a `type`, which the vendor's own client reads: either is enough.
 * @see https://linear.app/developers/graphql#error-handling
 * @see https://github.com/linear/linear/blob/master/packages/sdk/src/error.ts
 */
const refusal = (
  [code, type]: readonly [code: RegExp, type: RegExp],
  rule: Omit<FailureRule, 'when'>,
): readonly FailureRule[] =>
  [['errors.extensions.code', code] as const, ['errors.extensions.type', type] as const].map((member) => ({
    when: { status: [200, 400, 401, 403, 404, 429, 500, 503], member },
    ...rule,
  }))

export const linearFailures: readonly FailureRule[] = [
  ...refusal([/^AUTHENTICATION_ERROR$/, /^authentication error$/], {
    code: 'UPSTREAM_REFUSED',
    message: 'Linear does not accept this credential.',
    refusesCredential: true,
  }),
  /** The buckets fill steadily: 1,500 requests an hour are one in 2.4 s. @see https://linear.app/developers/rate-limiting */
  ...refusal([/^RATELIMITED$/, /^ratelimited$/], {
    code: 'RATE_LIMITED',
    message: 'Linear takes no more requests of this person for now. Nothing was done; wait, then make the call again.',
    retryable: true,
    retryAfter: 60,
  }),
  ...refusal([/^FEATURE_NOT_ACCESSIBLE$/, /^feature not accessible$/], {
    code: 'UPSTREAM_REFUSED',
    message:
      'The plan of this Linear workspace does not have what was asked for; an admin of the workspace can change the plan.',
  }),
  ...refusal([/^USAGE_LIMIT_EXCEEDED$/, /^usage limit exceeded$/], {
    code: 'UPSTREAM_REFUSED',
    message: 'This Linear workspace has reached a limit of its plan; an admin of the workspace can change the plan.',
  }),
  ...refusal([/^FORBIDDEN$/, /^forbidden$/], {
    code: 'UPSTREAM_REFUSED',
    message:
      'Linear does not let this account do that: the person lacks a right in the workspace or the team, or the credential lacks a scope.',
    tell: saidToPerson,
  }),
  {
    when: { status: [200, 400, 404], member: ['errors.message', /^Entity not found/] },
    code: 'NOT_FOUND',
    message:
      'Linear has nothing of that id that this account may see; list_issues tells the ids of issues, list_teams and get_team those of teams, states, labels and people.',
    tell: saidToPerson,
  },
  ...refusal([/^(INPUT_ERROR|BAD_USER_INPUT)$/, /^(invalid input|user error)$/], {
    code: 'INVALID_PARAMETERS',
    message: 'Linear does not accept a value of this call; its own words are in details.upstream.',
    tell: saidToPerson,
  }),
  ...refusal([/^GRAPHQL_(VALIDATION|PARSE)_FAILED$/, /^graphql error$/], {
    code: 'UPSTREAM_REFUSED',
    message:
      'Linear does not take the request in the form that this connector gives to it, which a caller cannot change; its own words are in details.upstream.',
  }),
  ...refusal([/^LOCK_TIMEOUT$/, /^lock timeout$/], {
    code: 'UPSTREAM_ERROR',
    message: 'Linear was changing the same thing at that moment; make the call again.',
  }),
  ...refusal([/^INTERNAL(_SERVER)?_ERROR$/, /^internal error$/], {
    code: 'UPSTREAM_ERROR',
    message: 'Linear failed; make the call again later.',
  }),
]

/**
 * Tokens last a day and are refreshed. Scopes are joined by commas in the request, and by spaces in the answer, where these always count.
 * @see https://linear.app/developers/oauth-2-0-authentication
 */
export const linearOAuth = (scopes: readonly string[]): OAuthProvider => ({
  family: 'linear',
  issuer: 'https://linear.app',
  authorization_endpoint: 'https://linear.app/oauth/authorize',
  token_endpoint: 'https://api.linear.app/oauth/token',
  token_endpoint_auth_method: 'client_secret_post',
  public_clients: true,
  scopes,
  scope_separator: ',',
  /** Its pages say nothing of another port than the registered one. */
  exact_redirect_port: true,
  registration_page: 'https://linear.app/settings/api/applications/new',
})

const VIEWER = `query Viewer {
  viewer { id displayName organization { urlKey } }
}`

const whose = z.looseObject({
  viewer: z.looseObject({
    id: z.string().min(1),
    display_name: z.string().min(1),
    organization: z.looseObject({ url_key: z.string().min(1) }),
  }),
})

/**
 * A person is another one in each workspace, with a name that is taken once there, and can be changed.
 * @see https://linear.app/developers/graphql
 */
export async function linearAccount(linear: Upstream): Promise<Account> {
  const { id, display_name, organization } = whose.parse(await linear.graphql(VIEWER, {})).viewer
  return { identifier: `${display_name}@${organization.url_key}`, id }
}
