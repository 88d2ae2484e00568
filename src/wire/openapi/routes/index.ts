import type { Subject } from '../operation.js'
import { actions } from './actions.js'
import { catalogue, connectors, skills } from './catalogue.js'
import { integrations } from './integrations.js'
import { pages, service } from './service.js'
import { tenants } from './tenants.js'

/** Every route of the API. */
export const SUBJECTS: readonly Subject[] = [
  tenants,
  connectors,
  integrations,
  actions,
  catalogue,
  skills,
  service,
  pages,
]
