import {
  type Dialect,
  type FailureFacts,
  type FailureResponse,
  type FailureRule,
  isPlainObject,
} from '../../kit/index.js'

/** Every method is a POST with a form; names are as we write them. @see https://docs.slack.dev/apis/web-api/ */
export const slackDialect: Dialect = { body: 'form' }

/** Slack asks for a minute where it names no time. @see https://docs.slack.dev/apis/web-api/rate-limits */
const A_MINUTE = 60

/** A refusal has status 200, `ok: false` and a code in `error`. */
const refused = (error: RegExp, rule: Omit<FailureRule, 'when'>): FailureRule => ({
  when: { status: [200], member: ['error', error] },
  ...rule,
})

const forbidden = (error: RegExp, message: string): FailureRule => refused(error, { code: 'FORBIDDEN', message })

/** How many scopes of a list are passed on, and how many of them a sentence names. */
const [MOST_SCOPES, MOST_NAMED] = [50, 12]
const LONGEST_SCOPES = 2000
const SCOPE = /^[a-z][a-z0-9_.:-]{0,59}$/

/** The scopes of a refusal, where they are well formed. */
function scopesIn(text: unknown): string[] {
  if (typeof text !== 'string') return []
  const scopes = text.slice(0, LONGEST_SCOPES).split(',')
  // The last one may have been cut.
  const whole = text.length > LONGEST_SCOPES ? scopes.slice(0, -1) : scopes
  return whole
    .map((scope) => scope.trim())
    .filter((scope) => SCOPE.test(scope))
    .slice(0, MOST_SCOPES)
}

function missingScope({ json }: FailureResponse): FailureFacts {
  const { needed, provided } = json as { needed?: unknown; provided?: unknown }
  const [accepted, granted] = [scopesIn(needed), scopesIn(provided)]
  const facts: FailureFacts = {
    reason: 'missing_scope',
    upstream: { accepted_scopes: accepted, granted_scopes: granted },
  }
  if (accepted.length === 0) return facts
  const names = accepted.slice(0, MOST_NAMED).join(' or ')
  return {
    ...facts,
    message: `This account's token lacks the scope that Slack requires here (${names}); link the account again with a token that has it.`,
  }
}

const MOST_MESSAGES = 5
/** Characters of a message that are passed on, and of those that are searched. */
const [SHOWN, SEARCHED] = [200, 1000]
/** Where Slack says in a message which value it means. @see https://www.rfc-editor.org/rfc/rfc6901 */
const POINTER = /\[json-pointer:((?:\/[\w-]{1,40}){1,10})\]/

/** The parameters that Slack points at. Its own sentences about them stay under `upstream`. */
function faultsOfParameters({ json }: FailureResponse): FailureFacts {
  const metadata = isPlainObject(json) ? json.response_metadata : undefined
  const listed = isPlainObject(metadata) && Array.isArray(metadata.messages) ? metadata.messages : []
  const messages = listed.slice(0, MOST_MESSAGES).filter((message) => typeof message === 'string')
  const places = messages.flatMap((message) => POINTER.exec(message.slice(0, SEARCHED))?.[1] ?? [])
  return {
    errors: places.map((place) => ({
      field: place.slice(1).replaceAll('/', '.'),
      message: 'is not in a form that Slack accepts',
    })),
    ...(messages.length > 0
      ? { upstream: { messages: messages.map((message) => message.slice(0, SHOWN).replace(/\p{Cc}+/gu, ' ')) } }
      : {}),
  }
}

const LIMITED = {
  code: 'RATE_LIMITED',
  message: 'Slack accepts no more requests of this kind for now. Nothing was done; wait, then make the call again.',
  retryable: true,
  retryAfter: A_MINUTE,
} as const

/**
 * What each family of Slack's codes means to a caller. The codes of a method are on its page.
 * @see https://docs.slack.dev/reference/methods
 */
export const slackFailures: readonly FailureRule[] = [
  refused(/^(?:invalid_auth|not_authed|token_revoked|token_expired|account_inactive)$/, {
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
  refused(/^(?:ratelimited|rate_limited|message_limit_exceeded)$/, LIMITED),
  { when: { status: [429] }, ...LIMITED },
  forbidden(
    /^not_allowed_token_type$/,
    'Slack does this only with a token of another kind; link the account again with the token of a person (xoxp-).',
  ),
  forbidden(
    /^not_in_channel$/,
    'The person is not a member of that conversation: they join it in Slack, or somebody in it invites them.',
  ),
  forbidden(
    /^is_archived$/,
    'The conversation is archived, so nothing can be written there; it can be unarchived in Slack.',
  ),
  forbidden(
    /^(?:ekm_access_denied|enterprise_is_restricted|two_factor_setup_required|accesslimited|slack_connect_\w+)$/,
    "The workspace's rules do not allow this from here; an administrator of the workspace can say what it requires.",
  ),
  forbidden(
    /^(?:no_permission|access_denied|team_access_not_granted|not_authorized|restricted_action\w*|thread_locked|cant_\w+|user_is_\w+)$/,
    'Slack does not let this person do that; its own code is in details.upstream. Somebody with more rights must do it or grant them.',
  ),
  refused(/^(?:already_\w+|no_reaction)$/, {
    code: 'UPSTREAM_REFUSED',
    message:
      'That is so already, or there is nothing to change, as the code in details.upstream says; nothing was done.',
  }),
  refused(/^too_many_(?:reactions|emoji)$/, {
    code: 'UPSTREAM_REFUSED',
    message: 'That message has as many reactions as Slack allows, so nothing was done; one can be removed in Slack.',
  }),
  refused(/(?:^|_)not_found$|^no_such_\w+$|^user_not_visible$/, {
    code: 'NOT_FOUND',
    message:
      'Slack has nothing of that id that this account may see; the code in details.upstream says what was not found. Names are not ids: look them up by conversations_list or users_list.',
  }),
  // The last two: the workspace is being moved to an organisation of Enterprise.
  refused(/^(?:internal_error|fatal_error|service_unavailable|request_timeout|team_added_to_org|org_login_required)$/, {
    code: 'UPSTREAM_ERROR',
    message: 'Slack failed to answer the request; try again later.',
  }),
  refused(/^limit_required$/, {
    code: 'INVALID_PARAMETERS',
    message: 'The list is too long for one answer; make the call again with limit, such as 200, and page on.',
  }),
  refused(
    /^(?:invalid_\w+|bad_\w+|missing_\w+|no_text|no_user|no_item_specified|No query passed|users_list_not_supplied|msg_too_long|msg_blocks_too_long|metadata_too_large|too_many_\w+|not_enough_users|attachment_payload_limit_exceeded|cannot_\w+|method_not_supported_for_channel_type|unsupported_\w+)$/,
    {
      code: 'INVALID_PARAMETERS',
      message: 'Slack did not accept the parameters; its own code in details.upstream says what is wrong.',
      tell: faultsOfParameters,
    },
  ),
  {
    when: { status: [200], member: ['ok', /^false$/] },
    code: 'UPSTREAM_REFUSED',
    message: 'Slack refused the request; its own code is in details.upstream.',
  },
  {
    // What is not JSON is refused where it is parsed; an answer that is too large for a refusal is not examined here.
    when: { status: [200] },
    code: 'UPSTREAM_ERROR',
    message: 'Slack answered in a form that is not the documented one; try again later.',
    tell: ({ json }) => (json === undefined || (isPlainObject(json) && json.ok === true) ? undefined : {}),
  },
]
