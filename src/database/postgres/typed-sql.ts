import type { BoundSql, BoundValue } from '../sql/bind.js'

/** SQL with its values and what types they are sent as. */
export interface TypedSql extends BoundSql {
  types: readonly number[]
}

const BOOL = 16
const INT4 = 23
const INT8 = 20
const NUMERIC = 1700
const TEXT = 25
/** Left to the server, which takes it from the place the value stands in, as it does with a quoted literal. */
const UNKNOWN = 0

/** @returns the same SQL with a type for each value */
export const withTypes = ({ text, values, locate }: BoundSql): TypedSql => ({
  text,
  values,
  locate,
  types: values.map(typeOf),
})

/** Numbers get the type the same number would have as a literal, so that `:a + :b` and `limit :n` mean what they say. */
function typeOf(value: BoundValue): number {
  if (typeof value === 'boolean') return BOOL
  if (typeof value !== 'number') return UNKNOWN
  if (!Number.isSafeInteger(value)) return NUMERIC
  return value >= -(2 ** 31) && value < 2 ** 31 ? INT4 : INT8
}

/**
 * Another try for a statement whose values the server could give no type, where a quoted literal would have passed.
 * Nothing of it ran yet: the server refuses such a statement when it reads it.
 * @param code the SQLSTATE of the refusal, and its message
 * @returns undefined where there is nothing else to try
 */
export function withOtherTypes(
  sql: TypedSql,
  { code, message }: { code?: string; message: string },
  unshared: () => BoundSql,
): TypedSql | undefined {
  // The same value stands where two types are needed.
  if (code === '42P08') {
    const other = withTypes(unshared())
    return other.text === sql.text ? undefined : other
  }
  // It stands where any type would do, as in `:x is null`.
  const index = code === '42P18' ? Number(/\$(\d+)/.exec(message)?.[1]) - 1 : -1
  return sql.types[index] === UNKNOWN ? { ...sql, types: sql.types.with(index, TEXT) } : undefined
}
