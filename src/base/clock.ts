/** Milliseconds since the epoch. Injected wherever time decides something, so that tests need not wait. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
