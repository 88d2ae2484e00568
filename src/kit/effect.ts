import type { ReadOnlyBy } from '../wire/catalogue.js'

/** What an action does to the third party's data. */
export type Effect = 'read' | 'create' | 'update' | 'delete'

/**
 * What holds a call of an action to reading where the call may do no more: its effect, or a session of its own at the third
 * party; undefined where nothing does.
 */
export function readOnlyBy(action: {
  readonly effect: Effect
  readonly readOnlyCapable: boolean
}): ReadOnlyBy | undefined {
  if (action.effect === 'read') return 'effect'
  return action.readOnlyCapable ? 'session' : undefined
}
