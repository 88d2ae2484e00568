import { html } from 'hono/html'
import { page, type Site } from './layout.js'

/** For a browser that comes back without an answer to a link: it is told nothing about any. */
export const neutralPage = (site: Site): Response => {
  const title = 'Linking an account'
  const content = html`<h1>${title}</h1><p>The linking of an account ends here. The application or agent that asked for it tells how it went. There is nothing to do here now.</p>`
  return page(site, { title, content })
}

/** For an answer of a third party that belongs to no link of this browser. @param reason our own sentence */
export const refusedPage = (site: Site, reason = UNKNOWN): Response =>
  page(site, { title: 'Not linked', content: html`<h1>Not linked</h1><p>${reason}</p>`, status: 400 })

const UNKNOWN = 'This link is not known, was used already or has expired; start a new one.'
