import { html } from 'hono/html'
import type { LinkChoice, PendingLink } from '../../service/index.js'
import type { Html } from './layout.js'
import { linkForm } from './link-form.js'

/** The step between a trial that succeeded and the account: may anything be changed through it? */
export function choiceStep(link: PendingLink, choice: LinkChoice, base: string): Html {
  const { title } = link.connector
  const decision = html`<input type="hidden" name="draft" value="${choice.draftId}">
<p><strong>May your agent change something there?</strong> Linked as read-only, ${choice.server?.name || title} itself refuses every change.${choice.despite.map((sentence) => ` ${sentence}`)}</p>
<button name="access" value="read_only">Link as read-only</button>
<button name="access" value="write" class="second">Link with write access</button>`
  return html`<dl>
<div><dt>Connected to</dt><dd>${serverWords(choice.server) || title}<small>${choice.identifier}</small></dd></div>
<div><dt>The login can</dt><dd>${abilitiesOf(choice)}</dd></div>
</dl>
<p>The connection works. Nothing is linked yet.</p>
${linkForm(link, base, 'access', decision)}
${linkForm(link, base, 'correct', html`<button class="plain">Back to the form</button>`)}`
}

const abilitiesOf = ({ abilities }: LinkChoice): Html =>
  abilities.length === 0
    ? html`It could not be found out, so it may be able to change something.`
    : html`<ul>${abilities.map((ability) => html`<li>${ability}</li>`)}</ul>`

/** Such as `PostgreSQL 17.5`; empty where nothing is known. */
export const serverWords = (server: LinkChoice['server']): string =>
  server ? [server.name, server.version].filter((word) => word !== '').join(' ') : ''
