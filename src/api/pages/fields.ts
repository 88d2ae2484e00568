import { html } from 'hono/html'
import type { ConfigurationField } from '../../kit/index.js'
import type { Html } from './layout.js'

/** What a person filled in before, and what was wrong with it. */
export interface Filled {
  values: ReadonlyMap<string, string>
  faults: ReadonlyMap<string, string>
}

export const NOTHING_FILLED: Filled = { values: new Map(), faults: new Map() }

/** The name of a connector's field in our form, where other names stand too. */
export const fieldName = (name: string): string => `field.${name}`

/** One input per field, those of a group folded away. The value of a secret is never sent back to the browser. */
export const inputs = (fields: readonly ConfigurationField[], filled: Filled): Html[] =>
  inGroups(fields).flatMap((members) => {
    const shown = members.map((field) => (field.kind === 'checkbox' ? box(field, filled) : labelled(field, filled)))
    const group = members[0]?.group ?? ''
    const used = members.some(({ name }) => (filled.values.get(name) ?? '').trim() !== '' || filled.faults.has(name))
    return group === ''
      ? shown
      : html`<details${used ? html` open` : ''}><summary>${group}</summary><div>${shown}</div></details>`
  })

/** Neighbours of the same group together. */
function inGroups(fields: readonly ConfigurationField[]): ConfigurationField[][] {
  const groups: ConfigurationField[][] = []
  for (const field of fields) {
    const last = groups.at(-1)
    if (last?.[0]?.group === field.group) last.push(field)
    else groups.push([field])
  }
  return groups
}

const idOf = (field: ConfigurationField): string => `field-${field.name}`

function labelled(field: ConfigurationField, filled: Filled): Html {
  const fault = filled.faults.get(field.name)
  const value = filled.values.get(field.name) ?? ''
  const again = field.kind === 'secret' && value !== '' ? AGAIN : ''
  return html`<div class="field">
<label for="${idOf(field)}">${field.label}${mark(field)}</label>
${hint(field, again)}${control(field, again === '' ? value : '', described(field, again, fault))}${wrong(field, fault)}
</div>`
}

const AGAIN = 'Fill it in again: what is secret is not sent back to this page.'

function box(field: ConfigurationField, filled: Filled): Html {
  const { values, faults } = filled
  const checked = values.has(field.name) ? html` checked` : ''
  const fault = faults.get(field.name)
  return html`<div class="field"><div class="check">
<input type="checkbox" id="${idOf(field)}" name="${fieldName(field.name)}" value="true"${checked}${described(field, '', fault)}>
<div><label for="${idOf(field)}">${field.label}</label>${hint(field)}</div></div>${wrong(field, fault)}
</div>`
}

const mark = ({ required }: ConfigurationField): Html | '' =>
  required ? html` <span class="mark">(required)</span>` : ''

/** @param again what is said besides after a form was refused */
const hint = (field: ConfigurationField, again = ''): Html[] => [
  ...(field.hint === '' ? [] : [html`<p class="hint" id="${idOf(field)}-hint">${field.hint}</p>`]),
  ...(again === '' ? [] : [html`<p class="hint" id="${idOf(field)}-again">${again}</p>`]),
]

/** What tells of a field besides its label, for those who do not see the page. */
function described(field: ConfigurationField, again: string, fault: string | undefined): Html {
  const ids = [
    ...(field.hint === '' ? [] : [`${idOf(field)}-hint`]),
    ...(again === '' ? [] : [`${idOf(field)}-again`]),
    ...(fault === undefined ? [] : [`${idOf(field)}-wrong`]),
  ].join(' ')
  return html`${ids === '' ? '' : html` aria-describedby="${ids}"`}${fault === undefined ? '' : html` aria-invalid="true"`}`
}

const wrong = (field: ConfigurationField, fault: string | undefined): Html | '' =>
  fault === undefined ? '' : html`<p class="wrong" id="${idOf(field)}-wrong">${fault}</p>`

function control(field: ConfigurationField, value: string, description: Html): Html {
  const attributes = html` id="${idOf(field)}" name="${fieldName(field.name)}"${field.required ? html` required` : ''}${description} autocomplete="off" autocapitalize="none" spellcheck="false"`
  switch (field.kind) {
    case 'json':
      return html`<textarea${attributes}>${value}</textarea>`
    case 'choice':
      return html`<select${attributes}><option value=""></option>${field.choices.map(
        (choice) => html`<option${choice === value ? html` selected` : ''}>${choice}</option>`,
      )}</select>`
    case 'secret':
      return html`<input type="password"${attributes}>`
    case 'number':
      return html`<input type="text" inputmode="decimal" value="${value}"${attributes}>`
    default:
      return html`<input type="text" value="${value}"${attributes}>`
  }
}
