import type { RejectedForm } from './fields.js'

/** What went wrong with the form that the person just sent. */
export interface FormFailure {
  message: string
  upstream: unknown
  status: number
  /** What was filled in, if it was the form of a configuration. */
  refused?: RejectedForm
}

/** How long ago something was, in words. @param elapsed milliseconds */
export function timeSinceInWords(elapsed: number): string {
  const minutes = Math.floor(elapsed / 60_000)
  if (minutes < 1) return 'less than a minute ago'
  return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}

/** The remaining time in words, so that time zones do not matter. @param left milliseconds */
export function timeLeftInWords(left: number): string {
  const minutes = Math.floor(left / 60_000)
  if (minutes < 1) return 'less than a minute left'
  return minutes === 1 ? 'a minute left' : `${minutes} minutes left`
}
