import type { Kysely } from 'kysely'
import { prepared } from './prepared.js'
import type { Schema } from './schema.js'
import type { Store } from './store.js'

/** Single values, by name. */
export function createMeta(db: Kysely<Schema>): Store['meta'] {
  const byKey = prepared(db, (key: string) => db.selectFrom('meta').select('value').where('key', '=', key))
  const get = async (key: string): Promise<string | undefined> => (await byKey(key))[0]?.value

  return {
    get,
    async putIfAbsent(key, value) {
      await db
        .insertInto('meta')
        .values({ key, value })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      return (await get(key)) ?? value
    },
    async replace(key, before, after) {
      const { numUpdatedRows } = await db
        .updateTable('meta')
        .set({ value: after })
        .where('key', '=', key)
        .where('value', '=', before)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }
}
