import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { databaseAddress } from '../../../src/database/address.js'
import { tlsParameters } from '../../../src/database/tls/parameters.js'
import { type TlsMode, tlsMode, tlsOptions } from '../../../src/database/tls/tls.js'

const mode = (url: string): TlsMode => tlsMode(databaseAddress({ url }))

test.each<[string, TlsMode]>([
  ['', 'prefer'],
  ['sslmode=disable', 'disable'],
  ['sslmode=allow', 'prefer'],
  ['sslmode=prefer', 'prefer'],
  ['sslmode=require', 'require'],
  ['sslmode=verify-ca', 'verify-ca'],
  ['sslmode=verify-full', 'verify-full'],
  ['sslmode=require&sslrootcert=x', 'verify-ca'],
  ['sslmode=prefer&sslrootcert=x', 'prefer'],
  ['sslrootcert=x', 'verify-ca'],
  ['ssl=true', 'require'],
  ['ssl=True', 'require'],
  ['ssl=false', 'disable'],
  ['ssl=require', 'require'],
  ['ssl_mode=VERIFY_IDENTITY', 'verify-full'],
  ['ssl-mode=VERIFY_CA', 'verify-ca'],
  ['ssl_mode=PREFERRED', 'prefer'],
  ['ssl_mode=DISABLED', 'disable'],
  ['ssl_disabled=True', 'disable'],
  ['ssl_ca=x', 'verify-ca'],
  ['ssl_ca=x&ssl_verify_identity=true', 'verify-full'],
  ['ssl=true&ssl_verify_cert=1', 'verify-ca'],
  // JDBC
  ['sslMode=VERIFY_IDENTITY', 'verify-full'],
  ['useSSL=true', 'require'],
  ['useSSL=false', 'disable'],
  ['requireSSL=true', 'require'],
  ['useSSL=true&requireSSL=true&verifyServerCertificate=true', 'verify-ca'],
  ['useSSL=true&verifyServerCertificate=false', 'require'],
  ['sslMode=trust', 'require'],
  ['ssl', 'require'],
  // libpq
  ['requiressl=1', 'require'],
  ['requiressl=0', 'prefer'],
  ['sslrootcert=system', 'verify-full'],
  ['sslmode=require&sslrootcert=system', 'verify-full'],
  ['sslnegotiation=direct', 'require'],
  ['channel_binding=require', 'require'],
  ['sslmode=prefer&channel_binding=prefer&sslcompression=1&sslsni=1&gssencmode=disable', 'prefer'],
  ['sslcert=x&sslkey=y', 'require'],
  ['ssl_min_protocol_version=TLSv1.3', 'require'],
  // node-postgres
  ['sslmode=no-verify', 'require'],
  ['ssl={"rejectUnauthorized":true}', 'verify-full'],
  ['ssl={"rejectUnauthorized":false}', 'require'],
  ['ssl={"require":true,"rejectUnauthorized":false}', 'require'],
  ['ssl={}', 'verify-full'],
  ['ssl={"ca":"x"}', 'verify-full'],
  ['ssl={"enabled":false}', 'disable'],
  // PyMySQL, mysqlclient and the programs of MySQL and MariaDB
  ['ssl_check_hostname=true', 'verify-full'],
  ['ssl-verify-server-cert', 'verify-full'],
  ['ssl-verify-server-cert=OFF', 'prefer'],
  ['ssl={"ca":"x","check_hostname":true}', 'verify-full'],
  ['ssl={"verify_mode":"none"}', 'require'],
  // Go, Prisma, .NET
  ['tls=true', 'verify-full'],
  ['tls=skip-verify', 'require'],
  ['tls=preferred', 'prefer'],
  ['sslaccept=strict', 'verify-full'],
  ['SSL Mode=VerifyFull'.replace('VerifyFull', 'verify-full'), 'verify-full'],
  ['encrypt=true&trustServerCertificate=true', 'require'],
  // The stricter of two
  ['sslmode=require&ssl_verify_identity=1', 'verify-full'],
  ['sslmode=verify-full&ssl={"rejectUnauthorized":false}', 'verify-full'],
  ['sslmode=prefer&useSSL=true', 'require'],
  ['ssl=null&sslmode=None', 'prefer'],
])('the query string %s asks for TLS mode %s', (search, expected) => {
  expect(mode(`postgresql://u:p@db.example/d?${search}`)).toBe(expected)
})

test('an ssl object as mysql2 accepts it checks the certificate, and the host name on request', () => {
  const asked = (ssl: string) => mode(`mysql://u:p@db.example/d?ssl=${ssl}`)
  expect(asked('{"rejectUnauthorized":true}')).toBe('verify-ca')
  expect(asked('{}')).toBe('verify-ca')
  expect(asked('{"verifyIdentity":true}')).toBe('verify-full')
})

test.each([
  ['sslmode=disable&ssl=true', undefined],
  ['sslmode=disable&sslrootcert=x', undefined],
  ['ssl_disabled=true&sslmode=require', undefined],
  ['sslrootcert=x&ssl_ca=y', undefined],
  ['sslcrldir=/x', 'sslcrldir'],
  ['ssl_capath=/x', 'ssl_capath'],
  ['sslfactory=org.example.Mine', 'sslfactory'],
  ['tls=my-config', 'tls'],
  ['ssl=Amazon RDS', 'ssl'],
  ["ssl={'ca': '/x'}", 'ssl'],
  ['ssl={"secureProtocol":"x"}', 'ssl.secureProtocol'],
  ['ssl={"rejectUnauthorized":{}}', 'ssl.rejectUnauthorized'],
  ['verifyServerCertificate=maybe', 'verifyServerCertificate'],
  ['tlsInsecure=true', 'tlsInsecure'],
  ['trustCertificateKeyStoreUrl=file:x', 'trustCertificateKeyStoreUrl'],
  ['ssl_min_protocol_version=SSLv3', 'ssl_min_protocol_version'],
  ['sslnegotiation=sometimes', 'sslnegotiation'],
  ['channel_binding=maybe', 'channel_binding'],
  ['gssencmode=require', 'gssencmode'],
  ['require_auth=scram-sha-256', 'require_auth'],
])('the query string %s is refused, and the error names the parameter', (search, field) => {
  const refused = () => mode(`postgresql://u:p@db.example/d?${search}`)
  expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETERS' }))
  if (field)
    expect(refused).toThrow(expect.objectContaining({ details: { errors: [expect.objectContaining({ field })] } }))
})

test('TLS settings next to a url count as well, nested and as a boolean', () => {
  const beside = (extra_config: Record<string, unknown>) =>
    tlsMode(databaseAddress({ url: 'postgresql://u:p@127.0.0.1/d', extra_config }))
  expect(beside({ sslmode: 'verify-full' })).toBe('verify-full')
  expect(beside({ ssl: true })).toBe('require')
  expect(beside({ ssl: { rejectUnauthorized: true } })).toBe('verify-full')
  expect(beside({ ssl: null, SSLMODE: 'Require' })).toBe('require')
})

test('every parameter name about TLS is understood or refused', () => {
  const name = fc.tuple(fc.constantFrom('ssl', 'TLS', 'my_ssl_', 'SSL-'), fc.stringMatching(/^[a-z_]{0,12}$/))
  fc.assert(
    fc.property(name, fc.constantFrom('true', 'require', 'verify-full', 'x'), ([start, rest], value) => {
      const parameters = new Map([[`${start}${rest}`, value]])
      const address = { ...databaseAddress({ url: 'postgresql://h/d' }), parameters }
      let asked: string | undefined
      try {
        asked = tlsParameters(address).mode
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      }
      if (asked === undefined || value !== 'verify-full') return
      // A mode that was understood is the one that was asked for; others are names of files, ciphers and the like.
      expect(['verify-full', 'verify-ca', 'require']).toContain(asked)
    }),
    { numRuns: 500 },
  )
})

describe('certificate files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-tls-files-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const options = (file: string) =>
    tlsOptions(databaseAddress({ url: `postgresql://h/d?sslrootcert=${file}` }), 'verify-ca', true)
  const pipe = join(folder, 'pipe')
  const large = join(folder, 'large')
  const other = join(folder, 'other')
  execFileSync('mkfifo', [pipe])
  writeFileSync(large, '-----BEGIN CERTIFICATE-----')
  truncateSync(large, 1024 * 1024 + 1)
  writeFileSync(other, 'root:x:0:0')
  test.each([
    pipe,
    large,
    other,
    folder,
    '/dev/zero',
    '/dev/ptmx',
    '/dev/stdin',
    '/proc/self/environ',
    '/proc/kmsg',
    '/nowhere',
  ])('at %s are refused without waiting', { timeout: 2_000 }, async (file) => {
    await expect(options(file)).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.not.stringContaining('root:x'),
    })
  })

  test('that OpenSSL does not accept are refused before anything connects', async () => {
    const pem = encodeURIComponent('-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----')
    const address = databaseAddress({ url: `postgresql://h/d?sslcert=${pem}` })
    await expect(tlsOptions(address, 'require', false)).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
    const ciphers = databaseAddress({ url: 'postgresql://h/d?ssl_cipher=NONSENSE' })
    await expect(tlsOptions(ciphers, 'require', false)).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test('do not allow a certificate for another host name or address', async () => {
    const check = async (host: string) =>
      (await tlsOptions(databaseAddress({ url: `postgresql://${host}/d` }), 'verify-full', true)).checkServerIdentity
    const certificate = { subject: {}, subjectaltname: 'DNS:localhost, IP Address:10.0.0.1' } as never
    expect((await check('10.0.0.1'))?.('localhost', certificate)).toBeUndefined()
    expect((await check('10.0.0.2'))?.('localhost', certificate)).toBeInstanceOf(Error)
    expect((await check('localhost'))?.('10.0.0.1', certificate)).toBeUndefined()
  })
})

test.each(['localhost', '127.0.0.1', '127.8.8.8', '[::1]', ''])(
  'TLS is off by default at %s, which is this machine',
  (host) => {
    expect(mode(`postgresql://u:p@${host}/d`)).toBe('disable')
    expect(mode(`postgresql://u:p@${host}/d?sslmode=require`)).toBe('require')
  },
)

test.each(['10.0.0.1', '[fe80::1]', 'localhost.example', '127.0.0.1.example'])(
  'TLS is preferred by default at %s, which is another machine',
  (host) => {
    expect(mode(`postgresql://u:p@${host}/d`)).toBe('prefer')
  },
)
