import { ConnectorsError } from '../../base/errors.js'
import type { DatabaseOwner, DatabasePort } from '../../database/port.js'
import { type Connector, createHttpUpstream, type PostWebhook, type Send } from '../../kit/index.js'
import type { AccountCredential, ConnectorEndpoints } from './credentials.js'
import type { Pacer } from './pace.js'

/** Outbound dependencies, built by the app. */
export interface Ports {
  send: Send
  post: PostWebhook
  databases: DatabasePort
}

/** With the pace that vendors ask for: what requests of connectors leave through. */
export interface PacedPorts extends Ports {
  pacer: Pacer
}

export interface Binding {
  /** Names the account and the version of its credential. */
  key: string
  /** The user whose share of the service's capacity the calls use. */
  owner: DatabaseOwner
  credential: AccountCredential | undefined
  endpoints: ConnectorEndpoints
  signal: AbortSignal
  /** How long reads that are made again may wait in all, milliseconds; the kit's limit for a call by default. */
  patienceMs?: number | undefined
}

/** Binds what a connector's actions talk to to a base URL and a credential. */
export function bindUpstream(ports: PacedPorts, connector: Connector, binding: Binding): unknown {
  const { key, owner, credential, endpoints, signal, patienceMs } = binding
  const configuration = credential?.kind === 'custom' ? credential.configuration : {}
  switch (connector.port) {
    case 'none':
      return undefined
    case 'database':
      return ports.databases.open(key, configuration, owner)
    case 'http': {
      const baseUrl = endpoints.baseUrl ?? connector.baseUrl
      if (!baseUrl)
        throw new ConnectorsError(
          'MISCONFIGURED',
          `The connector ${connector.name} does not know the address of its API; set that address.`,
        )
      const accessToken = credential?.kind === 'oauth2' ? credential.tokens.access_token : null
      return createHttpUpstream({
        send: ports.pacer.paced(connector, ports.send),
        baseUrl,
        hosts: endpoints.hosts,
        headers: connector.headers ?? {},
        failures: connector.failures ?? [],
        ...(connector.notices && { notices: connector.notices }),
        ...(connector.dialect && { dialect: connector.dialect }),
        authorize: () => (credential ? (connector.authorize ?? bearer)({ accessToken, configuration }) : {}),
        signal,
        ...(patienceMs === undefined ? {} : { patienceMs }),
      })
    }
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const bearer = ({ accessToken }: { accessToken: string | null }): Record<string, string> =>
  accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }
