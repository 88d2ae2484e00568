import { z } from 'zod'
import { type FieldError, invalidParameters } from '../../base/errors.js'
import { parseFieldJson } from '../../base/field-json.js'
import { isPlainObject } from '../../base/json.js'
import { alternatives } from '../../wire/schema-forms.js'
import type { CustomAuth } from '../connector.js'

/** One field of a configuration as a person fills it in. */
export interface ConfigurationField {
  name: string
  /** What it is, in a few words. */
  label: string
  /** More about it; empty when the label says it all. */
  hint: string
  kind: 'text' | 'secret' | 'number' | 'checkbox' | 'choice' | 'options' | 'json'
  required: boolean
  /** The allowed values: of an enum, or the `options` of `meta({ choices })`, one of which is always chosen. */
  choices: readonly Choice[]
  /** The heading of a group of fields that few people need, from `meta({ group })` of their schemas; empty for the others. */
  group: string
  /** What must be chosen for the field to be shown, from `meta({ only_for })`; empty: it is always shown. */
  onlyFor: readonly string[]
  /** Other labels and hints for single choices, from `meta({ words })`. */
  words: readonly Words[]
}

/** One choice. Other fields of the form may depend on an option. */
export interface Choice {
  value: string
  label: string
}

interface Words {
  /** The value of the option that these words are for. */
  choice: string
  label: string
  hint: string
}

type Schema = Record<string, unknown>

/** A longer description is also split at a comma. Characters. */
const LONG_LABEL = 40

/**
 * The fields of a configuration, read from their zod schemas. The description of a schema becomes label and hint.
 */
export function configurationFields(auth: CustomAuth): ConfigurationField[] {
  const schema = z.toJSONSchema(z.object(auth.fields), { io: 'input', unrepresentable: 'any' }) as Schema
  const properties = isPlainObject(schema.properties) ? (schema.properties as Record<string, Schema>) : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return Object.entries(properties).map(([name, property]) => {
    const forms = alternatives(property).filter(({ type }) => type !== 'null')
    const choices = isPlainObject(property.choices) ? labelled(property.choices) : forms.flatMap(enumerated)
    const description = [property, ...forms].map((form) => form.description).find((text) => typeof text === 'string')
    const kind = property.secret === true ? 'secret' : property.choices ? 'options' : kindOf(forms, choices)
    const group = typeof property.group === 'string' ? property.group : ''
    const onlyFor = Array.isArray(property.only_for) ? property.only_for.map(String) : []
    const words = Object.entries(isPlainObject(property.words) ? property.words : {}).map(([choice, text]) => ({
      choice,
      ...wording(name, text, kind),
    }))
    const texts = { ...wording(name, description, kind), words }
    return { name, ...texts, kind, required: required.has(name), choices, group, onlyFor }
  })
}

const labelled = (choices: Record<string, unknown>): Choice[] =>
  Object.entries(choices).map(([value, label]) => ({ value, label: String(label) }))

const enumerated = ({ enum: values }: Schema): Choice[] =>
  Array.isArray(values) ? values.map((value) => ({ value: String(value), label: String(value) })) : []

function kindOf(forms: Schema[], choices: readonly Choice[]): ConfigurationField['kind'] {
  if (choices.length > 0) return 'choice'
  const types = new Set(forms.map(({ type }) => type))
  if (types.size === 1 && types.has('boolean')) return 'checkbox'
  if (types.has('string')) return 'text'
  return types.has('integer') || types.has('number') ? 'number' : 'json'
}

function wording(name: string, description: unknown, kind: ConfigurationField['kind']) {
  const words = name.replaceAll(/[_-]+/g, ' ')
  const [label, hint] = parts(String(description ?? words))
  // "True to let …" is for programs; beside a checkbox it becomes "Let …".
  return { label: capital(kind === 'checkbox' ? label.replace(/^true to /i, '') : label), hint: capital(hint) }
}

/** Split at the first colon or semicolon, otherwise at the first comma of a text that is long for a label. */
function parts(description: string): [label: string, hint: string] {
  const [, label = description, hint = ''] = /^(.*?)[:;]\s+(.*)$/s.exec(description) ?? []
  if (label.length <= LONG_LABEL || hint !== '') return [label, hint]
  const [, before = label, after = ''] = /^(.*?),\s+(.*)$/s.exec(label) ?? []
  return [before, after]
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Whether a field applies to what is chosen in the form. @param filledAs the text of a field, by its name */
export function isAskedFor(
  field: ConfigurationField,
  fields: readonly ConfigurationField[],
  filledAs: (name: string) => string | undefined,
): boolean {
  if (field.onlyFor.length === 0) return true
  const chosen = fields.flatMap(({ name, kind }) => (kind === 'options' ? (filledAs(name) ?? []) : []))
  return chosen.length === 0 || field.onlyFor.some((value) => chosen.includes(value))
}

/**
 * The configuration that a person filled in. Blank fields, boxes that were not ticked, and fields that do not apply to
 * what was chosen are left out.
 * @param filled the fields of a form; names that the connector does not have are ignored
 * @throws INVALID_PARAMETERS with one entry for each invalid number or JSON text
 */
export function configurationOf(
  fields: readonly ConfigurationField[],
  filled: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const errors: FieldError[] = []
  const entries = fields.flatMap((field): [string, unknown][] => {
    const { name, kind } = field
    const text = filled.get(name) ?? ''
    if (text.trim() === '' || !isAskedFor(field, fields, (other) => filled.get(other))) return []
    const value = valueIn(kind, text)
    if (value !== undefined) return [[name, value]]
    errors.push({ field: name, message: kind === 'number' ? 'is not a number' : 'is not JSON' })
    return []
  })
  if (errors.length > 0) throw invalidParameters('The form contains a value that cannot be read.', errors)
  return Object.fromEntries(entries)
}

/** What a form shows of earlier input. */
export interface ShownValues {
  values: Record<string, string>
  /** The names of fields whose values are or may be secret: they must be filled in again. */
  again: string[]
}

/** Matches the names of settings that hold secrets, such as `sslpassword`. */
const SECRET = /pass|pwd|secret|token|PRIVATE KEY/i

/** The texts of a form that may be sent back to a browser. @param filled by the names of fields; others are left out */
export function shownValues(fields: readonly ConfigurationField[], filled: ReadonlyMap<string, string>): ShownValues {
  const nonBlank = fields.filter(({ name }) => (filled.get(name) ?? '').trim() !== '')
  const isHidden = ({ name, kind }: ConfigurationField): boolean =>
    kind === 'secret' || (kind === 'json' && SECRET.test(filled.get(name) ?? ''))
  return {
    values: Object.fromEntries(
      nonBlank.filter((field) => !isHidden(field)).map(({ name }) => [name, filled.get(name) ?? '']),
    ),
    again: nonBlank.filter(isHidden).map(({ name }) => name),
  }
}

/** A configuration as the texts of a form. */
export const formTextsOf = (configuration: Readonly<Record<string, unknown>>): Map<string, string> =>
  new Map(
    Object.entries(configuration)
      .filter(([, value]) => value !== null && value !== undefined && value !== false)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  )

/** Removes line ends at the beginning and the end. */
function withoutLineEnds(text: string): string {
  const isLineEnd = (at: number): boolean => text[at] === '\n' || text[at] === '\r'
  let [start, end] = [0, text.length]
  while (start < end && isLineEnd(start)) start++
  while (end > start && isLineEnd(end - 1)) end--
  return text.slice(start, end)
}

/** Undefined for a text that is not a value of that kind. */
function valueIn(kind: ConfigurationField['kind'], text: string): unknown {
  switch (kind) {
    case 'checkbox':
      return true
    case 'number': {
      const number = Number(text)
      return Number.isFinite(number) ? number : undefined
    }
    case 'json':
      try {
        return parseFieldJson(text)
      } catch {
        return undefined
      }
    case 'secret':
      // A copied token often has a line end; no credential begins or ends with one.
      return withoutLineEnds(text)
    default:
      return text.trim()
  }
}
