import { z } from 'zod'

/** A text of 1 to `most` characters that is not blank. */
export function filledText(most: number) {
  const fault = `must be a text of 1 to ${most} characters`
  return z.string(fault).max(most, { error: fault, abort: true }).regex(/\S/, fault)
}
