import type { Json, JsonObject } from '../../base/json.js'
import type { Keeping } from '../kept/keeping.js'
import type { ToolAnswer } from '../tool.js'
import { fittingFields } from './fitting-fields.js'
import { cutText, fitToBudget } from './size-budget.js'
import { type FittedAnswer, fitAnswer, type ListFormat, type Part } from './token-budget.js'
import { estimateTokens } from './tokens.js'
import { usualFieldsNotes } from './usual-fields.js'
import { usualView } from './usual-view.js'

/** How much of a model's context one result takes, where the call says nothing else. Tokens. */
export const MAX_TOKENS = 6_000
/** Room for `acted_as`, the notes and what is said of a cut. Tokens. */
const ENVELOPE = 220
/** How much is shown of the path of a list or text. Characters. */
const LONGEST_PATH = 200
/** Where other pages are: half of a cursor is of no use. */
const POSITION = ['has_next', 'has_prev', 'page', 'forwards_cursor', 'backwards_cursor', 'delta_token']
/** A longer cursor is cut like everything else. Characters. */
const LONGEST_CURSOR = 8_000

/** The result of an action as the tools show it. */
export interface Answered {
  data: Json
  meta: JsonObject | null
  /** The account that acted; null if none did or it is not known. */
  actedAs: string | null
}

/** What a call wants of the form of its answer. */
export interface Wanted {
  maxTokens: number
  format: ListFormat
  /** True when the model named no fields, and gets the usual ones. */
  areUsual: boolean
  /** True for a kept answer, which has no other fields than it has. */
  isKept?: boolean
  /** Which part of a longer answer; all of it by default. */
  offset?: number | undefined
  limit?: number | undefined
}

/** What `execute_connector`, `read_connector` and `read_result` show. */
export interface Presented {
  data: unknown
  meta: Record<string, unknown> | null
  acted_as: string | null
}

/** What is kept of a longer answer, so that `read_result` goes on with it. */
export interface Rest {
  keeping: Keeping
  /** The handle, where the answer is kept already. */
  handle?: string
}

/**
 * Shows the result of an action within a budget. What does not fit is kept under a handle, and what would have fitted is said.
 * Names and values of the result are in `data` and `meta` only: our own sentences have none of them.
 */
export async function present(answered: Answered, wanted: Wanted, rest: Rest): Promise<ToolAnswer<Presented>> {
  const { meta, actedAs } = answered
  const isList = Array.isArray(answered.data)
  const view = wanted.areUsual ? usualView(answered.data) : { data: answered.data, textsCut: false }
  const shownMeta = fittingMeta(meta, wanted.maxTokens)
  const taken = (shownMeta === null ? 1 : estimateTokens(JSON.stringify(shownMeta))) + ENVELOPE
  const room = Math.max(wanted.maxTokens - taken, Math.floor(wanted.maxTokens / 3))
  const form = { format: wanted.format, emptyMayGo: wanted.areUsual && isList }
  const { offset, limit: most } = wanted
  const fitted = fitAnswer(view.data, form, { tokens: room, ...(offset ? { offset } : {}), ...(most ? { most } : {}) })
  const facts = { ...(view.textsCut || fitted.isCutWithin ? { texts_cut: true } : {}) }
  const usual = wanted.areUsual
    ? usualFieldsNotes({ data: fitted.data, textsCut: view.textsCut }, wanted.isKept === true)
    : []
  const shown = { data: fitted.data, meta: withFacts(shownMeta, facts), acted_as: actedAs }
  const truncated = meta?.truncated === true ? [TRUNCATED] : []
  const { json } = fitted
  if (isWhole(fitted))
    return { shown, notes: [...beyondNotes(fitted), ...truncated, ...usual], ...(json && { written: { data: json } }) }
  const handle = rest.handle ?? (await kept(answered, wanted, rest.keeping))
  const fields = fieldsInstead(view.data, fitted, { room, limit: most })
  const more = {
    ...facts,
    ...partFacts(fitted.part),
    ...(handle === undefined ? {} : { handle }),
    ...(fields.length === 0 ? {} : { fitting_fields: fields }),
  }
  const notes = [cutNote(fitted, handle !== undefined, fields.length > 0), ...truncated, ...usual]
  return { shown: { ...shown, meta: withFacts(shownMeta, more) }, notes }
}

const withFacts = (meta: Record<string, unknown> | null, facts: Record<string, unknown>) =>
  Object.keys(facts).length === 0 ? meta : { ...meta, ...facts }

/** Said where the action itself stopped. */
const TRUNCATED =
  'There is more: the action stopped at its limit (meta.truncated). Ask for less by a condition, a sum or a count, for what comes after the last one by a condition in an order, or for more by a higher limit, if it has one.'

/** Meta is a page's position, which stays as it is, and a few facts; where these are more, they take a quarter at most. */
function fittingMeta(meta: JsonObject | null, maxTokens: number): Record<string, unknown> | null {
  if (meta === null || estimateTokens(JSON.stringify(meta)) <= maxTokens / 4) return meta
  const isPosition = ([name, value]: [string, unknown]): boolean =>
    POSITION.includes(name) && JSON.stringify(value).length <= LONGEST_CURSOR
  const members = Object.entries(meta)
  const others = Object.fromEntries(members.filter((member) => !isPosition(member)))
  const shown = fitToBudget(others, Math.floor(maxTokens / 2)).value as Record<string, unknown>
  return { ...Object.fromEntries(members.filter(isPosition)), ...shown }
}

const isWhole = ({ part, isCutWithin }: FittedAnswer): boolean =>
  !isCutWithin && (part === undefined || part.offset + part.shown >= part.total)

/** Said where a part was asked for that there is not: an empty list would say that there is nothing at all. */
const beyondNotes = ({ part }: FittedAnswer): string[] =>
  part !== undefined && part.offset > part.total ? [`There are only ${part.total} ${part.of}.`] : []

/** A result that cannot be kept is shown all the same. */
async function kept(
  { data, meta, actedAs }: Answered,
  { areUsual }: Wanted,
  keeping: Keeping,
): Promise<string | undefined> {
  const facts = { ...(actedAs === null ? {} : { acted_as: actedAs }), ...(areUsual ? { usual_fields: true } : {}) }
  try {
    return (await keeping.keepResult({ data, meta: { ...meta, ...facts } })).handle
  } catch {
    return undefined
  }
}

/** The result that was kept, with what was noted with it. @see `kept` */
export function answerKept({ data, meta }: { data: Json; meta: JsonObject | null }): Answered & { areUsual: boolean } {
  const { acted_as, usual_fields, ...own } = meta ?? {}
  return {
    data,
    meta: Object.keys(own).length === 0 ? null : own,
    actedAs: typeof acted_as === 'string' ? acted_as : null,
    areUsual: usual_fields === true,
  }
}

function partFacts(part: Part | undefined): Record<string, unknown> {
  if (part === undefined) return {}
  const { of, path, offset, shown, total } = part
  const end = offset + shown
  return {
    ...(of === 'items'
      ? { items_shown: shown, items_total: total }
      : { characters_shown: shown, characters_total: total }),
    ...(path.length > 0 ? { shown_at: cutText(path.join('.'), LONGEST_PATH) } : {}),
    ...(end < total ? { next_offset: end } : {}),
  }
}

/** None where the call asked for no more items than are shown. */
function fieldsInstead(
  data: unknown,
  { part }: FittedAnswer,
  { room, limit }: { room: number; limit?: number | undefined },
): string[] {
  if (part?.of !== 'items' || part.shown === limit) return []
  const list = part.path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], data)
  return fittingFields(list as unknown[], { tokens: room, path: part.path })
}

function cutNote({ part, isCutWithin }: FittedAnswer, isKept: boolean, hasFields: boolean): string {
  const end = part === undefined ? 0 : part.offset + part.shown
  const rest =
    isKept && part !== undefined && end < part.total ? `read_result with meta.handle and offset ${end} goes on.` : ''
  return [
    part ? `Cut: ${part.of} ${part.offset} to ${end} of ${part.total}.` : 'Cut to fit max_tokens.',
    isCutWithin ? 'What is shown is cut within, too; a larger max_tokens shows more.' : '',
    rest,
    hasFields ? 'With meta.fitting_fields as response_fields all of them fit.' : '',
  ]
    .filter(Boolean)
    .join(' ')
}
