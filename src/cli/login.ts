import { connect, type ServiceConnection } from '../app/index.js'
import { ConnectorsError } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import { shellWord } from '../base/typable.js'
import type { Config } from '../config/index.js'
import type { DataFolder } from '../home/data-folder.js'
import { findSavedLogin, type LoginName, listLogins, type SavedLogin, saveLogin } from '../home/saved-login.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { currentIdentifier, logIn, lostSecretAdvice } from './login-advice.js'
import { complain, print, say } from './output.js'
import { readSecretLine } from './read-secret.js'

/** Where the secret comes from, if it is not saved or typed. */
export interface LoginOptions {
  /** True to create the user first. */
  register?: boolean
  /** True to use the secret of the same user at another service, whose accounts were moved to this one. */
  moved?: boolean
}

/**
 * Logs in and saves the login, sealed, for the agents on this machine. The secret is the saved one, or one
 * that is typed in this terminal. Logins of other users stay saved.
 */
export async function login(given: string | undefined, { register, moved }: LoginOptions): Promise<number> {
  const config = loadConfig()
  const identifier = given ?? config.identifier
  if (!identifier) {
    complain('Name the user to log in, for example: connectors-mcp auth login you@example.com')
    return EXIT.usage
  }
  const connection = await connect(config)
  try {
    const { folder, service } = connection
    const name = { service, identifier }
    const before = currentIdentifier(connection)
    const secret = register
      ? await registered(connection, name)
      : moved
        ? await secretElsewhere(folder, name)
        : await provenSecret(connection, name, config)
    const { expires_at } = await logIn(connection, name, secret)
    await saveLogin(folder, { ...name, secret })
    if (register)
      say(
        'The secret is saved on this machine only; "connectors-mcp auth secret" prints it, so that you can keep a copy.',
      )
    say(
      `Logged in as ${identifier} (until ${expires_at}, then renewed automatically). Agents on this machine use this login from their next start on.`,
    )
    if (before !== undefined && before !== identifier)
      say(`The login of ${before} stays saved; return to it with: connectors-mcp auth login ${shellWord(before)}`)
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** Creates the user and saves its secret at once, before anything else can go wrong. */
async function registered(connection: ServiceConnection, name: LoginName): Promise<Secret> {
  const { folder } = connection
  const word = shellWord(name.identifier)
  if (await findSavedLogin(folder, name)) {
    throw new ConnectorsError(
      'USER_EXISTS',
      `A login of ${name.identifier} is saved here already: "connectors-mcp auth login ${word}" logs in with it.`,
    )
  }
  const client = await connection.client()
  const user = await client.createUser(name.identifier).catch((error: unknown) => {
    if (!(error instanceof ConnectorsError) || error.code !== 'USER_EXISTS') throw error
    throw new ConnectorsError(error.code, `${error.message} ${lostSecretAdvice(name)}`, { cause: error })
  })
  const secret = new Secret(user.secret)
  try {
    await saveLogin(folder, { ...name, secret })
  } catch (error) {
    complain('The user was created, but the secret could not be saved on this machine. Keep it; it is shown only once:')
    print(secret.reveal())
    throw error
  }
  return secret
}

/** The secret of the same user at another service; the active login's, if there are several. */
async function secretElsewhere(folder: DataFolder, { service, identifier }: LoginName): Promise<Secret> {
  const found = listLogins(folder).filter((login) => login.identifier === identifier && login.service !== service)
  const chosen = found.find(({ current }) => current) ?? found[0]
  const saved = chosen && (await findSavedLogin(folder, chosen))
  if (!saved) throw new Error(`No login of ${identifier} is saved here; leave out --moved and enter the secret.`)
  return saved.secret
}

/** From the environment, from the saved login if the service accepts it, from a pipe, or typed without an echo. */
async function provenSecret(connection: ServiceConnection, name: LoginName, config: Config): Promise<Secret> {
  if (config.userSecret) return config.userSecret
  const saved = await findSavedLogin(connection.folder, name)
  if (saved && (await isAccepted(connection, saved))) return saved.secret
  if (saved) say(`The saved secret of ${name.identifier} is no longer accepted; enter the new one.`)
  const typed = await readSecretLine(`Secret of ${name.identifier}`)
  if (typed.reveal() === '')
    throw new Error(`No secret was entered; type it, or pass it on standard input. ${lostSecretAdvice(name)}`)
  return typed
}

async function isAccepted(connection: ServiceConnection, { identifier, secret: known }: SavedLogin): Promise<boolean> {
  try {
    await (await connection.client()).authenticate(identifier, known)
    return true
  } catch (error) {
    if (error instanceof ConnectorsError && error.code === 'INVALID_CREDENTIALS') return false
    throw error
  }
}
