import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { ConnectorsError, type DatabaseAddress, invalidParameters } from '../kit/index.js'

/** How a connection is encrypted, by the names libpq gives the modes. */
export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

const MODES: Readonly<Record<string, TlsMode>> = {
  ...{ disable: 'disable', disabled: 'disable', false: 'disable', '0': 'disable', off: 'disable', no: 'disable' },
  ...{ allow: 'prefer', prefer: 'prefer', preferred: 'prefer' },
  ...{ require: 'require', required: 'require', true: 'require', '1': 'require', on: 'require', yes: 'require' },
  ...{
    'no-verify': 'require',
    'verify-ca': 'verify-ca',
    'verify-full': 'verify-full',
    'verify-identity': 'verify-full',
  },
}

/**
 * The mode a URL asks for by `sslmode`, `ssl`, `ssl_mode` or `ssl-mode`, and what PyMySQL calls `ssl_disabled`,
 * `ssl_verify_cert` and `ssl_verify_identity`. As in libpq, `prefer` and `require` check no certificate, but a CA file
 * turns `require` into `verify-ca`.
 *
 * Without any of these it is `prefer`, which is libpq's default and so that of the published service: encrypted where
 * the server offers it, with any certificate, in plain text where it does not. On loopback and sockets it is `disable`.
 * The help of the connector says so, and that `sslmode=verify-full` is the mode that keeps impostors out.
 * @throws INVALID_PARAMETERS for an unknown mode
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function tlsMode({ host, parameters }: DatabaseAddress): TlsMode {
  const asked = first(parameters, ['sslmode', 'ssl_mode', 'ssl-mode', 'ssl'])
  const mode = asked === undefined ? undefined : MODES[asked.toLowerCase().replaceAll('_', '-')]
  if (asked !== undefined && !mode) {
    throw invalidParameters(`The sslmode is not known; use disable, prefer, require, verify-ca or verify-full.`)
  }
  if (isTrue(parameters.get('ssl_disabled'))) return 'disable'
  if (isTrue(parameters.get('ssl_verify_identity'))) return 'verify-full'
  const authority = first(parameters, CA)
  if ((mode ?? 'require') === 'require' && (authority || isTrue(parameters.get('ssl_verify_cert')))) return 'verify-ca'
  return mode ?? (isLoopback(host) ? 'disable' : 'prefer')
}

/**
 * What `node:tls` needs for a mode other than `disable`. Certificates are PEM text, or files where those are allowed.
 * @throws INVALID_PARAMETERS for a file that may not or cannot be read
 */
export async function tlsOptions(
  address: DatabaseAddress,
  mode: TlsMode,
  localFiles: boolean,
): Promise<ConnectionOptions> {
  const pem = async (names: readonly string[]): Promise<string | undefined> => {
    const given = first(address.parameters, names)
    if (given === undefined || given === '' || given === 'system') return undefined
    if (given.includes('-----BEGIN')) return given
    if (!localFiles)
      throw invalidParameters(`${names[0]} must be the PEM text itself, since files cannot be read here.`)
    try {
      return await readFile(given, 'utf8')
    } catch (cause) {
      throw new ConnectorsError('INVALID_PARAMETERS', `The file of ${names[0]} cannot be read; check the path.`, {
        cause,
      })
    }
  }
  const [ca, cert, key] = await Promise.all([pem(CA), pem(['sslcert', 'ssl_cert']), pem(['sslkey', 'ssl_key'])])
  return {
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...(address.host && isIP(address.host) === 0 ? { servername: address.host } : {}),
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
  }
}

const CA = ['sslrootcert', 'ssl_ca', 'ssl-ca']

function first(parameters: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  const name = names.find((candidate) => parameters.has(candidate))
  return name === undefined ? undefined : parameters.get(name)
}

const isTrue = (value: string | undefined): boolean => value !== undefined && /^(?:true|1|yes|on)$/i.test(value)

/** Nothing leaves the machine, so there is nobody to hide it from. */
const isLoopback = (host: string | null): boolean =>
  host === null || host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host)
