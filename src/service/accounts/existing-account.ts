import { ConnectorsError } from '../../base/errors.js'
import type { Connector } from '../../kit/index.js'
import type { IntegrationRow, Store } from '../../store/store.js'
import type { AccountCredential, Credentials } from '../upstream/credentials.js'
import { accountName } from './account-name.js'
import type { Trial } from './trial.js'

/** The account that already has the name of a new one. */
export interface ExistingAccount extends ExistingAccountFacts {
  row: IntegrationRow
  /**
   * What would happen to it: `refresh`: it is the same account and gets a new credential; `open`: it is, and from then on
   * something can be changed through it; `replace`: it is another account, which is replaced.
   */
  change: 'refresh' | 'open' | 'replace'
}

/** What a person sees of a linked account. All of it is third-party text. */
export interface ExistingAccountFacts {
  title: string
  /** Where it leads, and who logs in there; null where that is unknown, or the title says it. */
  target: string | null
  /** Null where that is unknown. */
  readOnly: boolean | null
}

/** What may happen to an account of the same name. `same`: it may only get a new credential of its own. */
export type ReplacePolicy = boolean | 'same' | { over: Pick<IntegrationRow, 'id' | 'version'> }

interface StandingDeps {
  store: Store
  credentials: Credentials
}

/**
 * Looks for an account under the name that a trial found, and under the name that an earlier release would have used.
 * @returns undefined if there is no such account
 */
export async function findExistingAccount(
  { store, credentials }: StandingDeps,
  trial: Trial,
): Promise<ExistingAccount | undefined> {
  const { caller, connector, account } = trial
  const find = async (name: string) => {
    const row = await store.integrations.find(caller.userId, connector.name, name)
    return row && standingOf(trial, row, await opened(credentials, row))
  }
  const standing = await find(account.identifier)
  if (standing || account.formerName === undefined) return standing
  const former = await find(account.formerName)
  // Other accounts that got the same name then do not count.
  return former?.sameness === 'proven' ? former : undefined
}

/** Whether it may be replaced without asking the person. */
export function mayReplace({ row, change }: ExistingAccount, replacing: ReplacePolicy): boolean {
  if (typeof replacing === 'boolean') return replacing
  if (change === 'refresh') return true
  return replacing !== 'same' && replacing.over.id === row.id && replacing.over.version === row.version
}

/** What it is, in words: `books (sqlite:/tmp/books.db), read-only`. */
export const describeAccount = ({ title, target, readOnly }: ExistingAccountFacts): string =>
  `${title}${target === null ? '' : ` (${target})`}${readOnly ? ', read-only' : ''}`

/** INTEGRATION_EXISTS: the existing account goes into the details, since it is third-party text. */
export function accountExists(connector: string, standing: ExistingAccount | undefined): ConnectorsError {
  const what = standing?.change ?? 'refresh'
  return new ConnectorsError('INTEGRATION_EXISTS', REFUSALS[what](connector), {
    details: {
      connector,
      ...(standing ? { user_identifier: standing.row.userIdentifier, existing: describeAccount(standing) } : {}),
    },
  })
}

const REFUSALS: Record<ExistingAccount['change'], (connector: string) => string> = {
  refresh: (connector) =>
    `That ${connector} account is already linked; ask for it to be replaced to give it the new credential.`,
  open: (connector) =>
    `That ${connector} account is linked as read-only, and with the new credential something could be changed through it, so nothing was done; link it as read-only, or ask for it to be replaced.`,
  replace: (connector) =>
    `Another ${connector} account is linked under that name, so nothing was linked; ask for it to be replaced, or link this one under another name.`,
}

/** A credential that does not open says nothing. */
const opened = (credentials: Credentials, row: IntegrationRow): Promise<AccountCredential | undefined> =>
  credentials.open(row).catch(() => undefined)

function standingOf(trial: Trial, row: IntegrationRow, stored: AccountCredential | undefined) {
  const { connector, account } = trial
  const title = row.title ?? row.userIdentifier
  const target = targetOf(connector, stored)?.filter(Boolean).join(':') || null
  const readOnly = row.readOnly ?? readOnlyBefore(connector, stored)
  const sameness = samenessOf(trial, row, stored)
  const change: ExistingAccount['change'] =
    sameness === 'no' ? 'replace' : readOnly === true && account.readOnly !== true ? 'open' : 'refresh'
  return { row, change, title, target: target === title ? null : target, readOnly, sameness }
}

/** Whether two credentials open the same account. `assumed`: a third party gave both the same name. */
function samenessOf(
  { connector, credential, account }: Trial,
  row: IntegrationRow,
  stored: AccountCredential | undefined,
): 'proven' | 'assumed' | 'no' {
  if (connector.auth.custom?.target && row.authType === 'custom' && credential.kind === 'custom') {
    const [before, now] = [targetOf(connector, stored), targetOf(connector, credential)]
    return before && now && JSON.stringify(before) === JSON.stringify(now) ? 'proven' : 'no'
  }
  if (row.accountId !== null && account.accountId) return row.accountId === account.accountId ? 'proven' : 'no'
  return account.isChosen || mayBeChosen(row, stored) ? 'no' : 'assumed'
}

function targetOf({ auth }: Connector, credential: AccountCredential | undefined): readonly string[] | undefined {
  return credential?.kind === 'custom' ? auth.custom?.target?.(credential.configuration) : undefined
}

/** A name that a person chose says nothing about whose account it is. */
function mayBeChosen(row: IntegrationRow, stored: AccountCredential | undefined): boolean {
  if (row.authType !== 'custom') return false
  if (stored?.kind !== 'custom') return true
  const { identifier } = stored.configuration
  return typeof identifier === 'string' && identifier !== '' && accountName(identifier) === row.userIdentifier
}

/** What an earlier release did not record, as far as the configuration shows it. */
function readOnlyBefore({ auth }: Connector, stored: AccountCredential | undefined): boolean | null {
  const choice = auth.custom?.readOnly
  if (!choice || stored?.kind !== 'custom') return null
  const { configuration } = stored
  return configuration[choice.field] === true || choice.isSetOtherwise?.(configuration) === true ? true : null
}
