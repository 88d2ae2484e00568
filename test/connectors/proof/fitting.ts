import type { Constraint } from '../../../src/kit/index.js'
import {
  type CheckedInput,
  type Condition,
  holds,
  isGiven,
  parametersOf,
} from '../../../src/kit/parameters/conditions.js'
import { checkConstraints } from '../../../src/kit/parameters/constraints.js'

/** What is needed to make inputs fit together. */
export interface Fitting {
  constraints: readonly Constraint[]
  /** What the schema makes of parameters that are left out. */
  defaults: Readonly<Record<string, unknown>>
  /** A value for a parameter. */
  value: (name: string) => unknown
}

type Input = Record<string, unknown>

/** More rounds than constraints can need that lead from one to the next. */
const ROUNDS = 10

/** Whether an input meets all constraints. */
export function fits(input: Readonly<Input>, { constraints, defaults }: Fitting): boolean {
  try {
    checkConstraints(constraints, checked(input, defaults))
    return true
  } catch {
    return false
  }
}

/**
 * Adds, changes and leaves out parameters until an input meets the constraints, as far as that can be done.
 * @param kept parameters that stay as they are
 */
export function fitted(input: Readonly<Input>, kept: readonly string[], fitting: Fitting): Input {
  let made: Input = { ...input }
  for (let round = 0; round < ROUNDS && !fits(made, fitting); round++) {
    for (const constraint of fitting.constraints) made = mended(made, constraint, kept, fitting)
  }
  return made
}

function mended(input: Input, constraint: Constraint, kept: readonly string[], fitting: Fitting): Input {
  const seen = checked(input, fitting.defaults)
  const isFree = (one: Condition): boolean => !topsOf(one).some((name) => kept.includes(name))
  if ('atLeastOne' in constraint || 'exactlyOne' in constraint) {
    const all: readonly Condition[] = 'atLeastOne' in constraint ? constraint.atLeastOne : constraint.exactlyOne
    const begun = all.filter((one) => parametersOf(one).some((path) => isGiven(path, seen)))
    const fit = begun.length > 0 ? undefined : all.find((one) => fits(granted(input, one, fitting), fitting))
    const chosen = begun.find((one) => !isFree(one)) ?? begun[0] ?? fit ?? all[0] ?? []
    const others = 'exactlyOne' in constraint ? begun.filter((one) => one !== chosen) : []
    return granted(without(input, others.flatMap(topsOf), topsOf(chosen)), chosen, fitting)
  }
  if (!holds(constraint.when, seen)) return input
  if ('excludes' in constraint) {
    const excluded = constraint.excludes.filter((path) => isGiven(path, seen))
    return excluded.every(isFree) ? without(input, excluded.flatMap(topsOf)) : without(input, topsOf(constraint.when))
  }
  const missing = constraint.needs.filter((one) => !holds(one, seen))
  return missing.every((one) => isFree(one))
    ? missing.reduce((made, one) => granted(made, one, fitting), input)
    : without(input, topsOf(constraint.when))
}

/** The input with parameters such that a condition holds. */
function granted(input: Input, condition: Condition, fitting: Fitting): Input {
  if (typeof condition === 'string') {
    const [name = ''] = condition.split('.')
    return isGiven(condition, { given: input, parsed: input }) ? input : { ...input, [name]: fitting.value(name) }
  }
  if (Array.isArray(condition)) return condition.reduce((made, one) => granted(made, one, fitting), input)
  if (holds(condition, checked(input, fitting.defaults))) return input
  return { ...input, ...Object.fromEntries(Object.entries(condition).map(([name, of]) => [name, [of].flat()[0]])) }
}

const topsOf = (condition: Condition): string[] => parametersOf(condition).map((path) => path.split('.')[0] ?? '')

const without = (input: Input, left: readonly string[], kept: readonly string[] = []): Input =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !left.includes(name) || kept.includes(name)))

const checked = (given: Readonly<Input>, defaults: Readonly<Input>): CheckedInput => ({
  given,
  parsed: { ...defaults, ...given },
})
