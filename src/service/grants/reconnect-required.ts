import { ConnectorsError, type ErrorDetails } from '../../base/errors.js'
import type { IntegrationRow } from '../../store/store.js'

/** A pending link with which the person can give the account a new credential, or link the first one. */
export interface ReconnectOffer {
  linkId: string
  url: string
  /** Also shown on the page. */
  code: string
  /** Whether the person can also finish a link by a code on another device. */
  deviceAvailable: boolean
}

/** How an error carries a link; nothing without one. */
export const linkDetails = (link: ReconnectOffer | undefined): ErrorDetails => ({
  ...(link && { reconnect_url: link.url, link_id: link.linkId, link_code: link.code }),
  ...(link?.deviceAvailable && { link_device_available: true }),
})

type Account = Pick<IntegrationRow, 'connector' | 'userIdentifier'>

/** The account's grant or credential is gone: only the person can restore it. */
export class ReconnectRequired extends ConnectorsError {
  readonly account: Account

  /** @param cause the refusal */
  constructor(account: Account, cause?: unknown, link?: ReconnectOffer) {
    super(
      'RECONNECT_REQUIRED',
      `The third party no longer accepts the login of this ${account.connector} account; link the account again.`,
      {
        details: {
          connector: account.connector,
          user_identifier: account.userIdentifier,
          ...linkDetails(link),
        },
        cause,
      },
    )
    this.account = account
  }

  /** The same error with the link that repairs it. */
  with(link: ReconnectOffer): ReconnectRequired {
    return new ReconnectRequired(this.account, this.cause, link)
  }
}
