import { createConnection as connectSocket, type Socket, type SocketConnectOpts } from 'node:net'
import { userInfo } from 'node:os'
import type { Connection as Client, ConnectionOptions, SslOptions } from 'mysql2'
import { invalidParameters } from '../../base/errors.js'
import type { DatabaseAddress } from '../address.js'
import { CONNECT_TIME, type DatabaseLimits, reachedHost } from '../engine.js'
import { otherEngine } from '../errors.js'
import { askForPostgres } from '../greeting.js'
import { MOST_IN_GREETING, watchSize } from '../results/size-limit.js'
import { type TlsMode, type TlsParameters, tlsParameters } from '../tls/parameters.js'
import { tlsOptions } from '../tls/tls.js'
import { connectError } from './errors.js'

export type MysqlDriver = typeof import('mysql2')

const PORT = 3306

/** How an account connects, with what was learnt of its server. */
export interface MysqlSession {
  address: DatabaseAddress
  readOnly: boolean
  limits: DatabaseLimits
  tls: TlsParameters
  /** `prefer` becomes `disable` once the server declined. */
  mode: TlsMode
}

export interface OpenMysql {
  driver: MysqlDriver
  client: Client
  options: ConnectionOptions
  /** Milliseconds since the epoch until which it must be ready to serve. */
  until: number
}

/**
 * What the driver sets by default and the programs of MySQL do not: `affected_rows` would count rows that stay as they
 * are (FOUND_ROWS), names of functions would be reserved (IGNORE_SPACE), and a server could ask for files of this machine
 * (LOCAL_FILES). The others change nothing, or are not used here.
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html
 */
const FLAGS = ['-FOUND_ROWS', '-IGNORE_SPACE', '-LOCAL_FILES', '-ODBC', '-SESSION_TRACK', '-CLIENT_QUERY_ATTRIBUTES']

/** @throws INVALID_PARAMETERS for a wish that cannot be met by this protocol */
export function newMysqlSession(address: DatabaseAddress, readOnly: boolean, limits: DatabaseLimits): MysqlSession {
  const tls = tlsParameters(address)
  for (const [name, wish] of Object.entries({
    sslnegotiation: tls.direct,
    channel_binding: tls.channelBinding,
    sslcrl: tls.crl,
  })) {
    if (wish) throw invalidParameters(`${name} cannot be had with MySQL and MariaDB; leave it out.`)
  }
  return { address, readOnly, limits, tls, mode: tls.mode }
}

/**
 * Opens a connection within 8 s.
 * @throws CredentialRefused for a login that is refused, UPSTREAM_ERROR for a server that cannot be reached
 */
export async function connectMysql(session: MysqlSession): Promise<OpenMysql> {
  const driver = (await import('mysql2')).default as unknown as MysqlDriver
  const reached = await reachedHost(session.address, session.limits)
  const until = Date.now() + CONNECT_TIME
  const open = async (): Promise<OpenMysql> => {
    const options = await optionsOf(session, reached, until)
    const to = reached.startsWith('/') ? { path: reached } : { host: reached, port: options.port ?? PORT }
    return { driver, client: await openClient(driver, options, to), options, until }
  }
  try {
    return await open()
  } catch (error) {
    if (session.mode !== 'prefer' || (error as { code?: unknown }).code !== 'HANDSHAKE_NO_SSL_SUPPORT') {
      throw connectError(error)
    }
    session.mode = 'disable'
    return open().catch((again) => Promise.reject(connectError(again)))
  }
}

async function optionsOf(session: MysqlSession, reached: string, until: number): Promise<ConnectionOptions> {
  const { address, mode, tls } = session
  const host = tls.servername ?? address.host ?? 'localhost'
  const port = address.port ?? PORT
  const stream = (): Socket => {
    const socket = connectSocket({ host: reached, port, noDelay: true, keepAlive: true })
    // The driver hands no name on where the host is an address, and Node then looks at this one before `localhost`.
    return Object.assign(socket, { _host: host })
  }
  return {
    ...(reached.startsWith('/') ? { socketPath: reached } : { host, port, stream }),
    ...(mode === 'disable' ? {} : { ssl: await sslOf(session) }),
    user: address.username ?? userInfo().username,
    ...(address.password ? { password: address.password } : {}),
    ...(address.database ? { database: address.database } : {}),
    connectTimeout: Math.max(1, until - Date.now()),
    charset: 'utf8mb4',
    flags: FLAGS,
    ...{ rowsAsArray: true, dateStrings: true, supportBigNumbers: true, jsonStrings: true },
    maxPreparedStatements: 50,
  }
}

async function sslOf({ address, mode, limits }: MysqlSession): Promise<SslOptions> {
  const { checkServerIdentity, servername, rejectUnauthorized, ...material } = await tlsOptions(
    address,
    mode,
    limits.localFiles,
  )
  return {
    ...(material as SslOptions),
    rejectUnauthorized: rejectUnauthorized ?? true,
    verifyIdentity: mode === 'verify-full',
  }
}

function openClient(driver: MysqlDriver, options: ConnectionOptions, to: SocketConnectOpts): Promise<Client> {
  const client = driver.createConnection(options)
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      forget()
      hangUp(client)
      reject(error)
    }
    const forgetSize = watchSize(streamOf(client), MOST_IN_GREETING, () => failed(new Error('no end of the greeting')))
    const forgetSilence = watchSilence(streamOf(client), to, () => failed(otherEngine('mysql', 'postgresql')))
    const forget = () => {
      forgetSize()
      forgetSilence()
    }
    client.once('error', failed)
    client.once('connect', () => {
      forget()
      client.removeListener('error', failed)
      resolve(client)
    })
  })
}

/** A server of this protocol speaks first. One that is silent for so long may be another one. Milliseconds. */
const SILENCE = 1_000

/** @param postgres called where it is a PostgreSQL that is silent, waiting to be spoken to. @returns ends the looking */
function watchSilence(stream: Socket, to: SocketConnectOpts, postgres: () => void): () => void {
  let end = () => {}
  const timer = setTimeout(() => {
    if (stream.bytesRead === 0 && !stream.connecting) end = askForPostgres(to, postgres)
  }, SILENCE)
  return () => {
    clearTimeout(timer)
    end()
  }
}

/** The driver's own type leaves it out. */
export const streamOf = (client: Client): Socket => Reflect.get(client, 'stream') as Socket

/** The driver's own `end` leaves the socket open, so a hostile server could keep sending. */
export function hangUp(client: Client): void {
  client.destroy()
  streamOf(client).destroy()
}
