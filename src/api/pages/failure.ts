import { html } from 'hono/html'
import { ConnectorsError } from '../../base/errors.js'
import type { Html } from './layout.js'

/** What went wrong, on top of a page. What a third party said is marked as such. */
export const alert = (message: string, upstream: unknown): Html =>
  html`<div class="alert" role="alert"><p>${message}</p>${said(upstream)}</div>`

/** A third party's own words: data, never our sentence. */
export const said = (upstream: unknown): Html | '' => {
  const text = wordsOf(upstream)
  return text === ''
    ? ''
    : html`<div class="said">What the other side answered, in its own words:<pre>${text}</pre></div>`
}

function wordsOf(upstream: unknown): string {
  if (upstream === undefined || upstream === null) return ''
  if (typeof upstream !== 'object') return String(upstream)
  return Object.entries(upstream)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
}

/** The faults of single fields, by their names. */
export function faultsOf(error: unknown): Map<string, string> {
  const errors = error instanceof ConnectorsError ? error.details?.errors : undefined
  return new Map(errors?.map(({ field, message }) => [field, message]))
}
