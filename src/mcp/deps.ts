import type { Secret } from '../base/secret.js'
import type { ClientFile, ConnectorsClient } from '../client/index.js'
import type { KeepingClient } from './kept/service-keeping.js'
import type { Session } from './session.js'

/** Links on our own page. @see the section "Integrations" of the HTTP contract */
export type PageLinkClient = Pick<ConnectorsClient, 'beginLink' | 'cancelLink' | 'linkStatus'>

/** The part of the service's client that the tools need. */
export type McpClient = PageLinkClient &
  KeepingClient &
  Pick<
    ConnectorsClient,
    | 'authenticate'
    | 'catalogMcp'
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

/** What the app passes to the MCP server. None of it is used before a tool is called. */
export interface McpDeps {
  /** Makes the client of the service, on the first call that needs it; called again only after a failure. */
  client: () => Promise<McpClient> | McpClient
  session: Session
  /** Where a browser ends up after an OAuth 2 link of this connector. */
  defaultCallbackUrl: (connector: string) => Promise<string>
  version: string
  /** True when the service runs in this process, on this machine's data. */
  embedded: boolean
  /** The names of the connectors in a sentence, if they are known before the service is asked. */
  connectors?: string | undefined
  /** The person's own connector files that could not be used; none by default. */
  brokenConnectorFiles?: () => Promise<readonly string[]>
  /** How a person starts this very installation in a terminal: `/usr/bin/node /path/to/main.js`. */
  command: string
  /**
   * Saves the login of a new user on this machine, for later conversations, unless a user is logged in here.
   * Undefined if a new user must not become the login of this machine.
   * @returns whether it was saved
   */
  saveLogin?: ((identifier: string, secret: Secret) => Promise<boolean>) | undefined
  /**
   * Reads a file of this machine, below the folders that the person allowed. Undefined where the server is not on the person's
   * machine.
   */
  readPath?: ((path: string) => Promise<ClientFile>) | undefined
  log?: Log
}
