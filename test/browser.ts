import { type HTMLElement, type Node, NodeType, parse } from 'node-html-parser'
import { CookieJar } from 'tough-cookie'

/** A form of a page: where it goes, and what a browser sends with it when nothing is typed or ticked. */
export interface Form {
  action: string
  fields: Record<string, string>
  /** What is written in it. */
  text: string
}

/** What answers in this process, without a port. */
interface App {
  fetch(request: Request): Response | Promise<Response>
}

export interface BrowserOptions {
  /** Where requests go; the network by default. */
  fetch?: (url: URL, init: RequestInit) => Response | Promise<Response>
  /** What a path without an origin belongs to. */
  origin?: string
  /** Which redirects are followed, those in a page (`<meta http-equiv="refresh">`) included. */
  follow?: 'nothing' | 'the same origin' | 'everything'
}

const MAX_REDIRECTS = 20

/** One answer of a server, read as a browser reads it. */
export class Page {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  /** The body as it came: the source, where it is HTML. */
  readonly text: string
  readonly root: HTMLElement

  constructor(url: URL, { status, headers }: Response, text: string) {
    this.url = url
    this.status = status
    this.headers = headers
    this.text = text
    this.root = parseHtml(text)
  }

  /** The `Location` header, as it came. */
  get location(): string | null {
    return this.headers.get('location')
  }

  /** Where the page itself sends the browser. */
  get onward(): string | null {
    return refreshOf(this.root)
  }

  /** Where the browser goes next, by the one or the other. */
  get sentTo(): URL | null {
    const next = this.location ?? this.onward
    return next === null ? null : new URL(next, this.url)
  }

  get forms(): Form[] {
    return this.root.querySelectorAll('form').map((form) => ({
      action: new URL(form.getAttribute('action') ?? '', this.url).href,
      fields: fieldsOf(form),
      text: linesOf(form).join(' '),
    }))
  }

  /**
   * @param action how the path of the form's action ends; the first form by default
   * @throws Error for a page without such a form
   */
  form(action = ''): Form {
    const found = this.forms.find((form) => new URL(form.action).pathname.endsWith(action))
    if (!found) throw new Error(`There is no form "${action}" on the page (${this.status}): ${this.text.slice(0, 800)}`)
    return found
  }

  /** The value of the first field of that name in any form; empty where there is none. */
  field(name: string): string {
    return this.forms.find(({ fields }) => name in fields)?.fields[name] ?? ''
  }

  /**
   * The address of the first link whose text contains `text`.
   * @throws Error for a page without such a link
   */
  link(text: string): string {
    const found = this.root.querySelectorAll('a').find((link) => link.text.includes(text))
    if (!found) throw new Error(`There is no link "${text}" on the page (${this.status}): ${this.text.slice(-800)}`)
    return new URL(found.getAttribute('href') ?? '', this.url).href
  }
}

/** A browser without a window and without scripts: it keeps cookies, follows redirects by choice, fills in forms. */
export class Browser {
  readonly cookies = new CookieJar()
  /** Whole `Set-Cookie` lines, as they came. */
  readonly setCookies: string[] = []
  readonly #fetch: NonNullable<BrowserOptions['fetch']>
  readonly #origin: string | undefined
  readonly #follow: NonNullable<BrowserOptions['follow']>
  #page: Page | undefined

  constructor({ fetch: send = fetch, origin, follow = 'nothing' }: BrowserOptions = {}) {
    this.#fetch = send
    this.#origin = origin
    this.#follow = follow
  }

  /** @param address a URL, or a path of the origin that the browser was made for */
  open(address: string | URL): Promise<Page> {
    return this.#go(this.#urlOf(address), {})
  }

  /**
   * Sends a form with what is typed and ticked in it.
   * @param form how its action ends, on the page shown last; or a form of any page
   */
  submit(form: string | Pick<Form, 'action' | 'fields'> = '', typed: Record<string, string> = {}): Promise<Page> {
    if (typeof form !== 'string') return this.post(form.action, { ...form.fields, ...typed })
    if (!this.#page) throw new Error('no page was opened')
    return this.submit(this.#page.form(form), typed)
  }

  /** Sends fields that need not come from a form. */
  post(address: string | URL, fields: Record<string, string>): Promise<Page> {
    return this.#go(this.#urlOf(address), { method: 'POST', body: new URLSearchParams(fields) })
  }

  /** The value of a cookie, wherever it belongs. */
  async cookie(name: string): Promise<string | undefined> {
    return (await this.#allCookies()).find(({ key }) => key === name)?.value
  }

  /** Gives a cookie another value, as a person can who looks into the browser; a new one belongs to the origin. */
  async alterCookie(name: string, value: string): Promise<void> {
    const known = (await this.#allCookies()).find(({ key }) => key === name)
    if (known) known.value = value
    else await this.cookies.setCookie(`${name}=${value}; Path=/`, this.#origin ?? '')
  }

  /** Removes cookies, as a person does who clears them; all of them by default. */
  async forgetCookies(name?: string): Promise<void> {
    for (const { key, domain, path } of await this.#allCookies())
      if (name === undefined || key === name) await this.cookies.store.removeCookie(domain ?? '', path ?? '/', key)
  }

  #allCookies() {
    return this.cookies.store.getAllCookies()
  }

  #urlOf(address: string | URL): URL {
    return new URL(address, this.#origin)
  }

  async #go(start: URL, first: RequestInit): Promise<Page> {
    let url = start
    let init = first
    for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
      const page = await this.#request(url, init)
      // An answer without a body leaves on the screen what was there.
      if (page.text !== '') this.#page = page
      const next = page.sentTo
      if (next === null || !this.#follows(start, next)) return page
      // RFC 9110, section 15.4: only these two repeat the request as it was.
      if (![307, 308].includes(page.status)) init = {}
      url = next
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects, the last to ${url.pathname}`)
  }

  #follows(start: URL, next: URL): boolean {
    return this.#follow === 'everything' || (this.#follow === 'the same origin' && next.origin === start.origin)
  }

  async #request(url: URL, init: RequestInit): Promise<Page> {
    const cookie = await this.cookies.getCookieString(url.href)
    const headers = {
      ...(cookie === '' ? {} : { cookie }),
      ...(init.method === 'POST' ? { origin: url.origin } : {}),
    }
    const response = await this.#fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line)
      await this.cookies.setCookie(line, url.href)
    }
    return new Page(url, response, await response.text())
  }
}

/** A browser of an app in this process. It follows nothing, so that each answer can be looked at. */
export const browserOf = (app: App): Browser =>
  new Browser({ fetch: async (url, init) => app.fetch(new Request(url, init)), origin: 'http://127.0.0.1:1' })

export const parseHtml = (html: string): HTMLElement =>
  parse(html, { blockTextElements: { script: true, style: true, noscript: true } })

/**
 * As browsers read it.
 * @see https://html.spec.whatwg.org/multipage/semantics.html#shared-declarative-refresh-steps
 */
export function refreshOf(root: HTMLElement): string | null {
  const content = root.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content')
  if (content === undefined) return null
  const [, quote = '', url = ''] = /^0[;,]\s*url\s*=\s*(['"]?)(.*)$/is.exec(content) ?? []
  return quote === '' ? url : (url.split(quote, 1)[0] ?? '')
}

/** The visible text, a line for each block; a form is one line of what can be pressed and typed in it. */
export function linesOf(root: HTMLElement): string[] {
  return textOf(root)
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter(Boolean)
}

const HIDDEN = ['HEAD', 'STYLE', 'SCRIPT']
const INLINE = ['A', 'B', 'BDI', 'CODE', 'EM', 'I', 'STRONG']

/** The parser takes it for text. */
const isDoctype = ({ rawText }: Node): boolean => /^\s*<!doctype/i.test(rawText)

function textOf(node: Node): string {
  if (node.nodeType === NodeType.TEXT_NODE) return isDoctype(node) ? '' : node.text.replaceAll('\n', ' ')
  if (node.nodeType !== NodeType.ELEMENT_NODE) return ''
  const { tagName } = node as HTMLElement
  if (HIDDEN.includes(tagName)) return ''
  const inner = node.childNodes.map(textOf).join('')
  if (tagName === 'FORM') {
    const parts = inner.split('\n').map((part) => part.trim())
    return `\n[ ${parts.filter(Boolean).join(', ')} ]\n`
  }
  return INLINE.includes(tagName) ? inner : `\n${inner}\n`
}

/** @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-form-data-set */
function fieldsOf(form: HTMLElement): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const control of form.querySelectorAll('input, textarea, select')) {
    const name = control.getAttribute('name')
    const value = sentValue(control)
    if (name && value !== undefined && !control.hasAttribute('disabled')) fields[name] = value
  }
  return fields
}

/** What a control sends; undefined for one that sends nothing: a button that was not pressed, a box that is not ticked. */
function sentValue(control: HTMLElement): string | undefined {
  if (control.tagName === 'TEXTAREA') return control.text
  if (control.tagName === 'SELECT') {
    const option = control.querySelector('option[selected]') ?? control.querySelector('option')
    return option?.getAttribute('value') ?? option?.text
  }
  const type = control.getAttribute('type')?.toLowerCase() ?? 'text'
  if (['submit', 'button', 'image', 'reset', 'file'].includes(type)) return undefined
  if (['checkbox', 'radio'].includes(type) && !control.hasAttribute('checked')) return undefined
  return control.getAttribute('value') ?? (type === 'checkbox' ? 'on' : '')
}
