import type { Action } from '../../../src/kit/action.js'
import type { Schema } from '../described-members.js'
import type { ProofData } from './data.js'
import { type Fitting, fits, fitted } from './fitting.js'
import type { PublishedAction } from './published.js'
import { valueFor } from './values.js'

export type Input = Readonly<Record<string, unknown>>

/** One call of an action. */
export interface Play {
  title: string
  /** The first input that the action accepts is played: what is right beside all parameters may not be beside the fewest. */
  inputs: readonly Input[]
  /** The parameter that it is about, and the same inputs without it or with another value, to be compared by what leaves. */
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
      .map(({ title, input }) => ({ title, inputs: [made.fewest(input)] })),
  ]
}

class Inputs {
  readonly #action: Action
  readonly #properties: Readonly<Record<string, Schema>>
  readonly #required: readonly string[]
  readonly #data: ProofData
  readonly #published: PublishedAction | undefined
  readonly #fitting: Fitting

  constructor(action: Action, data: ProofData, published: PublishedAction | undefined) {
    const { properties = {}, required = [] } = action.forms().full as Schema
    this.#action = action
    this.#properties = Object.fromEntries(Object.entries(properties).filter(([name]) => !SHAPING.has(name)))
    this.#required = required
    this.#data = data
    this.#published = published
    const defaults = Object.entries(this.#properties).map(([name, schema]) => [name, schema.default] as const)
    this.#fitting = {
      constraints: action.constraints,
      defaults: Object.fromEntries(defaults.filter(([, value]) => value !== undefined)),
      value: (name) => this.#value(name, true),
    }
  }

  /** @param chosen what must be among them, as it is */
  fewest(chosen: Input = {}): Input {
    const input = { ...this.#input(this.#required, false), ...chosen }
    return fitted(input, Object.keys(chosen), this.#fitting)
  }

  /** @param chosen what must be among them, as it is */
  all(chosen: Input = {}): Input {
    const names = Object.keys(this.#properties).filter((name) => !Object.hasOwn(this.#action.aliases, name))
    return fitted({ ...this.#input(names, true), ...chosen }, Object.keys(chosen), this.#fitting)
  }

  /** Each of several that a constraint lets one choose of; single ones are among `singles`. */
  alternatives(): Play[] {
    return this.#action.constraints
      .flatMap((one) => ('exactlyOne' in one ? one.exactlyOne : 'atLeastOne' in one ? one.atLeastOne : []))
      .filter((names) => typeof names !== 'string')
      .map((names) => ({ title: names.join(' and '), inputs: [this.fewest(this.#input(names, true))] }))
  }

  /** Each parameter that may be left out, with a value that is not its default. */
  singles(): Play[] {
    const all = this.all()
    return this.#optional().map((name) => {
      const chosen = { [name]: this.#value(name, true) }
      const inputs = [this.fewest(chosen), ...(name in all ? [{ ...all, ...chosen }] : [])]
      const others = inputs.map((input) => this.#otherThan(input, name))
      return { title: `${name} alone`, inputs, ...(this.#isSent(name) ? { about: { parameter: name, others } } : {}) }
    })
  }

  /** The input without the parameter, or with another value where a constraint needs it. */
  #otherThan(input: Input, name: string): Input {
    const less = without(input, name)
    if (fits(less, this.#fitting)) return less
    const other = otherValue(this.#properties[name] ?? {}, input[name])
    return other === undefined ? less : { ...input, [name]: other }
  }

  /** Each parameter that must be given, with another value. */
  others(): Play[] {
    const fewest = this.fewest()
    return this.#required.flatMap((name) => {
      const other = this.#given(name) ? undefined : otherValue(this.#properties[name] ?? {}, fewest[name])
      if (other === undefined || !this.#isSent(name)) return []
      const chosen = { [name]: other }
      const usual = (input: Input): Input => ({ ...input, [name]: fewest[name] })
      const inputs = [this.fewest(chosen), this.all(chosen)]
      // What the other value needs may not go with the usual one.
      const input = inputs.find((one) => fits(usual(one), this.#fitting)) ?? this.fewest(chosen)
      return [{ title: `another ${name}`, inputs: [input], about: { parameter: name, others: [usual(input)] } }]
    })
  }

  enumValues(): Play[] {
    const all = this.all()
    return Object.entries(this.#properties).flatMap(([name, schema]) =>
      enumOf(schema).map((value) => {
        const chosen = { [name]: value }
        const inputs = [...(name in all ? [this.all(chosen)] : []), this.fewest(chosen)]
        return { title: `${name} ${value}`, inputs }
      }),
    )
  }

  /** What only makes the answer of background work is compared, too: it must change nothing that leaves. */
  #isSent(name: string): boolean {
    if (this.#action.background) return true
    const param = this.#published?.params.find((one) => one.name === name)
    return param?.to !== null
  }

  #optional(): string[] {
    return Object.keys(this.#properties).filter((name) => !this.#required.includes(name))
  }

  #given(name: string): { value: unknown } | undefined {
    const { values = {} } = this.#data
    return values[`${this.#action.name}.${name}`] ?? values[name]
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
