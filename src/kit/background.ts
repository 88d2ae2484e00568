import { z } from 'zod'
import type { Json, JsonObject } from '../base/json.js'
import type { Call } from './call.js'
import type { RunResult, ShapedResult } from './result.js'

/** The most addresses that one call may name. */
const MOST_CALLBACKS = 10

/** The parameters of every action that works in the background. They are the service's: `answer` does not need them. */
export const backgroundParameters = {
  waiting: z
    .boolean()
    .optional()
    .describe('False: return at once while it goes on; the same call later returns the result. True by default'),
  callback_urls: z
    .array(z.url())
    .max(MOST_CALLBACKS)
    .optional()
    .describe("Addresses that the result is posted to, at the client's callback origins"),
}

/** The parameter of an action whose kept result can be passed over. */
export const forceNew = {
  force_new: z.boolean().default(false).describe('Gather it again, though an earlier result is kept'),
}

/**
 * Tells how far the work is.
 * @param total undefined while it is not known
 */
export type ReportDone = (done: number, total?: number) => void

/** As a call, for work that goes on after the call that began it: `signal` aborts when the work's own time is up. */
export interface BackgroundCall extends Call {
  report: ReportDone
  /** What `extras` of the work named. */
  extras: readonly string[]
}

/** The call as the service makes it; the work adds the rest. */
export type GatheringCall = Omit<BackgroundCall, 'fields' | 'extras'>

/**
 * What an action does that takes too long for one call. It is gathered once for an account, and kept; every call that is equal
 * in `gatheredBy` shares it, whatever page, filter or summary it asks for.
 */
export interface BackgroundWork<Input, Port, By extends keyof Input, Gathered extends Json> {
  /** The parameters that decide what is gathered; `gather` sees these alone. */
  gatheredBy: readonly By[]
  /** For how long the outcome is kept. Seconds. */
  keptFor: number
  /**
   * Names what is gathered beside that for some calls only, since it costs more: `gather` gets the names as `call.extras`. Calls
   * that differ in them share nothing.
   */
  extras?(input: Input): readonly string[]
  /**
   * Gathers everything, once. Runs in the background, with a time limit of its own of ten minutes; the credential is fresh when
   * it begins. It must only read, since it begins again when its process ended before it did.
   */
  gather(upstream: Port, input: Pick<Input, By>, call: BackgroundCall): Promise<Gathered>
  /** Makes the answer of one call from what was gathered. */
  answer(gathered: NoInfer<Gathered>, input: Input): RunResult
  /** What `data` has beside `is_processing` while it goes on; nothing by default. */
  pending?(input: Input): JsonObject
}

/** Background work after its types are erased. */
export type AnyBackgroundWork = BackgroundWork<Record<string, unknown>, unknown, string, Json>

/** What was gathered, as it is kept. */
export interface Kept {
  data: Json
  /** What the third party said about its answers. */
  notices: JsonObject
}

/** Background work for an input that was checked. */
export interface PreparedBackground {
  /** Names what is gathered among all that the action gathers for the account. */
  readonly key: string
  /** Seconds. */
  readonly keptFor: number
  /** Whether the caller waits for the result, within a limit. */
  readonly waiting: boolean
  readonly forceNew: boolean
  readonly callbackUrls: readonly string[]
  gather(upstream: unknown, call: GatheringCall): Promise<Kept>
  answer(kept: Kept): ShapedResult
  /** `data` while it goes on. */
  pending(): JsonObject
}

export const isBackgroundWork = (run: object): run is AnyBackgroundWork => 'gather' in run

/** What the parameters say that are the service's. */
export function serviceParameters(
  work: AnyBackgroundWork,
  input: Record<string, unknown>,
): Pick<PreparedBackground, 'key' | 'keptFor' | 'waiting' | 'forceNew' | 'callbackUrls'> {
  const { waiting, force_new, callback_urls } = input
  return {
    key: JSON.stringify([work.gatheredBy.map((name) => input[name] ?? null), extrasOf(work, input)]),
    keptFor: work.keptFor,
    waiting: waiting !== false,
    forceNew: force_new === true,
    callbackUrls: Array.isArray(callback_urls) ? callback_urls.map(String) : [],
  }
}

export const extrasOf = (work: AnyBackgroundWork, input: Record<string, unknown>): readonly string[] =>
  work.extras?.(input) ?? []

/** The input of `gather`: what does not decide about it cannot change it. */
export const gatheredInput = (
  { gatheredBy }: AnyBackgroundWork,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> => Object.fromEntries(gatheredBy.map((name) => [name, input[name]]))

/** @throws Error, so that a typing mistake is found when the module loads */
export function checkBackground(action: string, work: AnyBackgroundWork, input: z.ZodRawShape): void {
  const unknown = [...work.gatheredBy, 'waiting'].filter((name) => !Object.hasOwn(input, name))
  if (unknown.length > 0)
    throw new Error(`The background work of ${action} needs parameters that it does not have: ${unknown.join(', ')}.`)
}
