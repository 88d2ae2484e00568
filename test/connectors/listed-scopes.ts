import type { Condition, ScopeClause } from '../../src/kit/index.js'

/** Scopes as catalog.json writes them: one clause, and further ones under `also`. */
export interface ListedScopes extends ListedClause {
  also?: ListedClause[]
}

interface ListedClause {
  all?: string[]
  any?: string[]
  /** `file`, `is_private = true`, `drive_id & item_id`, `type = user | type = group`. */
  when?: string
  for?: string
}

/** The clauses that catalog.json lists for an action; `{"all": []}` stands for none. */
export const listedClauses = ({ also = [], ...first }: ListedScopes): ListedClause[] =>
  [first, ...also].filter(({ all, any }) => (all ?? any)?.length !== 0)

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
