import type { Readable, Writable } from 'node:stream'

const LINE_END = 10

/**
 * Calls `take` for each line that arrives, in order.
 * @param most bytes of a line; beyond it `exceeded` is called and nothing more is read
 */
export function readLines(
  stream: Readable,
  take: (line: string) => void,
  most = Number.POSITIVE_INFINITY,
  exceeded: () => void = () => undefined,
): void {
  let parts: Buffer[] = []
  let kept = 0
  const read = (chunk: Buffer): void => {
    let start = 0
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      if (kept === 0) take(chunk.toString('utf8', start, end))
      else {
        const line = Buffer.concat([...parts, chunk.subarray(start, end)])
        parts = []
        kept = 0
        take(line.toString('utf8'))
      }
      start = end + 1
    }
    if (start === chunk.length) return
    parts.push(start === 0 ? chunk : chunk.subarray(start))
    kept += chunk.length - start
    if (kept <= most) return
    stream.off('data', read)
    stream.resume()
    exceeded()
  }
  stream.on('data', read)
}

/** Writes lines. Those of one turn of the loop leave together, since each write wakes up who reads. */
export class LineWriter {
  readonly #stream: Writable
  #waiting = ''
  /** Writes what is there, without waiting for the end of the turn. */
  readonly flush = (): void => {
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '' && this.#stream.writable) this.#stream.write(text)
  }

  constructor(stream: Writable) {
    this.#stream = stream
  }

  write(line: string): void {
    if (this.#waiting === '') setImmediate(this.flush)
    this.#waiting += `${line}\n`
  }

  /** Writes what is left, and ends the stream. */
  end(): void {
    this.flush()
    this.#stream.end()
  }
}
