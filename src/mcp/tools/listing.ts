import type { ListedTool } from '../listed-tool.js'
import { inputSchemaOf } from '../schema.js'
import { TOOLS } from './index.js'

/** What is listed of each tool, from the tool itself. The build notes it, so that no start has to. */
export const listTools = (): ListedTool[] =>
  TOOLS.map((tool) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchemaOf(tool),
    annotations: tool.annotations,
  }))
