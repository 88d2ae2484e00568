/**
 * Runs something once, that many milliseconds from now, unless the returned function is called before. Injected wherever
 * something happens by itself, so that tests need not wait.
 */
export type Schedule = (run: () => void, milliseconds: number) => () => void

/** Uses the process's timers, which keep it alive: for what a caller waits for. */
export const keptSchedule: Schedule = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds)
  return () => clearTimeout(timer)
}

/** Uses the process's timers; none of them keeps the process alive. */
export const systemSchedule: Schedule = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}
