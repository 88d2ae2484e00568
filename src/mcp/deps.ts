import type { Secret } from '../base/secret.js'
import type { ConnectorsClient } from '../client/index.js'
import type { Session } from './session.js'

/** A link that waits for the person on our own page; the page shows the code, too, so that the right one is known. */
export type BegunLink = {
  link_id: string
  url: string
  code: string
  /** ISO 8601. */
  expires_at: string
  status: 'pending'
  connector: string
}

/** How far a link is. What does not apply is null; `replaced`: an account linked before got the new credential. */
export type LinkStatus = {
  link_id: string
  connector: string
  status: 'pending' | 'linked' | 'failed' | 'expired'
  user_identifier: string | null
  selected: boolean | null
  replaced: boolean | null
  error: string | null
  message: string | null
}

/** Links on our own page. @see the section "Integrations" of the HTTP contract */
export interface PageLinkClient {
  /** @throws NOT_FOUND, METHOD_NOT_ALLOWED or ACTION_NOT_FOUND from a service without such pages */
  beginLink(
    connector: string,
    userToken: Secret,
    link?: { callbackUrl?: string | undefined; replaceDuplicate?: boolean | undefined },
  ): Promise<BegunLink>
  /** @param options `wait`: seconds, at most 25, that the service may take until the status changes */
  linkStatus(
    userToken: Secret,
    linkId: string,
    options?: { wait?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<LinkStatus>
  cancelLink(userToken: Secret, linkId: string): Promise<unknown>
}

/** What the tools need of the client of the service. A client without pages is one of a service without them. */
export type McpClient = Partial<PageLinkClient> &
  Pick<
    ConnectorsClient,
    | 'authenticate'
    | 'catalogMcp'
    | 'catalogTools'
    | 'connectorNames'
    | 'connectorSchemas'
    | 'createUser'
    | 'deleteIntegration'
    | 'execute'
    | 'linkCustom'
    | 'listIntegrations'
    | 'me'
    | 'search'
    | 'selectIntegration'
    | 'startLink'
  >

/** Writes to the process's log, never to stdout. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', fields: Record<string, unknown>) => void

/** What the app hands to the MCP server. Nothing of it is used before a tool is called. */
export interface McpDeps {
  /** Makes the client of the service, on the first call that needs it; asked again only after a failure. */
  client: () => Promise<McpClient> | McpClient
  session: Session
  /** Where a browser ends up after an OAuth 2 link of this connector. */
  defaultCallbackUrl: (connector: string) => Promise<string>
  version: string
  /** True when the service runs in this process, on this machine's data. */
  embedded: boolean
  log?: Log
}
