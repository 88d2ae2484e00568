import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { connect } from '../app/index.js'
import { findLogin, forgetLogin, saveLogin } from '../app/saved-login.js'
import { Secret } from '../base/secret.js'
import { type Config, readConfig } from '../config/index.js'
import { EXIT } from './exit-codes.js'

/** Logs in with a secret that only this terminal sees, and saves it sealed, for the agents on this machine. */
export async function login(given: string | undefined, register: boolean): Promise<number> {
  const config = readConfig()
  const identifier = given ?? config.identifier
  if (!identifier) {
    process.stderr.write('connectors-mcp: say who logs in: connectors-mcp auth login IDENTIFIER\n')
    return EXIT.usage
  }
  const connection = connect(config)
  try {
    const client = await connection.client()
    const secret = register
      ? new Secret((await client.createUser(identifier)).secret)
      : await readSecret(config, identifier)
    const { expires_at } = await client.authenticate(identifier, secret)
    saveLogin(connection.folder, { service: connection.service, identifier, secret })
    if (register)
      process.stderr.write(
        'Its secret is saved on this machine only; "connectors-mcp auth secret" prints it for a copy.\n',
      )
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
  const connection = connect(readConfig())
  try {
    const saved = findLogin(connection.folder, connection.service)
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
  const { folder, service } = connect(readConfig())
  const saved = findLogin(folder, service)
  if (!saved) {
    process.stderr.write('Nobody is logged in, so no secret is saved.\n')
    return EXIT.notLoggedIn
  }
  process.stderr.write(`The secret of ${saved.identifier}; whoever has it can log in as this user:\n`)
  process.stdout.write(`${saved.secret.reveal()}\n`)
  return EXIT.done
}

export async function logout(): Promise<number> {
  const { folder } = connect(readConfig())
  process.stderr.write(forgetLogin(folder) ? 'Logged out; the saved login is gone.\n' : 'Nobody was logged in.\n')
  return EXIT.done
}

/** From the environment, a pipe, or typed without an echo. */
async function readSecret(config: Config, identifier: string): Promise<Secret> {
  if (config.userSecret) return config.userSecret
  if (process.stdin.isTTY) process.stderr.write(`Secret of ${identifier} (it is not shown): `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY })
  try {
    for await (const line of reader) return new Secret(line.trim())
    return new Secret('')
  } finally {
    reader.close()
    if (process.stdin.isTTY) process.stderr.write('\n')
  }
}
