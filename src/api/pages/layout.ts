import { html } from 'hono/html'

/** What `html` gives: text that is escaped already. */
export type Html = ReturnType<typeof html>

export interface Page {
  /** The path of the service's own address, without a slash at its end: empty unless it lives below a path. */
  base: string
  title: string
  content: Html
  status?: number
  /** Where the browser goes on at once, as an absolute URL. */
  refresh?: string
}

/**
 * A page for a person: no script, no frame, nothing from elsewhere, never stored.
 * @see https://www.w3.org/TR/CSP3/
 */
export function page({ base, title, content, status = 200, refresh }: Page): Response {
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
<main>
${content}
</main>
</body>
</html>
`
  return new Response(String(body), { status, headers: HEADERS })
}

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
