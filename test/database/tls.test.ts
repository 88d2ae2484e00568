import { expect, test } from 'vitest'
import { type TlsMode, tlsMode } from '../../src/database/tls.js'
import { databaseAddress } from '../../src/kit/index.js'

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
])('?%s asks for %s', (search, expected) => {
  expect(mode(`postgresql://u:p@db.example/d?${search}`)).toBe(expected)
})

test.each(['localhost', '127.0.0.1', '127.8.8.8', '[::1]', ''])('%s is this machine, where nobody listens', (host) => {
  expect(mode(`postgresql://u:p@${host}/d`)).toBe('disable')
  expect(mode(`postgresql://u:p@${host}/d?sslmode=require`)).toBe('require')
})

test.each(['10.0.0.1', '[fe80::1]', 'localhost.example', '127.0.0.1.example'])('%s is another machine', (host) => {
  expect(mode(`postgresql://u:p@${host}/d`)).toBe('prefer')
})
