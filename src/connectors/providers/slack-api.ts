import type { Dialect, FailureFacts, FailureResponse, FailureRule } from '../../kit/index.js'

/** Every method is a POST with a form; names are as we write them. @see https://docs.slack.dev/apis/web-api/ */
export const slackDialect: Dialect = { body: 'form' }

/** Slack asks for a minute where it names no time. @see https://docs.slack.dev/apis/web-api/rate-limits */
const A_MINUTE = 60
const MOST_SCOPES = 12
const SCOPE = /^[a-z][a-z0-9_.:-]{0,59}$/

/** A refusal has status 200, `ok: false` and a code in `error`. */
const refused = (error: RegExp, rule: Omit<FailureRule, 'when'>): FailureRule => ({
  when: { status: [200], member: ['error', error] },
  ...rule,
})

/** The scopes of a refusal, where they are well formed. */
const scopesIn = (text: unknown): string[] =>
  String(text ?? '')
    .slice(0, 1000)
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => SCOPE.test(scope))
    .slice(0, MOST_SCOPES)

function missingScope({ json }: FailureResponse): FailureFacts {
  const { needed, provided } = json as { needed?: unknown; provided?: unknown }
  const [accepted, granted] = [scopesIn(needed), scopesIn(provided)]
  const facts: FailureFacts = {
    reason: 'missing_scope',
    upstream: { accepted_scopes: accepted, granted_scopes: granted },
  }
  if (accepted.length === 0) return facts
  return {
    ...facts,
    message: `This account's token lacks the scope that Slack requires here (${accepted.join(' or ')}); link the account again with a token that has it.`,
  }
}

/** What each family of Slack's codes means to a caller. @see https://docs.slack.dev/reference/methods (errors of each method) */
export const slackFailures: readonly FailureRule[] = [
  refused(/^(?:invalid_auth|not_authed|token_revoked|token_expired|account_inactive|no_user)$/, {
    code: 'UPSTREAM_REFUSED',
    message: 'Slack does not accept this token.',
    refusesCredential: true,
  }),
  refused(/^missing_scope$/, {
    code: 'FORBIDDEN',
    message:
      "This account's token lacks a scope that Slack requires here; link the account again with a token that has it.",
    tell: missingScope,
  }),
  refused(/^(?:ratelimited|rate_limited|message_limit_exceeded)$/, {
    code: 'RATE_LIMITED',
    message: 'Slack accepts no more requests of this kind for now. Nothing was done; wait, then make the call again.',
    retryable: true,
    retryAfter: A_MINUTE,
  }),
  {
    when: { status: [429] },
    code: 'RATE_LIMITED',
    message: 'Slack accepts no more requests of this kind for now. Nothing was done; wait, then make the call again.',
    retryable: true,
    retryAfter: A_MINUTE,
  },
  refused(/^not_allowed_token_type$/, {
    code: 'FORBIDDEN',
    message:
      'Slack does this only with a token of another kind; link the account again with the token of a person (xoxp-).',
  }),
  refused(/^not_in_channel$/, {
    code: 'FORBIDDEN',
    message: 'The person is not a member of that conversation: they join it in Slack, or somebody in it invites them.',
  }),
  refused(/^is_archived$/, {
    code: 'FORBIDDEN',
    message: 'The conversation is archived, so nothing can be written there; it can be unarchived in Slack.',
  }),
  refused(/^(?:org_login_required|ekm_access_denied|enterprise_is_restricted|two_factor_setup_required)$/, {
    code: 'FORBIDDEN',
    message:
      "The workspace's rules do not allow this from here; an administrator of the workspace can say what it requires.",
  }),
  refused(
    /^(?:no_permission|access_denied|team_access_not_granted|not_authorized|restricted_action\w*|cant_\w+|user_is_\w+)$/,
    {
      code: 'FORBIDDEN',
      message:
        'Slack does not let this person do that; its own code is in details.upstream. Somebody with more rights must do it or grant them.',
    },
  ),
  refused(/^(?:already_\w+|no_reaction|too_many_reactions|duplicate_\w+)$/, {
    code: 'UPSTREAM_REFUSED',
    message:
      'That is so already, or there is nothing to change, as the code in details.upstream says; nothing was done.',
  }),
  refused(/(?:^|_)not_found$|^no_such_\w+$/, {
    code: 'NOT_FOUND',
    message:
      'Slack has nothing of that id that this account may see; the code in details.upstream says what was not found. Names are not ids: look them up by conversations_list or users_list.',
  }),
  refused(/^(?:internal_error|fatal_error|service_unavailable|request_timeout|team_added_to_org|accesslimited)$/, {
    code: 'UPSTREAM_ERROR',
    message: 'Slack failed to answer the request; try again later.',
  }),
  refused(
    /^(?:invalid_\w+|bad_\w+|missing_\w+|no_text|msg_too_long|msg_blocks_too_long|too_many_\w+|not_enough_users|method_not_supported_for_channel_type|unsupported_\w+|unknown_\w+|exceeds_\w+|query_\w+)$/,
    {
      code: 'INVALID_PARAMETERS',
      message: 'Slack did not accept the parameters; the code in details.upstream says which.',
    },
  ),
  {
    when: { status: [200], member: ['ok', /^false$/] },
    code: 'UPSTREAM_REFUSED',
    message: 'Slack refused the request; its own code is in details.upstream.',
  },
]
