import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/server'

/** The requests of one batch that have no answer yet, and the answers of the others as JSON text. */
interface Batch {
  open: Set<RequestId>
  answers: string[]
}

/**
 * Collects the answers to the requests of a batch, which are sent together.
 * @see https://www.jsonrpc.org/specification#batch
 */
export class Batches {
  readonly #write: (line: string) => void
  readonly #of = new Map<RequestId, Batch>()

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** @param answers the answers that exist already, as JSON text */
  begin(requests: readonly JSONRPCRequest[], answers: readonly string[]): void {
    const batch = { open: new Set(requests.map(({ id }) => id)), answers: [...answers] }
    for (const { id } of requests) this.#of.set(id, batch)
    this.#writeIfComplete(batch)
  }

  /** Whether an id waits for an answer in a batch already. */
  has(id: RequestId): boolean {
    return this.#of.has(id)
  }

  /** Keeps the answer to a request of a batch. @returns false for every other message */
  keep(message: JSONRPCMessage): boolean {
    if ('method' in message || message.id === undefined) return false
    const batch = this.#of.get(message.id)
    batch?.answers.push(JSON.stringify(message))
    this.settle(message.id)
    return batch !== undefined
  }

  /** Gives up waiting for the answer to a request. */
  settle(id: RequestId): void {
    const batch = this.#of.get(id)
    this.#of.delete(id)
    if (!batch) return
    batch.open.delete(id)
    this.#writeIfComplete(batch)
  }

  /** Writes the answers received so far, at the end of the connection. */
  end(): void {
    for (const id of [...this.#of.keys()]) this.settle(id)
  }

  #writeIfComplete({ open, answers }: Batch): void {
    if (open.size === 0 && answers.length > 0) this.#write(`[${answers.join(',')}]\n`)
  }
}
