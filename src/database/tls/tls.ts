import { isIP } from 'node:net'
import * as tls from 'node:tls'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { DatabaseAddress } from '../address.js'
import { readCertificateFile } from './certificate-file.js'
import { type TlsMode, type TlsParameters, tlsParameters } from './parameters.js'

export type { TlsMode } from './parameters.js'

/** The mode that the parameters of a database ask for. @throws INVALID_PARAMETERS as `tlsParameters` */
export const tlsMode = (address: DatabaseAddress): TlsMode => tlsParameters(address).mode

/**
 * What `node:tls` needs for a mode other than `disable`. Certificates are PEM text, or files where those are allowed.
 * @throws INVALID_PARAMETERS for a file that may not or cannot be read, and for certificates or ciphers OpenSSL does not take
 */
export async function tlsOptions(
  address: DatabaseAddress,
  mode: TlsMode,
  localFiles: boolean,
): Promise<tls.ConnectionOptions & { servername?: string }> {
  const parameters = tlsParameters(address)
  const name = parameters.servername ?? address.host ?? 'localhost'
  const options = {
    ...(await certificates(parameters, localFiles)),
    ...(parameters.passphrase === undefined ? {} : { passphrase: parameters.passphrase }),
    ...(parameters.ciphers === undefined ? {} : { ciphers: parameters.ciphers }),
    ...(parameters.minVersion === undefined ? {} : { minVersion: parameters.minVersion }),
    ...(parameters.maxVersion === undefined ? {} : { maxVersion: parameters.maxVersion }),
  }
  refuseUnusable(options)
  return {
    ...options,
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    // Drivers connect to an address, which is not always what was asked for; without a name Node checks for `localhost`.
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? tls.checkServerIdentity(name, certificate) : undefined,
    ...(isIP(name) === 0 ? { servername: name } : {}),
  }
}

async function certificates(parameters: TlsParameters, localFiles: boolean): Promise<tls.SecureContextOptions> {
  const pem = async (given: string | undefined, parameter: string): Promise<string | undefined> => {
    if (given === undefined || given === '' || given.includes('-----BEGIN')) return given
    if (localFiles) return readCertificateFile(given, parameter)
    throw invalidParameters(`${parameter} must be the PEM text itself, since files cannot be read here.`)
  }
  const [ca, cert, key, crl] = await Promise.all([
    parameters.ca === 'system' ? systemAuthorities() : pem(parameters.ca, 'sslrootcert'),
    pem(parameters.cert, 'sslcert'),
    pem(parameters.key, 'sslkey'),
    pem(parameters.crl, 'sslcrl'),
  ])
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(crl ? { crl } : {}) }
}

/** Those of the machine where Node can read them (22.15), and those Node brings along. */
function systemAuthorities(): string[] | undefined {
  const own = (tls as { getCACertificates?: (kind: string) => string[] }).getCACertificates?.('system') ?? []
  return own.length === 0 ? undefined : [...tls.rootCertificates, ...own]
}

/** Drivers make a context of them in the middle of a connection, where an error of OpenSSL would not be caught. */
function refuseUnusable(options: tls.SecureContextOptions): void {
  try {
    tls.createSecureContext(options)
  } catch (cause) {
    throw new ConnectorsError(
      'INVALID_PARAMETERS',
      'The certificates, the key, its password or the ciphers for TLS cannot be used; check that they belong together.',
      { cause },
    )
  }
}
