import type { OperationGroup } from '../operation.js'
import { actionOperations } from './actions.js'
import { catalogueOperations, connectorOperations, skillOperations } from './catalogue.js'
import { integrationOperations } from './integrations.js'
import { keptOperations } from './kept.js'
import { pageOperations, serviceOperations } from './service.js'
import { tenantOperations } from './tenants.js'

/** Every route of the API. */
export const OPERATION_GROUPS: readonly OperationGroup[] = [
  tenantOperations,
  connectorOperations,
  integrationOperations,
  actionOperations,
  keptOperations,
  catalogueOperations,
  skillOperations,
  serviceOperations,
  pageOperations,
]
