import { html } from 'hono/html'
import type { PendingLink } from '../../service/index.js'
import { choiceStep } from './choice.js'
import { confirmationPage } from './confirmation.js'
import { alert } from './failure.js'
import { type Filled, inputs, NOTHING_FILLED } from './fields.js'
import { type Html, page } from './layout.js'
import { clockTime, shortly, type Trouble } from './link-facts.js'
import { linkForm } from './link-form.js'
import { secretFields } from './sign-in.js'

/** The page on which a person links an account. */
export function connectPage(link: PendingLink, base: string, trouble: Trouble | undefined): Response {
  if (link.confirmation) return confirmationPage(link, link.confirmation, base, trouble)
  const title = `Link ${article(link.connector.title)} ${link.connector.title} account`
  const content = html`<h1>${title}</h1>
<p class="quiet">An agent asks to use it in your name.</p>
${trouble ? alert(trouble.message, trouble.upstream) : ''}
${facts(link)}
${link.code === undefined ? '' : html`<div class="code"><strong>${link.code}</strong><span>Continue only if your agent shows the same code.</span></div>`}
${link.proof === 'given' ? step(link, base, trouble?.filled) : signIn(link, base)}
${linkForm(link, base, 'cancel', html`<button class="plain">I did not ask for this: cancel it</button>`)}`
  return page({ base, title, content, status: trouble?.status ?? 200 })
}

/** Good enough for names of products. */
const article = (title: string): string => (/^([aeio]|SQL)/i.test(title) ? 'an' : 'a')

function facts({ connector, owner, begunAt, expiresAt, now, oauth2 }: PendingLink): Html {
  const scopes = oauth2?.scopes ?? []
  return html`<dl>
<div><dt>Connector</dt><dd>${connector.title}<small>${connector.description}</small></dd></div>
<div><dt>For</dt><dd><bdi>${owner.identifier}</bdi><small>client ${owner.client}</small></dd></div>
<div><dt>Started</dt><dd>by <bdi>${owner.identifier}</bdi>, ${shortly(now - begunAt)}<small>${clockTime(begunAt)}; good until ${clockTime(expiresAt)}</small></dd></div>
${scopes.length === 0 ? '' : html`<div><dt>Will ask for</dt><dd><ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul></dd></div>`}
</dl>`
}

/** A form that was just refused is shown again, even where something else waits for a decision. */
const step = (link: PendingLink, base: string, filled: Filled | undefined): Html =>
  link.choice && !filled ? choiceStep(link, link.choice, base) : ways(link, base, filled)

function ways(link: PendingLink, base: string, filled: Filled | undefined): Html {
  const { title } = link.connector
  const { oauth2, custom, oauthMissing } = link
  if (oauth2) {
    const go = linkForm(link, base, 'authorize', html`<button>Continue to ${title}</button>`)
    if (!custom) return go
    return html`${go}<details${filled ? html` open` : ''}><summary>${instead(link)}</summary><div>${configuration(link, base, filled)}</div></details>`
  }
  if (!oauthMissing) return html`${configuration(link, base, filled)}`
  return html`<p>Signing in at ${title} is not set up on this service, so link the account by what you fill in here.</p>${configuration(link, base, filled)}`
}

const instead = ({ custom }: PendingLink): string => {
  const [only, ...others] = custom?.fields ?? []
  return only?.kind === 'secret' && others.length === 0
    ? `Use a ${only.name.replaceAll('_', ' ')} instead`
    : 'Fill in a form instead'
}

function configuration(link: PendingLink, base: string, filled: Filled = NOTHING_FILLED): Html | '' {
  if (!link.custom) return ''
  const { fields, help } = link.custom
  const content = html`${inputs(fields, filled)}<button${link.oauth2 ? html` class="second"` : ''}>Test and link</button>`
  return html`${help ? html`<p class="help">${capital(help)}</p>` : ''}${linkForm(link, base, 'configuration', content)}<p class="quiet">What you fill in is tried first, then kept encrypted. It is not shown to the agent.</p>`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const signIn = (link: PendingLink, base: string): Html =>
  linkForm(link, base, 'sign-in', html`${secretFields(link)}<button>Sign in</button>`)
