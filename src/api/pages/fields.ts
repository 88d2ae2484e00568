import { html } from 'hono/html'
import { type ConfigurationField, isAskedFor, type ShownValues, shownValues } from '../../kit/index.js'
import { control, type Note, type ShownField } from './controls.js'
import { choiceNumbers, choicesHidingField, wordsOf } from './field-words.js'
import type { Html } from './layout.js'

/** What the fields of a form show, and what is wrong with it. */
export interface FormState extends ShownValues {
  /** By the names of fields, the most likely one first. */
  faults: ReadonlyMap<string, string>
  /** Whether an agent filled it in. */
  byAgent: boolean
}

/** The values of a form that was refused, and its faults, both by the names of fields. */
export interface RejectedForm {
  values: ReadonlyMap<string, string>
  faults: FormState['faults']
}

/** The name of a connector's field in our form, which has fields of its own. */
export const fieldName = (name: string): string => `field.${name}`

const idOf = (name: string): string => `field-${name}`

/** What a form shows after it was refused. */
export const formStateAfter = (fields: readonly ConfigurationField[], { values, faults }: RejectedForm): FormState => ({
  ...shownValues(fields, values),
  faults,
  byAgent: false,
})

/** Links to the faulty fields. */
export const linksToFaults = (fields: readonly ConfigurationField[], filled: FormState): Html[] =>
  faultyFields(fields, filled).map(({ name, label, words }) => {
    const chosen = words.find(({ choice }) => Object.values(filled.values).includes(choice))
    return html`<a href="#${idOf(name)}">${chosen?.label ?? label}</a>`
  })

/** Only fields that are shown. */
const faultyFields = (fields: readonly ConfigurationField[], filled: FormState): ConfigurationField[] =>
  [...filled.faults.keys()].flatMap((name) => {
    const field = fields.find((one) => one.name === name)
    return field && isAskedFor(field, fields, (other) => filled.values[other]) ? [field] : []
  })

/** The fields of a form, with groups collapsed. The value of a secret is never sent back to the browser. */
export function inputs(fields: readonly ConfigurationField[], filled: FormState): Html[] {
  const numbers = choiceNumbers(fields)
  const [focused] = faultyFields(fields, filled)
  const controls = (members: readonly ConfigurationField[]): Html =>
    html`<div class="fields">${members.map((field) => control(shownField(field, numbers, filled, field === focused)))}</div>`
  const folded = (members: readonly ConfigurationField[]): Html => {
    const used = members.some(({ name }) => isUsed(name, filled))
    return html`<details${used ? html` open` : ''}><summary>${members[0]?.group}</summary>${controls(members)}</details>`
  }
  const groups = inGroups(fields)
  const isFolded = ([first]: ConfigurationField[]): boolean => first?.group !== ''
  const folds = groups.filter(isFolded)
  const shown = groups.filter((members) => !isFolded(members)).map(controls)
  return folds.length === 0 ? shown : [...shown, html`<div class="folds">${folds.map(folded)}</div>`]
}

const isUsed = (name: string, { values, again, faults }: FormState): boolean =>
  values[name] !== undefined || again.includes(name) || faults.has(name)

/** Adjacent fields of the same group together. */
function inGroups(fields: readonly ConfigurationField[]): ConfigurationField[][] {
  const groups: ConfigurationField[][] = []
  for (const field of fields) {
    const last = groups.at(-1)
    if (last?.[0]?.group === field.group) last.push(field)
    else groups.push([field])
  }
  return groups
}

function shownField(
  field: ConfigurationField,
  numbers: ReadonlyMap<string, number>,
  { values, again, faults, byAgent }: FormState,
  focus: boolean,
): ShownField {
  const { name } = field
  const value = values[name] ?? ''
  const hint = wordsOf(field, numbers, 'hint')
  const fault = faults.get(name)
  const notes: Note[] = [
    ...(hint === '' ? [] : [{ kind: 'hint' as const, words: hint }]),
    ...(again.includes(name) ? [{ kind: 'again' as const, words: AGAIN }] : []),
    ...(byAgent && value !== '' ? [{ kind: 'agent' as const, words: BY_AGENT }] : []),
    ...(fault === undefined ? [] : [{ kind: 'wrong' as const, words: asSentence(fault) }]),
  ]
  return {
    ...{ field, id: idOf(name), name: fieldName(name), value, notes, focus },
    label: wordsOf(field, numbers, 'label'),
    isWrong: fault !== undefined,
    notFor: choicesHidingField(field, numbers),
  }
}

const AGAIN = 'Fill this in again: it is secret, so it was not kept.'
const BY_AGENT = 'Filled in by your agent: please check it.'

/** A fault as it stands below its field: "is missing" becomes "This is missing." */
function asSentence(fault: string): string {
  const whole = /^(?:is|are|has|was|does|must|names|cannot|holds|contains|begins) /.test(fault)
    ? `This ${fault}`
    : fault
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`
}
