import { html } from 'hono/html'
import { page, type Site } from './layout.js'

/**
 * The page that takes a browser from a form of ours to another site. A redirect would not do: browsers hold every origin
 * on the way against the `form-action` of the page with the form, and where an authorization server goes on to is
 * nothing we know. Without scripts; and a browser that takes no refresh has the link.
 *
 * Behind `url=` everything counts as the URL, unless it begins with a quote, which a parsed one never does.
 * @param target http or https
 * @see https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh
 * @see https://www.w3.org/TR/CSP3/#directive-form-action
 */
export function redirectPage(site: Site, target: URL): Response {
  const { protocol, href, host } = target
  if (!/^https?:$/.test(protocol)) throw new Error('a browser is sent to http and https only')
  const title = `Going on to ${host}`
  const content = html`<h1>${title}</h1>
<p>Your browser goes there by itself. If it stays here, go on by this link:</p>
<p><a href="${href}">Continue to ${host}</a></p>`
  return page(site, { title, content, refresh: href })
}
