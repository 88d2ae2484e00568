import { asOperator } from '../app/operator.js'
import { readConfig } from '../config/index.js'
import { EXIT } from './exit-codes.js'

/** Creates a client. The key alone goes to stdout, so that a script can keep it; it is shown this once. */
export async function createClient(name: string): Promise<number> {
  const { id, apiKey } = await asOperator(readConfig(), (operator) => operator.createClient(name))
  process.stderr.write(`The client ${name} (${id}) was created. Its API key is shown once:\n`)
  process.stdout.write(`${apiKey.reveal()}\n`)
  return EXIT.done
}

export async function showAdministratorKey(): Promise<number> {
  const key = await asOperator(readConfig(), async (operator) => operator.administratorKey())
  process.stderr.write('Whoever holds this key can create clients; send it as X-API-Key with POST /clients:\n')
  process.stdout.write(`${key.reveal()}\n`)
  return EXIT.done
}
