import type { Connector } from '../kit/connector.js'

/** What is known about a connector before it is loaded. */
export interface CatalogueEntry {
  name: string
  load: () => Promise<Connector>
}

/** The connectors of this package, by name. Each module loads on first use. */
export const packagedConnectors: readonly CatalogueEntry[] = [
  { name: 'github', load: async () => (await import('./github.js')).github },
  { name: 'sql', load: async () => (await import('./sql/index.js')).sql },
]
