import type { AnswerFields } from './sending/answer-fields.js'

const SECONDS = /^\d+$/
/** The three forms of an HTTP-date begin with the name of a day. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/**
 * How long the response asks to wait.
 * @param now milliseconds since the epoch
 * @returns whole seconds, rounded up, at least 0; undefined where the field is absent or not understood
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterSeconds(headers: AnswerFields, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  // However absurd: a caller that thinks it absent would play the call again at once.
  if (SECONDS.test(value)) return Math.min(Number(value), Number.MAX_SAFE_INTEGER)
  // The asctime form names no zone and means UTC as the others do.
  const time = HTTP_DATE.test(value) ? Date.parse(/GMT$/i.test(value) ? value : `${value} GMT`) : Number.NaN
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - now) / 1000))
}

/** The families of fields that count requests. @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06 */
const COUNTERS = ['x-ratelimit', 'x-rate-limit', 'ratelimit']
/** Whole seconds, with a fraction at some vendors. */
const RESET = /^\d{1,12}(?:\.\d{1,9})?$/
/** Smaller numbers count seconds from now, larger ones from the epoch; no service asks to wait for thirty years. */
const FIRST_TIME = 1_000_000_000

/**
 * How long the response asks to wait: by `Retry-After`, else until the used-up requests are available again.
 * @param now milliseconds since the epoch
 * @returns whole seconds, rounded up, at least 0; undefined where the answer names no time
 */
export function waitSeconds(headers: AnswerFields, now: number): number | undefined {
  const asked = retryAfterSeconds(headers, now)
  if (asked !== undefined) return asked
  for (const name of COUNTERS) {
    const reset = headers.get(`${name}-reset`)?.trim() ?? ''
    if (headers.get(`${name}-remaining`)?.trim() !== '0' || !RESET.test(reset)) continue
    const seconds = Number(reset)
    return Math.max(0, Math.ceil(seconds < FIRST_TIME ? seconds : seconds - now / 1000))
  }
  return undefined
}
