import { LONGEST_DEADLINE } from '../../base/deadline.js'
import { TIME_PARAMETER } from '../../wire/execution.js'
import type { ActionParams } from './request-body.js'

/** Milliseconds. @see the section "HTTP" of the HTTP contract */
export const TIMEOUT_MS = 10_000
export const LONG_TIMEOUT_MS = 30_000
/** What a service needs beyond the time limit of an action, so that its own error about the limit arrives. Milliseconds. */
const MARGIN_MS = 10_000

/**
 * How long the service may take to answer an action: longer than the action itself, so that it is the limit that the caller
 * asked for that ends it.
 * @param ownMs the client's limit for calls without their own; 0 means none
 * @returns milliseconds, 0 for no limit
 */
export function actionTimeout(params: ActionParams, ownMs: number | undefined): number {
  if (ownMs === 0) return 0
  const asked = Number(params[TIME_PARAMETER] ?? Number.NaN)
  if (asked > 0) return Math.min(Math.max(asked + MARGIN_MS, ownMs ?? 0), LONGEST_DEADLINE)
  return ownMs ?? LONG_TIMEOUT_MS + MARGIN_MS
}
