import type { Connector } from '../kit/connector.js'

/** What is known about a connector before it is loaded. */
export interface CatalogueEntry {
  name: string
  load: () => Promise<Connector>
}

/** The connectors of this package, by name. Each module loads on first use. */
export const packagedConnectors: readonly CatalogueEntry[] = [
  { name: 'dexscreener', load: async () => (await import('./dexscreener.js')).dexscreener },
  { name: 'github', load: async () => (await import('./github.js')).github },
  { name: 'hackernews', load: async () => (await import('./hackernews.js')).hackernews },
  { name: 'sql', load: async () => (await import('./sql.js')).sql },
]
