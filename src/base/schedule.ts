/**
 * Runs something once, so many milliseconds from now, unless what it gives back is called before. Injected wherever
 * something happens by itself, so that tests need not wait.
 */
export type Schedule = (run: () => void, milliseconds: number) => () => void

/** By the process's timers; none of them keeps the process alive. */
export const systemSchedule: Schedule = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}
