import { z } from 'zod'
import {
  begunLink,
  catalogMcp,
  catalogSkill,
  catalogTool,
  hasIntegration,
  integrationDetail,
  integrationSummary,
  issuedToken,
  linkState,
  managedSkill,
  managedSkillDetail,
  me,
  newClient,
  newUser,
  outcome,
  pageOf,
  searchAnswer,
  startedLink,
  storedIntegration,
} from '../../wire/index.js'
import { bare, data, dataOfAccount } from './answers.js'

const removedIntegration = z.looseObject({
  ...outcome.shape,
  /** The account that became the default; null where none did, absent where the service does not say. */
  new_default: z.string().nullish(),
  /** Whether the third party ended the grant: `yes`, `no`, `unsupported`; absent where the service does not say. */
  revoked_at_provider: z.string().nullish(),
})
export type RemovedIntegration = z.infer<typeof removedIntegration>

/** How the answer of each route is read, the schemas and the actions aside. */
export const READ = {
  names: bare(z.array(z.string())),
  newUser: data(newUser),
  issuedToken: data(issuedToken),
  me: data(me),
  newClient: data(newClient),
  hasIntegration: data(hasIntegration),
  integrations: data(z.array(integrationSummary)),
  integration: dataOfAccount(integrationDetail),
  selected: dataOfAccount(outcome),
  removed: dataOfAccount(removedIntegration),
  startedLink: data(startedLink),
  begunLink: data(begunLink),
  linkState: data(linkState),
  cancelledLink: data(outcome),
  storedIntegration: data(storedIntegration),
  catalogTools: bare(pageOf(catalogTool)),
  catalogMcp: bare(pageOf(catalogMcp)),
  catalogSkills: bare(pageOf(catalogSkill)),
  search: bare(searchAnswer),
  skills: bare(pageOf(managedSkill)),
  skill: data(managedSkillDetail),
}
