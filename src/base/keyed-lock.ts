/**
 * Lets one caller at a time through for each key, in the order they came, inside this process.
 * @example const lock = keyedLock(); await lock(userId, async () => { … })
 */
export function keyedLock(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, run) => {
    const before = tails.get(key) ?? Promise.resolve()
    const mine = before.then(run, run)
    const tail = mine.catch(() => undefined)
    tails.set(key, tail)
    try {
      return await mine
    } finally {
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
}
