/** What is searched: one action, as plain data. */
export interface ActionDocument {
  connector: string
  connectorTitle: string
  name: string
  description: string
  /** Needs in a person's words. */
  examples: readonly string[]
  parameters: readonly { name: string; description: string }[]
  /** What it does to data (read, create, update, delete), if that is known. */
  effect?: string
}
