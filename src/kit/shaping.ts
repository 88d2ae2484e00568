import { z } from 'zod'
import { isPlainObject, type Json, type JsonObject } from '../base/json.js'

const text = z.string()
const base = { field_name: text.min(1), root: text.min(1).nullish() }

/** One condition. All of a list must hold. @see the section "Shaping" of the HTTP contract */
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

/** The two parameters that every shaped action takes besides its own. */
export const responseShaping = {
  response_filters: z.array(responseFilter).nullish().describe('Keep only items that pass all of these conditions'),
  response_fields: z.array(text.min(1)).nullish().describe('Keep only these dotted paths of the answer'),
}

export interface Shaping {
  response_filters?: Filter[] | null | undefined
  response_fields?: string[] | null | undefined
}

/** Shapes what comes back: filters first, fields second. */
export function shape(data: Json, { response_filters, response_fields }: Shaping): Json {
  let out = data
  for (const filter of response_filters ?? []) out = applyFilter(out, filter)
  if (!response_fields || response_fields.length === 0) return out
  return keepFields(
    out,
    response_fields.map((field) => field.split('.')),
  )
}

/** Without `root` only a list is filtered; with it, the array of objects at that path, in place. */
function applyFilter(data: Json, filter: Filter): Json {
  if (!filter.root) return Array.isArray(data) ? data.filter((item) => passes(item, filter)) : data
  return filterAt(data, filter.root.split('.'), filter)
}

function filterAt(data: Json, steps: string[], filter: Filter): Json {
  if (Array.isArray(data)) {
    if (steps.length > 0) return data.map((item) => filterAt(item, steps, filter))
    return data.every(isPlainObject) ? data.filter((item) => passes(item, filter)) : data
  }
  const [step, ...rest] = steps
  if (step === undefined || !isPlainObject(data) || !Object.hasOwn(data, step)) return data
  return { ...data, [step]: filterAt((data as JsonObject)[step] as Json, rest, filter) }
}

function passes(item: Json, filter: Filter): boolean {
  const values = valuesAt(item, filter.field_name.split('.'))
  switch (filter.type) {
    case 'string':
      return values.some((value) => sameText(value, filter.value, filter.ignore_case))
    case 'string_list':
      return (
        filter.values.length === 0 ||
        values.some((value) => filter.values.some((wanted) => sameText(value, wanted, filter.ignore_case)))
      )
    case 'number':
      return values.includes(filter.value)
    case 'number_list':
      return (
        filter.values.length === 0 || values.some((value) => typeof value === 'number' && filter.values.includes(value))
      )
    case 'number_range':
      return values.some((value) => typeof value === 'number' && within(value, filter.from_value, filter.to_value))
    case 'date_range':
      return values.some((value) => withinDates(value, filter.from_date, filter.to_date))
  }
}

const sameText = (value: Json, wanted: string, ignoreCase: boolean): boolean =>
  typeof value === 'string' && (ignoreCase ? value.toLowerCase() === wanted.toLowerCase() : value === wanted)

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
    .refine(isCalendarDate, 'is not a date of the calendar')
}

/** The date parser takes 30 February for a day in March. */
function isCalendarDate(value: string): boolean {
  const time = toTime(value)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value.slice(0, 10))
}

const DAY = 86_400_000
const toTime = (value: string): number =>
  Date.parse(value.length === 10 ? value : `${value.replace(' ', 'T').replace(/Z$/, '')}Z`)

function withinDates(value: Json, from: string | null | undefined, to: string | null | undefined): boolean {
  if (typeof value !== 'string') return false
  const time = Date.parse(value)
  if (Number.isNaN(time)) return false
  const last = to == null ? undefined : to.length === 10 ? toTime(to) + DAY - 1 : toTime(to)
  return within(time, from == null ? undefined : toTime(from), last)
}

/** All values at a dotted path; lists on the way are crossed. */
function valuesAt(data: Json, steps: string[]): Json[] {
  if (Array.isArray(data)) return data.flatMap((item) => valuesAt(item, steps))
  const [step, ...rest] = steps
  if (step === undefined) return [data]
  if (!isPlainObject(data) || !Object.hasOwn(data, step)) return []
  return valuesAt((data as JsonObject)[step] as Json, rest)
}

function keepFields(data: Json, fields: string[][]): Json {
  if (Array.isArray(data)) return data.map((item) => keepFields(item, fields))
  if (!isPlainObject(data)) return data
  return Object.fromEntries(
    Object.entries(data as JsonObject).flatMap(([key, value]) => {
      const deeper = fields.filter(([first]) => first === key).map(([, ...rest]) => rest)
      if (deeper.length === 0) return []
      return [[key, deeper.some((rest) => rest.length === 0) ? value : keepFields(value, deeper)]]
    }),
  )
}
