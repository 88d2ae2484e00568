import type { Secret } from '../../base/secret.js'
import { Callbacks, type CallbacksDeps } from './callbacks.js'
import { callbackSecret } from './job.js'
import { Jobs } from './jobs.js'

/** What goes on apart from calls: what is gathered in the background, and posting its results. */
export class Background {
  readonly jobs: Jobs
  readonly #deps: CallbacksDeps
  readonly #callbacks: Callbacks

  constructor(deps: CallbacksDeps) {
    this.#deps = deps
    this.#callbacks = new Callbacks(deps)
    this.jobs = new Jobs({ ...deps, callbacks: this.#callbacks })
  }

  /** Posts what an earlier process left to be posted, from now on. */
  start(): void {
    this.#callbacks.start()
  }

  /** Ends all of it: jobs count as lost, and callbacks are tried again by the next process. */
  async stop(): Promise<void> {
    await this.jobs.stop()
    await this.#callbacks.stop()
  }

  /** The secret by which a client checks the signatures of what is posted to it. */
  callbackSecret(clientId: string): Secret {
    return callbackSecret(this.#deps.vault, clientId)
  }
}
