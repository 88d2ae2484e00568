import type { ConnectorsError } from '../../base/errors.js'
import type { ReplacePolicy } from '../accounts/existing-account.js'
import type { Trial } from '../accounts/trial.js'
import type { LinkDeps } from './deps.js'
import { type Link, type LinkResult, linkFailureCodeOf, toReason } from './link.js'

/** How a link ended, and why it failed. */
export interface LinkResultWithReason extends LinkResult {
  /** Our own text. */
  reason: ConnectorsError | undefined
}

/**
 * Finishes a link that was taken: with the account that the trial found, in one transaction, or with the reason why there is
 * none. Never rethrows an error of the trial.
 * @param replace what may happen to an account of the same name; by default what the link was begun with
 */
export async function finishLink(
  { links, accounts }: Pick<LinkDeps, 'links' | 'accounts'>,
  link: Link,
  trial: Promise<Trial> | Trial,
  replace: ReplacePolicy = link.replaceDuplicate,
): Promise<LinkResultWithReason> {
  const callbackUrl = link.callbackUrl ?? undefined
  try {
    const tried = await trial
    const ending = (replaced: string | null) => links.completionFor(link, tried.account, replaced)
    const { row } = await accounts.save(tried, { replace, ending })
    const { connector, userIdentifier } = row
    return { outcome: { status: 'success', connector, userIdentifier }, callbackUrl, reason: undefined }
  } catch (error) {
    await links.fail(link, error)
    return { outcome: { status: 'error', error: linkFailureCodeOf(error) }, callbackUrl, reason: toReason(error) }
  }
}
