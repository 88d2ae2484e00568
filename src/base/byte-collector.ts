/**
 * Puts the pieces of a body together in one buffer that grows. A list of pieces would take a hundred times the memory
 * where a sender cuts its body into single bytes.
 */
export class ByteCollector {
  #bytes = Buffer.alloc(0)
  #size = 0

  get size(): number {
    return this.#size
  }

  push(piece: Uint8Array): void {
    const size = this.#size + piece.byteLength
    if (size > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(size, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, this.#size)
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#size)
    this.#size = size
  }

  /** What was pushed, without a copy; nothing may be pushed after that. */
  whole(): Buffer {
    return this.#bytes.subarray(0, this.#size)
  }
}
