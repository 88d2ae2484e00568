/** A page that was shown: where, and its HTML. */
export interface Page {
  url: URL
  status: number
  html: string
}

/** A browser without a screen: cookies, redirects, forms. It stops when it is sent away from the site it visits. */
export interface Browser {
  /** Opens an address and follows redirects. Gives the page, or the address on another site that it was sent to. */
  open(url: string | URL): Promise<Page | URL>
  /** Fills in and sends the form of a page; its hidden fields go along. */
  submit(page: Page, fields?: Record<string, string>): Promise<Page | URL>
  /** Follows the first link of a page whose text contains `text`. */
  follow(page: Page, text: string): Promise<Page | URL>
}

const MAX_REDIRECTS = 20

export function createBrowser(): Browser {
  const jar = createCookieJar()

  const request = async (start: URL, init: RequestInit): Promise<Page | URL> => {
    let url = start
    let next = init
    for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
      const cookie = jar.header(url)
      const response = await fetch(url, { ...next, redirect: 'manual', headers: cookie === '' ? {} : { cookie } })
      jar.store(url, response.headers.getSetCookie())
      const location = response.headers.get('location')
      if (location === null) return { url, status: response.status, html: await response.text() }
      await response.body?.cancel()
      const target = new URL(location, url)
      if (target.origin !== start.origin) return target
      url = target
      next = {}
    }
    throw new Error(`More than ${MAX_REDIRECTS} redirects, the last to ${url.pathname}`)
  }

  return {
    open: (url) => request(new URL(url), {}),
    submit(page, fields = {}) {
      const { action, values } = formOf(page)
      return request(action, { method: 'POST', body: new URLSearchParams({ ...values, ...fields }) })
    },
    follow(page, text) {
      for (const [, href = '', label = ''] of page.html.matchAll(/<a[^>]*href="([^"]*)"[^>]*>([^<]*)/g)) {
        if (label.includes(text)) return request(new URL(unescapeHtml(href), page.url), {})
      }
      throw new Error(`The page has no link "${text}": ${page.html.slice(-800)}`)
    },
  }
}

function formOf({ url, html, status }: Page): { action: URL; values: Record<string, string> } {
  const form = /<form([^>]*)>(.*?)<\/form>/s.exec(html)
  if (!form) throw new Error(`The page has no form (status ${status}): ${html.slice(0, 800)}`)
  const inputs = [...(form[2] ?? '').matchAll(/<input([^>]*)>/gs)].map(([, tag = '']) => tag)
  const values = inputs.flatMap((tag) => {
    const name = attribute(tag, 'name')
    return name === undefined ? [] : [[name, attribute(tag, 'value') ?? ''] as const]
  })
  return { action: new URL(attribute(form[1] ?? '', 'action') ?? '', url), values: Object.fromEntries(values) }
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescapeHtml(value)
}

const unescapeHtml = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')

/** Name, value and path, of one host; enough for a server on loopback. @see https://www.rfc-editor.org/rfc/rfc6265#section-5 */
function createCookieJar() {
  const cookies = new Map<string, { name: string; value: string; path: string }>()
  return {
    store(url: URL, lines: string[]): void {
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
        const [name = '', ...value] = pair.split('=')
        const find = (wanted: string) =>
          attributes.find((part) => part.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
        const path = find('path') ?? '/'
        const expires = find('expires')
        const key = `${url.host} ${path} ${name}`
        if (expires !== undefined && Date.parse(expires) < Date.now()) cookies.delete(key)
        else cookies.set(key, { name, value: value.join('='), path })
      }
    },
    header(url: URL): string {
      const fitting = [...cookies].filter(([key, { path }]) => key.startsWith(`${url.host} `) && isUnder(url, path))
      return fitting.map(([, { name, value }]) => `${name}=${value}`).join('; ')
    },
  }
}

const isUnder = ({ pathname }: URL, path: string): boolean =>
  pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
