import { z } from 'zod'
import type { Json } from '../base/json.js'
import { once } from '../base/once.js'
import { type InputForms, inputForms } from '../wire/schema-forms.js'
import { refuseLargeShaping, responseShaping, type Shaping } from '../wire/shaping.js'
import { type BackgroundWork, checkBackground, isBackgroundWork } from './background.js'
import type { Call } from './call.js'
import { recordMarker } from './dialect/mark-records.js'
import type { Effect } from './effect.js'
import { isFileField } from './files.js'
import { type Aliases, aliasFields, withoutAliases } from './parameters/aliases.js'
import {
  type Constraint,
  checkConstraintNames,
  checkConstraints,
  constraintSentences,
} from './parameters/constraints.js'
import { parseInput } from './parameters/input.js'
import { checkClauses, clausesFor, type ScopeClause } from './parameters/scopes.js'
import { type AnyRun, type PreparedAction, prepareAction } from './prepare.js'
import type { RequestPlan } from './request/request.js'
import type { RunResult } from './result.js'
import type { Upstream } from './upstream/upstream.js'

export type { Effect } from './effect.js'
export type { PreparedAction, Runnable } from './prepare.js'

/** What an author says of an action, apart from its input and what it does. */
export interface ActionFacts {
  /** As in the path: `list_issues`. */
  name: string
  /** What it does and what an agent must know to use it well. */
  description: string
  /** Requests in a person's words, for the search. */
  examples?: readonly string[]
  effect: Effect
  /** True where the effect is not `read`, but the action can hold itself to reading for one call: see `Call.readOnly`. */
  readOnlyCapable?: boolean
  /**
   * True: the service itself does it, on all accounts of the connector, for its administrator alone. Such an action needs no
   * account and gets no upstream; `Call.administration` is what it works with.
   */
  administrator?: boolean
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
  /** With sentences for its constraints. */
  readonly description: string
  readonly examples: readonly string[]
  readonly effect: Effect
  readonly readOnlyCapable: boolean
  readonly administrator: boolean
  readonly constraints: readonly Constraint[]
  readonly aliases: Aliases
  readonly scopes: readonly ScopeClause[]
  readonly shaping: boolean
  readonly defaultFields: readonly string[]
  /** The request as data, where the action is one. */
  readonly plan: RequestPlan | undefined
  /** Where it works in the background: what decides what is gathered, and for how long that is kept, in seconds. */
  readonly background: { readonly gatheredBy: readonly string[]; readonly keptFor: number } | undefined
  /** The JSON Schemas of its input, made on first use. */
  forms(): InputForms
  /**
   * Parses the raw input before the account is looked up; the returned function runs the action and shapes the result.
   * @throws INVALID_PARAMETERS
   */
  prepare(raw: unknown): PreparedAction
}

/** What an action says of its parameters beside their schemas. */
interface ParameterFacts<Name extends string> {
  /** What must hold between them; also told behind the description. */
  constraints?: readonly Constraint<Name>[]
  /** Second names, `{ cursor: 'page_token' }`; `run` sees the first name only. */
  aliases?: Aliases<Name>
  /** The OAuth scopes it needs. */
  scopes?: readonly ScopeClause<Name>[]
}

type Parsed<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields, z.core.$strict>>

/** What an action does: a request as data, a function where one request is not enough, or work in the background. */
export type Run<Fields extends z.ZodRawShape, Port, By extends keyof Fields, Gathered extends Json> =
  | RequestPlan<Extract<keyof Fields, string>>
  | ((upstream: Port, input: Parsed<Fields>, call: Call) => Promise<RunResult>)
  | BackgroundWork<Parsed<Fields>, Port, By & keyof Parsed<Fields>, Gathered>

/**
 * Defines an action: name, description, effect, input, run.
 * @param facts `input` holds one zod schema per parameter; `run` is a request, gets the upstream and the parsed input, or says
 * what is gathered in the background and how an answer is made of it
 * @throws Error for a request that names a parameter which is not in `input`
 */
export function defineAction<
  Fields extends z.ZodRawShape,
  Port = Upstream,
  By extends keyof Fields = never,
  Gathered extends Json = never,
>(
  facts: ActionFacts &
    ParameterFacts<NoInfer<keyof Fields & string>> & {
      input: Fields
      run: Run<Fields, Port, By, Gathered>
    },
): Action {
  const { shaping = true, defaultFields = [], constraints = [], aliases = {}, scopes = [] } = facts
  if (!shaping && facts.defaultFields)
    throw new Error(`The action "${facts.name}" is not shaped: it has no defaultFields.`)
  checkConstraintNames(constraints, facts.input)
  checkClauses(scopes, facts.input)
  const taken = { ...facts.input, ...aliasFields(aliases, facts.input) }
  const whole = z.strictObject(shaping ? { ...taken, ...shapingOf(taken) } : taken)
  // `input` comes out of `whole`: the parameters, without second names and the two shaping fields.
  const run = facts.run as AnyRun
  const plan = planOf(run)
  if (plan) checkNames(facts.name, plan, facts.input)
  const background = typeof run !== 'function' && isBackgroundWork(run) ? run : undefined
  if (background) checkBackground(facts.name, background, facts.input)
  const markRecords = recordMarker(z.strictObject(facts.input))
  return {
    name: facts.name,
    description: [facts.description, ...constraintSentences(constraints)].join(' '),
    examples: facts.examples ?? [],
    effect: facts.effect,
    readOnlyCapable: facts.readOnlyCapable ?? false,
    administrator: facts.administrator ?? false,
    constraints,
    aliases,
    scopes,
    shaping,
    defaultFields,
    plan,
    background: background && { gatheredBy: background.gatheredBy, keptFor: background.keptFor },
    forms: once(() => inputForms(facts.name, whole)),
    prepare(raw) {
      if (shaping) refuseLargeShaping(raw)
      // Only an object fits `whole`.
      const checked = { given: raw as Record<string, unknown>, parsed: parseInput(whole, raw) }
      const { given, parsed } = withoutAliases(aliases, checked)
      checkConstraints(constraints, { given, parsed })
      const { shapes, input } = separated(parsed, shaping)
      markRecords?.(input)
      const clauses = clausesFor(scopes, { given, parsed })
      return prepareAction({ run, effect: facts.effect, defaultFields, input, given, shapes, scopes: clauses })
    },
  }
}

const planOf = (run: AnyRun): RequestPlan | undefined =>
  typeof run === 'function' || isBackgroundWork(run) ? undefined : run

/** @throws Error, so that a typing mistake is found when the module loads */
function checkNames(action: string, plan: RequestPlan, input: z.ZodRawShape): void {
  const unknown = plan.needs.filter((name) => !Object.hasOwn(input, name))
  if (unknown.length > 0) {
    throw new Error(
      `The request "${plan.line}" of ${action} names parameters that it does not have: ${unknown.join(', ')}.`,
    )
  }
}

/** The input of the action itself, and how its answer is to be shaped. */
function separated(
  parsed: Record<string, unknown>,
  shaping: boolean,
): { shapes: Shaping; input: Record<string, unknown> } {
  if (!shaping) return { shapes: {}, input: parsed }
  const { response_filters, response_fields, ...input } = parsed as Record<string, unknown> & Shaping
  return { shapes: { response_filters, response_fields }, input }
}

/** An action with a file among its parameters takes a form, which cannot carry `response_filters`. */
function shapingOf(input: z.ZodRawShape): z.ZodRawShape {
  const { response_fields } = responseShaping
  return Object.values(input).some(isFileField) ? { response_fields } : responseShaping
}
