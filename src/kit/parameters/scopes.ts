import type { z } from 'zod'
import { type CheckedInput, type Condition, checkCondition, holds, type ParametersOf } from './conditions.js'

/** Where a clause counts. */
export interface ClauseLimits<Name extends string = string> {
  /** The clause counts only for such a call. */
  readonly when?: Condition<Name>
  /**
   * What the scope is for, where the call works without it for other data: `private repositories`. Such a clause is never
   * checked before a call.
   */
  readonly for?: string
}

/**
 * What OAuth scopes an action needs, as data: all of some, or any of some, of which the first is the narrowest and the others
 * contain it. A list of clauses means that each of them is needed.
 */
export type ScopeClause<Name extends string = string> = ClauseLimits<Name> &
  ({ readonly all: readonly string[] } | { readonly any: readonly string[] })

/** The clause with these limits; the parameters that its condition names are in its type. */
type Limited<Limits> = ScopeClause<Limits extends { readonly when: infer When } ? ParametersOf<When> : never>

function split(given: readonly (string | ClauseLimits)[]): [scopes: string[], limits: ClauseLimits] {
  const last = given.at(-1)
  return [given.flatMap((one) => (typeof one === 'string' ? [one] : [])), typeof last === 'object' ? last : {}]
}

/** Every one of these scopes is needed: `allOf('tweet.read', 'users.read')`, `allOf('repo', { for: 'private repositories' })`. */
export function allOf(...scopes: string[]): ScopeClause<never>
export function allOf<const Limits extends ClauseLimits>(
  ...given: [...scopes: string[], limits: Limits]
): Limited<Limits>
export function allOf(...given: (string | ClauseLimits)[]): ScopeClause {
  const [all, limits] = split(given)
  return { all, ...limits }
}

/** One of these scopes is needed, the narrowest first: `anyOf('channels:read', 'groups:read')`, also with limits as `allOf`. */
export function anyOf(...scopes: string[]): ScopeClause<never>
export function anyOf<const Limits extends ClauseLimits>(
  ...given: [...scopes: string[], limits: Limits]
): Limited<Limits>
export function anyOf(...given: (string | ClauseLimits)[]): ScopeClause {
  const [any, limits] = split(given)
  return { any, ...limits }
}

/** The clauses that count for an input. */
export const clausesFor = (clauses: readonly ScopeClause[], input: CheckedInput): readonly ScopeClause[] =>
  clauses.filter(({ when }) => when === undefined || holds(when, input))

/**
 * The scopes one of which has to be granted before a call can succeed, by the first clause that is not met.
 * @returns undefined where nothing is missing; the narrowest scope comes first
 */
export function missingScopes(
  clauses: readonly ScopeClause[],
  granted: readonly string[],
): readonly [string, ...string[]] | undefined {
  const names = new Set(granted.flatMap(spellingsOf))
  const isGranted = (scope: string) => names.has(scope.toLowerCase())
  for (const clause of clauses) {
    if (clause.for !== undefined) continue
    if ('all' in clause) {
      const first = clause.all.find((scope) => !isGranted(scope))
      if (first !== undefined) return [first]
    } else {
      const [first, ...others] = clause.any
      if (first !== undefined && !clause.any.some(isGranted)) return [first, ...others]
    }
  }
  return undefined
}

/**
 * A scope as granted, and without the address of its API: Microsoft writes `Mail.Read`, `mail.read` and
 * `https://graph.microsoft.com/Mail.Read` alike. A spelling too many only means that the vendor is asked.
 */
function spellingsOf(granted: string): string[] {
  const scope = granted.toLowerCase()
  return [scope, scope.slice(scope.lastIndexOf('/') + 1)]
}

/** Checks, when an action is defined, that its clauses say something, about parameters it has. @throws Error */
export function checkClauses(clauses: readonly ScopeClause[], fields: z.ZodRawShape): void {
  for (const clause of clauses) {
    if (('all' in clause ? clause.all : clause.any).length === 0) throw new Error('A scope clause names no scope.')
    if (clause.when !== undefined) checkCondition(clause.when, fields)
  }
}
