import { EMBEDDED_SERVICE } from '../app/index.js'
import { asOperator } from '../app/operate.js'
import { count } from '../base/count.js'
import { ConnectorsError } from '../base/errors.js'
import { shellWord } from '../base/typable.js'
import type { Config } from '../config/index.js'
import { openDataFolder } from '../home/data-folder.js'
import { findSavedLogin, saveLogin } from '../home/saved-login.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { complain, type OutputOptions, print, printJson, say } from './output.js'

/** One line for each user of a client: identifier, id, when it was created, how many accounts it has linked. */
export async function listUsers({ client, json }: OutputOptions & { client: string }): Promise<number> {
  const config = loadConfig()
  sayWhichStore(config)
  const users = await asOperator(config, (operator) => operator.listUsers(client))
  const rows = users.map(({ identifier, id, createdAt, accounts }) => ({
    identifier,
    id,
    created_at: new Date(createdAt).toISOString(),
    accounts,
  }))
  if (json) printJson(rows)
  else if (rows.length === 0) say(`The client ${client} has no users.`)
  else
    for (const { identifier, id, created_at, accounts } of rows)
      print([identifier, id, created_at, count(accounts, 'account')].join('\t'))
  return EXIT.done
}

interface ResetOptions extends OutputOptions {
  client: string
  /** True to save the new secret as the login of this machine instead of printing it. */
  login?: boolean
}

/** Gives a user whose secret was lost or stolen another one; the accounts are kept. */
export async function resetUser(identifier: string, { client, login, json }: ResetOptions): Promise<number> {
  const config = loadConfig()
  if (login && (client !== 'default' || config.apiUrl !== undefined)) {
    complain(
      'With --login the user must be one of the client default, and CONNECTORS_API_URL must not be set: the login is for the service inside this machine\'s agents. Leave it out, and give the printed secret to "connectors-mcp auth login".',
    )
    return EXIT.usage
  }
  sayWhichStore(config)
  const { id, secret } = await asOperator(config, (operator) =>
    operator.resetUser(client, identifier).catch((error: unknown) => {
      throw sayingHowToList(error, client)
    }),
  )
  say(
    `${identifier} has another secret now, and the same accounts. The old secret, and every login with it, has ended.`,
  )
  const name = { service: EMBEDDED_SERVICE, identifier }
  const folder = await openDataFolder(config)
  if (login) {
    await saveLogin(folder, { ...name, secret })
    say('It is saved as the login of this machine. Agents use it from their next start on.')
    if (json) printJson({ id, identifier, client, saved: true })
    return EXIT.done
  }
  say('The new secret is shown once:')
  if (json) printJson({ id, identifier, client, saved: false, secret: secret.reveal() })
  else print(secret.reveal())
  if (client === 'default' && (await findSavedLogin(folder, name)))
    say(
      `The one that is saved on this machine has ended too; save this one with: connectors-mcp auth login ${shellWord(identifier)}`,
    )
  return EXIT.done
}

/** The store on this machine is not the store of a remote service that the settings may name. */
function sayWhichStore({ apiUrl, dataDir }: Config): void {
  if (apiUrl === undefined) return
  say(
    `These are the users of the store in ${dataDir}. Those of the service at ${apiUrl} are there only if it runs on this data folder.`,
  )
}

function sayingHowToList(error: unknown, client: string): unknown {
  if (!(error instanceof ConnectorsError) || error.code !== 'NOT_FOUND' || !error.message.includes('user')) return error
  const list = `connectors-mcp users list${client === 'default' ? '' : ` --client ${shellWord(client)}`}`
  return new ConnectorsError(error.code, `${error.message} "${list}" names all.`, { cause: error })
}
