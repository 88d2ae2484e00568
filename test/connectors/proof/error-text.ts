import { ConnectorsError } from '../../../src/kit/index.js'

/** The longest text of a vendor in a fault, in characters. */
const LONGEST = 500

/** What an error says, with the words of the vendor, which tell what it did not like. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const upstream = error instanceof ConnectorsError ? error.details?.upstream : undefined
  return upstream === undefined ? message : `${message} The vendor: ${JSON.stringify(upstream).slice(0, LONGEST)}`
}
