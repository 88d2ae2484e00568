import { ConnectorsError } from '../../base/errors.js'
import type { IntegrationRow } from '../../store/store.js'

/** A link that was begun for the person, so that they can give the account another credential. */
export interface ReconnectOffer {
  linkId: string
  url: string
  /** Shown on the page, too. */
  code: string
  /** Whether the person may finish a link by a code on another device instead. */
  deviceAvailable: boolean
}

type Account = Pick<IntegrationRow, 'connector' | 'userIdentifier'>

/** The account's grant or credential is gone: only the person can bring it back. */
export class ReconnectRequired extends ConnectorsError {
  readonly account: Account

  /** @param cause the refusal */
  constructor(account: Account, cause?: unknown, link?: ReconnectOffer) {
    super(
      'RECONNECT_REQUIRED',
      `The third party does not accept the login of this ${account.connector} account any more; link the account again.`,
      {
        details: {
          connector: account.connector,
          user_identifier: account.userIdentifier,
          ...(link && { reconnect_url: link.url, link_id: link.linkId, link_code: link.code }),
          ...(link?.deviceAvailable && { link_device_available: true }),
        },
        cause,
      },
    )
    this.account = account
  }

  /** The same with the link that repairs it. */
  with(link: ReconnectOffer): ReconnectRequired {
    return new ReconnectRequired(this.account, this.cause, link)
  }
}
