import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'
import type { ToolAnswer } from '../tool.js'

/**
 * A tool's answer as the MCP client receives it: one text block of JSON, with what to do next in `next_step`, and further
 * content after it. A model that gets the same again in a structured form pays for it twice, so there is none, and tools declare
 * no output schema, which would require it.
 */
export function toCallToolResult({ shown, notes = [], blocks = [], lines }: ToolAnswer): CallToolResult {
  const whole = notes.length === 0 ? shown : { ...shown, next_step: notes.join(' ') }
  return { content: [textBlock(lines === undefined ? JSON.stringify(whole) : inLines(whole, lines)), ...blocks] }
}

export const textBlock = (text: string): ContentBlock & { type: 'text' } => ({ type: 'text', text })

/** JSON with each item of one list on its own line. */
function inLines(shown: Record<string, unknown>, field: string): string {
  const items = shown[field]
  if (!Array.isArray(items) || items.length === 0) return JSON.stringify(shown)
  const list = `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`
  return `{${Object.entries(shown)
    .map(([key, value]) => `${JSON.stringify(key)}:${key === field ? list : JSON.stringify(value)}`)
    .join(',')}}`
}
