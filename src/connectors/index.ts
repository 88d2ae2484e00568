import type { Connector } from '../kit/connector.js'

/** What is known about a connector before it is loaded. */
export interface CatalogueEntry {
  name: string
  /** The family of its OAuth provider. This and the next two say how its settings are called, as the connector itself does. */
  family?: string
  /** The names of its further hosts. */
  hosts?: readonly string[]
  /** The names of what an operator can put into the endpoints of its provider. */
  endpointSettings?: readonly string[]
  load: () => Promise<Connector>
}

/** The connectors of this package, by name. Each module loads on first use. */
export const packagedConnectors: readonly CatalogueEntry[] = [
  { name: 'arxiv', hosts: ['pdf', 'rss'], load: async () => (await import('./arxiv/index.js')).arxiv },
  { name: 'dexscreener', load: async () => (await import('./dexscreener.js')).dexscreener },
  { name: 'github', family: 'github', load: async () => (await import('./github/index.js')).github },
  {
    name: 'google_drive',
    family: 'google',
    hosts: ['upload', 'userinfo'],
    load: async () => (await import('./google_drive/index.js')).googleDrive,
  },
  { name: 'hackernews', load: async () => (await import('./hackernews.js')).hackernews },
  { name: 'linear', family: 'linear', load: async () => (await import('./linear/index.js')).linear },
  { name: 'slack', family: 'slack', load: async () => (await import('./slack/index.js')).slack },
  { name: 'sql', load: async () => (await import('./sql/index.js')).sql },
]

/** What the build wrote down of these connectors. Each part is read when it is asked for. */
export const ofBuild = {
  /** Their summaries by name: one JSON text. */
  summaries: async (): Promise<string> => (await import('./of-build/summaries.js')).SUMMARIES_OF_BUILD,
  /** The schemas of their actions: a JSON text for each connector. */
  schemas: async (): Promise<Readonly<Record<string, string>>> =>
    (await import('./of-build/schemas.js')).SCHEMAS_OF_BUILD,
}
