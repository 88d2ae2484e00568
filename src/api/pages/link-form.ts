import { html } from 'hono/html'
import type { PendingLinkView } from '../../service/index.js'
import type { Html } from './layout.js'

/** A form of the link page, with the token that proves it was sent from there. @param action the end of its path */
export const linkForm = (link: PendingLinkView, base: string, action: string, content: Html): Html =>
  html`<form method="post" action="${base}/connect/${link.id}/${action}"><input type="hidden" name="form_token" value="${link.formToken}">${content}</form>`
