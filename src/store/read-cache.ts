import { BoundedMap } from '../base/bounded-map.js'
import type { Store } from './store.js'

/** Rows kept for one kind of read; past this many, those used least recently are dropped. */
const KEPT = 2_000

/**
 * Remembers the single rows that every action call reads, for as long as nothing at all is written, by any
 * process. Clients are not cached: whether one exists decides whether it is created.
 * @param version changes with every write to the store, of this process and of others; cheaper to ask than a row
 */
export function withReadCache(store: Store, version: () => string): Store {
  const cached = <Texts extends string[], Row>(read: (...texts: Texts) => Promise<Row>) => keep(read, version)
  const { users, integrations } = store
  return {
    ...store,
    users: { ...users, find: cached(users.find) },
    integrations: {
      ...integrations,
      find: cached(integrations.find),
      findSelected: cached(integrations.findSelected),
    },
  }
}

function keep<Texts extends string[], Row>(
  read: (...texts: Texts) => Promise<Row>,
  version: () => string,
): (...texts: Texts) => Promise<Row> {
  const rows = new BoundedMap<string, Row>(KEPT)
  let current: string | undefined
  return async (...texts) => {
    const now = version()
    if (now !== current) {
      rows.clear()
      current = now
    }
    const key = texts.join('\n')
    const known = rows.get(key)
    if (known !== undefined) return known
    const row = await read(...texts)
    // A concurrent write may be in the row or not; either way the next read asks again. A missing row is not remembered:
    // what another process has just added must be found.
    if (row !== undefined && version() === now && current === now) rows.set(key, row)
    return row
  }
}
