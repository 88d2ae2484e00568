import { html } from 'hono/html'
import { page, type Site } from './layout.js'

/**
 * The page that takes a browser from one of our forms to another site. A redirect does not work: browsers check every origin
 * on the way against the `form-action` of the page with the form, and where an authorization server redirects to is
 * unknown to us. Works without scripts; a browser that ignores the refresh still shows the link.
 *
 * Everything after `url=` counts as the URL, unless it begins with a quote, which a parsed URL never does.
 * @param target http or https
 * @see https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh
 * @see https://www.w3.org/TR/CSP3/#directive-form-action
 */
export function redirectPage(site: Site, target: URL): Response {
  const { protocol, href, host } = target
  if (!/^https?:$/.test(protocol)) throw new Error('a browser is sent to http and https only')
  const title = `Continuing to ${host}`
  const content = html`<h1>${title}</h1>
<p>Your browser goes there by itself. If it stays here, go on by this link:</p>
<p><a href="${href}">Continue to ${host}</a></p>`
  return page(site, { title, content, refresh: href })
}
