/**
 * Calls a function at the first call only; later calls return the same, also where it is a promise that fails. What it
 * throws is not kept. For work that may fail and be tried again, see `makeOnce` in `single-flight.ts`.
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
