import { html } from 'hono/html'

/** What `html` returns: text that is already escaped. */
export type Html = ReturnType<typeof html>

/** Where the pages are. */
export interface Site {
  /** The path of the service's own address, without a trailing slash: empty unless the service is below a path. */
  base: string
  /** In a person's words; undefined where it is not known. */
  place?: string
}

export interface PageParts {
  title: string
  content: Html
  /** The action, beside the content; below it on a narrow screen. */
  beside?: Html
  /** Further text: below the content, or on a narrow screen below everything. */
  further?: Html | ''
  status?: number
  /** Where the browser is redirected at once, as an absolute URL. */
  refresh?: string
}

/**
 * A page for a person: no script, no frame, nothing from elsewhere, never stored.
 * @see https://www.w3.org/TR/CSP3/
 */
export function page(
  { base, place }: Site,
  { title, content, beside, further = '', status = 200, refresh }: PageParts,
): Response {
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${refresh === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${refresh}">`}<link rel="icon" href="data:,">
<link rel="stylesheet" href="${base}/connect/style.css">
</head>
<body>
<div class="${beside === undefined ? 'card' : 'card wide'}">
<header>${MARK}<span><b>connectors-mcp</b>${place === undefined ? '' : html`<small>${place}</small>`}</span></header>
${beside === undefined ? html`<main>${content}</main>` : html`<main class="columns"><div>${content}</div><div class="beside">${beside}</div><div class="further">${further}</div></main>`}
</div>
</body>
</html>
`
  return new Response(String(body), { status, headers: HEADERS })
}

/** The logo: two ends and a connection. */
const MARK = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8" fill="currentColor"/><g fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"><circle cx="10" cy="16" r="4"/><circle cx="22" cy="16" r="4"/><path d="M14 16h4"/></g></svg>`

const HEADERS: Record<string, string> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
}
