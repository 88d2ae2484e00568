import { isPlainObject } from '../../base/json.js'
import { cutText } from './size-budget.js'

/** The longest text that is shown whole in a list of which the model named no fields. Characters. */
export const USUAL_TEXT = 200

/** What a model is shown of an answer when its call named no fields. */
export interface UsualView {
  data: unknown
  /** True when long texts were cut. */
  textsCut: boolean
  /** True when members without a value were left out. */
  emptyLeftOut: boolean
}

/**
 * A list with its long texts cut, and without members that say nothing: a model that named no fields looks for the items it needs,
 * and reads those afterwards. One object is what it asked to read, and stays whole.
 * @param data an answer of which only the usual fields are there
 */
export function usualView(data: unknown): UsualView {
  if (!Array.isArray(data)) return { data, textsCut: false, emptyLeftOut: false }
  const done = { textsCut: false, emptyLeftOut: false }
  const items = data.map((item) => short(item, done))
  return { data: items, ...done }
}

function short(value: unknown, done: Omit<UsualView, 'data'>): unknown {
  if (typeof value === 'string') {
    if (value.length <= USUAL_TEXT || isOnePiece(value)) return value
    done.textsCut = true
    return cutText(value, USUAL_TEXT)
  }
  if (Array.isArray(value)) return value.map((item) => short(item, done))
  if (!isPlainObject(value)) return value
  const members = Object.entries(value).map(([key, member]) => [key, short(member, done)] as const)
  const full = members.filter(([, member]) => !isEmpty(member))
  done.emptyLeftOut ||= full.length < members.length
  return Object.fromEntries(full)
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

/** Printable ASCII without a space. */
const ONE_WORD = /^[\x21-\x7e]+$/

/** An address, an id, a cursor: half of it is of no use. Languages without spaces are not ASCII. */
const isOnePiece = (text: string): boolean => ONE_WORD.test(text) || (!/\s/.test(text) && URL.canParse(text))
