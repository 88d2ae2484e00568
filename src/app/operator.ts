import { startDeadline } from '../base/deadline.js'
import type { Secret } from '../base/secret.js'
import type { Config } from '../config/index.js'
import { openDataFolder } from '../home/data-folder.js'
import { exportClient, importClient, type Transferred } from '../operator/archive-file.js'
import { namedClient, noSuchClient } from '../operator/named-client.js'
import type { Imported, RemovedClient } from '../service/index.js'
import { createClientBody, parseRequest } from '../wire/requests/index.js'
import { openServiceHost, type ServiceHost } from './service-host.js'

/** How long third parties are asked altogether when a client is deleted. Milliseconds. */
const REVOCATIONS_TIME = 30_000

/** What only the person who owns the data folder may do, without a port. */
export interface Operator {
  /** @param callbackOrigins none: any @throws INVALID_PARAMETERS, CLIENT_EXISTS */
  createClient(name: string, callbackOrigins?: readonly string[]): Promise<{ id: string; apiKey: Secret }>
  /** The oldest first; `createdAt` is in milliseconds since the epoch. */
  listClients(): Promise<{ id: string; name: string; createdAt: number }[]>
  /** The origins that callback URLs of the client's links may lead to; none: any. @throws NOT_FOUND */
  callbackOrigins(name: string): Promise<string[]>
  /** Replaces them. @returns the form they are kept in @throws NOT_FOUND, INVALID_PARAMETERS */
  setCallbackOrigins(name: string, origins: readonly string[]): Promise<string[]>
  /**
   * Revokes the grants of the client's users at third parties as far as that works within 30 seconds, then destroys its
   * data key, and so every credential. @throws NOT_FOUND
   */
  deleteClient(name: string): Promise<RemovedClient>
  administratorKey(): Secret
  /** Adds a skill to a client: the text of one `SKILL.md`. @throws NOT_FOUND, INVALID_PARAMETERS */
  addSkill(clientName: string, skill: { name: string; description: string; content: string }): Promise<{ id: string }>
  /** How many records were written. @throws NOT_FOUND, INVALID_PARAMETERS */
  exportClient(transferred: Transferred): Promise<number>
  /** @throws NOT_FOUND, INVALID_PARAMETERS, USER_EXISTS */
  importClient(transferred: Transferred, replace: boolean): Promise<Imported>
}

/** Opens the service of the data folder, lets the operator act, and closes it. */
export async function asOperator<T>(config: Config, act: (operator: Operator) => Promise<T>): Promise<T> {
  const host = await openServiceHost({
    config,
    folder: await openDataFolder(config),
    publicUrl: async () => config.publicUrl ?? '',
    requireSignIn: true,
  })
  try {
    await host.service.tenants.defaultApiKey()
    return await act(operator(host))
  } finally {
    await host.close()
  }
}

const operator = ({ service }: ServiceHost): Operator => ({
  createClient: (given, callbackOrigins = []) => {
    const { name } = parseRequest(createClientBody, { name: given })
    return service.tenants.create(name, callbackOrigins)
  },
  listClients: () => service.tenants.list(),
  async deleteClient(name) {
    const client = await namedClient(service, name)
    const deadline = startDeadline(REVOCATIONS_TIME)
    try {
      const removed = await service.removeClient(client.id, deadline.signal)
      if (removed === undefined) throw noSuchClient()
      return removed
    } finally {
      deadline.end()
    }
  },
  callbackOrigins: async (name) => service.tenants.callbackOrigins((await namedClient(service, name)).id),
  setCallbackOrigins: async (name, origins) =>
    service.tenants.setCallbackOrigins((await namedClient(service, name)).id, origins),
  exportClient: (transferred) => exportClient(service, transferred),
  importClient: (transferred, replace) => importClient(service, transferred, replace),
  administratorKey: () => service.tenants.administratorKey(),
  async addSkill(clientName, skill) {
    return service.skills.add((await namedClient(service, clientName)).id, skill)
  },
})
