import { makeOnce } from '../../base/single-flight.js'
import { ofBuild } from '../../connectors/index.js'
import type { ActionSchemas, ConnectorSummary } from '../../kit/index.js'

/** What was written down of connectors, so that none of them has to be loaded to be described. */
export interface ConnectorIndex {
  /** @returns undefined for a connector that it does not have */
  summary(name: string): Promise<ConnectorSummary | undefined>
  /** @returns undefined for a connector that it does not have */
  schemas(name: string): Promise<ActionSchemas | undefined>
}

const summaries = makeOnce(async () => {
  const byName = JSON.parse(await ofBuild.summaries()) as Record<string, ConnectorSummary>
  return new Map(Object.entries(byName))
})

/** What the build wrote down of the packaged connectors: nothing when run from source. Read on first use. */
export const buildIndex: ConnectorIndex = {
  summary: async (name) => (await summaries()).get(name),
  async schemas(name) {
    const texts = await ofBuild.schemas()
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined
    return text === undefined ? undefined : (JSON.parse(text) as ActionSchemas)
  },
}
