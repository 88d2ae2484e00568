import { html } from 'hono/html'
import type { FinishedLinkView } from '../../service/index.js'
import { withOutcome } from '../answers/links.js'
import { serverText } from './choice.js'
import { thirdPartyWords } from './failure.js'
import { type Html, page, type Site } from './layout.js'

/** The page of a link that is over: it says so and offers nothing. */
export function finishedPage(link: FinishedLinkView, site: Site): Response {
  const { title, content } = contentOf(link)
  return page(site, { title, content: html`${SIGN[link.phase]}<h1>${title}</h1>${content}${onward(link)}` })
}

/** The browser does not go there by itself: the address may have been written by a stranger. */
function onward({ onward }: FinishedLinkView): Html | '' {
  if (!onward?.callbackUrl) return ''
  const { href, origin } = withOutcome(onward.callbackUrl, onward.outcome)
  return html`<p>The application that began this link waits at an address of its own. Go there only if you know it:</p><p><a href="${href}" rel="noreferrer">Continue to ${origin}</a></p>`
}

const good = html`<div class="sign good" aria-hidden="true">&#10003;</div>`
const bad = html`<div class="sign bad" aria-hidden="true">!</div>`
/** A symbol that is seen before the words are read. */
const SIGN: Record<FinishedLinkView['phase'], Html | ''> = { linked: good, failed: bad, expired: bad, finishing: '' }

function contentOf(link: FinishedLinkView): { title: string; content: Html } {
  const name = link.connector.title
  switch (link.phase) {
    case 'linked':
      return { title: `${name} is linked`, content: linked(link) }
    case 'failed':
      return {
        title: `${name} was not linked`,
        content: html`<p>${link.message}</p>${thirdPartyWords(link.upstream)}<p class="quiet">This link can't be used again. To try once more, ask your agent for a new one.</p>`,
      }
    case 'expired':
      return {
        title: 'This link has expired',
        content: html`<p>A link is valid for ten minutes, and nothing was linked in that time. Ask your agent for a new one.</p>`,
      }
    case 'finishing':
      return {
        title: `${name} is being linked`,
        content: html`<p>The account is being linked right now. Your agent will tell you when it is done; you can close this page.</p>`,
      }
  }
}

function linked(link: FinishedLinkView): Html {
  const { account, replaced, replacedAccount, selected, connector, server, readOnly, missingScopes } = link
  if (account === undefined)
    return html`<p>This link was used, and can't be used again. Nothing is left to do here.</p>`
  return html`<p>${
    replaced && replacedAccount === null
      ? html`<bdi><strong>${account}</strong></bdi> was already linked and now has a new credential.`
      : html`The account <bdi><strong>${account}</strong></bdi> is linked.`
  }${selected ? html` It is the default for ${connector.title}.` : ''}</p>${replacedAccount === null ? '' : html`<p>It replaced <bdi>${replacedAccount}</bdi>.</p>`}${facts(serverText(server), readOnly)}${notGranted(missingScopes)}<p class="quiet">You can close this page and go back to your agent.</p>`
}

const notGranted = (missing: readonly string[] | null): Html | '' =>
  missing === null
    ? ''
    : html`<p>You did not allow all that was asked for, so what needs it will fail. To allow it, link the account again and tick every box. Not allowed:</p><ul>${missing.map((scope) => html`<li>${scope}</li>`)}</ul>`

const facts = (server: string, readOnly: boolean | undefined): Html | '' =>
  server === '' && readOnly === undefined
    ? ''
    : html`<dl>${server === '' ? '' : html`<div><dt>Connected to</dt><dd>${server}</dd></div>`}${
        readOnly === undefined
          ? ''
          : html`<div><dt>Access</dt><dd>${readOnly ? 'read-only: every change is refused there' : 'read and write'}</dd></div>`
      }</dl>`

/** For an address that belongs to no link. */
export const unknownPage = (site: Site): Response => {
  const title = 'There is no such link'
  const content = html`<h1>${title}</h1><p>It may have been mistyped, or it ended a while ago. Ask your agent for a new one.</p>`
  return page(site, { title, content, status: 404 })
}

/** For an error that belongs to no link. */
export const plainPage = (site: Site, title: string, sentence: string, status: number): Response =>
  page(site, { title, content: html`<h1>${title}</h1><p>${sentence}</p>`, status })
