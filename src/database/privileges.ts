import type { DatabaseAbility } from './port.js'

const ALL: readonly DatabaseAbility[] = ['read', 'write', 'schema', 'admin']

/** Abilities in their order, reading among them: a user who can connect can read what the catalogue shows. */
export const abilitiesOf = (found: ReadonlySet<DatabaseAbility>): DatabaseAbility[] =>
  ALL.filter((ability) => ability === 'read' || found.has(ability))

/**
 * What is left of a user's abilities through an account. A read-only transaction stops changes of rows and definitions,
 * not the functions by which an administrator acts on the server, so that one stays.
 * @param abilities undefined where they could not be found out
 */
export function abilitiesThrough(
  { readOnly }: { readOnly: boolean },
  abilities: readonly DatabaseAbility[] | undefined,
): readonly DatabaseAbility[] | undefined {
  if (!readOnly || abilities === undefined) return abilities
  return abilitiesOf(new Set(abilities.includes('admin') ? ['admin' as const] : []))
}
