import { html } from 'hono/html'
import type { ConfigurationField } from '../../kit/index.js'
import type { Html } from './layout.js'

/** One field on the page. */
export interface ShownField {
  field: ConfigurationField
  id: string
  /** The name of the field in our form. */
  name: string
  value: string
  label: Html | ''
  /** What is shown below the control. */
  notes: readonly Note[]
  isWrong: boolean
  /** Whether it gets the focus when the page is shown. */
  focus: boolean
  /** For `data-not`: the numbers of the choices that hide it. */
  notFor: string
}

export interface Note {
  /** The suffix of its id, and the class of the paragraph. */
  kind: 'hint' | 'again' | 'agent' | 'wrong'
  words: Html | string
}

/** Label, control and notes of a field. */
export function control(shown: ShownField): Html {
  const { field, notFor } = shown
  const wide = field.kind === 'json' || field.kind === 'checkbox' || field.kind === 'options'
  const attributes = html`class="field${wide ? ' whole' : ''}"${notFor === '' ? '' : html` data-not="${notFor}"`}`
  if (field.kind === 'checkbox') return html`<div ${attributes}>${box(shown)}</div>`
  if (field.kind === 'options')
    return html`<fieldset ${attributes} role="radiogroup"${described(shown)}>${row(shown)}</fieldset>`
  const { id, label } = shown
  return html`<div ${attributes}><label for="${id}">${label}${required(field)}</label>${input(shown)}${notesOf(shown)}</div>`
}

/** One of them is always chosen, the first by default: fields may depend on it. */
function row(shown: ShownField): Html {
  const { id, name, value, label, field, focus } = shown
  const chosen = field.choices.find((choice) => choice.value === value) ?? field.choices[0]
  const options = field.choices.map((choice, index) => {
    const isChosen = choice === chosen
    const own = index === 0 ? id : `${id}-${index + 1}`
    return html`<label><input type="radio" id="${own}" name="${name}" value="${choice.value}" data-option="${index + 1}"${isChosen ? html` checked` : ''}${isChosen && focus ? html` autofocus` : ''}>${choice.label}</label>`
  })
  return html`<legend>${label}</legend><div class="options">${options}</div>${notesOf(shown)}`
}

function box(shown: ShownField): Html {
  const { id, name, value, label, focus } = shown
  const state = html`${value === '' ? '' : html` checked`}${focus ? html` autofocus` : ''}`
  return html`<div class="check"><input type="checkbox" id="${id}" name="${name}" value="true"${state}${described(shown)}><div><label for="${id}">${label}</label>${notesOf(shown)}</div></div>`
}

const required = (field: ConfigurationField): Html | '' =>
  field.required ? html` <span class="mark">(required)</span>` : ''

const notesOf = ({ id, notes }: ShownField): Html[] =>
  notes.map(({ kind, words }) => html`<p class="${kind}" id="${id}-${kind}">${words}</p>`)

/** What describes a field in addition to its label, for screen readers. */
function described({ id, notes, isWrong }: ShownField): Html {
  const ids = notes.map(({ kind }) => `${id}-${kind}`).join(' ')
  return html`${ids === '' ? '' : html` aria-describedby="${ids}"`}${isWrong ? html` aria-invalid="true"` : ''}`
}

function input(shown: ShownField): Html {
  const { field, id, name, value, focus } = shown
  const attributes = html` id="${id}" name="${name}"${field.required ? html` required` : ''}${focus ? html` autofocus` : ''}${described(shown)} autocomplete="off" autocapitalize="none" spellcheck="false"`
  switch (field.kind) {
    case 'json':
      return html`<textarea${attributes}>${value}</textarea>`
    case 'choice':
      return html`<select${attributes}><option value=""></option>${field.choices.map(
        (choice) => html`<option${choice.value === value ? html` selected` : ''}>${choice.value}</option>`,
      )}</select>`
    case 'secret':
      return html`<input type="password"${attributes}>`
    case 'number':
      return html`<input type="text" inputmode="decimal" value="${value}"${attributes}>`
    default:
      return html`<input type="text" value="${value}"${attributes}>`
  }
}
