import { type ActionSummary, actionsOfUsers, type ConnectorSummary } from '../../service/index.js'
import { type CatalogMcp, type CatalogTool, generatedToolName, type McpListing } from '../../wire/index.js'

/** An action as a tool of the catalogue. */
export const catalogToolOf = (connector: ConnectorSummary, action: ActionSummary): CatalogTool => ({
  name: generatedToolName(connector.name, action.name),
  description: action.description,
  connector: connector.name,
  categories: [...connector.categories],
  source: 'internal',
})

const mcpUrl = (connector: ConnectorSummary, address: string): string => `${address}/${connector.name}/mcp`

/** A connector as an MCP server of the catalogue. @param address that of this service */
export const catalogMcpOf = (connector: ConnectorSummary, address: string): CatalogMcp => ({
  name: connector.name,
  description: connector.description,
  mcp_url: mcpUrl(connector, address),
  config: { url: mcpUrl(connector, address), headers: { Authorization: '' } },
  tool_count: actionsOfUsers(connector).length,
  categories: [...connector.categories],
  source: 'internal',
})

/** A connector in `GET /mcps/list`. @param address that of this service */
export const mcpListingOf = (connector: ConnectorSummary, address: string): McpListing => ({
  name: connector.name,
  title: connector.title,
  description: connector.description,
  url: mcpUrl(connector, address),
  integration_method: [...connector.auth],
  tools: actionsOfUsers(connector).map((action) => `${connector.name}_${action.name}`),
})
