import { html } from 'hono/html'
import { ConnectorsError } from '../../base/errors.js'
import type { Html } from './layout.js'

/**
 * What went wrong, at the top of a page. A third party's words are marked as such.
 * @param fields links to the faulty fields; without any the focus goes to the alert
 */
export const failureAlert = (message: string, upstream: unknown, fields: readonly Html[] = []): Html =>
  html`<div class="alert" role="alert" tabindex="-1"${fields.length === 0 ? html` autofocus` : ''}><p>${message}</p>${
    fields.length === 0
      ? ''
      : html`<p class="see">Look at: ${fields.map((link, at) => html`${at === 0 ? '' : ', '}${link}`)}</p>`
  }${thirdPartyWords(upstream, false)}</div>`

/** A third party's own words: data, never our sentence. @param open false: they are collapsed */
export const thirdPartyWords = (upstream: unknown, open = true): Html | '' => {
  const text = wordsOf(upstream)
  return text === ''
    ? ''
    : html`<details class="said"${open ? html` open` : ''}><summary>The other side's answer, in its own words</summary><pre tabindex="0">${text}</pre></details>`
}

function wordsOf(upstream: unknown): string {
  if (upstream === undefined || upstream === null) return ''
  if (typeof upstream !== 'object') return String(upstream)
  return Object.entries(upstream)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
}

/** The faults of single fields, by name. */
export function faultsOf(error: unknown): Map<string, string> {
  const errors = error instanceof ConnectorsError ? error.details?.errors : undefined
  return new Map(errors?.map(({ field, message }) => [field, message]))
}
