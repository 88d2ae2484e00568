import { type Clock, systemClock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { randomToken } from '../../base/random.js'
import { ClientFile } from '../../client/responses/files.js'
import type { Keeping, KeptAnswer, KeptThing } from './keeping.js'

/** The most that one process keeps. Bytes. */
const MEMORY_BYTES = 64 * 1024 * 1024
/** For how long. Milliseconds. */
const FILE_LIFE = 24 * 3_600_000
const RESULT_LIFE = 3_600_000

interface Entry {
  content: ClientFile | string
  size: number
  expiresAt: number
}

/** Keeps things in this process, for a service that keeps none. The oldest make room for new ones. */
export class MemoryKeeping implements Keeping {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock
  #bytes = 0

  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    this.#clock = clock
  }

  async keepFile(file: ClientFile): Promise<KeptThing> {
    return this.#keep('file', file, file.bytes.byteLength, FILE_LIFE)
  }

  async file(handle: string): Promise<ClientFile> {
    const { content } = this.#find(handle)
    if (content instanceof ClientFile) return content
    throw notKept()
  }

  /** As text, so that what is kept stays as it was. */
  async keepResult(answer: KeptAnswer): Promise<KeptThing> {
    const text = JSON.stringify(answer)
    return this.#keep('result', text, Buffer.byteLength(text), RESULT_LIFE)
  }

  async result(handle: string): Promise<KeptAnswer> {
    const { content } = this.#find(handle)
    if (typeof content === 'string') return JSON.parse(content) as KeptAnswer
    throw notKept()
  }

  #keep(kind: 'file' | 'result', content: Entry['content'], size: number, life: number): KeptThing {
    if (size > MEMORY_BYTES)
      throw new ConnectorsError('TOO_LARGE', `At most ${MEMORY_BYTES} bytes can be kept here; ask for less at once.`)
    this.#dropExpired()
    for (const [handle, entry] of this.#entries) {
      if (this.#bytes + size <= MEMORY_BYTES) break
      this.#drop(handle, entry)
    }
    const handle = `${kind}_${randomToken(16)}`
    const expiresAt = this.#clock() + life
    this.#entries.set(handle, { content, size, expiresAt })
    this.#bytes += size
    return { handle, size, expires_at: new Date(expiresAt).toISOString() }
  }

  #find(handle: string): Entry {
    this.#dropExpired()
    const entry = this.#entries.get(handle)
    if (entry) return entry
    throw notKept()
  }

  #dropExpired(): void {
    const now = this.#clock()
    for (const [handle, entry] of this.#entries) if (entry.expiresAt <= now) this.#drop(handle, entry)
  }

  #drop(handle: string, { size }: Entry): void {
    this.#entries.delete(handle)
    this.#bytes -= size
  }
}

const notKept = (): ConnectorsError =>
  new ConnectorsError(
    'NOT_FOUND',
    'Nothing is kept under that handle: it has expired, or made room for something newer. Make the call again that made it.',
  )
