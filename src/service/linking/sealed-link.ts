import type { LinkRow } from '../../store/store.js'
import type { Caller } from '../tenants/users.js'
import { type LinkBinding, linkContext } from '../vault/seal-contexts.js'
import type { Vault } from '../vault/vault.js'
import type {
  DeviceSecrets,
  FormValues,
  Link,
  LinkDraft,
  LinkedAccount,
  LinkFailureCode,
  LinkProgress,
  PendingAuthorization,
  UnconfirmedResponse,
} from './link.js'

/** What is sealed with a link in the store, as JSON. Rows of earlier releases contain it, too: fields may only be added. */
export interface SealedLink {
  /** Missing in rows of earlier releases. */
  kind?: Link['kind'] | undefined
  caller: Caller
  code?: string | undefined
  request?: PendingAuthorization | undefined
  device?: DeviceSecrets | undefined
  browser?: string | undefined
  draft?: LinkDraft | undefined
  form?: FormValues | undefined
  unconfirmed?: UnconfirmedResponse | undefined
  /** True: an account of the same name gets the new credential if it is the same account, although the row says no. */
  replaceSame?: boolean | undefined
  /** How it ended, beyond what the row says. */
  end?: SealedOutcome | undefined
}

export type SealedOutcome =
  | (Omit<Partial<LinkedAccount>, 'replaced' | 'scopes'> & { replaced: boolean; scopes: readonly string[] })
  | { message: string; upstream?: unknown }

/** @throws INVALID_TOKEN when the client is gone */
export const sealLink = (vault: Vault, link: LinkBinding, sealed: SealedLink): Promise<string> =>
  vault.seal(link.clientId, linkContext(link), JSON.stringify(sealed))

/** @throws INTERNAL for what was sealed with another link */
export const openSealedLink = async (vault: Vault, row: LinkRow): Promise<SealedLink> =>
  JSON.parse(await vault.open(row.clientId, linkContext(row), row.sealed)) as SealedLink

/** The callback URL of a link that ends on our own page, as the store has it. */
const OWN_PAGE = ''

export const callbackColumn = (callbackUrl: string | null): string => callbackUrl ?? OWN_PAGE

/** @param now milliseconds since the epoch */
export function linkOf(row: LinkRow, sealed: SealedLink, now: number): Link {
  const { caller, code, device, draft, form, browser, request, unconfirmed } = sealed
  const { id, connector, createdAt, expiresAt } = row
  const replaceDuplicate: Link['replaceDuplicate'] = row.replaceDuplicate || (sealed.replaceSame ? 'same' : false)
  const callbackUrl = row.callbackUrl === OWN_PAGE ? null : row.callbackUrl
  const state = progressOf(row, sealed.end, now)
  const facts = { id, caller, connector, callbackUrl, replaceDuplicate, createdAt, expiresAt, state, row }
  const steps = { browser, request, unconfirmed }
  if (sealed.kind === 'device' || device) return { kind: 'device', ...facts, ...steps, device }
  return code === undefined
    ? { kind: 'direct', ...facts, ...steps }
    : { kind: 'page', ...facts, ...steps, code, draft, form }
}

export const sealedOf = (link: Link): SealedLink => ({
  kind: link.kind,
  caller: link.caller,
  browser: link.browser,
  request: link.request,
  unconfirmed: link.unconfirmed,
  replaceSame: link.replaceDuplicate === 'same' ? true : undefined,
  ...(link.kind === 'page' ? { code: link.code, draft: link.draft, form: link.form } : {}),
  ...(link.kind === 'device' ? { device: link.device } : {}),
})

/** What remains of a link that has ended: enough to show the outcome to the browser that finished it. */
export const sealedFinishedLink = (link: Link, end: SealedOutcome): SealedLink => ({
  kind: link.kind,
  caller: link.caller,
  browser: link.browser,
  ...(link.kind === 'page' ? { code: link.code } : {}),
  end,
})

function progressOf(row: LinkRow, end: SealedOutcome | undefined, now: number): LinkProgress {
  const { status, userIdentifier } = row
  switch (status) {
    case 'pending':
      return { phase: row.expiresAt > now ? 'pending' : 'expired' }
    case 'consumed':
      // It has not expired, however long it takes: `Links` ends one whose process is gone.
      return { phase: 'finishing' }
    case 'linked': {
      const known = end && 'replaced' in end ? { ...UNKNOWN_ACCOUNT, ...end } : UNKNOWN_ACCOUNT
      return { phase: 'linked', userIdentifier: userIdentifier ?? '', ...known }
    }
    case 'failed': {
      // The store contains nothing else there.
      const error = row.error as LinkFailureCode
      const { message, upstream } = end && 'message' in end ? end : { message: FAILURE_SENTENCES[error] }
      return { phase: 'failed', error, message, upstream }
    }
  }
}

const UNKNOWN_ACCOUNT = {
  ...{ replaced: undefined, replacedAccount: undefined },
  ...{ scopes: undefined, server: undefined, readOnly: undefined },
}

/** The sentences for the person and the agent about a failed link without a sentence of its own. */
export const FAILURE_SENTENCES: Record<LinkFailureCode, string> = {
  invalid_request: 'The answer that came back did not belong to this link, so nothing was linked.',
  integration_error: 'The account could not be linked, and nothing was changed.',
  cancelled_error: 'The link was cancelled, so nothing was linked.',
  duplicate_user_error: 'That account is already linked, and nothing was changed.',
}
