/**
 * Runs one function at a time, in the order in which they came.
 * @example const alone = oneByOne(); await Promise.all([alone(first), alone(second)])
 */
export function oneByOne(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const mine = last.then(run, run)
    last = mine
    return mine
  }
}
