/** What a person sees of a page, and the forms on it. */
export interface Page {
  /** Without its query, which holds what nobody else may know. */
  address: string
  /** The visible text, a line each. */
  lines: string[]
  forms: Form[]
}

export interface Form {
  action: string
  fields: Record<string, string>
}

/** Opens a page as a browser does, redirects and all. @throws Error for what is no page */
export const openPage = (url: string): Promise<Page> => load(new Request(url))

/** Sends a form of a page, as its button does. @throws Error when no page comes back */
export const sendForm = ({ action, fields }: Form): Promise<Page> =>
  load(new Request(action, { method: 'POST', body: new URLSearchParams(fields) }))

async function load(request: Request): Promise<Page> {
  const response = await fetch(request)
  const html = await response.text()
  const { origin, pathname } = new URL(response.url)
  const address = `${origin}${pathname}`
  const type = response.headers.get('content-type') ?? ''
  if (!response.ok || !type.startsWith('text/html'))
    throw new Error(`The page ${address} cannot be shown: the server answered ${response.status} (${type}).`)
  return { address, lines: visibleLines(html), forms: formsOf(html, response.url) }
}

const FORM = /<form\b([^>]*)>(.*?)<\/form>/gs

/** Enough for the pages of the demo, which are all known: a form is one button, on one line. */
const visibleLines = (html: string): string[] =>
  textOf(html.replaceAll(FORM, (_, _start, content: string) => `<p>[ ${textOf(content).join(', ')} ]</p>`))

const textOf = (html: string): string[] =>
  html
    .replaceAll(/<(head|style|script|nav)\b.*?<\/\1>/gs, '')
    .replaceAll(/<span class="avatar">.*?<\/span>/gs, '')
    .replaceAll(/<\/?(strong|em|a|code)\b[^>]*>/g, '')
    .replaceAll(/<[^>]*>/g, '\n')
    .split('\n')
    .map((line) => decode(line).trim())
    .filter(Boolean)

function formsOf(html: string, base: string): Form[] {
  return [...html.matchAll(FORM)].map(([, start = '', content = '']) => ({
    action: new URL(attribute(start, 'action'), base).href,
    fields: Object.fromEntries(
      [...content.matchAll(/<input\b([^>]*)>/g)].map(([, input = '']) => [
        attribute(input, 'name'),
        attribute(input, 'value'),
      ]),
    ),
  }))
}

const attribute = (tag: string, name: string): string => decode(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
const decode = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? '')
