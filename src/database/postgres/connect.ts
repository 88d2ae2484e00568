import type { Socket } from 'node:net'
import { userInfo } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Client, ClientConfig } from 'pg'
import type { DatabaseAddress } from '../address.js'
import { CONNECT_TIME, type DatabaseLimits, reachedHost } from '../engine.js'
import { otherEngine } from '../errors.js'
import { mysqlGreeting } from '../greeting.js'
import { MOST_IN_GREETING, watchSize } from '../results/size-limit.js'
import { type TlsMode, type TlsParameters, tlsParameters } from '../tls/parameters.js'
import { tlsOptions } from '../tls/tls.js'
import { connectError } from './errors.js'

export type PostgresDriver = typeof import('pg')

/** How an account connects, with what was learnt of its server. */
export interface PostgresSession {
  address: DatabaseAddress
  readOnly: boolean
  limits: DatabaseLimits
  tls: TlsParameters
  way: Way
  /** True once it turned out that a session cannot be watched from another one, as behind PgBouncer. */
  pooled: boolean
}

interface Way {
  /** `prefer` becomes `disable` once the server declined. */
  mode: TlsMode
  /**
   * False where something before the server, such as PgBouncer, takes no settings for a session. Statements then bring
   * theirs along, each for its own transaction.
   */
  presets: boolean
  /** In the ISO style with the order of day and month that the role has, where its own style is another one. */
  dateStyle: string | undefined
}

/**
 * What sessions begin with, so that neither roles nor servers change how a value is printed. Not among them is
 * `lc_monetary`, which says how many digits of `money` are a fraction, and the time zone, which is printed.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const PRESETS: Readonly<Record<string, string>> = {
  // The scanner takes a backslash in '…' for itself.
  standard_conforming_strings: 'on',
  extra_float_digits: '3',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
}

/** The same for one transaction. */
export const TRANSACTION_PRESETS = `select ${Object.entries(PRESETS)
  .map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`)
  .join(', ')}`

export const newSession = (address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): PostgresSession => {
  const tls = tlsParameters(address)
  return { address, readOnly, limits, tls, way: { mode: tls.mode, presets: true, dateStyle: undefined }, pooled: false }
}

/** A connection with what its server reports of itself, kept up to date: `server_encoding`, `client_encoding`, … */
export interface OpenPostgres {
  driver: PostgresDriver
  client: Client
  reported: ReadonlyMap<string, string>
}

/**
 * Opens a connection within 8 s.
 * @throws CredentialRefused for a login that is refused, UPSTREAM_ERROR for a server that cannot be reached
 */
export async function connectPostgres(session: PostgresSession): Promise<OpenPostgres> {
  const { address, limits } = session
  const driver = (await import('pg')).default as unknown as PostgresDriver
  const host = await reachedHost(address, limits)
  const started = Date.now()
  for (;;) {
    const { way } = session
    try {
      const ssl = way.mode === 'disable' ? false : await tlsOptions(address, way.mode, limits.localFiles)
      const connectionTimeoutMillis = Math.max(1, CONNECT_TIME - (Date.now() - started))
      const open = await openClient(driver, session, { host, ssl, connectionTimeoutMillis })
      const dateStyle = way.dateStyle === undefined ? isoStyle(open.reported.get('DateStyle')) : undefined
      if (dateStyle === undefined) return { driver, ...open }
      session.way = { ...way, dateStyle }
      open.client.end().catch(() => undefined)
    } catch (error) {
      const another = anotherWay(error, way)
      if (!another) throw connectError(error)
      session.way = another
    }
  }
}

/** @returns undefined for a style that is ISO's already, or is not told */
function isoStyle(reported: string | undefined): string | undefined {
  if (reported === undefined || reported.startsWith('ISO')) return undefined
  return `ISO, ${/DMY|YMD/.exec(reported)?.[0] ?? 'MDY'}`
}

/** The same without what the server has not, if that is what it says; then another try makes sense. */
function anotherWay(error: unknown, way: Way): Way | undefined {
  const { message, code } = error as { message?: unknown; code?: unknown }
  if (way.mode === 'prefer' && message === 'The server does not support SSL connections') {
    return { ...way, mode: 'disable' }
  }
  // The read-only transaction around each statement stays.
  return way.presets && typeof code === 'string' && SETTING_REFUSED.has(code) ? { ...way, presets: false } : undefined
}

/** Of PgBouncer, of servers that do not know a setting, and of those that do not know its value. */
const SETTING_REFUSED = new Set(['08P01', '42704', '22023'])

async function openClient(
  driver: PostgresDriver,
  session: PostgresSession,
  transport: Required<Pick<ClientConfig, 'host' | 'ssl' | 'connectionTimeoutMillis'>>,
): Promise<Omit<OpenPostgres, 'driver'>> {
  const { address, tls } = session
  const user = address.username ?? userInfo().username
  const database = address.database ?? user
  const client = new driver.Client({
    ...transport,
    port: address.port ?? 5432,
    user,
    database,
    // A function, because the driver takes an empty text for a password to look for in the environment.
    password: () => address.password ?? '',
    keepAlive: true,
    ...{ sslnegotiation: tls.direct ? 'direct' : 'postgres', enableChannelBinding: tls.channelBinding ?? false },
  })
  // The driver's own knows fewer settings, and takes some from the environment of this process.
  Object.assign(client, { getStartupConf: () => ({ user, database, ...startupSettings(session) }) })
  client.on('error', () => undefined)
  const { connection } = client
  const reported = new Map<string, string>()
  connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, string>) => {
    reported.set(parameterName as string, parameterValue as string)
  })
  const bound = tls.channelBinding ? requireChannelBinding(connection) : () => undefined
  const { stream } = connection
  const forget = watchSize(stream as Socket, MOST_IN_GREETING, () => stream.destroy())
  const connecting = client.connect()
  let other: ReturnType<typeof mysqlGreeting>
  // Added together with the driver's own listener, so that neither misses what comes first.
  stream.once('data', (first: Buffer) => {
    other = mysqlGreeting(first)
    if (other !== undefined) stream.destroy(otherEngine('postgresql', other))
  })
  try {
    await connecting
  } catch (error) {
    // The driver may have failed at the greeting by then.
    throw other === undefined ? error : otherEngine('postgresql', other)
  } finally {
    forget()
  }
  bound()
  return { client, reported }
}

function startupSettings({ address, readOnly, way }: PostgresSession): Record<string, string> {
  const options = address.parameters.get('options')
  return {
    application_name: address.parameters.get('application_name') ?? 'connectors-mcp',
    ...(options ? { options } : {}),
    ...(way.presets ? PRESETS : {}),
    ...(way.presets && readOnly ? { default_transaction_read_only: 'on' } : {}),
    ...(way.dateStyle === undefined ? {} : { datestyle: way.dateStyle }),
  }
}

/**
 * Lets nothing of the password out to a server that does not offer to bind the login to the TLS connection.
 * @returns throws for a server that let the user in without a login
 * @see https://www.postgresql.org/docs/current/sasl-authentication.html
 */
function requireChannelBinding(connection: Client['connection']): () => void {
  let bound = false
  const refuse = () => {
    connection.stream.destroy()
    connection.emit('error', unbound())
  }
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    bound = mechanisms.includes('SCRAM-SHA-256-PLUS')
    if (!bound) refuse()
  })
  connection.on('authenticationCleartextPassword', refuse)
  connection.on('authenticationMD5Password', refuse)
  return () => {
    if (bound) return
    connection.stream.destroy()
    throw unbound()
  }
}

const unbound = () => new Error('channel binding required but not offered by the server')

/**
 * Sends a cancel request on a connection of its own; the protocol does not report whether it worked.
 * @returns resolves once the server has closed that connection, which it does after it passed the request on
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function sendCancelRequest(driver: PostgresDriver, client: Client): Promise<void> {
  const { ssl, host, port } = client
  const processId: unknown = Reflect.get(client, 'processID')
  const secretKey: unknown = Reflect.get(client, 'secretKey')
  const sslNegotiation: unknown = Reflect.get(client, 'sslNegotiation')
  const connection = new driver.Connection({ ssl, ...{ sslNegotiation } }) as unknown as CancelWire
  const send = () => {
    connection.cancel(processId, secretKey)
    connection.stream.end()
  }
  connection.on('error', () => undefined)
  connection.on('connect', () => {
    if (!ssl) send()
    else if (sslNegotiation !== 'direct') connection.requestSsl()
  })
  connection.on('sslconnect', send)
  const giveUp = setTimeout(() => connection.stream.destroy(), CONNECT_TIME)
  giveUp.unref()
  const ended = new Promise<void>((resolve) => {
    connection.on('end', () => {
      clearTimeout(giveUp)
      resolve()
    })
  })
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
  else connection.connect(port, host)
  return ended
}

/** The part of `pg`'s connection that its types leave out. */
interface CancelWire {
  stream: Duplex
  on(event: string, listener: () => void): void
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: unknown, secretKey: unknown): void
}
