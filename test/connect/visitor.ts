import type { Harness } from '../api/harness.js'

export interface Seen {
  status: number
  location: string | null
  /** Where the page itself sends the browser. */
  onward: string | null
  headers: Headers
  text: string
}

/** A browser without a window: keeps cookies, sends forms, follows nothing by itself. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  /** Whole `Set-Cookie` lines, as they came. */
  readonly setCookies: string[] = []
  readonly #api: Pick<Harness, 'api'>
  #page = ''

  constructor(api: Pick<Harness, 'api'>) {
    this.#api = api
  }

  get(path: string): Promise<Seen> {
    return this.#send(path, { method: 'GET' })
  }

  /** Sends the form of the last page whose action ends so. */
  submit(action: string, values: Record<string, string> = {}): Promise<Seen> {
    const form = new RegExp(`<form method="post" action="([^"]*/${action})">(.*?)</form>`, 's').exec(this.#page)
    if (!form) throw new Error(`there is no form ${action} on the page`)
    const hidden = Object.fromEntries(
      [...(form[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map((match) => [
        match[1] ?? '',
        match[2] ?? '',
      ]),
    )
    return this.post(form[1] ?? '', { ...hidden, ...values })
  }

  post(path: string, values: Record<string, string>): Promise<Seen> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(values) })
  }

  async #send(path: string, init: RequestInit): Promise<Seen> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const request = new Request(new URL(path, 'http://127.0.0.1:1'), { ...init, headers: cookie ? { cookie } : {} })
    const response = await this.#api.api.fetch(request)
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line)
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? []
      this.cookies.set(name, value)
    }
    const text = await response.text()
    if (text !== '') this.#page = text
    const { status, headers } = response
    return { status, location: headers.get('location'), onward: onwardOf(text), headers, text }
  }
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

/**
 * As browsers read it.
 * @see https://html.spec.whatwg.org/multipage/semantics.html#shared-declarative-refresh-steps
 */
export function onwardOf(page: string): string | null {
  const [, content] = /<meta http-equiv="refresh" content="([^"]*)">/.exec(page) ?? []
  if (content === undefined) return null
  const text = content.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? '')
  const [, quote = '', url = ''] = /^0[;,]\s*url\s*=\s*(['"]?)(.*)$/is.exec(text) ?? []
  return quote === '' ? url : (url.split(quote, 1)[0] ?? '')
}
