import type { Json, JsonObject } from '../../base/json.js'
import type { Rows } from './reader.js'

/** The most characters of a comment, of an expression, or of a type that are returned. */
export const COMMENT = 500
export const EXPRESSION = 1_000

/** A text of a row; empty for null. */
export const text = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value)

/** A text that may be missing, not longer than `most` characters. Null for none and for an empty one. */
export function shortText(value: Json | undefined, most: number): string | null {
  const whole = text(value)
  if (whole === '') return null
  // Half of a character must not be left at the cut.
  return whole.length > most ? `${whole.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…` : whole
}

/** A count of a row; null where there is none, or it is below zero. */
export function count(value: Json | undefined): number | null {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : -1
  return Number.isFinite(number) && number >= 0 ? number : null
}

/** What engines have for true: `true`, 1. */
export const isTrue = (value: Json | undefined): boolean => value === true || value === 1

/**
 * Rows that belong together, in order: those of one key with a row for each of its columns. Where rows were left out, the last
 * group may lack some, and is dropped.
 * @param by the cells that the rows of one group share
 */
export function grouped({ rows, more }: Rows, by: readonly string[]): JsonObject[][] {
  const groups = new Map<string, JsonObject[]>()
  for (const row of rows) {
    const key = JSON.stringify(by.map((cell) => row[cell] ?? null))
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  const all = [...groups.values()]
  return more ? all.slice(0, -1) : all
}
