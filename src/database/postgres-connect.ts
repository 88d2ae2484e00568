import type { Socket } from 'node:net'
import { userInfo } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Client, ClientConfig } from 'pg'
import type { DatabaseAddress } from '../kit/index.js'
import { MOST_IN_GREETING, watchSize } from './answer-size.js'
import { CONNECT_TIME, type DatabaseLimits, reachedHost } from './engine.js'
import { connectError } from './postgres-errors.js'
import { type TlsMode, tlsMode, tlsOptions } from './tls.js'

export type PostgresDriver = typeof import('pg')

/** How an account connects, with what was learnt of its server. */
export interface PostgresSession {
  address: DatabaseAddress
  limits: DatabaseLimits
  way: Way
}

interface Way {
  /** `prefer` becomes `disable` once the server declined. */
  mode: TlsMode
  /** A setting that sessions begin with. PgBouncer takes none, and then it is left out. */
  preset: string | undefined
}

export const newSession = (address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): PostgresSession => ({
  address,
  limits,
  way: { mode: tlsMode(address), preset: readOnly ? '-c default_transaction_read_only=on' : undefined },
})

/**
 * Opens a connection within 8 s.
 * @throws RECONNECT_REQUIRED for a login that is refused, UPSTREAM_ERROR for a server that cannot be reached
 */
export async function connectPostgres(session: PostgresSession): Promise<{ driver: PostgresDriver; client: Client }> {
  const { address, limits } = session
  const driver = (await import('pg')).default as unknown as PostgresDriver
  const host = await reachedHost(address, limits)
  const started = Date.now()
  for (;;) {
    const { way } = session
    try {
      const ssl = way.mode === 'disable' ? false : await tlsOptions(address, way.mode, limits.localFiles)
      const connectionTimeoutMillis = Math.max(1, CONNECT_TIME - (Date.now() - started))
      const client = await openClient(driver, address, { host, ssl, connectionTimeoutMillis }, way.preset)
      return { driver, client }
    } catch (error) {
      const another = anotherWay(error, way)
      if (!another) throw connectError(error)
      session.way = another
    }
  }
}

/** The same without what the server has not, if that is what it says; then another try makes sense. */
function anotherWay(error: unknown, way: Way): Way | undefined {
  const { message, code } = error as { message?: unknown; code?: unknown }
  if (way.mode === 'prefer' && message === 'The server does not support SSL connections') {
    return { ...way, mode: 'disable' }
  }
  // The read-only transaction around each statement stays.
  return way.preset !== undefined && code === PROTOCOL_VIOLATION ? { ...way, preset: undefined } : undefined
}

const PROTOCOL_VIOLATION = '08P01'

async function openClient(
  driver: PostgresDriver,
  address: DatabaseAddress,
  transport: Required<Pick<ClientConfig, 'host' | 'ssl' | 'connectionTimeoutMillis'>>,
  preset: string | undefined,
): Promise<Client> {
  const user = address.username ?? userInfo().username
  const client = new driver.Client({
    ...transport,
    port: address.port ?? 5432,
    user,
    database: address.database ?? user,
    // A function, because the driver takes an empty text for a password to look for in the environment.
    password: () => address.password ?? '',
    application_name: address.parameters.get('application_name') ?? 'connectors-mcp',
    keepAlive: true,
  })
  const asked = address.parameters.get('options')
  const options = [asked, preset].filter(Boolean).join(' ')
  // What the driver would otherwise take from the environment of this process.
  Object.assign(Reflect.get(client, 'connectionParameters') as object, {
    options: options === '' ? undefined : options,
    replication: undefined,
  })
  client.on('error', () => undefined)
  const { stream } = client.connection
  const forget = watchSize(stream as Socket, MOST_IN_GREETING, () => stream.destroy())
  await client.connect().finally(forget)
  return client
}

/**
 * Sends a cancel request on a connection of its own; whether it worked nobody is told.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function cancel(driver: PostgresDriver, client: Client): void {
  const { ssl, host, port } = client
  const processId: unknown = Reflect.get(client, 'processID')
  const secretKey: unknown = Reflect.get(client, 'secretKey')
  const connection = new driver.Connection({ ssl }) as unknown as CancelWire
  const send = () => {
    connection.cancel(processId, secretKey)
    connection.stream.end()
  }
  connection.on('error', () => undefined)
  connection.on('connect', ssl ? () => connection.requestSsl() : send)
  connection.on('sslconnect', send)
  const giveUp = setTimeout(() => connection.stream.destroy(), CONNECT_TIME)
  giveUp.unref()
  connection.on('end', () => clearTimeout(giveUp))
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
  else connection.connect(port, host)
}

/** The part of `pg`'s connection that its types leave out. */
interface CancelWire {
  stream: Duplex
  on(event: string, listener: () => void): void
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: unknown, secretKey: unknown): void
}
