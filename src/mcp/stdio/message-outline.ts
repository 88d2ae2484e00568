import { readJson } from '../../base/json.js'

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]
/** The longest name or value that is read as `id` or `method`. Bytes. */
const LONGEST_TOKEN = 1000

/** What a message is: both sides of a connection send all three, and only requests are answered. */
export type MessageKind = 'request' | 'notification' | 'response' | 'unknown'

/**
 * Finds out how to answer a message that is not parsed: its id, and whether it is a request. It reads the message piece by
 * piece, keeps nothing of it, and reads each byte once. In text that is not JSON it finds as much as possible.
 * @see https://www.jsonrpc.org/specification#request_object
 */
export class MessageOutline {
  #depth = 0
  #inString = false
  #escaped = false
  #name = ''
  /** The text at the top level of the message, not in its members' values, since the last comma or colon. */
  #token: number[] = []
  #id: string | undefined
  readonly #names = new Set<string>()

  static of(bytes: Uint8Array): MessageOutline {
    const outline = new MessageOutline()
    outline.feed(bytes)
    return outline
  }

  /** The id as JSON text, with its original digits; `null` until an id is found that can be answered. */
  get idText(): string {
    return this.#id ?? 'null'
  }

  get kind(): MessageKind {
    if (this.#names.has('method')) return this.#names.has('id') ? 'request' : 'notification'
    return this.#names.has('result') || this.#names.has('error') ? 'response' : 'unknown'
  }

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) this.#read(bytes[at] as number)
  }

  #read(byte: number): void {
    if (this.#inString) this.#readInString(byte)
    else if (byte === QUOTE) this.#inString = true
    else if (byte === LIST || byte === OBJECT) this.#depth++
    else if (byte === LIST_END || byte === OBJECT_END) this.#close()
    const separates = !this.#inString && this.#depth === 1
    if (separates && byte === COMMA) this.#endMember()
    else if (separates && byte === COLON) this.#endName()
    else if (this.#depth === 1 && this.#token.length < LONGEST_TOKEN) this.#token.push(byte)
  }

  #readInString(byte: number): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) this.#inString = false
  }

  #close(): void {
    if (this.#depth === 1) this.#endMember()
    this.#depth--
  }

  #endName(): void {
    this.#name = String(readJson(this.#text()))
    this.#token = []
  }

  #endMember(): void {
    if (MEMBERS.has(this.#name)) this.#names.add(this.#name)
    if (this.#name === 'id') {
      const text = this.#text()
      this.#id = ['string', 'number'].includes(typeof readJson(text)) ? text : undefined
    }
    this.#name = ''
    this.#token = []
  }

  #text(): string {
    return Buffer.from(this.#token).toString('utf8').replace(/^\{/, '').trim()
  }
}

const MEMBERS: ReadonlySet<string> = new Set(['id', 'method', 'result', 'error'])
