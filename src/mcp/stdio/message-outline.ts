import type { RequestId } from '@modelcontextprotocol/server'
import { readJson } from '../../base/json.js'

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]
/** A longer name or value is neither `id` nor `method` as anybody writes them. Bytes. */
const LONGEST_TOKEN = 1000

/**
 * Finds out whom to answer about a message that is too large to be parsed: its id, and whether it is a request. Reads it
 * piece by piece, keeps nothing of it, and looks at each byte once.
 * @see https://www.jsonrpc.org/specification#request_object
 */
export class MessageOutline {
  #depth = 0
  #inString = false
  #escaped = false
  #name = ''
  /** What stands in the message itself, not in its members' values, since the last comma or colon. */
  #token: number[] = []
  #id: RequestId | undefined
  #hasMethod = false

  /** The id of a request; undefined for everything else, or as long as it was not seen. */
  get requestId(): RequestId | undefined {
    return this.#hasMethod ? this.#id : undefined
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
    this.#name = String(this.#value())
    this.#token = []
  }

  #endMember(): void {
    if (this.#name === 'method') this.#hasMethod = true
    const value = this.#name === 'id' ? this.#value() : undefined
    if (typeof value === 'string' || typeof value === 'number') this.#id = value
    this.#name = ''
    this.#token = []
  }

  #value(): unknown {
    return readJson(Buffer.from(this.#token).toString('utf8').replace(/^\{/, ''))
  }
}
