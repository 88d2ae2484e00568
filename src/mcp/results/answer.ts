import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'
import type { ToolAnswer } from '../tool.js'

/**
 * A tool's answer as the MCP client receives it: the structured result, the same as JSON text for clients that show only
 * text, then our notes and further content, each in a block of its own. The notes are also in the structured result,
 * as `next_step`, for clients that show only that.
 */
export function toCallToolResult({ structured, notes = [], blocks = [], lines }: ToolAnswer): CallToolResult {
  const result = textBlock(lines === undefined ? JSON.stringify(structured) : inLines(structured, lines))
  if (notes.length === 0) return { content: [result, ...blocks], structuredContent: structured }
  return {
    content: [result, textBlock(notes.join('\n')), ...blocks],
    structuredContent: { ...structured, next_step: notes.join(' ') },
  }
}

export const textBlock = (text: string): ContentBlock & { type: 'text' } => ({ type: 'text', text })

/** JSON with each item of one list on its own line. */
function inLines(structured: Record<string, unknown>, field: string): string {
  const items = structured[field]
  if (!Array.isArray(items) || items.length === 0) return JSON.stringify(structured)
  const list = `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`
  return `{${Object.entries(structured)
    .map(([key, value]) => `${JSON.stringify(key)}:${key === field ? list : JSON.stringify(value)}`)
    .join(',')}}`
}
