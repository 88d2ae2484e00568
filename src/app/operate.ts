import type { Config } from '../config/index.js'
import { openDataFolder } from '../home/data-folder.js'
import { Operator } from '../operator/operator.js'
import { openServiceHost } from './service-host.js'

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
    return await act(new Operator(host.service))
  } finally {
    await host.close()
  }
}
