import { asOperator } from '../app/operate.js'
import { createClientBody, parseRequest } from '../wire/requests/index.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { complain, type OutputOptions, print, printJson, say } from './output.js'

/** Creates a client. Only the key goes to stdout, so that a script can keep it; it is shown only once. */
export async function createClient(
  given: string,
  { callback, json }: OutputOptions & { callback: string[] },
): Promise<number> {
  const { name } = parseRequest(createClientBody, { name: given })
  const { id, apiKey } = await asOperator(loadConfig(), (operator) => operator.createClient(name, callback))
  say(`The client ${name} (${id}) was created. Its API key is shown once:`)
  if (json) printJson({ id, name, api_key: apiKey.reveal() })
  else print(apiKey.reveal())
  return EXIT.done
}

/** One line for each: name, id, when it was created. */
export async function listClients({ json }: OutputOptions): Promise<number> {
  const clients = await asOperator(loadConfig(), (operator) => operator.listClients())
  const rows = clients.map(({ name, id, createdAt }) => ({ name, id, created_at: new Date(createdAt).toISOString() }))
  if (json) printJson(rows)
  else for (const { name, id, created_at } of rows) print(`${name}\t${id}\t${created_at}`)
  return EXIT.done
}

/**
 * Shows the origins that callback URLs of a client may lead to, one a line, after replacing them by `origins`, if any.
 * @param any true to empty the list
 */
export async function configureCallbackOrigins(
  name: string,
  origins: readonly string[],
  { any = false, json }: OutputOptions & { any?: boolean },
): Promise<number> {
  if (any && origins.length > 0) {
    complain('Use origins or --any, not both.')
    return EXIT.usage
  }
  const listed = await asOperator(loadConfig(), (operator) =>
    any || origins.length > 0 ? operator.setCallbackOrigins(name, origins) : operator.callbackOrigins(name),
  )
  if (json) {
    printJson(listed)
    return EXIT.done
  }
  if (listed.length === 0)
    say(
      `The client ${name} lists no callback origins: links may end anywhere, and results of actions are posted nowhere.`,
    )
  for (const origin of listed) print(origin)
  return EXIT.done
}

/** Prints the secret by which a client checks what is posted to its callback URLs. */
export async function showCallbackSecret(name: string): Promise<number> {
  const secret = await asOperator(loadConfig(), (operator) => operator.callbackSecret(name))
  say(`What is posted to callback URLs of the client ${name} is signed with this, by Standard Webhooks:`)
  print(secret.reveal())
  return EXIT.done
}

/** Deletes a client with all its data, if the person passed `--yes`. */
export async function deleteClient(name: string, { yes, json }: OutputOptions & { yes?: boolean }): Promise<number> {
  if (!yes) {
    complain(
      `This permanently deletes the client ${name}: its users, their accounts and every credential. Add --yes to confirm.`,
    )
    return EXIT.usage
  }
  const { revoked, unsupported, failed } = await asOperator(loadConfig(), (operator) => operator.deleteClient(name))
  say(`The client ${name} and its data key are gone; no copy of its credentials in this store can be opened.`)
  say(
    `Access of linked accounts at third parties: ${revoked} revoked, ${unsupported} that cannot be revoked from here, ${failed} failed.`,
  )
  if (unsupported + failed > 0)
    say(
      'What was not revoked is valid there until it expires, or until the person ends it in the settings there. Pasted tokens are never revoked.',
    )
  if (json) printJson({ name, revoked, unsupported, failed })
  return EXIT.done
}

export async function showAdministratorKey(): Promise<number> {
  const key = await asOperator(loadConfig(), async (operator) => operator.administratorKey())
  say('Anyone who has this key can create clients; send it as X-API-Key with POST /clients:')
  print(key.reveal())
  return EXIT.done
}
