import type { z } from 'zod'
import { isPlainObject } from '../../base/json.js'

/** A parameter, or by a dotted path a member of one that is an object: `message.body`. */
export type ParameterPath<Name extends string = string> = Name | `${Name}.${string}`

type Plain = string | number | boolean

/**
 * What is asked of an input, as data. Constraints and scope clauses are made of it.
 * - `'file'`: the caller gave the parameter. A default is not given, nor is null; an empty text or list is.
 * - `{ type: ['user', 'group'] }`: the parameter has one of these values. Left out, it has its default, and a boolean is
 *   false. Several members must all hold.
 * - `['channel', 'timestamp']`: all of these hold.
 */
export type Condition<Name extends string = string> = SingleCondition<Name> | readonly SingleCondition<Name>[]

type SingleCondition<Name extends string = string> =
  | ParameterPath<Name>
  | { readonly [Parameter in Name]?: Plain | readonly Plain[] }

/** The parameters that a condition is about, as a type. */
export type ParametersOf<One> = One extends readonly unknown[] ? ParameterOf<One[number]> : ParameterOf<One>

type ParameterOf<One> = One extends `${infer Name}.${string}` ? Name : One extends string ? One : keyof One & string

/** An input that fits its schema. */
export interface CheckedInput {
  /** What the caller gave, before defaults. */
  readonly given: Readonly<Record<string, unknown>>
  /** What the schema made of it. */
  readonly parsed: Readonly<Record<string, unknown>>
}

const isList = (condition: Condition): condition is readonly SingleCondition[] => Array.isArray(condition)

const valuesOf = (condition: object): [name: string, values: readonly Plain[]][] =>
  Object.entries(condition).map(([name, values]) => [name, [values].flat() as Plain[]])

/** Whether a condition holds for an input. */
export function holds(condition: Condition, input: CheckedInput): boolean {
  if (typeof condition === 'string') return isGiven(condition, input)
  if (isList(condition)) return condition.every((one) => holds(one, input))
  return valuesOf(condition).every(([name, values]) => {
    const value = Object.hasOwn(input.parsed, name) ? input.parsed[name] : undefined
    return values.some((wanted) => (typeof wanted === 'boolean' ? (value ?? false) : value) === wanted)
  })
}

/** Whether the caller gave a parameter, or a member of one. */
export function isGiven(path: string, { given }: CheckedInput): boolean {
  let value: unknown = given
  for (const step of path.split('.')) {
    value = isPlainObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }
  return value !== undefined && value !== null
}

/** The parameters that a condition is about, each once. */
export function parametersOf(condition: Condition): string[] {
  if (typeof condition === 'string') return [condition]
  const names = isList(condition) ? condition.flatMap(parametersOf) : Object.keys(condition)
  return [...new Set(names)]
}

/** A condition in the words of our sentences: `type user or group`, `channel with timestamp`. */
export function conditionWords(condition: Condition): string {
  if (typeof condition === 'string') return condition
  if (isList(condition)) return condition.map(conditionWords).join(' with ')
  return valuesOf(condition)
    .map(([name, values]) => `${name} ${values.join(' or ')}`)
    .join(' with ')
}

/**
 * Checks, when an action is defined, that a condition is about parameters it has and values they can have.
 * @throws Error
 */
export function checkCondition(condition: Condition, fields: z.ZodRawShape): void {
  for (const path of parametersOf(condition)) {
    const [name = ''] = path.split('.')
    if (!Object.hasOwn(fields, name)) throw new Error(`A condition names "${path}", which is not a parameter.`)
  }
  if (typeof condition === 'string') return
  if (isList(condition)) {
    for (const one of condition) checkCondition(one, fields)
    return
  }
  for (const [name, values] of valuesOf(condition)) {
    const wrong = values.find((value) => !(fields[name] as z.ZodType).safeParse(value).success)
    if (wrong !== undefined) throw new Error(`A condition wants ${name} to be "${wrong}", which it can never be.`)
  }
}
