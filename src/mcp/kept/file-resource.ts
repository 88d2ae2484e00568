import { type McpServer, type ReadResourceResult, ResourceTemplate } from '@modelcontextprotocol/server'
import { FILE_URI } from './uri.js'

const TEMPLATE = new ResourceTemplate(FILE_URI, { list: undefined })

/**
 * Lets the person's program read kept files by the links in results. They are not listed.
 * @param read gets the URI and what stands for the handle in it
 */
export function registerFiles(
  server: McpServer,
  read: (uri: string, handle: string | string[] | undefined) => Promise<ReadResourceResult>,
): void {
  const config = { title: 'Kept file', description: 'A file that an action returned, for a while' }
  server.registerResource('file', TEMPLATE, config, ({ href }, { handle }) => read(href, handle))
}
