import type { Condition, ScopeClause } from '../../../src/kit/index.js'

/** A clause as catalog.json writes it. */
interface ListedClause {
  all?: string[]
  any?: string[]
  /** `file`, `is_private = true`, `drive_id & item_id`, `type = user | type = group`. */
  when?: string
  for?: string
}

/** An action's clauses, written as catalog.json writes them. */
export const asListed = (clauses: readonly ScopeClause[]): ListedClause[] =>
  clauses.map(({ when, ...clause }) => ({
    ...(clause as ListedClause),
    ...(when === undefined ? {} : { when: conditionText(when) }),
  }))

function conditionText(condition: Condition): string {
  if (typeof condition === 'string') return condition
  if (Array.isArray(condition)) return condition.map(conditionText).join(' & ')
  return Object.entries(condition as Record<string, unknown>)
    .map(([name, values]) =>
      [values]
        .flat()
        .map((value) => `${name} = ${value}`)
        .join(' | '),
    )
    .join(' & ')
}
