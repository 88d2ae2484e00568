import type { RejectedForm } from './fields.js'

/** What went wrong with what the person just sent. */
export interface FormFailure {
  message: string
  upstream: unknown
  status: number
  /** What was filled in, where it was the form of a configuration. */
  refused?: RejectedForm
}

/** How long ago something was, in words. @param elapsed milliseconds */
export function timeSince(elapsed: number): string {
  const minutes = Math.floor(elapsed / 60_000)
  if (minutes < 1) return 'less than a minute ago'
  return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}

/** How long something still lasts, in words: a person need not know in which time zone. @param left milliseconds */
export function timeLeft(left: number): string {
  const minutes = Math.floor(left / 60_000)
  if (minutes < 1) return 'less than a minute left'
  return minutes === 1 ? 'a minute left' : `${minutes} minutes left`
}
