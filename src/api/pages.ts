import { html } from 'hono/html'

/** What the query of a finished link means to a person. */
const SENTENCES: Record<string, string> = {
  invalid_request: 'This link is not known, was used already or has expired. Start it again from your agent.',
  integration_error: 'The account could not be linked. Start it again from your agent; nothing was changed.',
  cancelled_error: 'You did not give your consent, so nothing was linked.',
  duplicate_user_error: 'That account is linked already; nothing was changed.',
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** The page a person sees when a link has ended here. Everything of the query is escaped. */
export function outcomePage({
  connector,
  query,
  status = 200,
}: {
  connector: string | undefined
  query: URLSearchParams
  status?: number
}): Response {
  const error = query.get('error')
  const account = query.get('user_identifier')
  const linked = query.get('status') === 'success'
  const title = error ? 'Not linked' : linked ? 'Linked' : 'Linking an account'
  const sentence = error
    ? (SENTENCES[error] ?? SENTENCES.integration_error)
    : linked
      ? `Your ${connector ?? 'account'} account${account ? ` ${account}` : ''} is linked. You can close this page and go back to your agent.`
      : 'This page ends the linking of an account. There is nothing to do here now.'
  return new Response(page(title, sentence ?? ''), { status, headers: HEADERS })
}

const page = (title: string, sentence: string): string =>
  String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; color: #1c2430; background: #f4f6f9; margin: 0; display: grid; min-height: 100vh; place-items: center }
main { background: #fff; border: 1px solid #d9dfe8; border-radius: .75rem; padding: 2rem; margin: 1rem; max-width: 28rem }
h1 { font-size: 1.25rem; margin: 0 0 .5rem }
p { margin: 0; overflow-wrap: anywhere }
</style>
</head>
<body><main><h1>${title}</h1><p>${sentence}</p></main></body>
</html>
`)
