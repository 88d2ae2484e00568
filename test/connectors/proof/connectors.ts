import { packagedConnectors } from '../../../src/connectors/index.js'
import type { Connector } from '../../../src/kit/connector.js'
import { type ProofData, proofData } from './data.js'

/** A connector of the package, with what the proof must be told about it. */
export interface Proven {
  connector: Connector
  data: ProofData
}

/** Every connector of the package: none is named in a test. */
export const everyConnector: readonly Proven[] = await Promise.all(
  packagedConnectors.map(async ({ name, load }) => ({ connector: await load(), data: await proofData(name) })),
)
