import { startDeadline } from '../base/deadline.js'
import type { Secret } from '../base/secret.js'
import type { ImportSummary, RemovedClient, Service } from '../service/index.js'
import {
  type ArchiveFile,
  type ArchiveWithPassphrase,
  checkExport,
  checkImport,
  type ExportSummary,
  exportClient,
  importClient,
} from './archive-file.js'
import { namedClient, noSuchClient } from './named-client.js'

/** The total time for requests to third parties when a client is deleted. Milliseconds. */
const REVOCATIONS_TIME = 30_000

/** What only the person who owns the data folder may do, without a port. */
export class Operator {
  readonly #service: Service

  constructor(service: Service) {
    this.#service = service
  }

  /**
   * @param name as the request schemas of the API take it
   * @param callbackOrigins an empty list allows any
   * @throws INVALID_PARAMETERS, CLIENT_EXISTS
   */
  createClient(name: string, callbackOrigins: readonly string[] = []): Promise<{ id: string; apiKey: Secret }> {
    return this.#service.tenants.create(name, callbackOrigins)
  }

  /** The oldest first; `createdAt` is in milliseconds since the epoch. */
  listClients(): Promise<{ id: string; name: string; createdAt: number }[]> {
    return this.#service.tenants.list()
  }

  /** The origins that callback URLs of the client's links may lead to; an empty list allows any. @throws NOT_FOUND */
  async callbackOrigins(name: string): Promise<string[]> {
    return this.#service.tenants.callbackOrigins(await this.#idOf(name))
  }

  /** Replaces them. @returns them as stored @throws NOT_FOUND, INVALID_PARAMETERS */
  async setCallbackOrigins(name: string, origins: readonly string[]): Promise<string[]> {
    return this.#service.tenants.setCallbackOrigins(await this.#idOf(name), origins)
  }

  /** The secret that signs what is posted to callback URLs of the client's actions. @throws NOT_FOUND */
  async callbackSecret(name: string): Promise<Secret> {
    return this.#service.background.callbackSecret(await this.#idOf(name))
  }

  /**
   * Revokes the grants of the client's users at third parties as far as that works within 30 seconds, then destroys its
   * data key, and so every credential. @throws NOT_FOUND
   */
  async deleteClient(name: string): Promise<RemovedClient> {
    const id = await this.#idOf(name)
    const deadline = startDeadline(REVOCATIONS_TIME)
    try {
      const removed = await this.#service.removeClient(id, deadline.signal)
      if (removed === undefined) throw noSuchClient()
      return removed
    } finally {
      deadline.end()
    }
  }

  administratorKey(): Secret {
    return this.#service.tenants.administratorKey()
  }

  /** Adds a skill to a client: the text of one `SKILL.md`. @throws NOT_FOUND, INVALID_PARAMETERS */
  async addSkill(
    clientName: string,
    skill: { name: string; description: string; content: string },
  ): Promise<{ id: string }> {
    return this.#service.skills.add(await this.#idOf(clientName), skill)
  }

  /** The users of a client, the oldest first; `createdAt` is in milliseconds since the epoch. @throws NOT_FOUND */
  async listUsers(
    clientName: string,
  ): Promise<{ id: string; identifier: string; createdAt: number; accounts: number }[]> {
    const users = await this.#service.users.list(await namedClient(this.#service, clientName))
    return users.map(({ user: { id, identifier, createdAt }, accounts }) => ({ id, identifier, createdAt, accounts }))
  }

  /**
   * Gives a user another secret; accounts stay, the old secret and its logins end at once.
   * @throws NOT_FOUND
   */
  async resetUser(clientName: string, identifier: string): Promise<{ id: string; secret: Secret }> {
    const client = await namedClient(this.#service, clientName)
    const { user, secret } = await this.#service.users.resetSecret(client, identifier)
    return { id: user.id, secret }
  }

  /** Checks that this could be exported. @throws NOT_FOUND, INVALID_PARAMETERS */
  checkExport(place: ArchiveFile): Promise<void> {
    return checkExport(this.#service, place)
  }

  /**
   * Checks that this could be imported, as far as that is possible without the passphrase.
   * @throws NOT_FOUND, INVALID_PARAMETERS
   */
  checkImport(place: ArchiveFile): Promise<void> {
    return checkImport(this.#service, place)
  }

  /** @returns what was written @throws NOT_FOUND, INVALID_PARAMETERS */
  exportClient(transferred: ArchiveWithPassphrase): Promise<ExportSummary> {
    return exportClient(this.#service, transferred)
  }

  /** @throws NOT_FOUND, INVALID_PARAMETERS, USER_EXISTS */
  importClient(transferred: ArchiveWithPassphrase, replace: boolean): Promise<ImportSummary> {
    return importClient(this.#service, transferred, replace)
  }

  async #idOf(clientName: string): Promise<string> {
    return (await namedClient(this.#service, clientName)).id
  }
}
