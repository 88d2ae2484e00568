import type { Kysely } from 'kysely'
import { createCallbacks } from './callbacks.js'
import { createClients } from './clients.js'
import { createIntegrations } from './integrations.js'
import { createJobs } from './jobs.js'
import { createKept } from './kept.js'
import { createLeases } from './leases.js'
import { createLinks } from './links.js'
import { createMeta } from './meta.js'
import { resealAll } from './reseal.js'
import { createRevocations } from './revocations.js'
import type { Schema } from './schema.js'
import { createSkills } from './skills.js'
import type { Store } from './store.js'
import { createUsers } from './users.js'

/** The store's queries, which are the same for every database; opening, locking and closing are each database's own. */
export function createKyselyStore(db: Kysely<Schema>): Omit<Store, 'close'> {
  return {
    meta: createMeta(db),
    clients: createClients(db),
    users: createUsers(db),
    integrations: createIntegrations(db),
    links: createLinks(db),
    revocations: createRevocations(db),
    leases: createLeases(db),
    skills: createSkills(db),
    jobs: createJobs(db),
    callbacks: createCallbacks(db),
    kept: createKept(db),
    reseal: (value, resealing) => resealAll(db, value, resealing),
  }
}
