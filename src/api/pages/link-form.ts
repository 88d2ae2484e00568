import { html } from 'hono/html'
import type { PendingLinkView } from '../../service/index.js'
import type { Html } from './layout.js'

/** A form of the page of a link, with what proves that it is sent from there. @param action the end of its path */
export const linkForm = (link: PendingLinkView, base: string, action: string, content: Html): Html =>
  html`<form method="post" action="${base}/connect/${link.id}/${action}"><input type="hidden" name="form_token" value="${link.formToken}">${content}</form>`
