import { createHash } from 'node:crypto'

/** The longest name of a tool that agent programs take. Characters. */
export const LONGEST_TOOL_NAME = 64
const KEPT = 55

/**
 * What an action is called as a tool of its own: as `shared/spec/catalog.md` has it under "Tool names". The connector's part
 * becomes its words' first letters where the name would be too long, and a hash stands for the rest where it still is.
 */
export function toolName(connector: string, action: string): string {
  const name = `${connector}_${action}`.replaceAll(/[-/]/g, '_')
  if (name.length <= LONGEST_TOOL_NAME) return name
  const letters = connector
    .split('_')
    .map((word) => word.charAt(0))
    .join('')
  const short = `${letters}_${action}`.replaceAll(/[-/]/g, '_')
  if (short.length <= LONGEST_TOOL_NAME) return short
  return `${name.slice(0, KEPT)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
