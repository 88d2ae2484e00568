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

/** Opens a page as a browser does, redirects and refreshes and all. @throws Error for what is no page */
export const openPage = (url: string): Promise<Page> => load(url, {})

/** Sends a form of a page, as its button does. @throws Error when no page comes back */
export const sendForm = ({ action, fields }: Form): Promise<Page> =>
  load(action, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: new URL(action).origin },
  })

/** Cookies by origin and name: a link is bound to the browser that began it. */
const cookies = new Map<string, string>()

async function load(url: string, init: RequestInit): Promise<Page> {
  const { origin, pathname } = new URL(url)
  const kept = [...cookies].flatMap(([key, pair]) => (key.startsWith(`${origin} `) ? [pair] : []))
  const headers = { ...(init.headers as Record<string, string> | undefined), cookie: kept.join('; ') }
  const response = await fetch(url, { ...init, headers, redirect: 'manual' })
  for (const line of response.headers.getSetCookie()) {
    const pair = line.split(';', 1)[0] ?? ''
    cookies.set(`${origin} ${pair.split('=', 1)[0]}`, pair)
  }
  const next = response.headers.get('location')
  if (next !== null) return load(new URL(next, url).href, {})
  const html = await response.text()
  const onward = REFRESH.exec(html)?.[1]
  if (onward !== undefined) return load(decode(onward), {})
  const address = `${origin}${pathname}`
  const type = response.headers.get('content-type') ?? ''
  if (!response.ok || !type.startsWith('text/html'))
    throw new Error(`The page ${address} cannot be shown: the server answered ${response.status} (${type}).`)
  return { address, lines: visibleLines(html), forms: formsOf(html, url) }
}

/** How our pages send a browser on to another site. */
const REFRESH = /<meta http-equiv="refresh" content="0; url=([^"]*)">/
const FORM = /<form\b([^>]*)>(.*?)<\/form>/gs

/** Enough for the pages of the demo, which are all known: a form is one button, on one line. */
const visibleLines = (html: string): string[] =>
  textOf(html.replaceAll(FORM, (_, _start, content: string) => `<p>[ ${textOf(content).join(', ')} ]</p>`))

const textOf = (html: string): string[] =>
  html
    .replaceAll(/<(head|style|script|nav)\b.*?<\/\1>/gs, '')
    .replaceAll(/<span class="avatar">.*?<\/span>/gs, '')
    .replaceAll(/&#\d+;/g, '')
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
