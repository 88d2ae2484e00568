import type { UserToken } from './requests/names.js'
import type { ActionParams } from './requests/request-body.js'
import { ActionResponse } from './responses/action-response.js'
import type { ActionResult } from './responses/answers.js'
import type { ClientFile } from './responses/files.js'

/** The options of `execute`, in addition to connector and action. */
export interface ExecuteOptions {
  params?: ActionParams | undefined
  /** The client's token by default. */
  userToken?: UserToken | undefined
  /** The account to act with; the user's default account by default. */
  identifier?: string | undefined
  /**
   * True lets the action only read: the service refuses what would do more. Only a service that lists the action with
   * `read_only` does so; others ignore it. False by default.
   */
  readOnly?: boolean | undefined
  /** Dotted paths to keep of the result. */
  responseFields?: readonly string[] | undefined
  responseFilters?: readonly Readonly<Record<string, unknown>>[] | undefined
  /** 1 to 11; 1 by default. A failed call is retried only if the service says that it may be. */
  maxAttempts?: number | undefined
  /** Retries on 429, 5xx and network errors as well. Only for actions that may safely run twice. */
  replayUnsafe?: boolean | undefined
  /** Sends a form even without a file, as required by an action that declares a binary parameter. */
  form?: boolean | undefined
  signal?: AbortSignal | undefined
  /** Milliseconds for each attempt; 0 means no limit. By default 40 s, or the parameter `timeout_ms` plus 10 s. */
  timeoutMs?: number | undefined
}

/** Runs an action; `ConnectorsClient` is one. */
export interface ActionRunner {
  execute(connector: string, action: string, options?: ExecuteOptions): Promise<ActionResult | ClientFile>
}

/** One connector, on which an action is chosen. */
export class ConnectorActions {
  readonly #runner: ActionRunner
  readonly #connector: string

  constructor(runner: ActionRunner, connector: string) {
    this.#runner = runner
    this.#connector = connector
  }

  action(name: string): ActionCall {
    return new ActionCall(this.#runner, this.#connector, name, {})
  }
}

/** A call under construction. Every step returns a new one, so a call may be kept and run with different parameters. */
export class ActionCall {
  readonly #runner: ActionRunner
  readonly #connector: string
  readonly #action: string
  readonly #options: Readonly<ExecuteOptions>

  constructor(runner: ActionRunner, connector: string, action: string, options: ExecuteOptions) {
    this.#runner = runner
    this.#connector = connector
    this.#action = action
    this.#options = Object.freeze({ ...options })
  }

  /** Replaces the parameters. */
  params(params: ActionParams): ActionCall {
    return this.#with({ params: Object.freeze({ ...params }) })
  }

  userToken(userToken: UserToken): ActionCall {
    return this.#with({ userToken })
  }

  /** The account to act with. */
  identifier(identifier: string): ActionCall {
    return this.#with({ identifier })
  }

  /** Lets the action only read, where the service lists it with `read_only`. */
  readOnly(readOnly = true): ActionCall {
    return this.#with({ readOnly })
  }

  responseFields(responseFields: readonly string[]): ActionCall {
    return this.#with({ responseFields })
  }

  responseFilters(responseFilters: readonly Readonly<Record<string, unknown>>[]): ActionCall {
    return this.#with({ responseFilters })
  }

  /** @param maxAttempts 1 to 11 */
  maxAttempts(maxAttempts: number): ActionCall {
    return this.#with({ maxAttempts })
  }

  /** Only for actions that may safely run twice. */
  replayUnsafe(replayUnsafe = true): ActionCall {
    return this.#with({ replayUnsafe })
  }

  /** Sends a form even without a file. */
  form(form = true): ActionCall {
    return this.#with({ form })
  }

  /** @param timeoutMs milliseconds for each attempt; 0 means no limit */
  timeout(timeoutMs: number): ActionCall {
    return this.#with({ timeoutMs })
  }

  signal(signal: AbortSignal): ActionCall {
    return this.#with({ signal })
  }

  /** @throws as `ConnectorsClient.execute` */
  async run(): Promise<ActionResponse> {
    const answer = await this.#runner.execute(this.#connector, this.#action, this.#options)
    const move = (position: ActionParams): Promise<ActionResponse> =>
      this.params({ ...this.#options.params, ...position }).run()
    return new ActionResponse(answer, move)
  }

  #with(change: ExecuteOptions): ActionCall {
    return new ActionCall(this.#runner, this.#connector, this.#action, { ...this.#options, ...change })
  }
}
