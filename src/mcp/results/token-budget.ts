import { isPlainObject } from '../../base/json.js'
import { largestList, replaceAt, shrink, withMembers } from './size-budget.js'
import { asTable } from './table.js'
import { endOfPart, startOfPart } from './text-part.js'
import { estimateTokens, takesAtMost } from './tokens.js'
import { withoutEmpty } from './usual-view.js'

/** How lists are written: as tables where that is shorter, or always as objects. */
export type ListFormat = 'columns' | 'objects'

export interface Form {
  format: ListFormat
  /** Members that say nothing may be left out. */
  emptyMayGo: boolean
}

/** Which part of an answer is shown: items of its largest list, or characters of its longest text. */
export interface Part {
  of: 'items' | 'characters'
  /** The members that lead to it; empty for the answer itself. */
  path: readonly string[]
  /** The first one that is shown, from 0. */
  offset: number
  shown: number
  total: number
}

export interface FittedAnswer {
  data: unknown
  /** Undefined when all is there. */
  part?: Part
  /** The data as JSON, where it was written to be measured. */
  json?: string
  /** True when texts or members were left out within what is shown: one item alone is too long. */
  isCutWithin: boolean
}

/** What parts take more together than each for itself. Tokens. */
const SEAM = 4

interface Room {
  /** Of the JSON of the data, as `estimateTokens` counts. */
  tokens: number
  /** Where to begin in the largest list or longest text; 0 by default. */
  offset?: number
  /** The most items; all by default. */
  most?: number
}

/**
 * Writes an answer in as few tokens as its form allows, and makes it fit: as many whole items of its largest list as possible, or,
 * where a text is its largest part, as much of that. Linear.
 */
export function fitAnswer(data: unknown, form: Form, room: Room): FittedAnswer {
  const { offset = 0, most = Number.POSITIVE_INFINITY } = room
  if (offset === 0 && most === Number.POSITIVE_INFINITY) {
    const whole = formed(data, form)
    const json = JSON.stringify(whole)
    if (takesAtMost(json, room.tokens)) return { data: whole, json, isCutWithin: false }
  }
  const [list, text] = [largestList(data), longestText(data)]
  if (list && list.size > (text?.text.length ?? 0)) return fitItems({ data, ...list }, form, { ...room, offset, most })
  if (text) return fitCharacters({ data, ...text }, form, { ...room, offset })
  return { data: shrunk(formed(data, form), room.tokens), isCutWithin: true }
}

interface InData {
  data: unknown
  path: readonly string[]
}

function fitItems(
  { data, list, path }: InData & { list: readonly unknown[] },
  form: Form,
  { tokens, offset, most }: Required<Room>,
): FittedAnswer {
  const wanted = list.slice(offset, offset + most)
  const around = estimateTokens(JSON.stringify(formed(replaceAt(data, path, []), form)))
  // What is around the list may be too long itself.
  const forItems = Math.max(tokens - around - SEAM, Math.floor(tokens / 2))
  const shown = howManyFit(wanted, form, forItems)
  const isCutWithin = shown === 0 && wanted.length > 0
  const items = isCutWithin ? [shrunk(formed(wanted[0], form), forItems - 2)] : formedList(wanted.slice(0, shown), form)
  const part: Part = { of: 'items', path, offset, shown: Math.max(shown, isCutWithin ? 1 : 0), total: list.length }
  const whole = replaceAt(formed(replaceAt(data, path, []), form), path, items)
  const fits = around + forItems + SEAM <= tokens
  return { data: fits ? whole : shrunk(whole, tokens), part, isCutWithin: isCutWithin || !fits }
}

/** How many of the first items fit in a list of that form. */
function howManyFit(items: readonly unknown[], form: Form, tokens: number): number {
  const written = formedList(items, form)
  const rows = Array.isArray(written) ? written : written.rows
  let used = Array.isArray(written) ? 2 : estimateTokens(JSON.stringify(written.columns)) + 12
  const end = rows.findIndex((row) => {
    used += estimateTokens(`,${JSON.stringify(row)}`)
    return used > tokens
  })
  const count = end === -1 ? rows.length : end
  // A few rows are written as objects, which are longer.
  return Array.isArray(written) || Array.isArray(formedList(items.slice(0, count), form)) === false
    ? count
    : howManyFit(items.slice(0, count), form, tokens)
}

function fitCharacters(
  { data, text, path }: InData & { text: string },
  form: Form,
  { tokens, offset }: Room & { offset: number },
): FittedAnswer {
  const around = estimateTokens(JSON.stringify(formed(replaceAt(data, path, ''), form)))
  const start = startOfPart(text, offset)
  const room = tokens - around - SEAM
  // Below that, not even one character may fit.
  if (room < 16) return { data: shrunk(formed(data, form), tokens), isCutWithin: true }
  const end = endOfPart(text, start, room)
  const part: Part = { of: 'characters', path, offset: start, shown: end - start, total: text.length }
  return { data: formed(replaceAt(data, path, text.slice(start, end)), form), part, isCutWithin: false }
}

interface FoundText {
  text: string
  path: readonly string[]
}

/** Searches objects, not the items of lists. */
function longestText(value: unknown, path: readonly string[] = []): FoundText | undefined {
  if (typeof value === 'string') return { text: value, path }
  if (!isPlainObject(value)) return undefined
  let longest: FoundText | undefined
  for (const [key, member] of Object.entries(value)) {
    const found = longestText(member, [...path, key])
    if (found && found.text.length > (longest?.text.length ?? 0)) longest = found
  }
  return longest
}

/** The value with its lists as tables, where the form allows that; not those inside items. */
function formed(value: unknown, form: Form): unknown {
  if (Array.isArray(value)) return formedList(value, form)
  return isPlainObject(value) ? withMembers(value, (member) => formed(member, form)) : value
}

const formedList = (items: readonly unknown[], { format, emptyMayGo }: Form) =>
  (format === 'columns' ? asTable(items, { emptyMayGo }) : undefined) ??
  ((emptyMayGo ? withoutEmpty(items) : items) as unknown[])

/** @param tokens of its JSON */
function shrunk(value: unknown, tokens: number): unknown {
  let characters = tokens * 3
  let smaller = value
  for (let attempt = 0; attempt < 8; attempt += 1) {
    // From what is left, so that only the first attempt goes through all of it.
    smaller = shrink(smaller, Math.max(Math.floor(characters), 2))
    const taken = estimateTokens(JSON.stringify(smaller))
    if (taken <= tokens) return smaller
    characters *= Math.min(0.9, (0.95 * tokens) / taken)
  }
  return null
}
