import type { Harness } from '../api/harness.js'

export interface Seen {
  status: number
  location: string | null
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
    return { status: response.status, location: response.headers.get('location'), headers: response.headers, text }
  }
}
