import { ConnectorsError, invalidParameters } from '../base/errors.js'
import { isPlainObject, readJson } from '../base/json.js'

export type DatabaseEngine = 'postgresql' | 'mysql' | 'sqlite'

/** Where a linked database is and who logs in, read from a configuration. */
export interface DatabaseAddress {
  engine: DatabaseEngine
  /** As it was written, the way SQLAlchemy names it: `postgresql+psycopg2`. */
  driver: string
  /** A name or address; a path where it is a socket of this machine. */
  host: string | null
  port: number | null
  username: string | null
  /** Empty for a user without a password; null only without a user. */
  password: string | null
  /** The name of the database; for SQLite the path of the file, which may be relative. */
  database: string | null
  /** The query string: `sslmode` and the like. */
  parameters: ReadonlyMap<string, string>
}

const ENGINES: Readonly<Record<string, DatabaseEngine>> = {
  postgresql: 'postgresql',
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
}

const PARTS = ['host', 'port', 'database', 'username', 'password', 'driver'] as const
const NOT_NAMED = `The database is not named: give its URL alone, or all of ${PARTS.join(', ')}`
const EXAMPLE = 'postgresql://user:password@host:5432/database'

/**
 * Reads the configuration of a database account: `url`, or else the single parts. `extra_config` adds to the query string.
 * User name and password of a URL are decoded, so raw `@`, spaces and `%` in them do no harm.
 * @param configuration unknown keys are ignored, and with a `url` so are the single parts
 * @throws INVALID_PARAMETERS when it does not say what to connect to, or says two things; no value is quoted
 * @see https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function databaseAddress(configuration: Record<string, unknown>): DatabaseAddress {
  const url = urlOf(configuration)
  const extra = extraParameters(configuration.extra_config)
  return url === undefined ? fromParts(configuration, extra) : fromUrl(url, extra)
}

/** `driver:host:port:username:database`, decoded; a missing part prints `None`, as it does in the published service. */
export function databaseAccountName({ driver, host, port, username, database }: DatabaseAddress): string {
  return [driver, host, port, username, database].map((part) => part ?? 'None').join(':')
}

const PORTS: Readonly<Record<DatabaseEngine, string>> = { postgresql: '5432', mysql: '3306', sqlite: '' }

/**
 * Which database a configuration leads to and who logs in: kind, host, port, user name, database. It is the same however the
 * driver is written, and whether or not the usual port is.
 * @returns undefined where the configuration cannot be read
 */
export function databaseTarget(configuration: Record<string, unknown>): string[] | undefined {
  const address = addressOrNothing(configuration)
  if (!address) return undefined
  const { engine, host, port, username, database } = address
  return [engine, host?.toLowerCase() ?? '', String(port ?? PORTS[engine]), username ?? '', database ?? '']
}

/** Whether the address itself asks for no change. @see https://www.sqlite.org/uri.html */
export const asksReadOnly = ({ engine, parameters }: DatabaseAddress): boolean =>
  // What SQLite itself and other programs take for that wish.
  engine === 'sqlite' && parameters.get('mode') === 'ro'

/** The same of a configuration; false where it cannot be read. */
export function isReadOnlyAddress(configuration: Record<string, unknown>): boolean {
  const address = addressOrNothing(configuration)
  return address !== undefined && asksReadOnly(address)
}

/** Texts of a configuration that must never be seen: its URL and every password in it, as written and decoded. */
export function databaseSecrets(configuration: Record<string, unknown>): string[] {
  const url = urlOf(configuration)
  const written = url === undefined ? [] : [url, /^[^:]*:\/\/[^:/?#]*:(.*)@/s.exec(url)?.[1]]
  const address = addressOrNothing(configuration)
  const parameters = [...(address?.parameters ?? [])].flatMap(([name, value]) => secretsOf(name, value))
  const nested = isPlainObject(configuration.extra_config) ? secretsIn(configuration.extra_config) : []
  return [...written, address?.password, configuration.password, ...parameters, ...nested].filter(
    (secret) => typeof secret === 'string' && secret !== '',
  ) as string[]
}

const isSecret = (name: string, value: string): boolean =>
  /pass|pwd|secret|token/i.test(name) || value.includes('PRIVATE KEY-----')

function secretsOf(name: string, value: string): string[] {
  if (isSecret(name, value)) return [value]
  const settings = value.startsWith('{') ? readJson(value) : undefined
  return isPlainObject(settings) ? secretsIn(settings) : []
}

/** Secrets in an object of settings, as `{"ssl": {"passphrase": "…"}}`. */
const secretsIn = (settings: Record<string, unknown>, depth = 0): string[] =>
  Object.entries(settings).flatMap(([name, value]) => {
    if (isPlainObject(value)) return depth < 8 ? secretsIn(value, depth + 1) : []
    return typeof value === 'string' && isSecret(name, value) ? [value] : []
  })

function addressOrNothing(configuration: Record<string, unknown>): DatabaseAddress | undefined {
  try {
    return databaseAddress(configuration)
  } catch (error) {
    if (error instanceof ConnectorsError) return undefined
    throw error
  }
}

/** Whether a configuration names the database by a URL; then the single parts count for nothing. */
export const isByUrl = (configuration: Record<string, unknown>): boolean => urlOf(configuration) !== undefined

function urlOf({ url }: Record<string, unknown>): string | undefined {
  const text = typeof url === 'string' ? url.trim() : ''
  return text === '' ? undefined : text
}

function fromParts(configuration: Record<string, unknown>, extra: ReadonlyMap<string, string>): DatabaseAddress {
  const text = (name: string): string | null => {
    const value = configuration[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null
  }
  const driver = text('driver') ?? ''
  if (PARTS.every((name) => (text(name) ?? '').trim() === '')) {
    throw invalidParameters(`${NOT_NAMED}.`, [{ field: 'url', message: 'is missing' }])
  }
  const engine = driver === '' ? undefined : engineOf(driver, 'driver')
  const needed: readonly string[] = engine === 'sqlite' ? ['database'] : PARTS
  const missing = needed.filter((name) => text(name) === null || (name === 'driver' && !driver))
  if (engine === undefined || missing.length > 0) {
    throw invalidParameters(
      `${NOT_NAMED}. Missing: ${missing.join(', ')}.`,
      missing.map((field) => ({ field, message: 'is missing' })),
    )
  }
  return {
    engine,
    driver,
    host: text('host') || null,
    port: portOf(text('port'), 'port'),
    username: text('username') || null,
    password: text('username') ? (text('password') ?? '') : null,
    database: text('database') || null,
    parameters: extra,
  }
}

/** As a query string would carry them: a boolean as `true`, an object as JSON text. */
function extraParameters(extra: unknown): Map<string, string> {
  const entries = isPlainObject(extra) ? Object.entries(extra) : []
  return new Map(
    entries.map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value),
    ]),
  )
}

function fromUrl(url: string, extra: ReadonlyMap<string, string>): DatabaseAddress {
  const [, driver, rest] = /^([A-Za-z][\w+.-]*):\/\/(.*)$/s.exec(url) ?? []
  if (driver === undefined || rest === undefined) throw notAUrl(url)
  const engine = engineOf(driver, 'url')
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  const at = authority.lastIndexOf('@')
  const [path, query] = splitOnce(rest.slice(authority.length), '?')
  const database = path.replace(/^\//, '')
  // A raw slash in a password ends the authority early, and what follows would become part of the account's name.
  if (at === -1 && engine !== 'sqlite' && database.includes('@')) throw unreadable()
  const parameters = together(queryParameters(query), extra)
  const { host, port } = server(authority.slice(at + 1))
  const { username, password } = login(at === -1 ? undefined : authority.slice(0, at))
  const asked = (name: string) => parameters.get(name) || null
  if (engine === 'sqlite') {
    // SQLAlchemy takes the path of a file as it stands.
    return { engine, driver, host, port, username, password, database: database || null, parameters }
  }
  const user = oneOf(username, asked('user'), 'user')
  const secret = oneOf(password || null, asked('password'), 'password')
  return {
    engine,
    driver,
    host: host ?? asked(engine === 'mysql' ? 'unix_socket' : 'host') ?? asked('hostaddr') ?? asked('host'),
    port: port ?? portOf(asked('port'), 'url'),
    username: user,
    password: secret ?? (user === null ? null : ''),
    database: oneOf(decode(database) || null, asked('dbname'), 'dbname'),
    parameters,
  }
}

/** A plus sign in a login is one, as libpq has it; elsewhere it is a space, as SQLAlchemy has it. */
function queryParameters(query: string): [string, string][] {
  const literal = query.replace(/(^|&)(user|password)=([^&]*)/g, (_, before, name, value) => {
    return `${before}${name}=${String(value).replaceAll('+', '%2B')}`
  })
  return [...new URLSearchParams(literal)]
}

/** @throws INVALID_PARAMETERS for a parameter that is given twice with different values */
function together(first: readonly [string, string][], second: ReadonlyMap<string, string>): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of [...first, ...second]) {
    if ((parameters.get(name) ?? value) !== value) throw contradiction(name)
    parameters.set(name, value)
  }
  return parameters
}

/** What stands in two places, which must agree. */
function oneOf(written: string | null, asked: string | null, name: string): string | null {
  if (written !== null && asked !== null && written !== asked) throw contradiction(name)
  return written ?? asked
}

const contradiction = (name: string): ConnectorsError =>
  invalidParameters('A parameter of the database is given twice with different values; the details name it.', [
    { field: name.replace(/[^\w.-]/g, '').slice(0, 64), message: 'is given twice' },
  ])

function login(userInfo: string | undefined): Pick<DatabaseAddress, 'username' | 'password'> {
  if (userInfo === undefined) return { username: null, password: null }
  const [username, password] = splitOnce(userInfo, ':')
  return { username: decode(username) || null, password: decode(password) }
}

function server(text: string): Pick<DatabaseAddress, 'host' | 'port'> {
  if (text.includes(',')) throw invalidUrl('The url names several hosts; name one.')
  const [, v6, name, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? []
  if (v6 === undefined && name === undefined) throw unreadable()
  return { host: v6 ?? (decode(name ?? '') || null), port: portOf(port ?? null, 'url') }
}

/** @param field where the port stood, for the error */
function portOf(text: string | null, field: 'port' | 'url'): number | null {
  if (text === null || text === '') return null
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return port
  if (field === 'url') throw unreadable()
  throw invalidParameters('The port of the database must be a number from 1 to 65535.', [
    { field, message: 'is not a port' },
  ])
}

/** @throws INVALID_PARAMETERS for a database we cannot talk to */
function engineOf(driver: string, field: 'driver' | 'url'): DatabaseEngine {
  const engine = ENGINES[driver.split('+')[0]?.toLowerCase() ?? '']
  if (engine) return engine
  throw invalidParameters(
    'The driver is not known; postgresql, mysql, mariadb and sqlite can be linked, as in postgresql+psycopg2.',
    [{ field, message: 'names no kind of database that can be linked' }],
  )
}

/** Percent-decodes what can be decoded; a `%` that begins no escape stays. */
const decode = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

/** How the file of an SQLite database is written as a URL. */
export const SQLITE_FORMS =
  'write sqlite:////home/me/shop.db for an absolute path (four slashes) and sqlite:///shop.db for a relative one (three)'

/** What an SQLite file is called where a URL is asked for: `/home/me/shop.db`, `C:\\shop.db`, `sqlite:/shop.db`. */
export const isFilePath = (text: string): boolean =>
  /^(?:[/\\]|~[/\\]|\.{1,2}[/\\]|[A-Za-z]:[/\\]|file:|sqlite3?:)/i.test(text) || /\.(?:db|sqlite3?|db3)$/i.test(text)

const notAUrl = (text: string): ConnectorsError =>
  isFilePath(text)
    ? invalidUrl(
        `The url is a path, not a URL; for an SQLite file ${SQLITE_FORMS}, or give driver sqlite and the path as database.`,
      )
    : invalidUrl(`The url has no scheme; write it like ${EXAMPLE}.`)

const invalidUrl = (message: string): ConnectorsError =>
  invalidParameters(message, [{ field: 'url', message: 'is not a database url' }])

const unreadable = (): ConnectorsError =>
  invalidUrl(
    `The url cannot be read; write it like ${EXAMPLE}, with / ? and # in user name and password percent-encoded.`,
  )
