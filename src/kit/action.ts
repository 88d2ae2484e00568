import { z } from 'zod'
import { once } from '../base/once.js'
import { type InputForms, inputForms } from '../wire/schema-forms.js'
import { refuseLargeShaping, responseShaping, type Shaping, shape } from '../wire/shaping.js'
import { type Aliases, aliasFields, withoutAliases } from './aliases.js'
import { type Constraint, checkConstraintNames, checkConstraints, constraintSentence } from './constraints.js'
import { parseInput } from './input.js'
import { type RunResult, type ShapedResult, toEnvelope } from './result.js'
import { checkClauses, clausesFor, type ScopeClause } from './scopes.js'
import type { Upstream } from './upstream/upstream.js'

/** What an action does to the third party's data. */
export type Effect = 'read' | 'create' | 'update' | 'delete'

/** What an action may know about the call, in addition to its input. Never a token, a tenant or a status code. */
export interface Call {
  /** The account the caller named, or null for the default. */
  identifier: string | null
  /** An opaque text, the same for every call of one user. */
  caller: string
  /** What a person filled in to link the account, without what is secret. Empty for OAuth. Read it with `configured`. */
  configuration: Readonly<Record<string, unknown>>
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
  /** False where `response_fields` and `response_filters` make no sense. True by default. */
  shaping?: boolean
}

/** An action after its types are erased, so that a list of them needs no casts. */
export interface Action {
  readonly name: string
  /** With a sentence for each constraint. */
  readonly description: string
  readonly examples: readonly string[]
  readonly effect: Effect
  readonly constraints: readonly Constraint[]
  readonly aliases: Aliases
  readonly scopes: readonly ScopeClause[]
  readonly shaping: boolean
  /** The JSON Schemas of its input, made on first use. */
  forms(): InputForms
  /**
   * Parses the raw input before the account is looked up; the returned function runs the action and shapes the result.
   * @throws INVALID_PARAMETERS
   */
  prepare(raw: unknown): PreparedAction
}

/** An action with its input, checked: it only has to be called. */
export interface PreparedAction {
  (upstream: unknown, call: Call): Promise<ShapedResult>
  /** The scope clauses that count for this input. */
  readonly scopes: readonly ScopeClause[]
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

/**
 * Defines an action: name, description, effect, input, run.
 * @param facts `input` holds one zod schema per parameter; `run` gets the upstream and the parsed input
 */
export function defineAction<Fields extends z.ZodRawShape, Port = Upstream>(
  facts: ActionFacts &
    ParameterFacts<NoInfer<keyof Fields & string>> & {
      input: Fields
      run: (upstream: Port, input: Parsed<Fields>, call: Call) => Promise<RunResult>
    },
): Action {
  const { shaping = true, constraints = [], aliases = {}, scopes = [] } = facts
  checkConstraintNames(constraints, facts.input)
  checkClauses(scopes, facts.input)
  const own = { ...facts.input, ...aliasFields(aliases, facts.input) }
  const whole = z.strictObject(shaping ? { ...own, ...responseShaping } : own)
  const forms = once(() => inputForms(facts.name, whole))
  return {
    name: facts.name,
    description: [facts.description, ...constraints.map(constraintSentence)].join(' '),
    examples: facts.examples ?? [],
    effect: facts.effect,
    constraints,
    aliases,
    scopes,
    shaping,
    forms,
    prepare(raw) {
      if (shaping) refuseLargeShaping(raw)
      // Only an object fits `whole`.
      const checked = { given: raw as Record<string, unknown>, parsed: parseInput(whole, raw) }
      const { given, parsed } = withoutAliases(aliases, checked)
      checkConstraints(constraints, { given, parsed })
      const { response_filters, response_fields, ...input } = shaping
        ? (parsed as Record<string, unknown> & Shaping)
        : { ...parsed, response_filters: null, response_fields: null }
      const run = async (upstream: unknown, call: Call): Promise<ShapedResult> => {
        // `parsed` came out of `whole`, which is the input, second names of it, and the two shaping fields.
        const output = await facts.run(upstream as Port, input as Parsed<Fields>, call)
        const result = toEnvelope(output, (upstream as Partial<Upstream> | undefined)?.notices)
        return 'data' in result
          ? { ...result, data: shape(result.data, { response_filters, response_fields }) }
          : result
      }
      return Object.assign(run, { scopes: clausesFor(scopes, { given, parsed }) })
    },
  }
}
