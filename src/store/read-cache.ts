import { BoundedMap } from '../base/bounded-map.js'
import type { Store } from './store.js'

/** Answers kept for one kind of read; past this many, those used least recently are dropped. */
const KEPT = 2_000
/** A longer list is read each time. Rows. */
const LONGEST_LIST = 20

/**
 * Remembers what nearly every request reads, for as long as nothing at all is written, by any process. While a row stays as it is, the
 * same object is returned, so that what was found out about it can be remembered by it.
 * @param version changes with every write to the store, of this process and of others; cheaper to ask than a row
 */
export function withReadCache(store: Store, version: () => number): Store {
  const cached = <Texts extends string[], Row>(read: (...texts: Texts) => Promise<Row>) => keep(read, version)
  const { clients, users, integrations } = store
  return {
    ...store,
    clients: { ...clients, findRecent: cached(clients.findRecent) },
    users: { ...users, find: cached(users.find) },
    integrations: {
      ...integrations,
      find: cached(integrations.find),
      findSelected: cached(integrations.findSelected),
      listOfUser: keep(integrations.listOfUser, version, (rows) => rows.length <= LONGEST_LIST),
    },
  }
}

/** A missing row is not remembered: what another process has just added must be found. */
const isThere = (row: unknown): boolean => row !== undefined

function keep<Texts extends string[], Answer>(
  read: (...texts: Texts) => Promise<Answer>,
  version: () => number,
  isWorthKeeping: (answer: Answer) => boolean = isThere,
): (...texts: Texts) => Promise<Answer> {
  /** Promises that are resolved, so that a hit makes no new one. */
  const answers = new BoundedMap<string, Promise<Answer>>(KEPT)
  let current: number | undefined
  const readNow = async (now: number, key: string, texts: Texts): Promise<Answer> => {
    const answer = await read(...texts)
    // A concurrent write may be in the answer or not; either way the next read asks again.
    if (isWorthKeeping(answer) && version() === now && current === now) answers.set(key, Promise.resolve(answer))
    return answer
  }
  return (...texts) => {
    try {
      const now = version()
      if (now !== current) {
        answers.clear()
        current = now
      }
      const key = texts.join('\n')
      return answers.get(key) ?? readNow(now, key, texts)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}
