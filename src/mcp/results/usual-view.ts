import { isPlainObject } from '../../base/json.js'
import { cutText } from './size-budget.js'
import { isEmpty } from './table.js'

/** The longest text that is shown whole in a list of which the model named no fields. Characters. */
export const USUAL_TEXT = 200

/** A list with its long texts cut. */
export interface UsualView {
  data: unknown
  /** True when a text was cut. */
  textsCut: boolean
}

/**
 * Cuts the long texts of a list: a model that named no fields looks for the items it needs, and reads those afterwards. One object
 * is what it asked to read, and stays whole.
 * @param data an answer of which only the usual fields are there
 */
export function usualView(data: unknown): UsualView {
  if (!Array.isArray(data)) return { data, textsCut: false }
  const done = { textsCut: false }
  return { data: data.map((item) => short(item, done)), ...done }
}

function short(value: unknown, done: { textsCut: boolean }): unknown {
  if (typeof value === 'string') {
    if (value.length <= USUAL_TEXT || isOnePiece(value)) return value
    done.textsCut = true
    return cutText(value, USUAL_TEXT)
  }
  if (Array.isArray(value)) return value.map((item) => short(item, done))
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, short(member, done)]))
}

/** An item of a list without the members that say nothing. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isPlainObject(value)) return value
  const members = Object.entries(value).map(([key, member]) => [key, withoutEmpty(member)] as const)
  return Object.fromEntries(members.filter(([, member]) => !isEmpty(member)))
}

/** Printable ASCII without a space. */
const ONE_WORD = /^[\x21-\x7e]+$/

/** An address, an id, a cursor: half of it is of no use. Languages without spaces are not ASCII. */
const isOnePiece = (text: string): boolean => ONE_WORD.test(text) || (!/\s/.test(text) && URL.canParse(text))
