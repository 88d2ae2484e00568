import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'
import type { ToolAnswer } from '../tool.js'

/**
 * A tool's answer as the MCP client receives it: one text block of JSON, with what to do next in `next_step`, and further
 * content after it. A model that gets the same again in a structured form pays for it twice, so there is none, and tools declare
 * no output schema, which would require it.
 */
export function toCallToolResult({ shown, notes = [], blocks = [], lines, written }: ToolAnswer): CallToolResult {
  const whole = notes.length === 0 ? shown : { ...shown, next_step: notes.join(' ') }
  const known = lines === undefined ? written : { [lines]: linesOf(shown[lines]) }
  return { content: [textBlock(known === undefined ? JSON.stringify(whole) : withWritten(whole, known)), ...blocks] }
}

export const textBlock = (text: string): ContentBlock & { type: 'text' } => ({ type: 'text', text })

/** JSON of an object of which some members are written already. */
function withWritten(shown: Record<string, unknown>, written: Readonly<Record<string, string>>): string {
  let members = ''
  for (const key in shown) {
    const json = written[key] ?? JSON.stringify(shown[key])
    if (json !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${json}`
  }
  return `{${members}}`
}

/** JSON of a list with each item on its own line. */
function linesOf(items: unknown): string {
  if (!Array.isArray(items) || items.length === 0) return JSON.stringify(items)
  return `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`
}
