import { type Connection, connect, EMBEDDED_SERVICE } from '../app/index.js'
import { ConnectorsError } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import { shellWord } from '../base/typable.js'
import { type Config, readConfig } from '../config/index.js'
import type { DataFolder } from '../home/data-folder.js'
import {
  endLogin,
  findLogin,
  findSaved,
  forgetLogin,
  type ListedLogin,
  type LoginName,
  listLogins,
  type SavedLogin,
  saveLogin,
} from '../home/saved-login.js'
import { EXIT } from './exit-codes.js'
import { complain, type Printing, print, printJson, say } from './output.js'
import { readSecretLine } from './read-secret.js'

/** Where the secret comes from, other than from what is saved or typed. */
export interface LoginOptions {
  /** The user is created first. */
  register?: boolean
  /** The secret of the login of that name at another service is used: its accounts were moved to this one. */
  moved?: boolean
}

/**
 * Logs in and saves the login, sealed, for the agents on this machine. The secret is the one that is saved already, or one
 * that only this terminal sees. Logins of other users stay saved.
 */
export async function login(given: string | undefined, { register, moved }: LoginOptions): Promise<number> {
  const config = readConfig()
  const identifier = given ?? config.identifier
  if (!identifier) {
    complain('Say who logs in, for example: connectors-mcp auth login you@example.com')
    return EXIT.usage
  }
  const connection = await connect(config)
  try {
    const { folder, service } = connection
    const name = { service, identifier }
    const before = await acting(connection)
    const secret = register
      ? await registered(connection, name)
      : moved
        ? await secretElsewhere(folder, name)
        : await provenSecret(connection, name, config)
    const { expires_at } = await authenticated(connection, name, secret)
    await saveLogin(folder, { ...name, secret })
    if (register) say('Its secret is saved on this machine only; "connectors-mcp auth secret" prints it for a copy.')
    say(
      `Logged in as ${identifier} (until ${expires_at}, then anew by itself). Agents on this machine use it from their next start on.`,
    )
    if (before !== undefined && before !== identifier)
      say(`The login of ${before} stays saved; go back to it with: connectors-mcp auth login ${shellWord(before)}`)
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** Says who is logged in, whether the service still accepts it, and who else could be. */
export async function status({ json }: Printing): Promise<number> {
  const connection = await connect(readConfig())
  try {
    const { folder, service } = connection
    const saved = await findLogin(folder, service)
    const others = listLogins(folder).filter((other) => !(other.current && other.service === service))
    if (!saved) {
      if (json) printJson({ logged_in: false, service, others })
      else say(['Nobody is logged in.', ...otherLogins(others, service), LOG_IN].join(' '))
      return EXIT.notLoggedIn
    }
    const { expires_at } = await authenticated(connection, saved, saved.secret)
    if (json) printJson({ logged_in: true, service, identifier: saved.identifier, expires_at, others })
    else {
      print(
        `Logged in as ${saved.identifier} at ${service}; the service accepts it (a new login lasts until ${expires_at}).`,
      )
      for (const line of otherLogins(others, service)) say(line)
    }
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** The one way to see a saved secret: by the person at a terminal, who may want to log in elsewhere. */
export async function secret(given: string | undefined): Promise<number> {
  const { folder, service } = await connect(readConfig())
  const saved =
    given === undefined ? await findLogin(folder, service) : await findSaved(folder, { service, identifier: given })
  if (!saved) {
    const others = otherLogins(listLogins(folder), service)
    complain(
      [given === undefined ? 'Nobody is logged in.' : `No secret of ${given} is saved here.`, ...others].join(' '),
    )
    return EXIT.notLoggedIn
  }
  say(`The secret of ${saved.identifier}; whoever has it can log in as this user:`)
  print(saved.secret.reveal())
  return EXIT.done
}

/**
 * Ends the login at the service. Its secret stays saved, unless it is to be forgotten.
 * @param given whose login; the one that acts by default
 */
export async function logout(given: string | undefined, { forget }: { forget?: boolean }): Promise<number> {
  const connection = await connect(readConfig())
  const { folder, service } = connection
  const current = await acting(connection)
  if (forget) return forgetOne(connection, given ?? current)
  if (current === undefined || (given !== undefined && given !== current)) {
    const what = given === undefined ? 'Nobody was logged in.' : `${given} was not logged in.`
    say([what, ...otherLogins(listLogins(folder), service)].join(' '))
    return EXIT.done
  }
  endLogin(folder, service)
  const word = shellWord(current)
  say(
    `Logged out. The secret of ${current} stays saved on this machine: "connectors-mcp auth login ${word}" logs in again, and "connectors-mcp auth logout ${word} --forget" destroys it.`,
  )
  return EXIT.done
}

function forgetOne({ folder, service }: Connection, identifier: string | undefined): number {
  const saved = listLogins(folder)
  if (identifier === undefined) {
    const others = otherLogins(saved, service)
    complain(
      ['Say whose login is to be forgotten: connectors-mcp auth logout IDENTIFIER --forget', ...others].join(' '),
    )
    return EXIT.usage
  }
  if (!forgetLogin(folder, { service, identifier })) {
    complain([`No login of ${identifier} is saved here.`, ...otherLogins(saved, service)].join(' '))
    return EXIT.failed
  }
  say(`The login of ${identifier} is destroyed, its secret with it. The accounts of the user are kept.`)
  say(`Without a copy of that secret nobody can log in as ${identifier} again. ${howToReset(service, identifier)}`)
  return EXIT.done
}

/** Who acts at the service of the connection; the file may be one whose secret does not open. */
const acting = async ({ folder, service }: Connection): Promise<string | undefined> =>
  listLogins(folder).find((login) => login.current && login.service === service)?.identifier

/** Creates the user and saves its secret at once, before anything else can go wrong. */
async function registered(connection: Connection, name: LoginName): Promise<Secret> {
  const { folder } = connection
  const word = shellWord(name.identifier)
  if (await findSaved(folder, name)) {
    throw new ConnectorsError(
      'USER_EXISTS',
      `A login of ${name.identifier} is saved here already: "connectors-mcp auth login ${word}" logs in with it.`,
    )
  }
  const client = await connection.client()
  const user = await client.createUser(name.identifier).catch((error: unknown) => {
    if (!(error instanceof ConnectorsError) || error.code !== 'USER_EXISTS') throw error
    throw new ConnectorsError(error.code, `${error.message} ${ifLost(name)}`, { cause: error })
  })
  const secret = new Secret(user.secret)
  try {
    await saveLogin(folder, { ...name, secret })
  } catch (error) {
    complain('The user was created, but the secret could not be saved on this machine. Keep it; it is shown only now:')
    print(secret.reveal())
    throw error
  }
  return secret
}

/** The secret of the same user at another service; of the one that acts there, where there are several. */
async function secretElsewhere(folder: DataFolder, { service, identifier }: LoginName): Promise<Secret> {
  const found = listLogins(folder).filter((login) => login.identifier === identifier && login.service !== service)
  const chosen = found.find(({ current }) => current) ?? found[0]
  const saved = chosen && (await findSaved(folder, chosen))
  if (!saved) throw new Error(`No login of ${identifier} is saved here; leave out --moved and give the secret.`)
  return saved.secret
}

/** From the environment, from what is saved if the service accepts that, from a pipe, or typed without an echo. */
async function provenSecret(connection: Connection, name: LoginName, config: Config): Promise<Secret> {
  if (config.userSecret) return config.userSecret
  const saved = await findSaved(connection.folder, name)
  if (saved && (await isAccepted(connection, saved))) return saved.secret
  if (saved) say(`The secret of ${name.identifier} that is saved here is not accepted any more; give the new one.`)
  const typed = await readSecretLine(`Secret of ${name.identifier}`)
  if (typed.reveal() === '')
    throw new Error(`No secret was given; type it, or give it on standard input. ${ifLost(name)}`)
  return typed
}

async function isAccepted(connection: Connection, { identifier, secret: known }: SavedLogin): Promise<boolean> {
  try {
    await (await connection.client()).authenticate(identifier, known)
    return true
  } catch (error) {
    if (error instanceof ConnectorsError && error.code === 'INVALID_CREDENTIALS') return false
    throw error
  }
}

/** Logs in. @throws INVALID_CREDENTIALS, with what to do for who has lost the secret */
async function authenticated(connection: Connection, name: LoginName, known: Secret): Promise<{ expires_at: string }> {
  try {
    return await (await connection.client()).authenticate(name.identifier, known)
  } catch (error) {
    if (!(error instanceof ConnectorsError) || error.code !== 'INVALID_CREDENTIALS') throw error
    throw new ConnectorsError(error.code, `${error.message} ${ifLost(name)}`, { cause: error })
  }
}

const LOG_IN = 'Log in with: connectors-mcp auth login IDENTIFIER'

const ifLost = ({ service, identifier }: LoginName): string =>
  `If the secret is lost: ${howToReset(service, identifier)}`

/** How a person whose secret is lost is let in again, accounts kept. */
const howToReset = (service: string, identifier: string): string =>
  service === EMBEDDED_SERVICE
    ? `"connectors-mcp users reset ${shellWord(identifier)} --login" makes another one and keeps the accounts.`
    : `Whoever runs the service can make another one, with "users reset", and the accounts are kept.`

/** Who else is saved, and how to change to one of them; nothing where nobody is. */
function otherLogins(logins: readonly ListedLogin[], service: string): string[] {
  if (logins.length === 0) return []
  const names = logins.map((login) =>
    login.service === service ? login.identifier : `${login.identifier} at ${login.service}`,
  )
  const here = logins.find((login) => login.service === service)
  const change = here ? ` Change to one with: connectors-mcp auth login ${shellWord(here.identifier)}` : ''
  return [`Saved on this machine: ${names.join(', ')}.${change}`]
}
