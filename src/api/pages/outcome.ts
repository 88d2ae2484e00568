import { html } from 'hono/html'
import { page } from './document.js'

/** What the query of a finished link means to a person. */
const SENTENCES: Record<string, string> = {
  invalid_request: 'This link is not known, was used already or has expired. Start it again from your agent.',
  integration_error: 'The account could not be linked. Start it again from your agent; nothing was changed.',
  cancelled_error: 'You did not give your consent, so nothing was linked.',
  duplicate_user_error: 'That account is linked already; nothing was changed.',
}

interface Outcome {
  base: string
  connector: string | undefined
  query: URLSearchParams
  status?: number
  /** Says more than the error alone. */
  reason?: string | undefined
}

/** The page a person sees when a link has ended here. Everything of the query is escaped. */
export function outcomePage({ base, connector, query, status = 200, reason }: Outcome): Response {
  const error = query.get('error')
  const account = query.get('user_identifier')
  const linked = query.get('status') === 'success'
  const title = error ? 'Not linked' : linked ? 'Linked' : 'Linking an account'
  const sentence = error
    ? (reason ?? SENTENCES[error] ?? SENTENCES.integration_error)
    : linked
      ? `Your ${connector ?? 'account'} account${account ? ` ${account}` : ''} is linked. You can close this page and go back to your agent.`
      : 'This page ends the linking of an account. There is nothing to do here now.'
  return page({ base, title, content: html`<h1>${title}</h1><p>${sentence}</p>`, status })
}
