/** Causes can form a circle; real chains are shorter than this. */
const DEEPEST = 8

/** An error and its causes, outermost first; empty for a value that is not an `Error`. */
export function errorChain(error: unknown): Error[] {
  const chain: Error[] = []
  for (let next = error; next instanceof Error && chain.length < DEEPEST; next = next.cause) chain.push(next)
  return chain
}
