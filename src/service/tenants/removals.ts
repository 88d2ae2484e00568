import { Sweeping, type SweepingDeps } from '../../base/sweeping.js'
import type { Store } from '../../store/store.js'

/** A waiting process tries again within 10 ms, and must find the store free then, also on a busy machine. Milliseconds. */
const PAUSE = 25

interface RemovalsDeps extends SweepingDeps {
  store: Pick<Store, 'clients'>
}

/** Deletes by and by what deleted clients have left in the store. */
export const sweepRemovals = (deps: RemovalsDeps): Sweeping =>
  new Sweeping(deps, {
    step: () => deps.store.clients.removeSome(),
    failure: 'what deleted clients left could not be removed',
    pause: PAUSE,
  })
