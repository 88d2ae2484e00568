import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { connect, type ServedApi, type ServiceConnection, serveApi } from '../../src/app/index.js'
import { ConnectorsClient } from '../../src/client/index.js'
import { readConfig } from '../../src/config/index.js'
import { type Emulator, startEmulator } from '../connectors/emulator.js'

/** The OAuth client that an operator would register at GitHub; good for the emulator only. */
const OAUTH_CLIENT = { id: 'Iv1.connect-page', secret: 'known-to-the-test-alone' }

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** GitHub's authorization server and API on this machine, with `mona` to consent. */
export const startGithub = (port: number): Promise<Emulator> =>
  startEmulator('github', {
    tokens: { ghp_monas_personal_token: { login: 'mona', scopes: ['repo', 'read:org'] } },
    github: {
      // The emulator takes a token that it does not know for its first user, so the first one is nobody.
      users: [
        { login: 'nobody', name: 'Nobody' },
        { login: 'mona', name: 'Mona Lisa', email: 'mona@example.com' },
      ],
      oauth_apps: [
        {
          client_id: OAUTH_CLIENT.id,
          client_secret: OAUTH_CLIENT.secret,
          name: 'Connectors',
          redirect_uris: [`http://127.0.0.1:${port}/connectors/github/success-authorize-callback`],
        },
      ],
    },
  })

export const githubSettings = (origin: string): Record<string, string> => ({
  CONNECTORS_GITHUB_CLIENT_ID: OAUTH_CLIENT.id,
  CONNECTORS_GITHUB_CLIENT_SECRET: OAUTH_CLIENT.secret,
  CONNECTORS_GITHUB_API_URL: origin,
  CONNECTORS_GITHUB_AUTHORIZATION_URL: `${origin}/login/oauth/authorize`,
  CONNECTORS_GITHUB_TOKEN_URL: `${origin}/login/oauth/access_token`,
})

export interface Scene {
  client: ConnectorsClient
  token: string
  secret: string
  folder: string
  close(): Promise<void>
}

const settings = (folder: string, more: Record<string, string>) =>
  readConfig({ HOME: folder, CONNECTORS_DATA_DIR: join(folder, 'data'), CONNECTORS_LOG_LEVEL: 'fatal', ...more })

/** An embedded service in this process, as the agent's server brings it along, and a user. */
export async function embeddedScene(more: Record<string, string> = {}, identifier = 'ada@example.com'): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'connect-'))
  const connection = await connect(settings(folder, more))
  const client = await connection.client()
  return { ...(await newUser(client, identifier)), client, folder, close: closing(folder, connection) }
}

/** A second process's worth of the embedded service on the same folder. */
export const secondConnection = (folder: string, more: Record<string, string>): Promise<ServiceConnection> =>
  connect(settings(folder, more))

/** A shared service on a port of this machine, and a user. */
export async function sharedScene(
  more: Record<string, string>,
  port = 0,
  identifier = 'ada@example.com',
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'connect-'))
  const config = settings(folder, more)
  const served: ServedApi = await serveApi(config, { port, connectorFiles: [] })
  const { asOperator } = await import('../../src/app/operate.js')
  const { apiKey } = await asOperator(config, (operator) => operator.createClient('Design team'))
  const client = new ConnectorsClient({ baseUrl: served.url, apiKey })
  return { ...(await newUser(client, identifier)), client, folder, close: closing(folder, served) }
}

const closing = (folder: string, open: { close(): Promise<void> }) => async (): Promise<void> => {
  await open.close()
  await rm(folder, { recursive: true, force: true })
}

export async function newUser(
  client: ConnectorsClient,
  identifier: string,
): Promise<{ token: string; secret: string }> {
  const { secret } = await client.createUser(identifier)
  const { token } = await client.authenticate(identifier, secret)
  return { token, secret }
}

/** An SQLite file with something in it. */
export function makeDatabase(file: string): string {
  const database = new Database(file)
  database.exec("create table books (title text); insert into books values ('Momo')")
  database.close()
  return file
}
