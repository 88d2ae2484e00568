import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import type { Config } from '../config/index.js'
import type { Imported, RemovedClient } from '../service/index.js'
import { openDataFolder } from './data-folder.js'
import { openServiceHost, type ServiceHost } from './service-host.js'
import { exportClient, importClient, type Transferred } from './transfer.js'

/** How long third parties are asked altogether when a client is deleted. Milliseconds. */
const REVOCATIONS_TIME = 30_000

/** What only the person who owns the data folder may do, without a port. */
export interface Operator {
  /** @throws INVALID_PARAMETERS, CLIENT_EXISTS */
  createClient(name: string): Promise<{ id: string; apiKey: Secret }>
  /** The oldest first; `createdAt` is in milliseconds since the epoch. */
  listClients(): Promise<{ id: string; name: string; createdAt: number }[]>
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
  createClient: (name) => service.tenants.create(name),
  listClients: () => service.tenants.list(),
  async deleteClient(name) {
    const client = await service.tenants.findByName(name)
    const removed = client && (await service.removeClient(client.id, AbortSignal.timeout(REVOCATIONS_TIME)))
    if (removed === undefined) {
      throw new ConnectorsError(
        'NOT_FOUND',
        'There is no client of that name; "connectors-mcp clients list" names all.',
      )
    }
    return removed
  },
  exportClient: (transferred) => exportClient(service, transferred),
  importClient: (transferred, replace) => importClient(service, transferred, replace),
  administratorKey: () => service.tenants.administratorKey(),
  async addSkill(clientName, skill) {
    const client = await service.tenants.findByName(clientName)
    if (!client) throw new ConnectorsError('NOT_FOUND', 'There is no client of that name; create it first.')
    return service.skills.add(client.id, skill)
  },
})
