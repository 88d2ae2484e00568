import { ConnectorFile, type ShapedResult, WrittenResult } from '../../kit/index.js'
import type { Redactors } from '../upstream/credentials.js'

/** The result of an action as the JSON that is sent, `{data, meta}`. */
export interface JsonResult {
  readonly json: string
}

/**
 * Redacts a result and writes it as JSON. The text is made once, and is what secrets are looked for in: the value itself is only
 * walked where the text may hold one.
 * @throws UPSTREAM_ERROR for a result that is nested deeper than the platform can write it
 */
export function redactedResult(result: ShapedResult, redact: Redactors): JsonResult | ConnectorFile {
  if (result instanceof ConnectorFile) return result
  const json = jsonOf(result, redact)
  return { json: redact.isCleanResult(json) ? json : JSON.stringify(redact.inResults(membersOf(result))) }
}

/** As a walk over it sees it: what is text still has no members. */
const membersOf = (result: Exclude<ShapedResult, ConnectorFile>) => ({ data: result.data, meta: result.meta })

function jsonOf(result: object, redact: Redactors): string {
  if (result instanceof WrittenResult) return `{"data":${result.json},"meta":${JSON.stringify(result.meta)}}`
  try {
    return JSON.stringify(result)
  } catch (error) {
    // It may be too deep for the platform; the walk has an error that says so.
    if (error instanceof RangeError) redact.inResults(result)
    throw error
  }
}
