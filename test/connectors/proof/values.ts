import fc from 'fast-check'
import { ConnectorFile } from '../../../src/kit/index.js'
import { type Schema, withParts } from '../described-members.js'

/** How values are made of a schema. */
export interface Making {
  /** Members that are not required, too, and values other than the defaults. */
  whole: boolean
  /** Members that are left out, by name. */
  without?: (name: string) => boolean
  /** A text in place of the usual one. */
  text?: (name: string, schema: Schema) => string | undefined
}

/** Where values lead that look like addresses: no vendor is there, so a credential must not go there either. */
export const ELSEWHERE = 'https://pre-signed.example'
const DEEPEST = 6

/** A value that a schema accepts, the same at every call. */
export function valueFor(schema: Schema, name: string, making: Making, depth = 0): unknown {
  const parts = withParts([schema]).filter(({ type }) => type !== 'null')
  const said = <Key extends keyof Schema>(key: Key): Schema[Key] | undefined =>
    parts.find((part) => part[key] !== undefined)?.[key]
  if (said('const') !== undefined) return said('const')
  const values = said('enum')?.filter((value) => value !== null)
  if (values) return (making.whole && values.find((value) => value !== said('default'))) || values[0]
  switch ([said('type')].flat().find((type) => type !== 'null') ?? (said('properties') ? 'object' : 'string')) {
    case 'boolean':
      return said('default') !== true || !making.whole
    case 'integer':
    case 'number':
      return numberFor(Number(said('minimum') ?? 1), Number(said('maximum') ?? Infinity), said('default'), making)
    case 'array':
      return depth < DEEPEST ? listFor(parts, name, making, depth) : []
    case 'object':
      return depth < DEEPEST ? objectFor(schema, making, depth) : {}
    default:
      if (said('format') === 'binary') return new ConnectorFile(Buffer.from('content'), 'file.txt', 'text/plain')
      return textFor(parts, name, making)
  }
}

function numberFor(least: number, most: number, usual: unknown, { whole }: Making): number {
  if (!whole) return typeof usual === 'number' ? usual : least
  const other = typeof usual === 'number' ? usual + 1 : least + 1
  return other > most ? least : other
}

function listFor(parts: readonly Schema[], name: string, making: Making, depth: number): unknown[] {
  const items = parts.find(({ items }) => items)?.items ?? {}
  const count = Math.max(1, ...parts.map(({ minItems = 0 }) => minItems))
  return Array.from({ length: count }, () => valueFor(items, name, making, depth + 1))
}

/** Of alternatives the first one counts. */
function objectFor(schema: Schema, making: Making, depth: number): Record<string, unknown> {
  const one = firstOf(schema)
  const names = one.flatMap(({ properties = {} }) => Object.keys(properties))
  const required = new Set(one.flatMap(({ required = [] }) => required))
  const wanted = names.filter((name) => (making.whole || required.has(name)) && !making.without?.(name))
  const member = (name: string): Schema => one.find(({ properties = {} }) => properties[name])?.properties?.[name] ?? {}
  if (names.length === 0 && making.whole) return { key: mapValue(one, making, depth) }
  return Object.fromEntries(wanted.map((name) => [name, valueFor(member(name), name, making, depth + 1)]))
}

const mapValue = (parts: readonly Schema[], making: Making, depth: number): unknown => {
  const values = parts.find(({ additionalProperties }) => typeof additionalProperties === 'object')
  const schema = values?.additionalProperties
  return typeof schema === 'object' && Object.keys(schema).length > 0
    ? valueFor(schema, 'key', making, depth + 1)
    : 'value'
}

/** The schemas that hold at once: all of `allOf`, and one each of `anyOf` and `oneOf`. */
function firstOf(schema: Schema): Schema[] {
  const isObject = ({ type, properties }: Schema): boolean => type !== 'null' && (type === 'object' || !!properties)
  const choices = [schema.anyOf, schema.oneOf].flatMap((choice) => {
    const objects = (choice ?? []).filter((part) => withParts([part]).some(isObject))
    return objects.slice(0, 1)
  })
  return [schema, ...[...(schema.allOf ?? []), ...choices].flatMap(firstOf)]
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05Z',
  'date or date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  email: 'somebody@example.com',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  int64: '1',
  uint64: '1',
  byte: 'Y29udGVudA==',
  uri: `${ELSEWHERE}/there`,
  url: `${ELSEWHERE}/there`,
}

function textFor(parts: readonly Schema[], name: string, { text }: Making): string {
  const schema: Schema = Object.assign({}, ...[...parts].reverse())
  const given = text?.(name, schema)
  if (given !== undefined) return given
  const { format = '', pattern, minLength = 0, maxLength = Infinity } = schema
  const usual =
    FORMATS[format] ?? `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-1`.padEnd(minLength, 'x').slice(0, maxLength)
  const patterns = parts.flatMap((part) => part.pattern ?? []).map((source) => new RegExp(source, 'u'))
  if (pattern === undefined || patterns.every((form) => form.test(usual))) return usual
  const simple = pattern.replaceAll(/^\^|\$$/g, '').replaceAll('[^/]+', 'a1')
  if (patterns.every((form) => form.test(simple))) return simple
  return matching(pattern)
}

/** Texts made so far by their pattern: making one takes long, and a description repeats a few patterns in all places. */
const made = new Map<string, string>()

function matching(pattern: string): string {
  const known = made.get(pattern)
  if (known !== undefined) return known
  const [text = ''] = fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 1 })
  made.set(pattern, text)
  return text
}
