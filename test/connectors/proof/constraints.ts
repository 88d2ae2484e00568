import type { Constraint as Declared } from '../../../src/kit/parameters/constraints.js'

/** What the published catalogue says in a sentence about several parameters, as far as plays must know it. */
export type Constraint =
  | { kind: 'at least one' | 'exactly one'; of: readonly (readonly string[])[] }
  /** The first one is kept where all are played. */
  | { kind: 'excluding'; names: readonly string[] }

const NAME = /^[a-z][a-z0-9_.]*$/

/** @returns undefined for a sentence that is not of these forms: the values of single parameters are not known here */
export function readConstraint(sentence: string): Constraint | undefined {
  const [, how, names] = /^(at least one|exactly one|one) of: ([^(]*)/.exec(sentence) ?? []
  if (how !== undefined && names !== undefined) {
    const of = names.split(', ').map((alternative) => alternative.trim().split(' with '))
    return { kind: how === 'at least one' ? how : 'exactly one', of }
  }
  const excluding = /^(\S+) excludes (.+)$/.exec(sentence) ?? /^(\S+) and (\S+) exclude each other$/.exec(sentence)
  const excluded = excluding ? [excluding[1] ?? '', ...(excluding[2] ?? '').split(' and ')] : []
  return excluded.length > 1 && excluded.every((name) => NAME.test(name))
    ? { kind: 'excluding', names: excluded }
    : undefined
}

const namesOf = (alternatives: readonly (string | readonly string[])[]): string[][] =>
  alternatives.map((alternative) => [alternative].flat())

/** A constraint of an action, in the same form. @returns undefined for one that depends on the value of a parameter */
export function constraintOf(declared: Declared): Constraint | undefined {
  if ('atLeastOne' in declared) return { kind: 'at least one', of: namesOf(declared.atLeastOne) }
  if ('exactlyOne' in declared) return { kind: 'exactly one', of: namesOf(declared.exactlyOne) }
  if ('needs' in declared || typeof declared.when !== 'string') return undefined
  return { kind: 'excluding', names: [declared.when, ...declared.excludes] }
}
