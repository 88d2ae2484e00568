/**
 * Shares one call while it is in progress: calls made meanwhile get its outcome, and the next call after that runs again.
 * @example const readKeys = singleFlight(() => readKeyFile(path))
 */
export function singleFlight<T>(run: () => Promise<T>): () => Promise<T> {
  const flights = new KeyedFlights<T>()
  return () => flights.run('', run)
}

/** A value that the first call makes and all later calls share. */
export interface MadeOnce<T> {
  (): Promise<T>
  /** The value, or the promise of it; undefined before the first call, after a failure and after `forget`. */
  existing(): Promise<T> | undefined
  /** Drops the value: the next call makes another one. */
  forget(): void
}

/**
 * Makes a value once, however many calls ask for it at the same time. A failure goes to the calls that waited for it and
 * is forgotten: the next call tries again, since the obstacle (a lock, a full disk) may be gone.
 * @example const host = makeOnce(() => openServiceHost(options))
 */
export function makeOnce<T>(make: () => Promise<T> | T): MadeOnce<T> {
  let made: Promise<T> | undefined
  const get = (): Promise<T> => {
    if (made) return made
    const making: Promise<T> = call(make).catch((error: unknown) => {
      if (made === making) made = undefined
      throw error
    })
    made = making
    return making
  }
  const forget = (): void => {
    made = undefined
  }
  return Object.assign(get, { existing: () => made, forget })
}

/** Shares calls in progress between all callers with the same key. Nothing is kept when they are done. */
export class KeyedFlights<T> {
  readonly #underWay = new Map<string, Promise<T>>()

  /** Runs, or joins the call in progress for that key. */
  run(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(key)
    if (before !== undefined) return before
    const flight = call(run)
    this.#underWay.set(key, flight)
    // Not by `finally`, whose promise settles later: a caller between the two would find neither flight nor outcome.
    const forget = (): boolean => this.#underWay.delete(key)
    flight.then(forget, forget)
    return flight
  }

  /** Resolves when no call is in progress, even if calls failed; also waits for calls that begin meanwhile. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values())
  }
}

/** A function that throws before its first `await` fails like one that throws later. */
const call = async <T>(run: () => Promise<T> | T): Promise<T> => run()
