import { html } from 'hono/html'
import { page, type Site } from './layout.js'

/** For a browser that comes back without an answer to a link: it learns nothing about any link. */
export const neutralPage = (site: Site): Response => {
  const title = 'Linking an account'
  const content = html`<h1>${title}</h1><p>Linking an account ends here. The application or agent that asked for it will tell you how it went. There is nothing more to do here.</p>`
  return page(site, { title, content })
}

/** For an answer from a third party that belongs to no link of this browser. @param reason our own sentence */
export const refusedPage = (site: Site, reason = UNKNOWN): Response =>
  page(site, { title: 'Not linked', content: html`<h1>Not linked</h1><p>${reason}</p>`, status: 400 })

const UNKNOWN = 'This link is unknown, was already used or has expired; start a new one.'
