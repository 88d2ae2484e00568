import { type ZodRawShape, z } from 'zod'
import type { Action } from '../../../src/kit/action.js'
import type { Connector } from '../../../src/kit/connector.js'
import { secretsOf } from '../../../src/kit/fields/secret-fields.js'

type Schema = Readonly<Record<string, unknown>>

const SHAPING = ['response_fields', 'response_filters']

/**
 * A connector as an agent and a person see it, short enough to be read: a few lines about the connector, and for each action
 * its call, what is said about it, and a line for each parameter. What this file does not know of is shown as JSON.
 */
export function shown(connector: Connector): string {
  const { name, title, description, categories, auth, actions } = connector
  const { oauth2, custom } = auth
  return [
    `# ${name}: ${title}`,
    description,
    ...facts({ categories, ...rest(connector, CONNECTOR_SHOWN) }),
    ...(oauth2 ? ['', '## Linking by OAuth 2', ...facts({ ...oauth2 })] : []),
    ...(custom
      ? ['', '## Linking by a configuration', ...facts(rest(custom, ['fields'])), ...fieldLines(custom.fields)]
      : []),
    ...actions.flatMap(actionLines),
    '',
  ].join('\n')
}

/** The two parameters of shaping, which are the same everywhere. */
export function shownShaping(action: Action): string {
  const { properties = {} } = action.forms().full as { properties?: Record<string, Schema> }
  return SHAPING.flatMap((name) => (properties[name] ? [`${name}: ${JSON.stringify(properties[name])}`] : [])).join(
    '\n',
  )
}

/** Shown in their own lines, or behaviour, which other tests look at. */
const CONNECTOR_SHOWN = [
  'name',
  'title',
  'description',
  'categories',
  'auth',
  'actions',
  'byName',
  'failures',
  'dialect',
]
const ACTION_SHOWN = [
  'name',
  'description',
  'effect',
  'examples',
  'readOnlyCapable',
  'administrator',
  'shaping',
  'plan',
]

const rest = (value: object, known: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(([name, member]) => !known.includes(name) && typeof member !== 'function'),
  )

/** A line for each member that says something. */
function facts(members: Readonly<Record<string, unknown>>, under = ''): string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    if (value === undefined || typeof value === 'function' || (Array.isArray(value) && value.length === 0)) return []
    if (isObject(value)) return facts(value, `${under}${name}.`)
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string')
    const text = isList ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value)
    return [`${under}${name}: ${text}`]
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields of a configuration; an asterisk marks those that must never be seen. */
function fieldLines(fields: ZodRawShape): string[] {
  const schema = z.toJSONSchema(z.object(fields), { io: 'input', unrepresentable: 'any' }) as Schema
  const marked = Object.keys(fields).filter(
    (name) => secretsOf({ fields }, { [name]: 'canary-of-a-secret' }).length > 0,
  )
  return memberLines(schema, '').map((line) =>
    marked.some((name) => line.startsWith(`${name}:`) || line.startsWith(`${name}?:`)) ? `* ${line}` : `  ${line}`,
  )
}

function actionLines(action: Action): string[] {
  const { full, takesFiles } = action.forms()
  const {
    properties = {},
    required = [],
    ...more
  } = full as { properties?: Record<string, Schema>; required?: string[] }
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !SHAPING.includes(name)))
  const call = Object.keys(own).map((name) => (required.includes(name) ? name : `[${name}]`))
  const shaping = SHAPING.filter((name) => properties[name])
  return [
    '',
    `## ${[action.name, `(${action.effect})`, ...call].join(' ')}`,
    action.description,
    `examples: ${action.examples.join(' | ')}`,
    ...(action.readOnlyCapable ? ['can be held to reading'] : []),
    ...(action.administrator ? ["only for the service's administrator"] : []),
    ...facts({ ...rest(action, ACTION_SHOWN), shaping, ...(takesFiles ? { body: 'form' } : {}) }),
    ...facts(rest(more, ['type', 'title', 'additionalProperties'])),
    ...memberLines({ properties: own, required }, '  '),
  ]
}

/** A line for each member, and for the members of those that are objects. */
function memberLines(schema: Schema, indent: string): string[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, Schema>; required?: string[] }
  return Object.entries(properties).flatMap(([name, member]) => {
    const branches = [member.anyOf, member.oneOf].flat().filter(isObject)
    const description = [member, ...branches].find((one) => one.description !== undefined)?.description
    const about = description === undefined ? '' : `. ${description}`
    return [
      `${indent}${name}${required.includes(name) ? '' : '?'}: ${typeText(member, description)}${about}`,
      ...objectsIn(member).flatMap((one) => memberLines(one, `${indent}  `)),
    ]
  })
}

/** The objects with members of their own that a value may be, or hold. */
const objectsIn = (schema: Schema): Schema[] =>
  isObject(schema.properties)
    ? [schema]
    : [schema.items, schema.anyOf, schema.oneOf, schema.allOf]
        .flat()
        .flatMap((part) => (isObject(part) ? objectsIn(part) : []))

/**
 * A schema in a few words: `integer 1..100 = 30`. What has no words here is added as JSON.
 * @param said the description that stands at the end of the line already
 */
function typeText(schema: Schema, said?: unknown): string {
  const { type, enum: values, const: only, items, anyOf, oneOf, properties, required, ...facts } = schema
  const {
    minimum,
    maximum,
    minLength,
    maxLength,
    minItems,
    maxItems,
    default: usual,
    additionalProperties,
    description,
    ...more
  } = facts
  const other = description === undefined || description === said ? more : { ...more, description }
  const branches = [anyOf, oneOf].find(Array.isArray) as Schema[] | undefined
  const allowed = Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(' | ') : undefined
  const kinds =
    branches?.map((branch) => typeText(branch, said)).join(' or ') ??
    allowed ??
    (only === undefined ? typeName(type) : JSON.stringify(only))
  return [
    isObject(items) ? `array of ${inBrackets(typeText(items))}` : kinds,
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    isObject(additionalProperties) ? `with any names, each ${inBrackets(typeText(additionalProperties))}` : '',
    additionalProperties === false && properties !== undefined ? 'with no other names' : '',
    Object.keys(other).length > 0 ? JSON.stringify(other) : '',
    usual === undefined ? '' : `= ${JSON.stringify(usual)}`,
  ]
    .filter(Boolean)
    .join(' ')
}

const typeName = (type: unknown): string => [type ?? 'any'].flat().join(' or ')

const inBrackets = (text: string): string => (text.includes(' ') ? `(${text})` : text)

const range = (least: unknown, most: unknown, unit: string): string => {
  if (least === undefined && most === undefined) return ''
  return most === undefined ? `${least}+${unit}` : `${least ?? ''}..${most}${unit}`
}
