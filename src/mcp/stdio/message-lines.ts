import { ByteCollector } from '../../base/byte-collector.js'
import { MESSAGE_BYTES } from '../limits.js'
import { MessageOutline } from './message-outline.js'

const NEWLINE = 0x0a

/** A line of the input: its bytes without the line feed, or, where it has too many, only what it is about. */
export type Line = Buffer | MessageOutline

/**
 * Cuts the input into lines. One that is too long is not kept, so that the session goes on after it. A line is handed on
 * whole: put together piece by piece, a long one would be copied for every piece.
 */
export class MessageLines {
  #held = new ByteCollector()
  /** Of a line that has grown too long already. */
  #outline: MessageOutline | undefined

  /** @returns the lines that this piece of the input completes */
  take(piece: Buffer): Line[] {
    const lines: Line[] = []
    let from = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      this.#hold(piece.subarray(from, end))
      from = end + 1
      lines.push(this.end())
    }
    this.#hold(piece.subarray(from))
    return lines
  }

  /** @returns what was held, which the end of the input makes a line; empty after a line feed */
  end(): Line {
    const line = this.#outline ?? this.#held.whole()
    this.#outline = undefined
    this.#held = new ByteCollector()
    return line
  }

  #hold(bytes: Buffer): void {
    if (!this.#outline && this.#held.size + bytes.length > MESSAGE_BYTES) {
      this.#outline = MessageOutline.of(this.#held.whole())
      this.#held = new ByteCollector()
    }
    if (this.#outline) this.#outline.feed(bytes)
    else this.#held.push(bytes)
  }
}
