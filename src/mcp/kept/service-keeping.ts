import type { Secret } from '../../base/secret.js'
import { ApiError } from '../../client/responses/api-error.js'
import type { ClientFile } from '../../client/responses/files.js'
import type { Me } from '../../wire/index.js'
import type { Keeping, KeptAnswer, KeptThing } from './keeping.js'
import { KeptMemory, MemoryKeeping } from './memory.js'

/** The part of the service's client that keeps things. */
export interface KeepingClient {
  keepFile(file: ClientFile, userToken: Secret): Promise<KeptThing>
  keptFile(handle: string, userToken: Secret): Promise<ClientFile>
  keepResult(answer: KeptAnswer, userToken: Secret): Promise<KeptThing>
  keptResult(handle: string, userToken: Secret): Promise<KeptAnswer>
  me(userToken: Secret): Promise<Me>
}

type AsUser = <T>(run: (client: KeepingClient, userToken: Secret) => Promise<T>) => Promise<T>

/** What a process knows of how its service keeps things, and what it keeps in its place. Shared by all calls. */
export class KeepingOfProcess {
  readonly memory: KeptMemory
  /** `unknown` until something was kept. */
  service: 'unknown' | 'keeps' | 'keeps nothing' = 'unknown'
  readonly #owners = new WeakMap<Secret, Promise<string>>()

  constructor(memory: KeptMemory = new KeptMemory()) {
    this.memory = memory
  }

  /** What is kept here for the user of a token: who that is only the service can say. */
  async memoryOf(client: KeepingClient, userToken: Secret): Promise<MemoryKeeping> {
    const known = this.#owners.get(userToken) ?? client.me(userToken).then(({ id }) => id)
    this.#owners.set(userToken, known)
    try {
      return new MemoryKeeping({ memory: this.memory, owner: await known })
    } catch (error) {
      this.#owners.delete(userToken)
      throw error
    }
  }
}

/** Keeps things in the service; in this process, if the first attempt shows that the service has no routes for it. */
export class ServiceKeeping implements Keeping {
  readonly #asUser: AsUser
  readonly #shared: KeepingOfProcess

  /** @param asUser runs something with the person's user token */
  constructor(asUser: AsUser, shared: KeepingOfProcess) {
    this.#asUser = asUser
    this.#shared = shared
  }

  keepFile(file: ClientFile): Promise<KeptThing> {
    return this.#keep(
      (client, userToken) => client.keepFile(file, userToken),
      (memory) => memory.keepFile(file),
    )
  }

  file(handle: string): Promise<ClientFile> {
    return this.#find(
      (client, userToken) => client.keptFile(handle, userToken),
      (memory) => memory.file(handle),
    )
  }

  keepResult(answer: KeptAnswer): Promise<KeptThing> {
    return this.#keep(
      (client, userToken) => client.keepResult(answer, userToken),
      (memory) => memory.keepResult(answer),
    )
  }

  result(handle: string): Promise<KeptAnswer> {
    return this.#find(
      (client, userToken) => client.keptResult(handle, userToken),
      (memory) => memory.result(handle),
    )
  }

  #keep(
    inService: (client: KeepingClient, userToken: Secret) => Promise<KeptThing>,
    here: (memory: Keeping) => Promise<KeptThing>,
  ): Promise<KeptThing> {
    return this.#asUser(async (client, userToken) => {
      if (this.#shared.service !== 'keeps nothing') {
        try {
          const kept = await inService(client, userToken)
          this.#shared.service = 'keeps'
          return kept
        } catch (error) {
          if (this.#shared.service === 'keeps' || !saysNoSuchRoute(error)) throw error
          this.#shared.service = 'keeps nothing'
        }
      }
      return here(await this.#shared.memoryOf(client, userToken))
    })
  }

  #find<T>(
    inService: (client: KeepingClient, userToken: Secret) => Promise<T>,
    here: (memory: Keeping) => Promise<T>,
  ): Promise<T> {
    return this.#asUser(async (client, userToken) =>
      this.#shared.service === 'keeps nothing'
        ? here(await this.#shared.memoryOf(client, userToken))
        : inService(client, userToken),
    )
  }
}

/** Nothing else can be missing where something is to be kept, and a page of another program is not an answer of the contract. */
function saysNoSuchRoute(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  const { code, status } = error
  if (code === 'UPSTREAM_ERROR') return status !== null && status < 400
  return code === 'NOT_FOUND' || code === 'METHOD_NOT_ALLOWED'
}
