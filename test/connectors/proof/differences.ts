import { isDeepStrictEqual } from 'node:util'
import type { Action } from '../../../src/kit/action.js'
import type { Connector } from '../../../src/kit/connector.js'
import { constraintSentences } from '../../../src/kit/parameters/constraints.js'
import { EXPRESSED, OF_ONE_PARAMETER } from '../../kit/parameters/listed-constraints.js'
import { type Schema, withParts } from '../described-members.js'
import { hostsOf } from '../harness.js'
import { asListed } from './listed-scopes.js'
import type { PublishedAction, PublishedConnector, PublishedParam, PublishedScopes } from './published.js'

/** Where a connector is not as published. */
export interface Difference {
  /** `*`: the connector itself. */
  action: string
  /** What is different: ours, and what is published. */
  what: string
}

const SHAPING = ['response_fields', 'response_filters']

/** Everything in which what is implemented of a connector differs from the published catalogue. */
export function differencesOf(connector: Connector, published: PublishedConnector): Difference[] {
  const byName = new Map(published.actions.map((action) => [action.name, action]))
  const ofConnector = [
    differ('title', connector.title, published.title),
    differ('base_url', connector.baseUrl ?? null, published.base_url),
    differ('hosts', hostsOf(connector), published.hosts ?? {}),
    differ('link_scopes', connector.auth.oauth2?.scopes, published.link_scopes),
  ]
  return [
    ...ofConnector.flat().map((what) => ({ action: '*', what })),
    ...connector.actions.flatMap((action) => {
      const listed = byName.get(action.name)
      const found = listed ? actionDifferences(action, listed) : ['it is not published']
      return found.map((what) => ({ action: action.name, what }))
    }),
  ]
}

const differ = (what: string, ours: unknown, published: unknown): string[] =>
  isDeepStrictEqual(ours ?? null, published ?? null) ? [] : [`${what} ${show(ours)}, published ${show(published)}`]

const show = (value: unknown): string =>
  value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)

function actionDifferences(action: Action, listed: PublishedAction): string[] {
  const schema = action.forms().full as Schema
  const declared = SHAPING.filter((name) => schema.properties?.[name])
  const shaping = listed.shaped ? (listed.filters === false ? SHAPING.slice(0, 1) : SHAPING) : []
  const own = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !SHAPING.includes(name)))
  return [
    ...differ('effect', action.effect, listed.effect),
    ...differ('background', action.background !== undefined, listed.background ?? false),
    ...differ('shaping', declared, shaping),
    ...differ('scopes', scopesText(asListed(action.scopes)), scopesText(listed.scopes)),
    ...constraintDifferences(action, listed.constraints ?? []),
    ...fieldDifferences(action.defaultFields, listed.default_fields ?? []),
    ...pagingDifferences(Object.keys(own), listed),
    ...memberDifferences({ ...schema, properties: own }, listed.params),
  ]
}

/** What is about one parameter alone is in its schema, and not a constraint. */
function constraintDifferences({ constraints }: Action, published: readonly string[]): string[] {
  const sentences = published.filter((sentence) => !OF_ONE_PARAMETER.includes(sentence))
  const isMeant = (sentence: string, ours: Action['constraints'][number]): boolean =>
    isDeepStrictEqual(EXPRESSED[sentence], ours)
  const more = constraints.filter((ours) => !sentences.some((sentence) => isMeant(sentence, ours)))
  const fewer = sentences.filter((sentence) => !constraints.some((ours) => isMeant(sentence, ours)))
  return [
    ...more.map((ours) => `constraint "${constraintSentences([ours])}" is not published`),
    ...fewer.map((sentence) => `constraint "${sentence}" is missing`),
  ]
}

const fieldDifferences = (ours: readonly string[], published: readonly string[]): string[] => {
  if (ours.length === 0) return published.length === 0 ? [] : ['default_fields are missing']
  const [more, fewer] = [ours.filter((one) => !published.includes(one)), published.filter((one) => !ours.includes(one))]
  return [
    ...more.map((one) => `default field ${one} is not published`),
    ...fewer.map((one) => `default field ${one} is missing`),
  ]
}

/** What pages are asked by must be there under both of its names, also where the published list has one of them. */
const pagingDifferences = (names: readonly string[], { paging, params }: PublishedAction): string[] =>
  [paging.param, paging.alias, paging.size]
    .filter((name) => name !== undefined && !names.includes(name) && !params.some((param) => param.name === name))
    .map((name) => `paging by ${name} is missing`)

/**
 * Scopes as one text, whether they are a list or clauses.
 * @example `all repo (for private repositories) and any public_repo, repo`
 */
export function scopesText(scopes: PublishedScopes | readonly PublishedScopes[] | readonly string[]): string {
  const clauses: readonly PublishedScopes[] = isNames(scopes) ? [{ all: scopes }] : [scopes].flat()
  const texts = clauses
    .flatMap((clause) => [clause, ...(clause.also ?? [])])
    .filter(({ all, any }) => (all ?? any ?? []).length > 0)
    .map(({ all, any, when, for: data }) => {
      // The first of `any` is the narrowest, so their order counts.
      const names = all ? `all ${[...all].sort().join(', ')}` : `any ${any?.join(', ')}`
      return `${names}${when ? ` (when ${when})` : ''}${data ? ` (for ${data})` : ''}`
    })
  return texts.sort().join(' and ') || 'none'
}

const isNames = (scopes: unknown): scopes is readonly string[] =>
  Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')

/** @param under the member that these are below, with a dot; empty for parameters */
function memberDifferences(schema: Schema, published: readonly PublishedParam[], under = ''): string[] {
  const own = withParts([schema]).flatMap(({ properties = {} }) => Object.entries(properties))
  const required = new Set(withParts([schema]).flatMap((part) => part.required ?? []))
  const names = new Set(published.map(({ name }) => name))
  const extra = own.filter(([name]) => !names.has(name)).map(([name]) => `parameter ${under}${name} is not published`)
  const compared = published.flatMap((param) => {
    const ours = own.find(([name]) => name === param.name)?.[1]
    if (!ours) return [`parameter ${under}${param.name} is missing`]
    return parameterDifferences(ours, param, required.has(param.name), under + param.name)
  })
  return [...extra, ...compared]
}

function parameterDifferences(schema: Schema, param: PublishedParam, required: boolean, name: string): string[] {
  const parts = withParts([schema]).filter(({ type }) => type !== 'null')
  const lists = parts.flatMap(({ items }) => (items ? withParts([items]) : []))
  const said = <Key extends keyof Schema>(key: Key, of = parts): Schema[Key] | undefined =>
    of.find((part) => part[key] !== undefined)?.[key]
  const facts: [what: string, ours: unknown, published: unknown][] = [
    ['type', typeOf(schema, required), param.type + (param.nullable ? ' | null' : '')],
    ['required', required, param.required],
    ['enum', said('enum') ?? said('enum', lists), param.enum],
    ['default', said('default'), param.default],
    ['min', said('minimum'), param.min],
    ['max', said('maximum'), param.max],
    ['min_length', lengthOf(said('minLength'), param), param.min_length],
    ['max_length', said('maxLength'), param.max_length],
    ['min_items', said('minItems'), param.min_items],
    ['max_items', said('maxItems' as 'minItems'), param.max_items],
    ['pattern', said('format') === undefined ? said('pattern') : undefined, param.pattern],
    ['format', formatOf(parts, param), param.format],
  ]
  const objects = [...parts, ...lists].filter(({ properties }) => properties)
  const members = param.fields ? memberDifferences({ allOf: objects }, param.fields, `${name}.`) : []
  return [
    ...facts.flatMap(([what, ...both]) => differ(what, ...both).map((text) => `parameter ${name}: ${text}`)),
    ...members,
  ]
}

/** An empty text is not a value of anything, which the published schemas do not say. */
const lengthOf = (ours: number | undefined, { min_length }: PublishedParam): number | undefined =>
  ours === 1 && min_length === undefined ? undefined : ours

/** A moment is described in words, since the patterns that zod makes of it are of no use to a model. */
function formatOf(parts: readonly Schema[], { format }: PublishedParam): string | undefined {
  const ours = parts.find((part) => part.format !== undefined && part.format !== 'binary')?.format
  const isInWords = parts.some(({ description }) => /ISO 8601/.test(description ?? ''))
  return ours ?? (isInWords && format?.startsWith('date') ? format : undefined)
}

/** The type of a parameter in the words of the catalogue. Null is a type of its own only where a value must be given. */
function typeOf(schema: Schema, required: boolean): string {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const types = alternatives.length > 0 ? alternatives.map((one) => typeOf(one, true)) : [plainType(schema)].flat()
  return [...new Set(types)].filter((type) => required || type !== 'null').join(' | ')
}

function plainType({ type, items, properties, additionalProperties, format, enum: values }: Schema): string | string[] {
  if (format === 'binary') return 'file'
  if (Array.isArray(type)) return type.map(String)
  if (type === 'array') return `array<${typeOf(items ?? {}, true)}>`
  // An object that says nothing of its further members is no map.
  const isMap = !properties && Object.keys(Object(additionalProperties)).length > 0
  if (type === 'object') return isMap ? `map<${typeOf(Object(additionalProperties), true)}>` : 'object'
  return typeof type === 'string' ? type : values ? typeof values[0] : 'any'
}
