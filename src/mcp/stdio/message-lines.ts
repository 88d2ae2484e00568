import { ByteCollector } from '../../base/byte-collector.js'
import { MESSAGE_BYTES } from '../limits.js'
import { MessageOutline } from './message-outline.js'

const NEWLINE = 0x0a

/** A line of the input: its bytes without the line feed, or only an outline if it is too long. */
export type Line = Buffer | MessageOutline

/**
 * Splits the input into lines. A line that is too long is not kept, so that the session goes on after it. A line is passed
 * on as a whole: joined piece by piece, a long one would be copied for every piece.
 */
export class MessageLines {
  #held = new ByteCollector()
  /** The outline of a line that has become too long. */
  #outline: MessageOutline | undefined

  /** @returns the lines that are completed by this piece of the input */
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

  /** @returns the rest, which is a line at the end of the input; empty after a line feed */
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
