import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { invalidParameters } from '../../base/errors.js'
import type { CheckedInput } from './conditions.js'

/** Second names of parameters: `{ cursor: 'page_token' }`. */
export type Aliases<Name extends string = string> = Readonly<Record<string, Name>>

/**
 * The parameters by their second names.
 * @throws Error for an alias of a parameter that does not exist, must be given, or has a default: two values would always be there
 */
export function aliasFields(aliases: Aliases, fields: z.ZodRawShape): z.ZodRawShape {
  return Object.fromEntries(
    Object.entries(aliases).map(([alias, name]) => {
      const field = Object.hasOwn(fields, name) ? (fields[name] as z.ZodType) : undefined
      if (field === undefined || Object.hasOwn(fields, alias)) throw new Error(`"${alias}" cannot stand for "${name}".`)
      const leftOut = field.safeParse(undefined)
      if (!leftOut.success || leftOut.data !== undefined) {
        throw new Error(`"${alias}" cannot stand for "${name}", which is required or has a default.`)
      }
      return [alias, field.meta({ description: `Another name of ${name}` })]
    }),
  )
}

/**
 * The input under the first names alone.
 * @throws INVALID_PARAMETERS where both names are given with different values
 */
export function withoutAliases(aliases: Aliases, { given, parsed }: CheckedInput): CheckedInput {
  const [asGiven, asParsed] = [{ ...given }, { ...parsed }]
  for (const [alias, name] of Object.entries(aliases)) {
    const value = asParsed[alias]
    const isTwice = isPresent(value) && isPresent(asParsed[name])
    if (isTwice && !isDeepStrictEqual(value, asParsed[name])) {
      throw invalidParameters(`The parameters ${alias} and ${name} are the same and have different values; give one.`, [
        { field: alias, message: `differs from ${name}` },
      ])
    }
    if (isPresent(value)) [asGiven[name], asParsed[name]] = [given[alias], value]
    delete asGiven[alias]
    delete asParsed[alias]
  }
  return { given: asGiven, parsed: asParsed }
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null
