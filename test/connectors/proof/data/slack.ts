import type { ProofData, Refusal } from '../data.js'
import { VENDORS_WORDS } from '../failure-table.js'

const NEWER = 'newer than the description of 2021'

/** A refusal inside a 200: what each kind of code becomes. All codes are in `slack/failures.test.ts`. */
const refused = (error: string, code: string, more: Partial<Refusal> = {}): Refusal => ({
  title: error,
  answer: { json: { ok: false, error, detail: VENDORS_WORDS } },
  code,
  ...more,
})

const data: ProofData = {
  refusals: [
    ...['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive'].map((error) =>
      refused(error, 'RECONNECT_REQUIRED'),
    ),
    refused('ratelimited', 'RATE_LIMITED', { retryable: true, retryAfter: 60 }),
    {
      title: '429 of Slack without a time',
      answer: { status: 429, json: { ok: false, error: 'ratelimited' } },
      ...{ code: 'RATE_LIMITED', retryable: true, retryAfter: 60 },
    },
    {
      title: 'missing_scope',
      answer: { json: { ok: false, error: 'missing_scope', needed: VENDORS_WORDS, provided: VENDORS_WORDS } },
      ...{ code: 'FORBIDDEN', reason: 'missing_scope' },
    },
    refused('not_in_channel', 'FORBIDDEN'),
    refused('is_archived', 'FORBIDDEN'),
    refused('channel_not_found', 'NOT_FOUND'),
    refused('already_reacted', 'UPSTREAM_REFUSED'),
    refused('msg_too_long', 'INVALID_PARAMETERS'),
    {
      title: 'invalid_arguments',
      answer: { json: { ok: false, error: 'invalid_arguments', response_metadata: { messages: [VENDORS_WORDS] } } },
      code: 'INVALID_PARAMETERS',
    },
    refused(VENDORS_WORDS, 'UPSTREAM_REFUSED'),
    { title: 'ok: false alone', answer: { json: { ok: false } }, code: 'UPSTREAM_REFUSED' },
  ],
  exceptions: [
    ...['team_id', 'include_all_metadata', 'cursor'].map((name) => ({
      action: '*',
      fault: `{"additionalProperty":"${name}"}`,
      reason: NEWER,
    })),
    { action: 'conversations_open', fault: '/requestBody/prevent_creation is not', reason: NEWER },
    ...['ts', 'latest', 'oldest'].map((name) => ({
      action: '*',
      fault: `/query/${name} must be number`,
      reason: 'a time of Slack is a text, 1712345678.000100, which a number would round',
    })),
  ],
}

export default data
