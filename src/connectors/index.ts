import type { Connector } from '../kit/connector.js'

/** What is known about a connector before it is loaded. */
export interface CatalogueEntry {
  name: string
  /** What its settings are named after in addition to its name, as the connector itself says: the family of its provider, */
  family?: string
  /** the names of its further hosts, */
  hosts?: readonly string[]
  /** and what is put into the endpoints of its provider. */
  endpointSettings?: readonly string[]
  load: () => Promise<Connector>
}

/** The connectors of this package, by name. Each module loads on first use. */
export const packagedConnectors: readonly CatalogueEntry[] = [
  { name: 'github', family: 'github', load: async () => (await import('./github.js')).github },
  {
    name: 'google_drive',
    family: 'google',
    hosts: ['upload', 'userinfo'],
    load: async () => (await import('./google_drive/index.js')).googleDrive,
  },
  { name: 'slack', family: 'slack', load: async () => (await import('./slack/index.js')).slack },
  { name: 'sql', load: async () => (await import('./sql/index.js')).sql },
]
