import { isPlainObject } from '../../base/json.js'

/** The most characters of JSON that describe connectors and actions. A model reads all of it. */
const DESCRIPTION_CHARACTERS = 40_000

/** What was left out of an answer. */
export interface Omission {
  /** The list of which only the first items are shown; its path is empty if it is the answer itself. */
  list?: { path: readonly string[]; shown: number; total: number }
  /** True when texts or fields were left out within the items shown. */
  within: boolean
}

/**
 * Makes an answer fit: it keeps as many whole items of its largest list as possible. If not even one fits, long texts in
 * it are cut, and in the end fields are left out.
 * @param value a value of JSON
 * @param budget characters of JSON
 * @returns `cut` is undefined when everything is there
 */
export function fitToBudget(
  value: unknown,
  budget: number = DESCRIPTION_CHARACTERS,
): { value: unknown; cut?: Omission } {
  const size = sizeOf(value)
  if (size <= budget) return { value }
  const largest = largestList(value)
  const room = budget - (size - (largest?.size ?? 0))
  if (largest === undefined || room < budget / 4) return { value: shrink(value, budget), cut: { within: true } }
  const { list, path } = largest
  const whole = wholeItems(list, room)
  const items = whole.length > 0 ? whole : list.slice(0, 1).map((item) => shrink(item, room - 2))
  return {
    value: replaceAt(value, path, items),
    cut: { list: { path, shown: items.length, total: list.length }, within: whole.length === 0 },
  }
}

const sizeOf = (value: unknown): number => JSON.stringify(value)?.length ?? 4

/** The largest list of an answer, and where it is. */
export interface FoundList {
  list: readonly unknown[]
  path: readonly string[]
  size: number
}

/** Searches objects, not the items of other lists: after a cut there, the number of items left out would not be known. */
export function largestList(value: unknown, path: readonly string[] = []): FoundList | undefined {
  if (Array.isArray(value)) return { list: value, path, size: sizeOf(value) }
  if (!isPlainObject(value)) return undefined
  let largest: FoundList | undefined
  for (const [key, field] of Object.entries(value)) {
    const found = largestList(field, [...path, key])
    if (found && found.size > (largest?.size ?? 0)) largest = found
  }
  return largest
}

function wholeItems(list: readonly unknown[], room: number): readonly unknown[] {
  let used = 1
  const end = list.findIndex((item) => {
    used += sizeOf(item) + 1
    return used > room
  })
  return end === -1 ? list : list.slice(0, end)
}

/** The value with another one at a path of member names. */
export function replaceAt(value: unknown, path: readonly string[], part: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return part
  const fields = value as Record<string, unknown>
  return { ...fields, [key]: replaceAt(fields[key], rest, part) }
}

/** The shortest length that texts are cut to before whole fields and items are left out. Characters. */
const SHORTEST_TEXT = 200

/** The value with its long texts cut and, where that is not enough, fields left out. @param room characters of JSON */
export function shrink(value: unknown, room: number): unknown {
  if (sizeOf(value) <= room) return value
  const shortest = cutTexts(value, SHORTEST_TEXT)
  return sizeOf(shortest) <= room ? withLongestTexts(value, room) : firstParts(shortest, room)
}

/** All long texts cut to the same length: the longest that fits. */
function withLongestTexts(value: unknown, room: number): unknown {
  let [fits, tooLong] = [SHORTEST_TEXT, room]
  while (tooLong - fits > 16) {
    const middle = Math.floor((fits + tooLong) / 2)
    if (sizeOf(cutTexts(value, middle)) <= room) fits = middle
    else tooLong = middle
  }
  return cutTexts(value, fits)
}

function cutTexts(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return cutText(value, longest)
  if (Array.isArray(value)) return value.map((item) => cutTexts(item, longest))
  return isPlainObject(value) ? withMembers(value, (field) => cutTexts(field, longest)) : value
}

/** The object with other members; itself where none is another, since a copy of a map of a million takes seconds. */
export function withMembers(
  object: Readonly<Record<string, unknown>>,
  make: (member: unknown) => unknown,
): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(object)) {
    const made = make(object[key])
    if (made === object[key]) continue
    copy ??= { ...object }
    copy[key] = made
  }
  return copy ?? object
}

/** Never splits a character. */
export const cutText = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…` : text

/**
 * Whether a value takes more characters of JSON. The count stops there: a value that does not fit is measured again on
 * each level below, and counting all of it each time would take its depth times its size.
 */
function exceeds(value: unknown, room: number): boolean {
  return sizeUpTo(value, room) > room
}

/** The number of characters of JSON of a value; any number above `most` if there are more. */
function sizeUpTo(value: unknown, most: number): number {
  if (typeof value === 'string' && value.length > most) return value.length
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return sizeOf(value)
  let size = 1
  const add = (part: unknown, name: number): boolean => {
    size += name + sizeUpTo(part, most - size) + 1
    return size > most
  }
  if (isList) value.some((part) => add(part, 0))
  else for (const key in value) if (add(value[key], sizeOf(key) + 1)) break
  return Math.max(size, 2)
}

/** The first fields or items that fit, and as much of the next one as fits. */
function firstParts(value: unknown, room: number): unknown {
  if (typeof value === 'string') return cutText(value, Math.max(Math.floor(room / 6) - 3, 0))
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return null
  const kept: [string, unknown][] = []
  let left = room - 2
  for (const [key, part] of Object.entries(value)) {
    const name = isList ? 1 : sizeOf(key) + 2
    const fitting = exceeds(part, left - name) ? firstParts(part, left - name) : part
    left -= name + sizeOf(fitting)
    if (left < 0) break
    kept.push([key, fitting])
    if (fitting !== part) break
  }
  return isList ? kept.map(([, part]) => part) : Object.fromEntries(kept)
}
