import { z } from 'zod'
import { type ConnectorsError, invalidParameters } from '../base/errors.js'
import { isPlainObject, type Json, type JsonObject } from '../base/json.js'

/** Limits for `response_filters` and `response_fields` of one call, so that the work is bounded by the answer. */
export const SHAPING = {
  /** Conditions of `response_filters`. */
  filters: 50,
  /** Values of one condition. */
  values: 10_000,
  /** Paths of `response_fields`. */
  fields: 500,
  /** Characters of one path. */
  path: 500,
} as const

const text = z.string()
const base = { field_name: text.min(1), root: text.min(1).nullish() }

/** One condition. All conditions of a list must hold. @see the section "Shaping" of the HTTP contract */
export const responseFilter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('string'), ...base, value: text, ignore_case: z.boolean().default(true) }),
  z.strictObject({
    type: z.literal('string_list'),
    ...base,
    values: z.array(text),
    ignore_case: z.boolean().default(true),
  }),
  z.strictObject({ type: z.literal('number'), ...base, value: z.number() }),
  z.strictObject({ type: z.literal('number_list'), ...base, values: z.array(z.number()) }),
  z.strictObject({
    type: z.literal('number_range'),
    ...base,
    from_value: z.number().nullish(),
    to_value: z.number().nullish(),
  }),
  z.strictObject({
    type: z.literal('date_range'),
    ...base,
    from_date: dateText().nullish(),
    to_date: dateText().nullish(),
  }),
])
type Filter = z.output<typeof responseFilter>

/** The two parameters that every shaped action takes in addition to its own. */
export const responseShaping = {
  response_filters: z.array(responseFilter).nullish().describe('Keep only items that pass all of these conditions'),
  response_fields: z.array(text.min(1)).nullish().describe('Keep only these dotted paths of the answer'),
}

export interface Shaping {
  response_filters?: Filter[] | null | undefined
  response_fields?: string[] | null | undefined
}

/** Refuses conditions and paths beyond the limits, before any of them is examined. @throws INVALID_PARAMETERS */
export function refuseLargeShaping(raw: unknown): void {
  if (!isPlainObject(raw)) return
  const [filters, fields] = [listOf(raw.response_filters), listOf(raw.response_fields)]
  if (filters.length > SHAPING.filters) throw tooMany('response_filters', SHAPING.filters, 'conditions')
  if (fields.length > SHAPING.fields) throw tooMany('response_fields', SHAPING.fields, 'paths')
  if (filters.some((filter) => isPlainObject(filter) && listOf(filter.values).length > SHAPING.values)) {
    throw tooMany('response_filters', SHAPING.values, 'values in one condition')
  }
  const paths = [
    ...filters.flatMap((filter) => (isPlainObject(filter) ? [filter.field_name, filter.root] : [])),
    ...fields,
  ]
  if (paths.some((path) => typeof path === 'string' && path.length > SHAPING.path)) {
    throw tooMany('response_filters and response_fields', SHAPING.path, 'characters in one path')
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const tooMany = (names: string, most: number, what: string): ConnectorsError =>
  invalidParameters(`At most ${most} ${what} can be given in ${names}; ask for less, or call more than once.`)

/** As one of `response_fields`: everything. */
const ALL = '*'

/** Shapes a result: filters first, fields second. */
export function shape(data: Json, { response_filters, response_fields }: Shaping): Json {
  let out = data
  for (const filter of response_filters ?? []) out = applyFilter(out, filter)
  const keepsAll = !response_fields || response_fields.length === 0 || response_fields.includes(ALL)
  return keepsAll ? out : keepFields(out, treeOf(response_fields))
}

/** Whether an item passes one condition. Built once for all items. */
type Passes = (item: Json) => boolean

/** Without `root` only a list is filtered; with it, the array of objects at that path, in place. */
function applyFilter(data: Json, filter: Filter): Json {
  const passes = condition(filter)
  if (!filter.root) return Array.isArray(data) ? data.filter(passes) : data
  return filterAt(data, { steps: filter.root.split('.'), passes }, 0)
}

function filterAt(data: Json, filter: { steps: string[]; passes: Passes }, at: number): Json {
  const step = filter.steps[at]
  if (Array.isArray(data)) {
    if (step !== undefined) return data.map((item) => filterAt(item, filter, at))
    return data.every(isPlainObject) ? data.filter(filter.passes) : data
  }
  if (step === undefined || !isPlainObject(data) || !Object.hasOwn(data, step)) return data
  return { ...data, [step]: filterAt((data as JsonObject)[step] as Json, filter, at + 1) }
}

function condition(filter: Filter): Passes {
  const test = valueTest(filter)
  if (!test) return () => true
  const steps = filter.field_name.split('.')
  return (item) => someAt(item, steps, test)
}

/** The test for one value; undefined for a condition that everything passes. */
function valueTest(filter: Filter): ((value: Json) => boolean) | undefined {
  switch (filter.type) {
    case 'string':
      return textTest([filter.value], filter.ignore_case)
    case 'string_list':
      return filter.values.length === 0 ? undefined : textTest(filter.values, filter.ignore_case)
    case 'number':
      return (value) => value === filter.value
    case 'number_list': {
      const wanted = new Set<Json>(filter.values)
      return wanted.size === 0 ? undefined : (value) => wanted.has(value)
    }
    case 'number_range':
      return (value) => typeof value === 'number' && within(value, filter.from_value, filter.to_value)
    case 'date_range':
      return dateTest(filter.from_date, filter.to_date)
  }
}

function textTest(values: readonly string[], ignoreCase: boolean): (value: Json) => boolean {
  const form = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const wanted = new Set(values.map(form))
  return (value) => typeof value === 'string' && wanted.has(form(value))
}

const within = (value: number, from: number | null | undefined, to: number | null | undefined): boolean =>
  (from == null || value >= from) && (to == null || value <= to)

/** The contract's three forms of a date. A date alone means the whole day. */
function dateText() {
  return z
    .string()
    .regex(
      /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}:\d{2}Z?)?$/,
      'is not YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or YYYY-MM-DDTHH:MM:SSZ',
    )
    .refine(isCalendarDate, 'is not a date in the calendar')
}

/** The date parser reads 30 February as a day in March. */
function isCalendarDate(value: string): boolean {
  const time = toTime(value)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value.slice(0, 10))
}

const DAY = 86_400_000
const toTime = (value: string): number =>
  Date.parse(value.length === 10 ? value : `${value.replace(' ', 'T').replace(/Z$/, '')}Z`)

/** The longest form of a date; the date parser need not read a longer text. Characters. */
const LONGEST_DATE = 100

function dateTest(from: string | null | undefined, to: string | null | undefined): (value: Json) => boolean {
  const first = from == null ? undefined : toTime(from)
  const last = to == null ? undefined : to.length === 10 ? toTime(to) + DAY - 1 : toTime(to)
  return (value) => {
    const time = typeof value === 'string' && value.length <= LONGEST_DATE ? Date.parse(value) : Number.NaN
    return !Number.isNaN(time) && within(time, first, last)
  }
}

/** Whether some value at a dotted path passes; lists on the way are traversed. */
function someAt(data: Json, steps: readonly string[], test: (value: Json) => boolean, at = 0): boolean {
  if (Array.isArray(data)) return data.some((item) => someAt(item, steps, test, at))
  const step = steps[at]
  if (step === undefined) return test(data)
  if (!isPlainObject(data) || !Object.hasOwn(data, step)) return false
  return someAt((data as JsonObject)[step] as Json, steps, test, at + 1)
}

/** The fields to keep of an object, and what to keep of each; null for all of it. */
type Tree = Map<string, Tree | null>

function treeOf(paths: readonly string[]): Tree {
  const tree: Tree = new Map()
  for (const path of paths) {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    let branch: Tree | null = tree
    for (const step of steps) branch = branch && grown(branch, step)
    branch?.set(last, null)
  }
  return tree
}

/** What is kept of a field; null where a shorter path keeps all of it. */
function grown(tree: Tree, step: string): Tree | null {
  const known = tree.get(step)
  if (known !== undefined) return known
  const branch: Tree = new Map()
  tree.set(step, branch)
  return branch
}

function keepFields(data: Json, tree: Tree): Json {
  if (Array.isArray(data)) return data.map((item) => keepFields(item, tree))
  if (!isPlainObject(data)) return data
  return Object.fromEntries(
    Object.entries(data as JsonObject).flatMap(([key, value]) => {
      const deeper = tree.get(key)
      if (deeper === undefined) return []
      return [[key, deeper === null ? value : keepFields(value, deeper)]]
    }),
  )
}
