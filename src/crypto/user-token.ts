import { jwtVerify, SignJWT } from 'jose'
import { uuid } from '../base/random.js'

const ALGORITHM = 'HS256'

/** The claims of a user token. */
export interface UserTokenClaims {
  userId: string
  clientId: string
  identifier: string
  /** The serial of the secret that the user logged in with; empty for one that has none. */
  secretSerial: string
  /** Milliseconds since the epoch; the token carries whole seconds, rounded down. */
  expiresAt: number
}

/**
 * Issues a user token: a JWT signed by HMAC with SHA-256, with `sub`, `client_id`, `identifier`, `jti`, `iat`, `exp`,
 * and `secret_serial` where the secret has a serial.
 * @param key 32 bytes, used for nothing else
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1
 */
export function issueUserToken(key: Uint8Array, claims: UserTokenClaims): Promise<string> {
  const { clientId, identifier, secretSerial } = claims
  return new SignJWT({
    client_id: clientId,
    identifier,
    ...(secretSerial === '' ? {} : { secret_serial: secretSerial }),
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setSubject(claims.userId)
    .setJti(uuid())
    .setIssuedAt()
    .setExpirationTime(Math.floor(claims.expiresAt / 1000))
    .sign(key)
}

/**
 * Verifies a user token. Only HS256 is accepted.
 * @param now milliseconds since the epoch
 * @returns undefined if anything is wrong with it: signature, form, claims, expiry
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export async function verifyUserToken(
  key: Uint8Array,
  token: string,
  now: number,
): Promise<UserTokenClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      currentDate: new Date(now),
      requiredClaims: ['sub', 'client_id', 'identifier', 'exp'],
    })
    const { sub, client_id, identifier, exp, secret_serial = '' } = payload
    if (typeof sub !== 'string' || typeof client_id !== 'string' || typeof identifier !== 'string') return undefined
    if (exp === undefined || typeof secret_serial !== 'string') return undefined
    return { userId: sub, clientId: client_id, identifier, secretSerial: secret_serial, expiresAt: exp * 1000 }
  } catch {
    return undefined
  }
}
