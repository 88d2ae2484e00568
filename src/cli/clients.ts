import { asOperator } from '../app/operate.js'
import { readConfig } from '../config/index.js'
import { createClientBody, parseRequest } from '../wire/requests/index.js'
import { EXIT } from './exit-codes.js'

/** Creates a client. The key alone goes to stdout, so that a script can keep it; it is shown this once. */
export async function createClient(given: string, callbackOrigins: readonly string[]): Promise<number> {
  const { name } = parseRequest(createClientBody, { name: given })
  const { id, apiKey } = await asOperator(readConfig(), (operator) => operator.createClient(name, callbackOrigins))
  process.stderr.write(`The client ${name} (${id}) was created. Its API key is shown once:\n`)
  process.stdout.write(`${apiKey.reveal()}\n`)
  return EXIT.done
}

/** One line for each: name, id, when it was created. */
export async function listClients(): Promise<number> {
  const clients = await asOperator(readConfig(), (operator) => operator.listClients())
  for (const { name, id, createdAt } of clients)
    process.stdout.write(`${name}\t${id}\t${new Date(createdAt).toISOString()}\n`)
  return EXIT.done
}

/**
 * Shows the origins that callback URLs of a client may lead to, one a line, after replacing them by those given.
 * @param any whether the list is to be emptied
 */
export async function callbackOrigins(name: string, origins: readonly string[], any: boolean): Promise<number> {
  if (any && origins.length > 0) {
    process.stderr.write('Give origins or --any, not both.\n')
    return EXIT.usage
  }
  const listed = await asOperator(readConfig(), (operator) =>
    any || origins.length > 0 ? operator.setCallbackOrigins(name, origins) : operator.callbackOrigins(name),
  )
  if (listed.length === 0) process.stderr.write(`The client ${name} lists no callback origins: any is allowed.\n`)
  for (const origin of listed) process.stdout.write(`${origin}\n`)
  return EXIT.done
}

/** Deletes a client with everything of it, if the person said `--yes`. */
export async function deleteClient(name: string, yes: boolean): Promise<number> {
  if (!yes) {
    process.stderr.write(
      `This destroys the client ${name}: its users, their accounts and every credential, for good. If that is meant, add --yes.\n`,
    )
    return EXIT.usage
  }
  const { revoked, unsupported, failed } = await asOperator(readConfig(), (operator) => operator.deleteClient(name))
  process.stderr.write(
    `The client ${name} and its data key are gone; no copy of its credentials in this store can be opened.\nAccess of linked accounts at third parties: ${revoked} revoked, ${unsupported} that cannot be revoked from here, ${failed} failed.\n`,
  )
  if (unsupported + failed > 0)
    process.stderr.write(
      'What was not revoked is valid there until it expires, or until the person ends it in the settings there. Pasted tokens are never revoked.\n',
    )
  return EXIT.done
}

export async function showAdministratorKey(): Promise<number> {
  const key = await asOperator(readConfig(), async (operator) => operator.administratorKey())
  process.stderr.write('Whoever holds this key can create clients; send it as X-API-Key with POST /clients:\n')
  process.stdout.write(`${key.reveal()}\n`)
  return EXIT.done
}
