import { html } from 'hono/html'
import type { ConfigurationField } from '../../kit/index.js'
import type { Html } from './layout.js'

/** The options of a form, each with its number in the stylesheet. */
export const choiceNumbers = (fields: readonly ConfigurationField[]): ReadonlyMap<string, number> =>
  new Map(
    fields
      .filter(({ kind }) => kind === 'options')
      .flatMap(({ choices }) => choices)
      .map(({ value }, index) => [value, index + 1]),
  )

/** The numbers of the choices that hide a field, for `data-not`; empty where it is always shown. */
export const choicesHidingField = ({ onlyFor }: ConfigurationField, numbers: ReadonlyMap<string, number>): string =>
  onlyFor.length === 0 ? '' : numbersOf(numbers, (value) => !onlyFor.includes(value))

/**
 * Label or hint of a field. Where they depend on what is chosen, all of them are returned and the stylesheet shows one.
 * Empty where there is nothing to say.
 */
export function wordsOf(
  field: ConfigurationField,
  numbers: ReadonlyMap<string, number>,
  part: 'label' | 'hint',
): Html | '' {
  const { [part]: usual, words } = field
  const textOf = (choice: string): string => words.find((one) => one.choice === choice)?.[part] ?? usual
  const texts = new Set([...numbers.keys()].map(textOf))
  if (texts.size <= 1) return usual === '' ? '' : html`${usual}`
  return html`${[...texts].map(
    (text) => html`<span data-not="${numbersOf(numbers, (choice) => textOf(choice) !== text)}">${text}</span>`,
  )}`
}

const numbersOf = (numbers: ReadonlyMap<string, number>, isMeant: (choice: string) => boolean): string =>
  [...numbers].flatMap(([choice, number]) => (isMeant(choice) ? [number] : [])).join(' ')
