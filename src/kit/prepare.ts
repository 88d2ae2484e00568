import { type Shaping, shape } from '../wire/shaping.js'
import {
  type AnyBackgroundWork,
  extrasOf,
  type GatheringCall,
  gatheredInput,
  isBackgroundWork,
  type Kept,
  type PreparedBackground,
  serviceParameters,
} from './background.js'
import type { Call, ServiceCall } from './call.js'
import type { Dialect } from './dialect/dialect.js'
import { pathOf } from './dialect/translate.js'
import type { Effect } from './effect.js'
import type { ScopeClause } from './parameters/scopes.js'
import { failureOfAction } from './repetition.js'
import type { RequestPlan } from './request/request.js'
import { type RunResult, type ShapedResult, toEnvelope } from './result.js'
import { withParametersNotFound } from './upstream/nothing-there.js'
import type { Upstream } from './upstream/upstream.js'

/** Something that only needs the upstream to which it is bound, and the call. */
export type Runnable<Output> = (upstream: unknown, call: ServiceCall) => Promise<Output>

/** An action with its input, checked: it only has to be called. */
export interface PreparedAction extends Runnable<ShapedResult> {
  /** The scope clauses that count for this input. */
  readonly scopes: readonly ScopeClause[]
  /** Set where the action works in the background; calling it as a function then does all the work within the call. */
  readonly background: PreparedBackground | undefined
}

/** What an action does, after its types are erased. */
export type AnyRun =
  | RequestPlan
  | AnyBackgroundWork
  | ((upstream: unknown, input: Record<string, unknown>, call: Call) => Promise<RunResult>)

export interface Preparation {
  run: AnyRun
  effect: Effect
  defaultFields: readonly string[]
  /** The parameters of the action itself. */
  input: Record<string, unknown>
  /** What the caller sent. */
  given: Readonly<Record<string, unknown>>
  /** How its answer is to be shaped. */
  shapes: Shaping
  scopes: readonly ScopeClause[]
}

/** Makes what the service calls: it runs the action, shapes the result, and says of a failure whether it may be repeated. */
export function prepareAction(preparation: Preparation): PreparedAction {
  const { run, scopes } = preparation
  if (typeof run === 'function' || !isBackgroundWork(run)) {
    return Object.assign(plainRun(preparation, run), { scopes, background: undefined })
  }
  const background = prepareBackground(preparation, run)
  const within = async (upstream: unknown, call: ServiceCall): Promise<ShapedResult> =>
    background.answer(await background.gather(upstream, { ...call, report: () => {} }))
  return Object.assign(within, { scopes, background })
}

function plainRun(
  preparation: Preparation,
  run: Exclude<AnyRun, AnyBackgroundWork>,
): (upstream: unknown, call: ServiceCall) => Promise<ShapedResult> {
  const { defaultFields, input, shapes } = preparation
  return async (upstream, call) => {
    const bound = (upstream ?? {}) as Partial<Upstream>
    const wanted = inOurSpelling(shapes, bound.dialect)
    const known = { ...call, fields: selectable(wanted, defaultFields) }
    try {
      const output =
        typeof run === 'function'
          ? await run(upstream, input, known)
          : await run.run(upstream as Upstream, input, known)
      return shaped(output, bound.notices ?? {}, wanted)
    } catch (error) {
      throw failureOf(error, preparation, bound)
    }
  }
}

function prepareBackground(preparation: Preparation, work: AnyBackgroundWork): PreparedBackground {
  const { input, shapes } = preparation
  return {
    ...serviceParameters(work, input),
    async gather(upstream: unknown, call: GatheringCall): Promise<Kept> {
      const bound = (upstream ?? {}) as Partial<Upstream>
      try {
        const known = { ...call, fields: null, extras: extrasOf(work, input) }
        const data = await work.gather(upstream, gatheredInput(work, input), known)
        return { data, notices: bound.notices ?? {} }
      } catch (error) {
        throw failureOf(error, preparation, bound)
      }
    },
    answer: ({ data, notices }) => shaped(work.answer(data, input), notices, shapes),
    pending: () => ({ is_processing: true, ...work.pending?.(input) }),
  }
}

function failureOf(error: unknown, { effect, input, given }: Preparation, bound: Partial<Upstream>): unknown {
  const ofCaller = Object.entries(input).filter(([name]) => Object.hasOwn(given, name))
  const told = withParametersNotFound(error, Object.fromEntries(ofCaller))
  return failureOfAction(told, effect, bound.hasWritten ?? false)
}

function shaped(output: RunResult, notices: Parameters<typeof toEnvelope>[1], wanted: Shaping): ShapedResult {
  const result = toEnvelope(output, notices)
  if (!('data' in result)) return result
  const isShaped = wanted.response_filters !== undefined || wanted.response_fields !== undefined
  return isShaped ? { data: shape(result.data, wanted), meta: result.meta } : result
}

/** Paths of an answer may be written as the vendor spells them, too. */
function inOurSpelling({ response_filters, response_fields }: Shaping, dialect: Dialect | undefined): Shaping {
  if (dialect?.answer === undefined) return { response_filters, response_fields }
  const ours = (path: string): string => pathOf(dialect, path)
  return {
    response_fields: response_fields?.map(ours),
    response_filters: response_filters?.map((filter) => ({
      ...filter,
      field_name: ours(filter.field_name),
      ...(filter.root ? { root: ours(filter.root) } : {}),
    })),
  }
}

/** The wanted members, where a third party may be asked for them alone: it refuses those that do not exist. */
function selectable(
  { response_filters, response_fields }: Shaping,
  known: readonly string[],
): readonly string[] | null {
  if (!response_fields?.length || response_filters?.length) return null
  return response_fields.every((path) => known.includes(path)) ? response_fields : null
}
