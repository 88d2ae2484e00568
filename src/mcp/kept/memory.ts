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
  owner: string
  content: ClientFile | string
  size: number
  expiresAt: number
}

/** What is new of an entry. */
interface Kept extends Pick<Entry, 'owner' | 'content' | 'size'> {
  kind: 'file' | 'result'
}

/** What one process keeps for all its users together. The oldest make room for new ones. */
export class KeptMemory {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock
  #bytes = 0

  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    this.#clock = clock
  }

  /** @throws TOO_LARGE */
  keep({ kind, owner, content, size }: Kept): KeptThing {
    if (size > MEMORY_BYTES)
      throw new ConnectorsError('TOO_LARGE', `At most ${MEMORY_BYTES} bytes can be kept here; ask for less at once.`)
    this.#dropExpired()
    for (const [handle, entry] of this.#entries) {
      if (this.#bytes + size <= MEMORY_BYTES) break
      this.#drop(handle, entry)
    }
    const handle = `${kind}_${randomToken(16)}`
    const expiresAt = this.#clock() + (kind === 'file' ? FILE_LIFE : RESULT_LIFE)
    this.#entries.set(handle, { owner, content, size, expiresAt })
    this.#bytes += size
    return { handle, size, expires_at: new Date(expiresAt).toISOString() }
  }

  /** @throws NOT_FOUND, also for what another user has */
  content(owner: string, handle: string): Entry['content'] {
    this.#dropExpired()
    const entry = this.#entries.get(handle)
    if (entry?.owner === owner) return entry.content
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

/** Keeps the things of one user in this process, for a service that keeps none. */
export class MemoryKeeping implements Keeping {
  readonly #memory: KeptMemory
  readonly #owner: string

  /** @param options a memory of its own by default, for one user */
  constructor({ clock, owner = '', memory }: { clock?: Clock; owner?: string; memory?: KeptMemory } = {}) {
    this.#owner = owner
    this.#memory = memory ?? new KeptMemory(clock ? { clock } : {})
  }

  async keepFile(file: ClientFile): Promise<KeptThing> {
    return this.#memory.keep({ kind: 'file', owner: this.#owner, content: file, size: file.bytes.byteLength })
  }

  async file(handle: string): Promise<ClientFile> {
    const content = this.#memory.content(this.#owner, handle)
    if (content instanceof ClientFile) return content
    throw notKept()
  }

  /** As text, so that what is kept stays as it was. */
  async keepResult(answer: KeptAnswer): Promise<KeptThing> {
    const content = JSON.stringify(answer)
    return this.#memory.keep({ kind: 'result', owner: this.#owner, content, size: Buffer.byteLength(content) })
  }

  async result(handle: string): Promise<KeptAnswer> {
    const content = this.#memory.content(this.#owner, handle)
    if (typeof content === 'string') return JSON.parse(content) as KeptAnswer
    throw notKept()
  }
}

const notKept = (): ConnectorsError =>
  new ConnectorsError(
    'NOT_FOUND',
    'Nothing is kept under that handle: it has expired, or made room for something newer. Make the call again that made it.',
  )
