import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { Sweeping, type SweepingDeps } from '../../base/sweeping.js'
import { cannotBeOpened } from '../../crypto/index.js'
import { ConnectorFile } from '../../kit/index.js'
import type { KeptKind, KeptLimits, KeptRow } from '../../store/kept-rows.js'
import type { Store } from '../../store/store.js'
import type { Caller } from '../tenants/users.js'
import type { Vault } from '../vault/vault.js'
import { isHandle, newHandle, notKept } from './handles.js'
import { type KeptHead, openHead, openPart, partOf, partsOf, sealHead, sealPart } from './sealed-parts.js'

/** For how long a thing is kept. Milliseconds. */
export const LIFETIME: Readonly<Record<KeptKind, number>> = { file: 24 * 3_600_000, result: 3_600_000 }
/** The most that is kept for one user. */
export const KEPT_LIMITS: KeptLimits = { things: 100, bytes: 256 * 1024 * 1024 }
/** The largest thing. Bytes. */
export const LARGEST_KEPT = 32 * 1024 * 1024

/** What the caller learns of a thing that is kept now. */
export interface KeptThing {
  handle: string
  /** Bytes. */
  size: number
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** Takes memory for that many bytes. @throws where there is none */
type Reserve = (bytes: number) => void

/** Parts that are deleted in one step; their bytes are overwritten. */
const PARTS_AT_ONCE = 4

interface KeepingDeps extends SweepingDeps {
  store: Pick<Store, 'kept'>
  clock: Clock
  vault: Vault
}

/**
 * Keeps files and results of a user for a while, under a handle that only this user can use. The content is sealed, stored and
 * opened part by part, with a turn of the event loop after each, so that a large one does not hold up other calls.
 */
export class Keeping {
  readonly #deps: KeepingDeps
  readonly #sweeping: Sweeping

  constructor(deps: KeepingDeps) {
    this.#deps = deps
    this.#sweeping = new Sweeping(deps, {
      step: () => deps.store.kept.sweep(deps.clock(), PARTS_AT_ONCE),
      failure: 'what has expired of kept files and results could not be deleted',
    })
  }

  /** Deletes what has expired, now and from now on. */
  start(): void {
    this.#sweeping.start()
  }

  /** Ends that. */
  stop(): Promise<void> {
    return this.#sweeping.stop()
  }

  /**
   * Keeps a file for 24 hours; the oldest things of the user make room for it.
   * @throws TOO_LARGE over 32 MiB; UNAVAILABLE where newer things took its room at once; INVALID_TOKEN when the user is gone
   */
  keepFile(caller: Caller, { bytes, filename, contentType }: ConnectorFile): Promise<KeptThing> {
    return this.#keep(caller, 'file', { filename, contentType }, bytes)
  }

  /**
   * A kept file.
   * @param reserve is called with the bytes that it needs in memory, before it is read, and may throw
   * @throws NOT_FOUND, the same where there is none, where it has expired and where it is another user's
   */
  async file(caller: Caller, handle: string, reserve?: Reserve): Promise<ConnectorFile> {
    const row = await this.#find(caller, 'file', handle)
    const { filename, contentType } = await openHead(this.#deps.vault, row)
    reserve?.(row.size)
    return new ConnectorFile(await this.#content(caller, row), filename, contentType)
  }

  /**
   * Keeps a result for an hour; the oldest things of the user make room for it.
   * @param json the result with its `data` and `meta`, as JSON in UTF-8; it is not parsed, so that its numbers keep their digits
   * @throws as `keepFile`
   */
  keepResult(caller: Caller, json: Uint8Array): Promise<KeptThing> {
    return this.#keep(caller, 'result', { filename: null, contentType: null }, json)
  }

  /** A kept result, exactly the JSON that was given. @param reserve as for `file` @throws NOT_FOUND as `file` */
  async result(caller: Caller, handle: string, reserve?: Reserve): Promise<Uint8Array> {
    const row = await this.#find(caller, 'result', handle)
    await openHead(this.#deps.vault, row)
    reserve?.(row.size)
    return this.#content(caller, row)
  }

  /** Keeps a thing no longer. @throws NOT_FOUND as `file` */
  async remove(caller: Caller, kind: KeptKind, handle: string): Promise<void> {
    const { id } = await this.#find(caller, kind, handle)
    await this.#deps.store.kept.expire(id)
    this.#sweeping.soon()
  }

  /** Deletes at once what is kept for users of a client. */
  async removeOfClient(clientId: string): Promise<void> {
    await this.#deps.store.kept.expireOfClient(clientId)
    await this.#sweeping.sweepAll()
  }

  async #keep(caller: Caller, kind: KeptKind, head: KeptHead, bytes: Uint8Array): Promise<KeptThing> {
    if (bytes.byteLength > LARGEST_KEPT) throw tooLarge(kind, bytes.byteLength)
    const { store, vault, clock } = this.#deps
    const createdAt = clock()
    const bound = {
      id: newHandle(kind),
      clientId: caller.clientId,
      userId: caller.userId,
      kind,
      size: bytes.byteLength,
      parts: partsOf(bytes.byteLength),
      createdAt,
      expiresAt: createdAt + LIFETIME[kind],
    }
    const row: KeptRow = { ...bound, sealed: await sealHead(vault, bound, head) }
    if (!(await store.kept.begin(row, KEPT_LIMITS))) throw userGone()
    try {
      await this.#addParts(row, bytes)
    } catch (error) {
      // No caller knows the handle. Where this fails, too, it expires by itself.
      await store.kept.expire(row.id).catch(() => undefined)
      throw error
    } finally {
      this.#sweeping.soon()
    }
    return { handle: row.id, size: row.size, expiresAt: row.expiresAt }
  }

  async #addParts(row: KeptRow, bytes: Uint8Array): Promise<void> {
    const { store, vault, clock } = this.#deps
    for (let number = 0; number < row.parts; number++) {
      const sealed = await sealPart(vault, row, number, partOf(bytes, number))
      if (!(await store.kept.addPart(row.id, number, sealed, clock()))) throw displaced(row.kind)
      await nextTurn()
    }
  }

  async #find(caller: Caller, kind: KeptKind, handle: string): Promise<KeptRow> {
    const { store, clock } = this.#deps
    const row = isHandle(kind, handle) ? await store.kept.find(handle) : undefined
    const isTheirs = row?.userId === caller.userId && row.clientId === caller.clientId && row.kind === kind
    if (!isTheirs || row.expiresAt <= clock()) throw notKept(kind)
    return row
  }

  async #content(caller: Caller, row: KeptRow): Promise<Uint8Array> {
    const { store, vault } = this.#deps
    const content = Buffer.allocUnsafe(row.size)
    let at = 0
    for (let number = 0; number < row.parts; number++) {
      const sealed = await store.kept.part(row.id, number)
      if (sealed === undefined) {
        // It may have expired meanwhile.
        await this.#find(caller, row.kind, row.id)
        throw cannotBeOpened()
      }
      const part = await openPart(vault, row, number, sealed)
      content.set(part, at)
      at += part.byteLength
      await nextTurn()
    }
    return content
  }
}

const tooLarge = (kind: KeptKind, size: number): ConnectorsError =>
  new ConnectorsError(
    'TOO_LARGE',
    `A ${kind} that is kept has at most ${LARGEST_KEPT / 1024 / 1024} MiB; keep a smaller one.`,
    { details: { size } },
  )

const userGone = (): ConnectorsError => new ConnectorsError('INVALID_TOKEN', 'The user of this login no longer exists.')

const displaced = (kind: KeptKind): ConnectorsError =>
  new ConnectorsError('UNAVAILABLE', `Newer things took the room of the ${kind} at once; keep it again.`, {
    retryable: true,
    retryAfterSeconds: 1,
  })
