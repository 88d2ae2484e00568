import type { LinkOutcome, LinkSnapshot } from '../../service/index.js'
import type { LinkState } from '../../wire/index.js'

export const linkStateOf = (state: LinkSnapshot): LinkState => ({
  link_id: state.linkId,
  connector: state.connector,
  status: state.status,
  user_identifier: state.userIdentifier,
  title: state.title ?? state.userIdentifier,
  selected: state.selected,
  replaced: state.replaced,
  replaced_account: state.replacedAccount,
  auth_scopes: state.authScopes && [...state.authScopes],
  missing_scopes: state.missingScopes && [...state.missingScopes],
  server: state.server,
  read_only: state.readOnly,
  error: state.error,
  message: state.message,
})

/** How a link ended, as query parameters of a callback URL. @see the section "Integrations" of the HTTP contract */
export const outcomeParameters = (outcome: LinkOutcome): Record<string, string> =>
  outcome.status === 'success'
    ? { status: 'success', connector: outcome.connector, user_identifier: outcome.userIdentifier }
    : { error: outcome.error }

/** The callback URL with the outcome of the link in its query. */
export function withOutcome(callbackUrl: string, outcome: LinkOutcome): URL {
  const target = new URL(callbackUrl)
  for (const [name, value] of Object.entries(outcomeParameters(outcome))) target.searchParams.set(name, value)
  return target
}
