import type { Action } from '../../../src/kit/action.js'
import type { Schema } from '../described-members.js'
import { type Constraint, constraintOf, readConstraint } from './constraints.js'
import type { ProofData } from './data.js'
import type { PublishedAction } from './published.js'
import { valueFor } from './values.js'

export type Input = Readonly<Record<string, unknown>>

/** One call of an action. */
export interface Play {
  title: string
  /** The first input that the action accepts is played: what is right beside all parameters may not be beside the fewest. */
  inputs: readonly Input[]
  /** The parameter that it is about, and the same inputs without it or with another value: something else must leave. */
  about?: { parameter: string; others: readonly Input[] }
}

const SHAPING = new Set(['response_filters', 'response_fields'])
const ISO_TIME = '2026-01-02T03:04:05Z'

/**
 * The calls that reach every parameter of an action: with the fewest and with all parameters, with each parameter alone, each
 * alternative of a constraint, each value of an enum, and what its data add.
 */
export function playsOf(action: Action, data: ProofData, published: PublishedAction | undefined): Play[] {
  const made = new Inputs(action, data, published)
  return [
    { title: 'the fewest parameters', inputs: [made.fewest()] },
    { title: 'all parameters', inputs: [made.all()] },
    ...made.alternatives(),
    ...made.singles(),
    ...made.others(),
    ...made.enumValues(),
    ...(data.plays ?? [])
      .filter((play) => play.action === action.name)
      .map(({ title, input }) => ({ title, inputs: [{ ...made.fewest(), ...input }] })),
  ]
}

class Inputs {
  readonly #action: string
  readonly #properties: Readonly<Record<string, Schema>>
  readonly #required: readonly string[]
  readonly #data: ProofData
  readonly #published: PublishedAction | undefined
  readonly #constraints: readonly Constraint[]
  readonly #aliases: readonly string[]

  constructor(action: Action, data: ProofData, published: PublishedAction | undefined) {
    const { properties = {}, required = [] } = action.forms().full as Schema
    this.#action = action.name
    this.#properties = Object.fromEntries(Object.entries(properties).filter(([name]) => !SHAPING.has(name)))
    this.#required = required
    this.#data = data
    this.#published = published
    this.#constraints = published
      ? (published.constraints ?? []).flatMap((sentence) => readConstraint(sentence) ?? [])
      : action.constraints.flatMap((one) => constraintOf(one) ?? [])
    this.#aliases = Object.keys(action.aliases)
  }

  fewest(chosen: readonly string[] = []): Input {
    const names = new Set([...this.#required, ...chosen])
    for (const constraint of this.#constraints) {
      if (constraint.kind === 'excluding') continue
      const met = constraint.of.some((alternative) => alternative.some((name) => names.has(name)))
      if (!met) for (const name of constraint.of[0] ?? []) names.add(name)
    }
    return this.#input([...names], false)
  }

  all(): Input {
    const left = new Set(
      this.#data.leftOut?.filter(({ action }) => action === this.#action).flatMap((entry) => entry.parameters),
    )
    for (const name of this.#aliasNames()) left.add(name)
    for (const constraint of this.#constraints) {
      const [kept = [], ...others] =
        constraint.kind === 'excluding' ? constraint.names.map((name) => [name]) : constraint.of
      if (constraint.kind === 'at least one') continue
      for (const name of others.flat()) if (!kept.includes(name)) left.add(name)
    }
    const names = Object.keys(this.#properties)
    return this.#input(
      names.filter((name) => !left.has(name)),
      true,
    )
  }

  /** Each of several that a constraint lets one choose of; single ones are among `singles`. */
  alternatives(): Play[] {
    return this.#constraints
      .flatMap((constraint) => (constraint.kind === 'excluding' ? [] : constraint.of.slice(1)))
      .filter((names) => names.length > 1 && names.every((name) => name in this.#properties))
      .map((names) => ({ title: names.join(' and '), inputs: [this.fewest(names)] }))
  }

  /** Each parameter that may be left out, with a value that is not its default. */
  singles(): Play[] {
    const all = this.all()
    return this.#optional().map((name) => {
      const fewest = this.fewest([name])
      const beside = name in all ? [{ ...all, [name]: this.#value(name, true) }] : []
      const others = [without(fewest, name), without(all, name)]
      return {
        title: `${name} alone`,
        inputs: [{ ...fewest, [name]: this.#value(name, true) }, ...beside],
        ...(this.#isSent(name) ? { about: { parameter: name, others } } : {}),
      }
    })
  }

  /** Each parameter that must be given, with another value. */
  others(): Play[] {
    const fewest = this.fewest()
    return this.#required.flatMap((name) => {
      const other = this.#given(name) ? undefined : otherValue(this.#properties[name] ?? {}, fewest[name])
      if (other === undefined || !this.#isSent(name)) return []
      const about = { parameter: name, others: [fewest] }
      return [{ title: `another ${name}`, inputs: [{ ...fewest, [name]: other }], about }]
    })
  }

  enumValues(): Play[] {
    const all = this.all()
    return Object.entries(this.#properties).flatMap(([name, schema]) =>
      enumOf(schema).map((value) => ({
        title: `${name} ${value}`,
        inputs: [...(name in all ? [{ ...all, [name]: value }] : []), { ...this.fewest([name]), [name]: value }],
      })),
    )
  }

  #isSent(name: string): boolean {
    const param = this.#published?.params.find((one) => one.name === name)
    return param?.to !== null
  }

  #optional(): string[] {
    return Object.keys(this.#properties).filter((name) => !this.#required.includes(name))
  }

  #given(name: string): { value: unknown } | undefined {
    const { values = {} } = this.#data
    return values[`${this.#action}.${name}`] ?? values[name]
  }

  #aliasNames(): string[] {
    const published = (this.#published?.params ?? []).filter(({ alias_of }) => alias_of !== undefined)
    return [...this.#aliases, ...published.map(({ name }) => name)].filter((name) => name in this.#properties)
  }

  #input(names: readonly string[], whole: boolean): Record<string, unknown> {
    return Object.fromEntries(names.map((name) => [name, this.#value(name, whole)]))
  }

  #value(name: string, whole: boolean): unknown {
    const given = this.#given(name)
    if (given) return given.value
    const format = this.#published?.params.find((param) => param.name === name)?.format
    return valueFor(this.#properties[name] ?? {}, name, {
      whole,
      text: (_name, schema) =>
        format?.includes('date-time') || schema.description?.includes('ISO 8601') ? ISO_TIME : undefined,
    })
  }
}

const enumOf = (schema: Schema): unknown[] =>
  [...(schema.enum ?? []), ...(schema.anyOf ?? schema.oneOf ?? []).flatMap((part) => part.enum ?? [])].filter(
    (value) => value !== null,
  )

const without = (input: Input, left: string): Input =>
  Object.fromEntries(Object.entries(input).filter(([name]) => name !== left))

/** A value that the schema accepts as well; undefined where none is at hand. */
function otherValue(schema: Schema, value: unknown): unknown {
  const { enum: values, pattern, format, minimum = 1, maximum = Infinity } = schema
  if (values) return values.find((other) => other !== value && other !== null)
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return [value + 1, value - 1].find((other) => other >= minimum && other <= maximum)
  const isFree = typeof value === 'string' && schema.type === 'string' && pattern === undefined && format === undefined
  return isFree ? `${value}0` : undefined
}
