import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/server'
import type { Batches } from './batches.js'
import type { Line } from './message-lines.js'
import { MessageOutline } from './message-outline.js'
import { ERROR_CODE, type MessageRefusal, readLine } from './read-line.js'
import { type ReadMessage, readMessage } from './read-message.js'

interface InboxDeps {
  deliver: (message: JSONRPCMessage) => void
  write: (line: string) => void
  /** Called for every message that is not delivered. */
  note: (sentence: string) => void
  batches: Batches
}

/** The only revision that has batches. @see https://modelcontextprotocol.io/specification/2025-03-26/basic#batching */
const REVISION_WITH_BATCHES = '2025-03-26'
/** The most messages in a batch: its answers are kept in memory until all of them are there. */
const LONGEST_BATCH = 100

const EMPTY = 'A batch must contain at least one message.'
const TOO_LONG = `A batch can contain at most ${LONGEST_BATCH} messages; send less at once.`
const NO_BATCHES = `Only protocol version ${REVISION_WITH_BATCHES} supports batches; send each message on a line of its own.`

/** Delivers the messages of the input, and answers those that are not delivered: every request gets exactly one answer. */
export class Inbox {
  readonly #deps: InboxDeps
  #hasBatches = false

  constructor(deps: InboxDeps) {
    this.#deps = deps
  }

  receive(line: Line): void {
    const read = readLine(line)
    if ('ignored' in read) this.#ignore(line, read.ignored)
    else if ('refusal' in read) this.#refuse(read.refusal)
    else if (Array.isArray(read.value)) this.#receiveBatch(read.value)
    else this.#receiveOne(readMessage(read.value), line)
  }

  #receiveOne(verdict: ReadMessage, line: Line): void {
    if ('message' in verdict) this.#deliver(verdict.message)
    else if ('ignored' in verdict) this.#deps.note(verdict.ignored)
    else this.#refuse({ ...verdict.refusal, idText: idTextOf(verdict.refusal, line) })
  }

  #deliver(message: JSONRPCMessage): void {
    if ('method' in message && message.method === 'initialize')
      this.#hasBatches = message.params?.protocolVersion === REVISION_WITH_BATCHES
    this.#deps.deliver(message)
  }

  #receiveBatch(values: readonly unknown[]): void {
    const fault = values.length === 0 ? EMPTY : values.length > LONGEST_BATCH ? TOO_LONG : undefined
    if (fault !== undefined) {
      this.#refuse({ idText: 'null', code: ERROR_CODE.invalidRequest, sentence: fault })
      return
    }
    const verdicts = this.#readBatch(values)
    const refusals = verdicts.flatMap((verdict) => ('refusal' in verdict ? [verdict.refusal] : []))
    const messages = verdicts.flatMap((verdict) => ('message' in verdict ? [verdict.message] : []))
    for (const verdict of verdicts) if ('ignored' in verdict) this.#deps.note(verdict.ignored)
    if (this.#hasBatches) {
      for (const { sentence } of refusals) this.#deps.note(sentence)
      this.#deps.batches.begin(messages.filter(isRequest), refusals.map(errorText))
    } else for (const refusal of refusals) this.#refuse(refusal)
    for (const message of messages) this.#deps.deliver(message)
  }

  #readBatch(values: readonly unknown[]): ReadMessage[] {
    const seen = new Set<RequestId>()
    return values.map((value) => {
      const verdict = readMessage(value)
      if (!('message' in verdict)) return verdict
      const { message } = verdict
      if (!isRequest(message)) return this.#hasBatches ? verdict : { ignored: NO_BATCHES }
      const fault = this.#faultInBatch(message.method, seen.has(message.id) || this.#deps.batches.has(message.id))
      seen.add(message.id)
      if (fault === undefined) return verdict
      return { refusal: { idText: JSON.stringify(message.id), code: ERROR_CODE.invalidRequest, sentence: fault } }
    })
  }

  #faultInBatch(method: string, isUsed: boolean): string | undefined {
    if (!this.#hasBatches) return NO_BATCHES
    if (method === 'initialize') return 'The request initialize must be sent on a line of its own, not in a batch.'
    return isUsed ? 'Another request with this id has no answer yet.' : undefined
  }

  #refuse(refusal: MessageRefusal): void {
    this.#deps.note(refusal.sentence)
    this.#deps.write(`${errorText(refusal)}\n`)
  }

  #ignore(line: Line, why: string): void {
    if (!Buffer.isBuffer(line) || line.length > 0) this.#deps.note(why)
  }
}

const isRequest = (message: JSONRPCMessage): message is JSONRPCRequest => 'method' in message && 'id' in message

/** Parsing may change a long number; its sender waits for an answer with the digits it wrote. */
const idTextOf = ({ idText }: MessageRefusal, line: Line): string =>
  idText.startsWith('"') || !Buffer.isBuffer(line) ? idText : MessageOutline.of(line).idText

const errorText = ({ idText, code, sentence }: MessageRefusal): string =>
  `{"jsonrpc":"2.0","id":${idText},"error":${JSON.stringify({ code, message: sentence })}}`
