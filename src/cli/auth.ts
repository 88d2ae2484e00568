import { connect } from '../app/index.js'
import { Secret } from '../base/secret.js'
import { type Config, readConfig } from '../config/index.js'
import type { DataFolder } from '../home/data-folder.js'
import { findLogin, forgetLogin, saveLogin } from '../home/saved-login.js'
import { EXIT } from './exit-codes.js'
import { readSecretLine } from './read-secret.js'

/** Where the secret comes from, other than from what is typed. */
export interface LoginOptions {
  /** The user is created first. */
  register?: boolean
  /** The secret of the saved login is used, whatever service that is for: its accounts were moved to this one. */
  moved?: boolean
}

/** Logs in with a secret that only this terminal sees, and saves it sealed, for the agents on this machine. */
export async function login(given: string | undefined, { register, moved }: LoginOptions): Promise<number> {
  const config = readConfig()
  const identifier = given ?? config.identifier
  if (!identifier) {
    process.stderr.write('connectors-mcp: say who logs in: connectors-mcp auth login IDENTIFIER\n')
    return EXIT.usage
  }
  const connection = await connect(config)
  try {
    const client = await connection.client()
    const secret = register
      ? new Secret((await client.createUser(identifier)).secret)
      : moved
        ? await savedSecret(connection.folder, identifier)
        : await readSecret(config, identifier)
    const { expires_at } = await client.authenticate(identifier, secret)
    if (register)
      process.stderr.write(
        'Its secret is saved on this machine only; "connectors-mcp auth secret" prints it for a copy.\n',
      )
    await saveLogin(connection.folder, { service: connection.service, identifier, secret })
    process.stderr.write(
      `Logged in as ${identifier} (until ${expires_at}, then anew by itself). Agents on this machine use it from their next start on.\n`,
    )
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** Says who is logged in, and whether the service still accepts it. */
export async function status(): Promise<number> {
  const connection = await connect(readConfig())
  try {
    const saved = await findLogin(connection.folder, connection.service)
    if (!saved) {
      process.stderr.write('Nobody is logged in. Log in with: connectors-mcp auth login IDENTIFIER\n')
      return EXIT.notLoggedIn
    }
    const client = await connection.client()
    const { expires_at } = await client.authenticate(saved.identifier, saved.secret)
    process.stdout.write(
      `Logged in as ${saved.identifier} at ${connection.service}; the service accepts it (a new login lasts until ${expires_at}).\n`,
    )
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** The one way to see a saved secret: by the person at a terminal, who may want to log in elsewhere. */
export async function secret(): Promise<number> {
  const { folder, service } = await connect(readConfig())
  const saved = await findLogin(folder, service)
  if (!saved) {
    process.stderr.write('Nobody is logged in, so no secret is saved.\n')
    return EXIT.notLoggedIn
  }
  process.stderr.write(`The secret of ${saved.identifier}; whoever has it can log in as this user:\n`)
  process.stdout.write(`${saved.secret.reveal()}\n`)
  return EXIT.done
}

export async function logout(): Promise<number> {
  const { folder } = await connect(readConfig())
  process.stderr.write(forgetLogin(folder) ? 'Logged out; the saved login is gone.\n' : 'Nobody was logged in.\n')
  return EXIT.done
}

async function savedSecret(folder: DataFolder, identifier: string): Promise<Secret> {
  const saved = await findLogin(folder)
  if (saved?.identifier !== identifier) {
    throw new Error(`No login of ${identifier} is saved here; leave out --moved and give the secret.`)
  }
  return saved.secret
}

/** From the environment, a pipe, or typed without an echo. */
async function readSecret(config: Config, identifier: string): Promise<Secret> {
  if (config.userSecret) return config.userSecret
  return readSecretLine(`Secret of ${identifier}`)
}
