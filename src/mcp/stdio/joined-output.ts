import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers'

// As it is now: a test that sets the clock would otherwise also hold what was written.
const whenTurnEnds = setImmediate

/** How much may wait before writers have to wait, too: more than what is ready in one turn. Characters. */
const MOST_WAITING = 1024 * 1024

/**
 * Writes to another stream what was written in one turn of the event loop in one piece, in the same order: each write to a pipe is a
 * system call, and with many calls in flight several answers are ready in one turn.
 */
export class JoinedOutput extends Writable {
  readonly #out: Writable
  #isJoining = false

  /** @param out its end and its errors are those of this stream, too */
  constructor(out: Writable) {
    super({ decodeStrings: false, highWaterMark: MOST_WAITING })
    // Each answer that waits for room listens for itself.
    this.setMaxListeners(0)
    this.#out = out
    out.on('error', (error) => this.destroy(error))
    out.once('close', () => this.destroy())
  }

  override write(text: string): boolean {
    if (!this.#isJoining && this.writable) {
      this.#isJoining = true
      this.cork()
      whenTurnEnds(() => this.flush())
    }
    return super.write(text)
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    if (this.#out.write(text)) done()
    else this.#out.once('drain', done)
  }

  override _writev(parts: { chunk: string }[], done: () => void): void {
    this._write(parts.map(({ chunk }) => chunk).join(''), 'utf8', done)
  }

  /** Takes no more. Resolves when the other stream, which stays open, has taken everything, or never will. */
  finish(): Promise<void> {
    this.end()
    if (this.closed) return Promise.resolve()
    return new Promise((resolve) => this.once('close', resolve))
  }

  /** Hands over what was written in this turn, without waiting for the end of the turn. */
  flush(): void {
    if (!this.#isJoining) return
    this.#isJoining = false
    this.uncork()
  }
}
