import { html } from 'hono/html'
import type { PendingLinkView } from '../../service/index.js'
import type { Html } from './layout.js'

/** The fields with which a person proves to be the user who began the link, on a service that others reach, too. */
export function secretFields({ owner, proof }: PendingLinkView): Html {
  const { identifier } = owner
  const other = proof === 'other' ? 'Someone else is signed in on this browser. ' : ''
  return html`<p>${other}Prove that you are the user who began this link.</p>
<div class="field"><label for="identifier">User</label><input id="identifier" type="text" value="${identifier}" readonly autocomplete="username"></div>
<div class="field"><label for="secret">Your secret</label><p class="hint" id="secret-hint">It begins with sk-user- and was shown once, when this user was registered. On a machine with a saved login <code>connectors-mcp auth secret</code> prints it.</p>
<input id="secret" name="secret" type="password" required autocomplete="current-password" aria-describedby="secret-hint"></div>`
}
