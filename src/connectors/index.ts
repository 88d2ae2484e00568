import type { Connector } from '../kit/connector.js'

/** What is known about a connector before it is loaded. */
export interface CatalogueEntry {
  name: string
  load: () => Promise<Connector>
}

/** The connectors of this package, by name. Each module loads on first use. */
export const packagedConnectors: readonly CatalogueEntry[] = [
  { name: 'github', load: async () => (await import('./github.js')).github },
  { name: 'sql', load: async () => (await import('./sql.js')).sql },
]

/** What the build wrote down of these connectors. Each part is read when it is asked for. */
export const ofBuild = {
  /** Their summaries by name: one JSON text. */
  summaries: async (): Promise<string> => (await import('./of-build/summaries.js')).SUMMARIES_OF_BUILD,
  /** The schemas of their actions: a JSON text for each connector. */
  schemas: async (): Promise<Readonly<Record<string, string>>> =>
    (await import('./of-build/schemas.js')).SCHEMAS_OF_BUILD,
}
