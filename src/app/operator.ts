import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import type { Config } from '../config/index.js'
import { openDataFolder } from './data-folder.js'
import { openServiceHost, type ServiceHost } from './service-host.js'

/** What only the person who owns the data folder may do, without a port. */
export interface Operator {
  /** @throws INVALID_PARAMETERS, CLIENT_EXISTS */
  createClient(name: string): Promise<{ id: string; apiKey: Secret }>
  administratorKey(): Secret
  /** Adds a skill to a client: the text of one `SKILL.md`. @throws NOT_FOUND, INVALID_PARAMETERS */
  addSkill(clientName: string, skill: { name: string; description: string; content: string }): Promise<{ id: string }>
}

/** Opens the service of the data folder, lets the operator act, and closes it. */
export async function asOperator<T>(config: Config, act: (operator: Operator) => Promise<T>): Promise<T> {
  const host = await openServiceHost({
    config,
    folder: openDataFolder(config.dataDir),
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
  administratorKey: () => service.tenants.administratorKey(),
  async addSkill(clientName, skill) {
    const client = await service.tenants.findByName(clientName)
    if (!client) throw new ConnectorsError('NOT_FOUND', 'There is no client of that name; create it first.')
    return service.skills.add(client.id, skill)
  },
})
