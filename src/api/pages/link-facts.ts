import type { Filled } from './fields.js'

/** What went wrong with what the person just sent. */
export interface Trouble {
  message: string
  upstream: unknown
  status: number
  /** What was filled in, where it was the form of a configuration. */
  filled?: Filled
}

/** How long ago something was, in words. @param elapsed milliseconds */
export function shortly(elapsed: number): string {
  const minutes = Math.floor(elapsed / 60_000)
  if (minutes < 1) return 'less than a minute ago'
  return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}

/** @param at milliseconds since the epoch */
export const clockTime = (at: number): string => `${new Date(at).toISOString().slice(11, 16)} UTC`
