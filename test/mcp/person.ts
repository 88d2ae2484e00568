import { expect } from 'vitest'

/** A form of a page, to be sent as it stands or filled in. */
interface Form {
  action: string
  fields: Record<string, string>
}

/** A browser that keeps cookies, follows redirects and reads forms: as much of one as a person without scripts needs. */
export class Browser {
  readonly #cookies = new Map<string, string>()

  async open(url: string): Promise<{ url: string; status: number; text: string }> {
    return this.#go(url, {})
  }

  async send({ action, fields }: Form, filled: Record<string, string> = {}) {
    return this.#go(action, { method: 'POST', body: new URLSearchParams({ ...fields, ...filled }) })
  }

  /** The form of a page whose action ends like that. */
  formOf(page: { url: string; text: string }, ending: string): Form {
    const html = [...page.text.matchAll(/<form[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].find(([, action]) =>
      action?.endsWith(ending),
    )
    expect(html, `a form that ends in ${ending} on ${page.text}`).toBeDefined()
    // A browser sends no box that is not ticked.
    const inputs = [...(html?.[2] ?? '').matchAll(/<input[^>]*>/g)].flatMap(([tag]) =>
      tag.includes('type="checkbox"') && !/ checked\b/.test(tag) ? [] : [tag],
    )
    const of = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
    const fields = inputs.flatMap((tag) => (of(tag, 'name') ? [[of(tag, 'name'), of(tag, 'value') ?? '']] : []))
    return { action: new URL(html?.[1] ?? '', page.url).href, fields: Object.fromEntries(fields) }
  }

  async #go(url: string, init: RequestInit): Promise<{ url: string; status: number; text: string }> {
    const { origin } = new URL(url)
    const cookie = [...this.#cookies].flatMap(([key, value]) => (key.startsWith(`${origin} `) ? [value] : []))
    const headers = { cookie: cookie.join('; '), ...(init.method === 'POST' ? { origin } : {}) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';')[0] ?? ''
      this.#cookies.set(`${origin} ${pair.split('=')[0]}`, pair)
    }
    const next = response.headers.get('location')
    if (next !== null) return this.#go(new URL(next, url).href, {})
    const text = await response.text()
    const onward = /<meta http-equiv="refresh" content="0; url=([^"]*)">/.exec(text)?.[1]
    if (onward !== undefined) return this.#go(onward.replaceAll('&amp;', '&'), {})
    return { url, status: response.status, text }
  }
}
