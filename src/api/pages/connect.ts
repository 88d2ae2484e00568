import { html } from 'hono/html'
import type { PageForm, PendingLinkView } from '../../service/index.js'
import { choiceStep } from './choice.js'
import { confirmationPage } from './confirmation.js'
import { failureAlert } from './failure.js'
import { type FormState, formStateAfter, inputs, linksToFaults } from './fields.js'
import { type Html, page, type Site } from './layout.js'
import { type FormFailure, timeLeftInWords, timeSinceInWords } from './link-facts.js'
import { linkForm } from './link-form.js'
import { secretFields } from './sign-in.js'

/** The page on which a person links an account: what it is about, and beside it what to do. */
export function connectPage(link: PendingLinkView, site: Site, trouble: FormFailure | undefined): Response {
  if (link.confirmation) return confirmationPage(link, link.confirmation, site, trouble)
  const { base } = site
  const { connector, code, custom, proof } = link
  const title = `Link ${article(connector.title)} ${connector.title} account`
  const isForm = custom !== undefined && proof === 'given' && !isDecision(link, trouble)
  const content = html`<h1>${title}</h1>
<p class="quiet">${connector.description} An agent asks to use it on your behalf.</p>
${facts(link)}
${code === undefined ? '' : html`<div class="code"><strong>${code}</strong><span>Continue only if your agent shows the same code.</span></div>`}`
  const filled = custom && filledIn(custom, trouble)
  const wrong = trouble ? failureAlert(trouble.message, trouble.upstream, linksOf(custom, filled)) : ''
  const beside = html`${wrong}${proof === 'given' ? step(link, base, trouble, filled) : signIn(link, base)}
${linkForm(link, base, 'cancel', html`<button class="plain">Cancel</button>`)}
<p class="quiet small">If you did not ask for this, cancel it: nothing will be linked.</p>`
  const further = isForm ? about(custom) : ''
  return page(site, { title, content, beside, further, status: trouble?.status ?? 200 })
}

/** Good enough for names of products. */
const article = (title: string): string => (/^([aeio]|SQL)/i.test(title) ? 'an' : 'a')

function facts({ owner, begunAt, expiresAt, now, oauth2 }: PendingLinkView): Html {
  const scopes = oauth2?.scopes ?? []
  return html`<dl>
<div><dt>For</dt><dd><bdi>${owner.identifier}</bdi><small>client ${owner.client}</small></dd></div>
<div><dt>Started</dt><dd>${timeSinceInWords(now - begunAt)}<small>${timeLeftInWords(expiresAt - now)}</small></dd></div>
${scopes.length === 0 ? '' : html`<div><dt>Will ask for</dt><dd><ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul></dd></div>`}
</dl>`
}

const about = ({ help, pages }: PageForm): Html =>
  html`${help && pages.length === 0 ? html`<p class="help">${capital(help)}</p>` : ''}<p class="help">What you fill in is tested first, then stored encrypted. It is not shown to the agent.</p>`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A form that was just refused is shown again, even if another decision is pending. */
const isDecision = (link: PendingLinkView, trouble: FormFailure | undefined): boolean =>
  link.choice !== undefined && !trouble?.refused

function filledIn({ fields, form }: PageForm, trouble: FormFailure | undefined): FormState {
  if (trouble?.refused) return formStateAfter(fields, trouble.refused)
  return { values: form?.values ?? {}, again: form?.again ?? [], faults: new Map(), byAgent: form?.by === 'agent' }
}

const linksOf = (custom: PageForm | undefined, filled: FormState | undefined): Html[] =>
  custom && filled ? linksToFaults(custom.fields, filled) : []

const step = (
  link: PendingLinkView,
  base: string,
  trouble: FormFailure | undefined,
  filled: FormState | undefined,
): Html => (link.choice && isDecision(link, trouble) ? choiceStep(link, link.choice, base) : ways(link, base, filled))

function ways(link: PendingLinkView, base: string, filled: FormState | undefined): Html {
  const { title } = link.connector
  const { oauth2, custom, oauthMissing } = link
  const form = custom && filled ? configuration(link, base, custom, filled) : html``
  if (oauth2) {
    const go = linkForm(link, base, 'authorize', html`<button>Continue to ${title}</button>`)
    if (!custom || !filled) return go
    const used = filled.faults.size > 0 || filled.again.length > 0 || Object.keys(filled.values).length > 0
    return html`${go}<details${used ? html` open` : ''}><summary>${instead(custom)}</summary>${form}</details>`
  }
  if (!oauthMissing) return form
  const why =
    oauthMissing === 'needs https'
      ? `${title} lets people sign in only for services with an https address, and this one has none`
      : `Signing in at ${title} is not set up on this service`
  return html`<p>${why}, so link the account with this form.</p>${form}`
}

const instead = ({ fields }: PageForm): string => {
  const [only, ...others] = fields
  return only?.kind === 'secret' && others.length === 0
    ? `Use a ${only.name.replaceAll('_', ' ')} instead`
    : 'Fill in a form instead'
}

function configuration(link: PendingLinkView, base: string, { fields, pages }: PageForm, filled: FormState): Html {
  const content = html`${inputs(fields, filled)}<button${link.oauth2 ? html` class="second"` : ''}>Test and link</button>`
  const links = pages.map(
    ({ label, href }) => html`<li><a href="${href}" target="_blank" rel="noreferrer">${label}</a></li>`,
  )
  return html`${links.length === 0 ? '' : html`<ul class="pages">${links}</ul>`}${linkForm(link, base, 'configuration', content)}`
}

const signIn = (link: PendingLinkView, base: string): Html =>
  linkForm(link, base, 'sign-in', html`${secretFields(link)}<button>Sign in</button>`)
