import { html } from 'hono/html'
import type { Confirmation, PendingLinkView } from '../../service/index.js'
import { failureAlert } from './failure.js'
import { type Html, page, type Site } from './layout.js'
import { type FormFailure, timeLeftInWords, timeSinceInWords } from './link-facts.js'
import { linkForm } from './link-form.js'
import { secretFields } from './sign-in.js'

/**
 * The page between the consent at the third party and the account. It asks who the account belongs to, since the address of a
 * link can be sent to a stranger, who would consent without knowing for whom.
 */
export function confirmationPage(
  link: PendingLinkView,
  confirmation: Confirmation,
  site: Site,
  trouble: FormFailure | undefined,
): Response {
  const { base } = site
  const { title } = link.connector
  const heading = `Link your ${title} account?`
  const content = html`<h1>${heading}</h1>
<p class="quiet">You agreed at ${title}. Nothing is linked yet.</p>
${trouble ? failureAlert(trouble.message, trouble.upstream) : ''}
${facts(link, confirmation)}
<p><strong>The user named under “For” will act at ${title} in your name.</strong> Go on only if that is you and you began this yourself. If somebody sent you here, cancel it.</p>
${confirm(link, base)}
${linkForm(link, base, 'cancel', html`<button class="plain">That is not me: cancel it</button>`)}`
  return page(site, { title: heading, content, status: trouble?.status ?? 200 })
}

function facts({ connector, owner, begunAt, expiresAt, now }: PendingLinkView, { destination }: Confirmation): Html {
  return html`<dl>
<div><dt>Connector</dt><dd>${connector.title}<small>${connector.description}</small></dd></div>
<div><dt>For</dt><dd><strong><bdi>${owner.identifier}</bdi></strong><small>client ${owner.client}</small></dd></div>
<div><dt>Started</dt><dd>${timeSinceInWords(now - begunAt)}<small>${timeLeftInWords(expiresAt - now)}</small></dd></div>
${destination === undefined ? '' : html`<div><dt>Afterwards</dt><dd>your browser goes on to ${destination}</dd></div>`}
</dl>`
}

const confirm = (link: PendingLinkView, base: string): Html =>
  link.proof === 'given'
    ? linkForm(link, base, 'confirm', html`<button>That is me: link it</button>`)
    : linkForm(link, base, 'sign-in', html`${secretFields(link)}<button>Sign in and link it</button>`)
