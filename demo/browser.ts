import { Browser, type Form, linesOf, type Page } from '../test/browser.js'

/** What a person sees of a page, and the forms on it. */
export interface ShownPage {
  /** Without its query, which holds what only this person may know. */
  address: string
  /** The visible text, a line each. */
  lines: string[]
  forms: Form[]
}

/** One for the whole demo: a link is bound to the browser that began it. */
const browser = new Browser({ follow: 'everything' })

/** Opens a page as a browser does, and follows redirects. @throws Error for an answer that is not a page */
export const openPage = async (url: string): Promise<ShownPage> => shown(await browser.open(url))

/** Sends a form of a page, as its button does. @throws Error when the answer is not a page */
export const sendForm = async (form: Form): Promise<ShownPage> => shown(await browser.submit(form))

function shown({ url, status, headers, forms, root }: Page): ShownPage {
  const address = `${url.origin}${url.pathname}`
  const type = headers.get('content-type') ?? ''
  if (status >= 400 || !type.startsWith('text/html'))
    throw new Error(`The page ${address} cannot be shown: the server answered ${status} (${type}).`)
  // Decoration of the emulator's pages and of ours.
  for (const decoration of root.querySelectorAll('nav, .avatar, .card > header, [aria-hidden="true"]'))
    decoration.remove()
  return { address, lines: linesOf(root), forms }
}
