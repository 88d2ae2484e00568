import { z } from 'zod'
import { once } from '../base/once.js'
import type { ReadOnlyBy } from '../wire/catalogue.js'
import { type InputForms, inputForms } from '../wire/schema-forms.js'
import { refuseLargeShaping, responseShaping, type Shaping, shape } from '../wire/shaping.js'
import { parseInput } from './input.js'
import { type RunResult, type ShapedResult, toEnvelope } from './result.js'
import type { Upstream } from './upstream/upstream.js'

/** What an action does to the third party's data. */
export type Effect = 'read' | 'create' | 'update' | 'delete'

/** What an action may know about the call, in addition to its input. Never a token, a tenant or a status code. */
export interface Call {
  /** The account the caller named, or null for the default. */
  identifier: string | null
  /** The account that acts, with the scopes that were found when it was linked; null for a connector that needs none. */
  account: { readonly identifier: string; readonly scopes: readonly string[] } | null
  /**
   * True for a call that may only read. An action whose effect is not `read` sees it only where it is `readOnlyCapable`;
   * it then changes nothing, or throws `readOnlyCall`.
   */
  readOnly: boolean
  /** An opaque text, the same for every call of one user. */
  caller: string
  /** Aborts when the caller disconnects or the time is up. */
  signal: AbortSignal
}

interface ActionFacts {
  /** As in the path: `list_issues`. */
  name: string
  /** What it does and what an agent must know to use it well. */
  description: string
  /** Requests in a person's words, for the search. */
  examples?: readonly string[]
  effect: Effect
  /** True where the effect is not `read`, but the action can hold itself to reading for one call: see `Call.readOnly`. */
  readOnlyCapable?: boolean
  /** Scopes it needs beyond the connector's own. */
  scopes?: readonly string[]
  /** False where `response_fields` and `response_filters` make no sense. True by default. */
  shaping?: boolean
}

/** An action after its types are erased, so that a list of them needs no casts. */
export interface Action {
  readonly name: string
  readonly description: string
  readonly examples: readonly string[]
  readonly effect: Effect
  readonly readOnlyCapable: boolean
  readonly scopes: readonly string[]
  readonly shaping: boolean
  /** The JSON Schemas of its input, made on first use. */
  forms(): InputForms
  /**
   * Parses the raw input before the account is looked up; the returned function runs the action and shapes the result.
   * @throws INVALID_PARAMETERS
   */
  prepare(raw: unknown): PreparedAction
}

/**
 * What holds a call of an action to reading where the call may do no more: its effect, or a session of its own at the third
 * party; undefined where nothing does.
 */
export function readOnlyBy({
  effect,
  readOnlyCapable,
}: Pick<Action, 'effect' | 'readOnlyCapable'>): ReadOnlyBy | undefined {
  if (effect === 'read') return 'effect'
  return readOnlyCapable ? 'session' : undefined
}

/** An action with its input, checked: it only has to be called. */
export type PreparedAction = (upstream: unknown, call: Call) => Promise<ShapedResult>

type Parsed<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields, z.core.$strict>>

/**
 * Defines an action: name, description, effect, input, run.
 * @param facts `input` holds one zod schema per parameter; `run` gets the upstream and the parsed input
 */
export function defineAction<Fields extends z.ZodRawShape, Port = Upstream>(
  facts: ActionFacts & {
    input: Fields
    run: (upstream: Port, input: Parsed<Fields>, call: Call) => Promise<RunResult>
  },
): Action {
  const shaping = facts.shaping ?? true
  const own = z.strictObject(facts.input)
  const whole = shaping ? z.strictObject({ ...facts.input, ...responseShaping }) : own
  const forms = once(() => inputForms(facts.name, whole))
  return {
    name: facts.name,
    description: facts.description,
    examples: facts.examples ?? [],
    effect: facts.effect,
    readOnlyCapable: facts.readOnlyCapable ?? false,
    scopes: facts.scopes ?? [],
    shaping,
    forms,
    prepare(raw) {
      if (shaping) refuseLargeShaping(raw)
      const parsed: Record<string, unknown> = parseInput(whole, raw)
      const { response_filters, response_fields, ...input } = shaping
        ? (parsed as Record<string, unknown> & Shaping)
        : { ...parsed, response_filters: null, response_fields: null }
      return async (upstream, call) => {
        // `parsed` came out of `whole`, which is `own` and the two shaping fields.
        const output = await facts.run(upstream as Port, input as Parsed<Fields>, call)
        const result = toEnvelope(output, (upstream as Partial<Upstream> | undefined)?.notices)
        return 'data' in result
          ? { ...result, data: shape(result.data, { response_filters, response_fields }) }
          : result
      }
    },
  }
}
