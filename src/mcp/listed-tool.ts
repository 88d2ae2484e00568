import type { ToolAnnotations } from '@modelcontextprotocol/server'

export type JsonSchema = Record<string, unknown>

/** What a model and its client see of a tool before they call it. */
export interface ListedTool {
  name: string
  title: string
  description: string
  /** The JSON Schema of its arguments. */
  inputSchema: JsonSchema
  annotations: Omit<ToolAnnotations, 'title'>
}
