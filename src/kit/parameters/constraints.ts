import type { z } from 'zod'
import { invalidParameters } from '../../base/errors.js'
import { FAULT_LIMIT } from '../limits.js'
import {
  type CheckedInput,
  type Condition,
  checkCondition,
  conditionWords,
  holds,
  isGiven,
  type ParameterPath,
  type ParametersOf,
  parametersOf,
} from './conditions.js'

/** One way to satisfy a constraint: a parameter, or several that go together. */
export type Alternative<Name extends string = string> = ParameterPath<Name> | readonly ParameterPath<Name>[]

/** What must hold between the parameters of an action, as data; the functions below make one. */
export type Constraint<Name extends string = string> =
  | { readonly atLeastOne: readonly Alternative<Name>[] }
  | { readonly exactlyOne: readonly Alternative<Name>[] }
  | { readonly when: Condition<Name>; readonly needs: readonly Condition<Name>[] }
  | { readonly when: Condition<Name>; readonly excludes: readonly ParameterPath<Name>[] }

type Need = Extract<Constraint, { needs: unknown }>

// What is made of data has the names in its type, so that `defineAction` can hold them to those of the input.
type Made<One> = Constraint<ParametersOf<One>>

/** One of the parameters must be given: `atLeastOne('text', 'blocks')`. */
export const atLeastOne = <const Given extends readonly Alternative[]>(...alternatives: Given): Made<Given[number]> =>
  ({ atLeastOne: alternatives }) as Made<Given[number]>

/**
 * One of the parameters must be given, and none of the others: `exactlyOne('channel', 'users')`. Those that go together are
 * a list: `exactlyOne(['channel', 'timestamp'], 'file')`.
 */
export const exactlyOne = <const Given extends readonly Alternative[]>(...alternatives: Given): Made<Given[number]> =>
  ({ exactlyOne: alternatives }) as Made<Given[number]>

/**
 * Where a condition holds, others must hold, too: `needs({ type: ['user', 'group'] }, 'email_address')`. It also says
 * with what alone a parameter can be given: `needs('expiration_time', { type: ['user', 'group'] })`.
 */
export const needs = <const When extends Condition, const Needed extends readonly Condition[]>(
  when: When,
  ...needed: Needed
): Made<When | Needed[number]> => ({ when, needs: needed }) as Made<When | Needed[number]>

/** Where a condition holds, the parameters cannot be given: `excludes('search', 'filter', 'order_by')`. */
export const excludes = <const When extends Condition, const Excluded extends readonly ParameterPath[]>(
  when: When,
  ...excluded: Excluded
): Made<When | Excluded[number]> => ({ when, excludes: excluded }) as Made<When | Excluded[number]>

/** What a constraint asks for, to follow "the action": `needs at least one of text, blocks`. */
function phraseOf(constraint: Constraint): string {
  if ('atLeastOne' in constraint) return `needs at least one of ${constraint.atLeastOne.map(conditionWords).join(', ')}`
  if ('exactlyOne' in constraint) return `needs exactly one of ${constraint.exactlyOne.map(conditionWords).join(', ')}`
  if ('needs' in constraint) return `needs ${neededFor(constraint)}`
  return `takes no ${constraint.excludes.join(' or ')} with ${conditionWords(constraint.when)}`
}

const neededFor = ({ needs, when }: Need): string =>
  `${needs.map(conditionWords).join(' and ')} for ${conditionWords(when)}`

/**
 * The constraints as sentences of the action's description: "Needs at least one of text, blocks." What is needed for
 * something is one sentence, since each word of a description costs: "Needs domain for type domain; link for type link."
 */
export function constraintSentences(constraints: readonly Constraint[]): string[] {
  const needed = constraints.filter((constraint) => 'needs' in constraint)
  const others = constraints.filter((constraint) => !('needs' in constraint))
  const phrases = others.map(phraseOf)
  if (needed.length > 0) phrases.push(`needs ${needed.map(neededFor).join('; ')}`)
  return phrases.map((phrase) => `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`)
}

/** The parameters to blame where a constraint does not hold; none where it does. */
function faultsOf(constraint: Constraint, input: CheckedInput): string[] {
  const isMissing = (path: string) => !isGiven(path, input)
  if ('atLeastOne' in constraint) {
    const isMet = constraint.atLeastOne.some((one) => holds(one, input))
    return isMet ? [] : constraint.atLeastOne.flatMap(parametersOf).filter(isMissing)
  }
  if ('exactlyOne' in constraint) {
    // One that is begun counts: half of one alternative beside another would be sent as well.
    const begun = constraint.exactlyOne.filter((one) => !parametersOf(one).every(isMissing))
    const [only, ...others] = begun
    if (others.length > 0) return begun.flatMap(parametersOf).filter((path) => isGiven(path, input))
    return (only === undefined ? constraint.exactlyOne : begun).flatMap(parametersOf).filter(isMissing)
  }
  if (!holds(constraint.when, input)) return []
  return 'needs' in constraint
    ? constraint.needs.filter((one) => !holds(one, input)).flatMap(parametersOf)
    : constraint.excludes.filter((path) => isGiven(path, input))
}

/** The most constraints that one sentence names. */
const SENTENCE_LIMIT = 3

/** Holds an input to the constraints of its action. @throws INVALID_PARAMETERS with a fault for each parameter to blame */
export function checkConstraints(constraints: readonly Constraint[], input: CheckedInput): void {
  const broken = constraints.flatMap((constraint) => {
    const fields = faultsOf(constraint, input)
    return fields.length === 0 ? [] : [{ message: `the action ${phraseOf(constraint)}`, fields }]
  })
  if (broken.length === 0) return
  const told = broken.slice(0, SENTENCE_LIMIT).map(({ message }) => message)
  throw invalidParameters(
    `The parameters do not fit together: ${told.join('; ')}.`,
    broken.flatMap(({ message, fields }) => fields.map((field) => ({ field, message }))).slice(0, FAULT_LIMIT),
  )
}

/** Checks, when an action is defined, that its constraints are about its parameters. @throws Error */
export function checkConstraintNames(constraints: readonly Constraint[], fields: z.ZodRawShape): void {
  for (const constraint of constraints) for (const one of conditionsIn(constraint)) checkCondition(one, fields)
}

function conditionsIn(constraint: Constraint): readonly Condition[] {
  if ('atLeastOne' in constraint) return constraint.atLeastOne
  if ('exactlyOne' in constraint) return constraint.exactlyOne
  return [constraint.when, ...('needs' in constraint ? constraint.needs : constraint.excludes)]
}
