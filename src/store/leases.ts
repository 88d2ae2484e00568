import type { Kysely } from 'kysely'
import type { Schema } from './schema.js'
import type { Store } from './store.js'

/** Named leases. One that has expired is free from the millisecond `until` on; its holder may take it again at any time. */
export function createLeases(db: Kysely<Schema>): Store['leases'] {
  return {
    async acquire(name, holder, until, now) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('leases')
        .values({ name, holder, held_until: until })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ holder, held_until: until })
            .where((lease) => lease.or([lease('leases.held_until', '<=', now), lease('leases.holder', '=', holder)])),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    async release(name, holder) {
      await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute()
    },
    async deleteExpired(now) {
      await db.deleteFrom('leases').where('held_until', '<=', now).execute()
    },
  }
}
