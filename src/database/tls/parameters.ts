import { type ConnectorsError, invalidParameters } from '../../base/errors.js'
import { isPlainObject, readJson } from '../../base/json.js'
import type { DatabaseAddress } from '../address.js'

/** How a connection is encrypted, by the names libpq gives the modes. */
export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

/** What the parameters of a database say about TLS, whatever driver's spelling they use. */
export interface TlsParameters {
  mode: TlsMode
  /** PEM text or the path of a file; `system` in `ca` stands for the certificates of the machine. */
  ca?: string
  cert?: string
  key?: string
  crl?: string
  passphrase?: string
  ciphers?: string
  minVersion?: TlsVersion
  maxVersion?: TlsVersion
  /** The name the certificate must have, where that is not the host. */
  servername?: string
  /** TLS from the first byte on, as `sslnegotiation=direct` asks for. */
  direct?: boolean
  /** The login must be bound to the TLS connection (SCRAM-SHA-256-PLUS). */
  channelBinding?: boolean
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

const MODES: Readonly<Record<string, TlsMode>> = {
  ...{ disable: 'disable', disabled: 'disable', false: 'disable', '0': 'disable', off: 'disable', no: 'disable' },
  ...{ allow: 'prefer', prefer: 'prefer', preferred: 'prefer' },
  ...{ require: 'require', required: 'require', true: 'require', '1': 'require', on: 'require', yes: 'require' },
  // Of node-postgres, MariaDB's driver for Java, and Go: encrypted, without a look at the certificate.
  ...{ 'no-verify': 'require', trust: 'require', 'skip-verify': 'require' },
  ...{ 'verify-ca': 'verify-ca', 'verify-full': 'verify-full', 'verify-identity': 'verify-full' },
}
const STRENGTH: readonly TlsMode[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']
const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** What one parameter means. @param name as it was written, for errors */
type Meaning = (tls: TlsParametersBuilder, value: string, name: string) => void

const modeOf = (tls: TlsParametersBuilder, value: string, name: string): void => {
  const mode = MODES[value.toLowerCase().replaceAll('_', '-')]
  if (!mode) throw notUnderstood(name)
  tls.ask(mode)
}
/** A switch that asks for a mode where it is on, and for nothing where it is off. */
const on =
  (mode: TlsMode): Meaning =>
  (tls, value, name) => {
    if (isOn(value, name)) tls.ask(mode)
  }
const text =
  (field: 'cert' | 'key' | 'crl' | 'passphrase' | 'ciphers' | 'servername'): Meaning =>
  (tls, value) => {
    if (value !== '') tls.put(field, value)
  }
/** Understood, and met whatever it says: a switch of a check that is made or not made by the other parameters. */
const nothing: Meaning = (_, value, name) => void isOn(value, name)
/** Takes the values that cannot matter and refuses all others. */
const only =
  (...values: string[]): Meaning =>
  (_, value, name) => {
    if (!values.includes(value.toLowerCase())) throw notUnderstood(name)
  }
const version =
  (edge: 'minVersion' | 'maxVersion'): Meaning =>
  (tls, value, name) => {
    if (value !== '') tls.putVersions([value], name, edge)
  }
const versions: Meaning = (tls, value, name) => tls.putVersions(value.replace(/[[\]"']/g, '').split(','), name, 'both')
const authority: Meaning = (tls, value) => {
  if (value === 'system') tls.ask('verify-full')
  if (value !== '') tls.put('ca', value)
}
/** node-postgres and asyncpg check the name as well where they check the certificate, mysql2 does not. */
const verified: Meaning = (tls, value, name) => {
  if (isOn(value, name)) tls.ask(tls.engine === 'mysql' ? 'verify-ca' : 'verify-full')
}

/** Names without case, `-`, `_` and spaces, so that `sslMode`, `ssl-mode` and `SSL Mode` are one. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  sslmode: modeOf,
  ssl: (tls, value, name) => (value.startsWith('{') ? readObject(tls, value, name) : switched(tls, value, name)),
  // Go checks the certificate by default.
  tls: (tls, value, name) => {
    if (value.startsWith('{')) return readObject(tls, value, name)
    if (/^true$/i.test(value)) return tls.ask('verify-full')
    switched(tls, value, name)
  },
  ssldisabled: (tls, value, name) => tls.ask(isOn(value, name) ? 'disable' : 'prefer'),
  skipssl: (tls, value, name) => tls.ask(isOn(value, name) ? 'disable' : 'prefer'),
  usessl: (tls, value, name) => tls.ask(isOn(value, name) ? 'require' : 'disable'),
  requiressl: on('require'),
  encrypt: on('require'),
  verifyservercertificate: on('verify-ca'),
  sslverifycert: on('verify-ca'),
  sslverifyservercert: on('verify-full'),
  sslverifyidentity: on('verify-full'),
  sslcheckhostname: on('verify-full'),
  rejectunauthorized: verified,
  sslaccept: (tls, value, name) => {
    if (value === 'strict') tls.ask('verify-full')
    else if (value === 'accept_invalid_certs') tls.ask('prefer')
    else throw notUnderstood(name)
  },
  trustservercertificate: nothing,
  disablesslhostnameverification: nothing,
  ...{ sslrootcert: authority, sslca: authority, serversslcert: authority },
  ...{ sslcert: text('cert'), sslkey: text('key'), sslcrl: text('crl') },
  ...{ sslpassword: text('passphrase'), sslkeypassword: text('passphrase') },
  ...{ sslcipher: text('ciphers'), sslciphers: text('ciphers'), tlsciphersuites: text('ciphers') },
  ...{ enabledsslciphersuites: text('ciphers') },
  ...{ sslminprotocolversion: version('minVersion'), sslmaxprotocolversion: version('maxVersion') },
  ...{ tlsversion: versions, tlsversions: versions, enabledtlsprotocols: versions, enabledsslprotocolsuites: versions },
  sslcompression: nothing,
  sslinline: nothing,
  sslsni: only('1', ''),
  sslcertmode: only('allow', ''),
  sslfipsmode: only('off', '0', ''),
  sslresponsetimeout: () => undefined,
  sslnegotiation: (tls, value, name) => {
    if (value === 'direct') tls.putDirect()
    else if (value !== 'postgres' && value !== '') throw notUnderstood(name)
  },
  channelbinding: (tls, value, name) => {
    if (value === 'require') tls.putChannelBinding()
    else if (value !== 'prefer' && value !== 'disable' && value !== '') throw notUnderstood(name)
  },
  gssencmode: only('disable', 'prefer', ''),
  requireauth: only(''),
}

/** What stands in an object of TLS settings, as node-postgres, mysql2, PyMySQL and Sequelize take it. */
const OBJECT_MEANINGS: Readonly<Record<string, Meaning>> = {
  ...{ mode: modeOf, sslmode: modeOf, require: on('require'), enabled: on('require') },
  rejectunauthorized: verified,
  verifyidentity: on('verify-full'),
  checkhostname: on('verify-full'),
  verifymode: (tls, value, name) => {
    if (/^(?:required|cert_required|2)$/i.test(value)) tls.ask('verify-ca')
    else if (!/^(?:none|optional|cert_none|cert_optional|0|1)$/i.test(value)) on('verify-ca')(tls, value, name)
  },
  ...{ ca: authority, cert: text('cert'), key: text('key'), crl: text('crl'), passphrase: text('passphrase') },
  ...{ cipher: text('ciphers'), ciphers: text('ciphers'), servername: text('servername') },
  ...{ minversion: version('minVersion'), maxversion: version('maxVersion') },
}

/** A name that says it is about encryption or who is at the other end. Such a parameter must not be ignored. */
const ABOUT_TLS = /ssl|tls|cert|truststore|keystore|verify|encrypt/

/**
 * Reads what was asked for. Of two modes the stricter one counts; asking for TLS and for none is refused.
 *
 * By default it is `prefer`, which is libpq's default and so that of the published service: encrypted where the
 * server offers it, with any certificate, in plain text where it does not. On loopback and sockets it is `disable`.
 * As in libpq, a CA file turns `require` into `verify-ca`.
 * @throws INVALID_PARAMETERS naming a parameter about TLS that is not understood, or a contradiction
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function tlsParameters({ engine, host, parameters }: DatabaseAddress): TlsParameters {
  const tls = new TlsParametersBuilder(engine)
  for (const [name, value] of parameters) {
    const known = plainName(name)
    const meaning = Object.hasOwn(MEANINGS, known) ? MEANINGS[known] : undefined
    if (meaning) {
      if (!isAbsent(value)) meaning(tls, value.trim(), name)
    } else if (ABOUT_TLS.test(known)) throw notUnderstood(name)
  }
  return tls.result(isLoopback(host))
}

class TlsParametersBuilder {
  readonly engine: DatabaseAddress['engine']
  readonly #found: Omit<TlsParameters, 'mode'> = {}
  readonly #modes = new Set<TlsMode>()

  constructor(engine: DatabaseAddress['engine']) {
    this.engine = engine
  }

  ask(mode: TlsMode): void {
    this.#modes.add(mode)
  }

  put(field: 'ca' | 'cert' | 'key' | 'crl' | 'passphrase' | 'ciphers' | 'servername', value: string): void {
    const before = this.#found[field]
    if (before !== undefined && before !== value && field !== 'ciphers') {
      throw invalidParameters('Two parameters about TLS contradict each other; give each file and name once.')
    }
    this.#found[field] = before !== undefined && field === 'ciphers' ? `${before}:${value}` : value
  }

  putVersions(given: readonly string[], name: string, edge: 'minVersion' | 'maxVersion' | 'both'): void {
    const found = given.map((one) => VERSIONS.findIndex((known) => known.toLowerCase() === one.trim().toLowerCase()))
    if (found.includes(-1)) throw notUnderstood(name)
    if (edge !== 'maxVersion') this.#found.minVersion = VERSIONS[Math.min(...found)] as TlsVersion
    if (edge !== 'minVersion') this.#found.maxVersion = VERSIONS[Math.max(...found)] as TlsVersion
  }

  putDirect(): void {
    this.#found.direct = true
    this.ask('require')
  }

  putChannelBinding(): void {
    this.#found.channelBinding = true
    this.ask('require')
  }

  result(loopback: boolean): TlsParameters {
    const asked = STRENGTH.findLast((mode) => this.#modes.has(mode))
    const { ca, ...others } = this.#found
    if (this.#modes.has('disable') && (asked !== 'disable' || ca !== undefined)) {
      throw invalidParameters('The parameters ask both for TLS and for no TLS; choose one of them.')
    }
    // A user who names certificates, ciphers or versions wants TLS.
    const implied = Object.keys(others).length > 0 || ca !== undefined ? 'require' : loopback ? 'disable' : 'prefer'
    const mode = asked ?? implied
    return { ...this.#found, mode: mode === 'require' && ca !== undefined ? 'verify-ca' : mode }
  }
}

function switched(tls: TlsParametersBuilder, value: string, name: string): void {
  // pgjdbc takes the bare name for yes.
  if (value === '') tls.ask('require')
  else modeOf(tls, value, name)
}

/** JSON text, as it stands in a URL, or an object of `extra_config`. */
function readObject(tls: TlsParametersBuilder, value: string, name: string): void {
  const settings = readJson(value)
  if (!isPlainObject(settings)) throw notUnderstood(name)
  for (const [key, given] of Object.entries(settings)) {
    const known = plainName(key)
    const meaning = Object.hasOwn(OBJECT_MEANINGS, known) ? OBJECT_MEANINGS[known] : undefined
    const list = Array.isArray(given) && given.every((item) => typeof item === 'string')
    if (!meaning || (typeof given === 'object' && given !== null && !list)) throw notUnderstood(`${name}.${key}`)
    const plain = list ? given.join('\n') : String(given)
    if (!isAbsent(plain)) meaning(tls, plain.trim(), `${name}.${key}`)
  }
  // The drivers that take such an object check the certificate if it does not say otherwise.
  const told = Object.keys(settings).some((key) =>
    /^(?:rejectunauthorized|verifymode|mode|sslmode)$/.test(plainName(key)),
  )
  if (settings.enabled === false) tls.ask('disable')
  else tls.ask('require')
  if (!told && settings.enabled !== false) verified(tls, 'true', name)
}

const plainName = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '')

/** What a form or a program leaves where nothing was chosen. */
const isAbsent = (value: string): boolean => /^(?:null|none|undefined)$/i.test(value)

function isOn(value: string, name: string): boolean {
  if (/^(?:true|1|yes|on|)$/i.test(value)) return true
  if (/^(?:false|0|no|off)$/i.test(value)) return false
  throw notUnderstood(name)
}

/** A name is short and tells nothing; what stands behind it is not repeated. */
const notUnderstood = (name: string): ConnectorsError => {
  const field = name.replace(/[^\w.-]/g, '').slice(0, 64)
  return invalidParameters(
    'A parameter about TLS or login is not understood, so the database was not connected to; the details name it. Use sslmode (disable, prefer, require, verify-ca, verify-full) with sslrootcert, sslcert and sslkey.',
    [{ field, message: 'is not understood, or its value is not' }],
  )
}

/** Nothing leaves the machine, so there is no need to encrypt it. */
const isLoopback = (host: string | null): boolean =>
  host === null || host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host)
