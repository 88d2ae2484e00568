import { html } from 'hono/html'
import type { LinkChoice, PendingLinkView } from '../../service/index.js'
import type { Html } from './layout.js'
import { linkForm } from './link-form.js'

/** The step after a successful trial: may the account replace another one, and may anything be changed through it? */
export function choiceStep(link: PendingLinkView, choice: LinkChoice, base: string): Html {
  const { title } = link.connector
  return html`<dl>
<div><dt>Connected to</dt><dd>${serverText(choice.server) || title}<small>${choice.title}</small></dd></div>
<div><dt>The login can</dt><dd>${abilitiesOf(choice)}</dd></div>
</dl>
<p>The connection works. Nothing is linked yet.</p>
${standing(choice)}
${linkForm(link, base, 'access', html`${draftOf(choice)}${accessQuestion(choice, title)}${buttons(choice, choice.inPlaceOf ? REPLACING[choice.inPlaceOf.change] : LINKING)}`)}
${otherName(link, choice, base)}
${linkForm(link, base, 'correct', html`<button class="plain">Back to the form</button>`)}`
}

/** The account that already has this name, and what would happen to it. */
function standing({ inPlaceOf }: LinkChoice): Html | '' {
  if (!inPlaceOf) return ''
  const { change, title, target, readOnly } = inPlaceOf
  const which = html`<bdi>${title}</bdi>${target === null ? '' : html`, which leads to <bdi>${target}</bdi>`}`
  return change === 'open'
    ? html`<p class="alert"><strong>This account is already linked as read-only:</strong> ${which}. With write access your agent could change something through it from now on.</p>`
    : html`<p class="alert"><strong>Another account already has this name:</strong> ${which}${readOnly ? html`, read-only` : ''}. If you replace it, it is no longer linked: everything that uses the name gets the new one.</p>`
}

const accessQuestion = ({ asksAccess, server, despite }: LinkChoice, title: string): Html | '' =>
  asksAccess
    ? html`<p><strong>May your agent change something there?</strong> Linked as read-only, ${server?.name || title} itself refuses every change.${despite.map((sentence) => ` ${sentence}`)}</p>`
    : ''

/** The labels of the buttons, by the decision each stands for. */
type Words = Record<'read_only' | 'write' | 'as_it_is', string>

const LINKING: Words = {
  read_only: 'Link as read-only',
  write: 'Link with write access',
  as_it_is: 'Link it',
}

const REPLACING: Record<'open' | 'replace', Words> = {
  open: { ...LINKING, write: 'Link with write access from now on', as_it_is: 'Link it anyway' },
  replace: {
    read_only: 'Replace it, as read-only',
    write: 'Replace it, with write access',
    as_it_is: 'Replace it',
  },
}

const buttons = ({ asksAccess }: LinkChoice, words: Words): Html =>
  asksAccess
    ? html`<button name="access" value="read_only">${words.read_only}</button>
<button name="access" value="write" class="second">${words.write}</button>`
    : html`<button name="access" value="as_it_is">${words.as_it_is}</button>`

/** Lets the person keep both, without filling in anything again. */
function otherName(link: PendingLinkView, choice: LinkChoice, base: string): Html | '' {
  const freeName = choice.inPlaceOf?.freeName
  if (freeName === undefined) return ''
  const fields = html`${draftOf(choice)}<div class="field"><label for="other-name">Keep both: give this one another name</label>
<input id="other-name" name="name" type="text" value="${freeName}" required maxlength="255" autocomplete="off" autocapitalize="none" spellcheck="false"></div>`
  return linkForm(link, base, 'access', html`${fields}${buttons(choice, LINKING)}`)
}

const draftOf = ({ draftId }: LinkChoice): Html => html`<input type="hidden" name="draft" value="${draftId}">`

const abilitiesOf = ({ abilities }: LinkChoice): Html =>
  abilities.length === 0
    ? html`This could not be determined, so it may be able to change something.`
    : html`<ul>${abilities.map((ability) => html`<li>${ability}</li>`)}</ul>`

/** Such as `PostgreSQL 17.5`; empty where nothing is known. */
export const serverText = (server: LinkChoice['server']): string =>
  server ? [server.name, server.version].filter((word) => word !== '').join(' ') : ''
