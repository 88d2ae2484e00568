import type { Tool } from '../tool.js'
import { authenticate } from './authenticate.js'
import { checkLink } from './check-link.js'
import { deleteIntegration } from './delete-integration.js'
import { describeConnector } from './describe-connector.js'
import { executeConnector } from './execute-connector.js'
import { linkIntegration } from './link-integration.js'
import { listConnectors } from './list-connectors.js'
import { listIntegrations } from './list-integrations.js'
import { readConnector } from './read-connector.js'
import { readResult } from './read-result.js'
import { registerUser } from './register-user.js'
import { searchActions } from './search-actions.js'
import { setDefaultIntegration } from './set-default-integration.js'

/** All tools, the same for everybody, in the order of their names. */
export const TOOLS: readonly Tool[] = [
  authenticate,
  checkLink,
  deleteIntegration,
  describeConnector,
  executeConnector,
  linkIntegration,
  listConnectors,
  listIntegrations,
  readConnector,
  readResult,
  registerUser,
  searchActions,
  setDefaultIntegration,
].sort((a, b) => (a.name < b.name ? -1 : 1))
