import { hostileTextSuite } from './hostile-text.suite.js'
import { integrationsSuite } from './integrations.suite.js'
import { jobsSuite } from './jobs.suite.js'
import { keptSuite } from './kept.suite.js'
import { linksSuite } from './links.suite.js'
import { peopleSuite } from './people.suite.js'
import { removalSuite } from './removal.suite.js'
import { revocationsSuite } from './revocations.suite.js'
import type { NewStore } from './scene.js'
import { skillsSuite } from './skills.suite.js'

/** What every Store must do. Each test has two tenants whose rows carry the same names; neither may see the other. */
export function storeSuite(newStore: NewStore): void {
  peopleSuite(newStore)
  integrationsSuite(newStore)
  linksSuite(newStore)
  revocationsSuite(newStore)
  skillsSuite(newStore)
  jobsSuite(newStore)
  keptSuite(newStore)
  removalSuite(newStore)
  hostileTextSuite(newStore)
}
