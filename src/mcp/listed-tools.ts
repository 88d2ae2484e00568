import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import type { JsonSchema, ListedTool } from './listed-tool.js'
import { TOOLS_OF_BUILD } from './tools-of-build.js'

/** All tools, in the order of their names, without loading one where the build has noted them. */
export async function listedTools(): Promise<readonly ListedTool[]> {
  return TOOLS_OF_BUILD ?? (await import('./tools/listing.js')).listTools()
}

/**
 * The schema in the SDK's form. It checks nothing: the tool parses its arguments itself, so that invalid ones are answered like
 * every other failure, with a code.
 */
export const advertised = (schema: JsonSchema): StandardSchemaWithJSON => ({
  '~standard': {
    version: 1,
    vendor: 'connectors-mcp',
    validate: (value) => ({ value }),
    jsonSchema: { input: () => schema, output: () => schema },
  },
})
