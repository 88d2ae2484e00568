import type { RequestId } from '@modelcontextprotocol/server'
import { ByteCollector } from '../../base/byte-collector.js'
import { ConnectorsError } from '../../base/errors.js'
import { refuseRoundedNumbers } from '../../base/exact-json.js'
import { exceededBound } from '../../base/json-bounds.js'
import { MESSAGE_BYTES, MESSAGE_JSON } from '../limits.js'
import { MessageOutline } from './message-outline.js'

const NEWLINE = 0x0a

/** What is said about a message that was not taken. @param id undefined where it is no request, or cannot be found */
export type Refuse = (id: RequestId | undefined, sentence: string) => void

/**
 * Cuts the input into messages and takes out those that are too large to be parsed, so that the session goes on after
 * them. A message is handed on whole: put together piece by piece, a long one would be copied for every piece.
 */
export class MessageLines {
  readonly #refuse: Refuse
  #held = new ByteCollector()
  /** Of a message that has grown too long already and is not kept. */
  #outline: MessageOutline | undefined

  constructor(refuse: Refuse) {
    this.#refuse = refuse
  }

  /** @returns the messages that this piece of the input completes, each with its line end */
  take(piece: Buffer): Buffer[] {
    const whole: Buffer[] = []
    let from = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      this.#hold(piece.subarray(from, end + 1))
      from = end + 1
      const line = this.#endLine()
      if (line) whole.push(line)
    }
    this.#hold(piece.subarray(from))
    return whole
  }

  #hold(bytes: Buffer): void {
    if (!this.#outline && this.#held.size + bytes.length > MESSAGE_BYTES) {
      this.#outline = new MessageOutline()
      this.#outline.feed(this.#held.whole())
      this.#held = new ByteCollector()
    }
    if (this.#outline) this.#outline.feed(bytes)
    else this.#held.push(bytes)
  }

  #endLine(): Buffer | undefined {
    const [outline, line] = [this.#outline, this.#held.whole()]
    this.#outline = undefined
    this.#held = new ByteCollector()
    if (outline) {
      this.#refuse(outline.requestId, `A message has at most ${MESSAGE_BYTES / 1024 / 1024} MiB; send less at once.`)
      return undefined
    }
    const fault = faultOf(line)
    if (fault === undefined) return line
    const found = new MessageOutline()
    found.feed(line)
    this.#refuse(found.requestId, fault)
    return undefined
  }
}

/** Why a message is not taken, as a sentence. */
function faultOf(line: Buffer): string | undefined {
  switch (exceededBound(line, MESSAGE_JSON)) {
    case 'depth':
      return `The arguments of a message are nested at most ${MESSAGE_JSON.depth} deep; send less at once.`
    case 'values':
      return `The arguments of a message are of at most ${MESSAGE_JSON.values} values; send less at once.`
  }
  try {
    // A whole number is refused by the action that it is for, in a result that the model sees.
    refuseRoundedNumbers(line.toString('utf8'), false)
    return undefined
  } catch (error) {
    if (!(error instanceof ConnectorsError)) throw error
    return 'A number in the message has more digits than a JSON number carries exactly; give it as text.'
  }
}
