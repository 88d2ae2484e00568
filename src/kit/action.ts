import { z } from 'zod'
import { once } from '../base/once.js'
import { type InputForms, inputForms } from '../wire/schema-forms.js'
import { refuseLargeShaping, responseShaping, type Shaping, shape } from '../wire/shaping.js'
import { isFileField } from './files.js'
import { parseInput } from './input.js'
import { type RunResult, type ShapedResult, toEnvelope } from './result.js'
import type { Upstream } from './upstream/upstream.js'

/** What an action does to the third party's data. */
export type Effect = 'read' | 'create' | 'update' | 'delete'

/** What an action may know about the call, in addition to its input. Never a token, a tenant or a status code. */
export interface Call {
  /** The account the caller named, or null for the default. */
  identifier: string | null
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
  /** Scopes it needs beyond the connector's own. */
  scopes?: readonly string[]
  /** False where `response_fields` and `response_filters` make no sense. True by default. */
  shaping?: boolean
  /**
   * The members of one item that an agent is shown when its call names none: dotted paths that cross lists. All of them where
   * this is left out.
   */
  defaultFields?: readonly string[]
}

/** An action after its types are erased, so that a list of them needs no casts. */
export interface Action {
  readonly name: string
  readonly description: string
  readonly examples: readonly string[]
  readonly effect: Effect
  readonly scopes: readonly string[]
  readonly shaping: boolean
  readonly defaultFields: readonly string[]
  /** The JSON Schemas of its input, made on first use. */
  forms(): InputForms
  /**
   * Parses the raw input before the account is looked up; the returned function runs the action and shapes the result.
   * @throws INVALID_PARAMETERS
   */
  prepare(raw: unknown): PreparedAction
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
  if (!shaping && facts.defaultFields)
    throw new Error(`The action "${facts.name}" is not shaped: it has no defaultFields.`)
  const own = z.strictObject(facts.input)
  const whole = shaping ? z.strictObject({ ...facts.input, ...shapingOf(facts.input) }) : own
  const forms = once(() => inputForms(facts.name, whole))
  return {
    name: facts.name,
    description: facts.description,
    examples: facts.examples ?? [],
    effect: facts.effect,
    scopes: facts.scopes ?? [],
    shaping,
    defaultFields: facts.defaultFields ?? [],
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

/** An action with a file among its parameters takes a form, which cannot carry `response_filters`. */
function shapingOf(input: z.ZodRawShape): z.ZodRawShape {
  const { response_fields } = responseShaping
  return Object.values(input).some(isFileField) ? { response_fields } : responseShaping
}
