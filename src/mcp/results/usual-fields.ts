import { USUAL_TEXT, type UsualView } from './usual-view.js'

/** As `response_fields`: the whole answer. */
const ALL = '*'
/** Parameters by which some third parties let a caller choose members themselves. */
const OWN_CHOICE = ['select', 'fields', 'response_fields']

/** What a call names of an answer. */
interface Asked {
  response_fields?: readonly string[] | undefined
  params?: Readonly<Record<string, unknown>> | undefined
}

/** Which fields of an answer are asked for. */
export interface FieldsToShow {
  /** As they are sent; undefined for all. */
  responseFields: readonly string[] | undefined
  /** True when they are the usual ones, because the model named none. */
  areUsual: boolean
}

/**
 * The fields of an answer that a model gets: those that it names, all for `*`, else the usual ones of the action, since most of
 * what third parties answer is of no use to it.
 * @param usual the action's default fields; empty where it has none
 */
export function fieldsToShow(
  { response_fields: named = [], params = {} }: Asked,
  usual: readonly string[],
): FieldsToShow {
  if (named.includes(ALL)) return { responseFields: undefined, areUsual: false }
  if (named.length > 0) return { responseFields: named, areUsual: false }
  const areUsual = usual.length > 0 && !OWN_CHOICE.some((name) => namesFields(params[name]))
  return { responseFields: areUsual ? usual : undefined, areUsual }
}

/** A text or a list of texts; an action may call something else by one of these names. */
const namesFields = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value) && value !== ''

const isText = (value: unknown): boolean => typeof value === 'string'

/** Said of a kept result that has no others. */
export const USUAL_KEPT = "Only the action's usual fields are kept; for others call the action with response_fields."

/**
 * What to tell with an answer of which only the usual fields are shown: one sentence, or none where there is nothing to show.
 * @param isKept true where the answer is a kept one, which has no other fields
 */
export function usualFieldsNotes({ data, textsCut }: UsualView, isKept = false): string[] {
  if (typeof data !== 'object' || data === null || Object.keys(data).length === 0) return []
  if (isKept)
    return [
      textsCut ? `${USUAL_KEPT} Texts over ${USUAL_TEXT} characters are cut; ["${ALL}"] has them whole.` : USUAL_KEPT,
    ]
  return [
    textsCut
      ? `Usual fields only, texts over ${USUAL_TEXT} characters cut; response_fields ["${ALL}"] or names give them whole.`
      : `Usual fields only; response_fields ["${ALL}"] gives all.`,
  ]
}
