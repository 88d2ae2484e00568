/**
 * Calls a function on the first call only; later calls return the same value, even a rejected promise. If it throws,
 * the next call tries again. For asynchronous work that may fail and be retried, see `makeOnce` in `single-flight.ts`.
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
