/**
 * Shares one call while it is under way: calls made meanwhile get its outcome, and the next call after that runs again.
 * @example const readKeys = singleFlight(() => readKeyFile(path))
 */
export function singleFlight<T>(run: () => Promise<T>): () => Promise<T> {
  const flights = new KeyedFlights<T>()
  return () => flights.run('', run)
}

/** A thing that is made by the first call and shared by all later ones. */
export interface MadeOnce<T> {
  (): Promise<T>
  /** What was made or is being made; undefined before the first call, after a failure and after `forget`. */
  existing(): Promise<T> | undefined
  /** Lets go of what was made: the next call makes another one. */
  forget(): void
}

/**
 * Makes a thing once, however many calls ask for it at the same time. A failure goes to those who waited for it and is
 * forgotten: the next call tries again, since what was in the way (a lock, a full disk) may be gone.
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

/** Calls that are shared by all who ask for the same key while they are under way. Nothing is kept when they are done. */
export class KeyedFlights<T> {
  readonly #underWay = new Map<string, Promise<T>>()

  /** Runs, or takes part in the call of that key that is under way. */
  run(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(key)
    if (before !== undefined) return before
    const flight = call(run)
    this.#underWay.set(key, flight)
    // Not by `finally`, whose promise settles later: who asks between the two would find neither flight nor outcome.
    const forget = (): boolean => this.#underWay.delete(key)
    flight.then(forget, forget)
    return flight
  }

  /** Resolves when no call is under way, whatever came of them; also waits for those that begin meanwhile. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values())
  }
}

/** A function that throws before its first `await` fails like one that throws later. */
const call = async <T>(run: () => Promise<T> | T): Promise<T> => run()
