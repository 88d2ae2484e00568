import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { issueUserToken, verifyUserToken } from '../../src/crypto/index.js'

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index)
const OTHER_KEY = new Uint8Array(32)
const NOW = 1_764_000_000_000
const CLAIMS = {
  userId: 'user-1',
  clientId: 'tenant-a',
  identifier: 'ann@example.com',
  secretSerial: 'serial-1',
  expiresAt: NOW + 60_000,
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A token made by hand, so that jose does not check jose. */
function handMade(header: unknown, payload: unknown, key = KEY, hash = 'sha256'): string {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}
const withoutSerial = {
  sub: 'user-1',
  client_id: 'tenant-a',
  identifier: 'ann@example.com',
  exp: (NOW + 60_000) / 1000,
}
const payload = { ...withoutSerial, secret_serial: 'serial-1' }

test('a user token is verified and returns its claims', async () => {
  expect(await verifyUserToken(KEY, await issueUserToken(KEY, CLAIMS), NOW)).toEqual(CLAIMS)
})

test('the claims of a user token are those of the contract', async () => {
  const [header, body] = (await issueUserToken(KEY, CLAIMS)).split('.')
  const read = (part: string | undefined): unknown => JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
  expect(read(header)).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(read(body)).toEqual({ ...payload, jti: expect.stringMatching(/^[0-9a-f-]{36}$/), iat: expect.any(Number) })
})

test('two tokens of one user are different', async () => {
  expect(await issueUserToken(KEY, CLAIMS)).not.toBe(await issueUserToken(KEY, CLAIMS))
})

test('a token made by another JWT implementation is accepted', async () => {
  expect(await verifyUserToken(KEY, handMade({ alg: 'HS256' }, payload), NOW)).toEqual(CLAIMS)
})

test('a user token of an earlier release, or of a secret without a serial, names none', async () => {
  const claims = { ...CLAIMS, secretSerial: '' }
  expect(await verifyUserToken(KEY, handMade({ alg: 'HS256' }, withoutSerial), NOW)).toEqual(claims)
  expect(await verifyUserToken(KEY, await issueUserToken(KEY, claims), NOW)).toEqual(claims)
  const odd = handMade({ alg: 'HS256' }, { ...withoutSerial, secret_serial: 7 })
  expect(await verifyUserToken(KEY, odd, NOW)).toBeUndefined()
})

test('a user token expires at its exp, by the given clock', async () => {
  const token = await issueUserToken(KEY, CLAIMS)
  expect(await verifyUserToken(KEY, token, CLAIMS.expiresAt - 1000)).toBeDefined()
  expect(await verifyUserToken(KEY, token, CLAIMS.expiresAt)).toBeUndefined()
  expect(await verifyUserToken(KEY, token, CLAIMS.expiresAt + 1000)).toBeUndefined()
})

test('the expiry of a user token is rounded down to full seconds', async () => {
  const token = await issueUserToken(KEY, { ...CLAIMS, expiresAt: NOW + 1999 })
  expect((await verifyUserToken(KEY, token, NOW))?.expiresAt).toBe(NOW + 1000)
})

test('a token with another key, algorithm or signature is refused', async () => {
  const refused = [
    await issueUserToken(OTHER_KEY, CLAIMS),
    handMade({ alg: 'HS384' }, payload, KEY, 'sha384'),
    handMade({ alg: 'HS512' }, payload, KEY, 'sha512'),
    handMade({ alg: 'none' }, payload),
    `${encode({ alg: 'none' })}.${encode(payload)}.`,
    handMade({ alg: 'HS256', crit: ['x'], x: 1 }, payload),
    handMade({ alg: 'HS256', b64: false, crit: ['b64'] }, payload),
    handMade({}, payload),
  ]
  for (const token of refused) expect(await verifyUserToken(KEY, token, NOW), token).toBeUndefined()
})

test('a token with a missing claim, or a claim of another type, is refused', async () => {
  for (const claim of Object.keys(payload)) {
    for (const value of [undefined, null, 1, '', [], {}]) {
      const token = handMade({ alg: 'HS256' }, { ...payload, [claim]: value })
      const isNone = claim === 'secret_serial' && value === undefined
      const wrong = claim === 'exp' || !(value === '' || isNone)
      expect((await verifyUserToken(KEY, token, NOW)) === undefined, `${claim}: ${JSON.stringify(value)}`).toBe(wrong)
    }
  }
  expect(await verifyUserToken(KEY, handMade({ alg: 'HS256' }, []), NOW)).toBeUndefined()
  const early = await new SignJWT(payload)
    .setProtectedHeader({ alg: 'HS256' })
    .setNotBefore(NOW / 1000 + 60)
    .sign(KEY)
  expect(await verifyUserToken(KEY, early, NOW)).toBeUndefined()
})

test('changing any one character of a user token is detected', async () => {
  const token = await issueUserToken(KEY, CLAIMS)
  for (let index = 0; index < token.length; index++) {
    const other = token[index] === 'A' ? 'B' : 'A'
    const changed = token.slice(0, index) + other + token.slice(index + 1)
    // The last character of the signature carries two bits that base64url drops.
    if (index < token.length - 1) expect(await verifyUserToken(KEY, changed, NOW), `at ${index}`).toBeUndefined()
  }
})

test('any text that is not a token is refused without throwing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      expect(await verifyUserToken(KEY, text, NOW)).toBeUndefined()
      expect(await verifyUserToken(KEY, `${text}.${text}.${text}`, NOW)).toBeUndefined()
    }),
  )
})
