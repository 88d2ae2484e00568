import { html } from 'hono/html'
import type { ConfigurationField } from '../../service/index.js'
import type { Html } from './document.js'

/** What a person filled in before, and what was wrong with it. */
export interface Filled {
  values: ReadonlyMap<string, string>
  faults: ReadonlyMap<string, string>
}

export const NOTHING_FILLED: Filled = { values: new Map(), faults: new Map() }

/** The name of a connector's field in our form, where other names stand too. */
export const fieldName = (name: string): string => `field.${name}`

/** One input per field. The value of a secret is never sent back to the browser. */
export const inputs = (fields: readonly ConfigurationField[], filled: Filled): Html[] =>
  fields.map((field) => (field.kind === 'checkbox' ? box(field, filled) : labelled(field, filled)))

const idOf = (field: ConfigurationField): string => `field-${field.name}`

function labelled(field: ConfigurationField, filled: Filled): Html {
  const fault = filled.faults.get(field.name)
  return html`<div class="field">
<label for="${idOf(field)}">${field.label}${mark(field)}</label>
${hint(field)}${control(field, field.kind === 'secret' ? '' : (filled.values.get(field.name) ?? ''), fault !== undefined)}${wrong(field, fault)}
</div>`
}

function box(field: ConfigurationField, filled: Filled): Html {
  const { values, faults } = filled
  const checked = values.has(field.name) ? html` checked` : ''
  return html`<div class="field"><div class="check">
<input type="checkbox" id="${idOf(field)}" name="${fieldName(field.name)}" value="true"${checked}>
<div><label for="${idOf(field)}">${field.label}</label>${hint(field)}</div></div>${wrong(field, faults.get(field.name))}
</div>`
}

const mark = ({ required }: ConfigurationField): Html | '' =>
  required ? html` <span class="mark">(required)</span>` : ''

const hint = (field: ConfigurationField): Html | '' =>
  field.hint === '' ? '' : html`<p class="hint" id="${idOf(field)}-hint">${field.hint}</p>`

const wrong = (field: ConfigurationField, fault: string | undefined): Html | '' =>
  fault === undefined ? '' : html`<p class="wrong" id="${idOf(field)}-wrong">${fault}</p>`

function control(field: ConfigurationField, value: string, isWrong: boolean): Html {
  const described = [
    ...(field.hint === '' ? [] : [`${idOf(field)}-hint`]),
    ...(isWrong ? [`${idOf(field)}-wrong`] : []),
  ].join(' ')
  const attributes = html` id="${idOf(field)}" name="${fieldName(field.name)}"${field.required ? html` required` : ''}${
    described === '' ? '' : html` aria-describedby="${described}"`
  }${isWrong ? html` aria-invalid="true"` : ''} autocomplete="off" autocapitalize="none" spellcheck="false"`
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
