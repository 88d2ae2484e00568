import type { LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEgressPolicy, type EgressPolicy } from '../../src/http/egress.js'
import { isLoopbackAddress, isPublicAddress } from '../../src/http/public-address.js'

const PRIVATE = [
  ['this network', '0.0.0.0'],
  ['this network, any host', '0.1.2.3'],
  ['private 10/8', '10.1.2.3'],
  ['private 172.16/12', '172.31.255.255'],
  ['private 192.168/16', '192.168.0.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['metadata behind carrier-grade NAT', '100.100.100.200'],
  ['loopback', '127.0.0.1'],
  ['loopback, not .1', '127.255.0.9'],
  ['link-local', '169.254.1.1'],
  ['metadata', '169.254.169.254'],
  ['metadata of Azure', '168.63.129.16'],
  ['metadata of Oracle', '192.0.0.192'],
  ['documentation', '192.0.2.1'],
  ['benchmarking', '198.18.0.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified, IPv6', '::'],
  ['loopback, IPv6', '::1'],
  ['link-local, IPv6', 'fe80::1'],
  ['unique local', 'fd00:ec2::254'],
  ['site-local', 'fec0::1'],
  ['multicast, IPv6', 'ff02::1'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped private', '::ffff:10.0.0.1'],
  ['IPv4-mapped metadata', '::ffff:a9fe:a9fe'],
  ['IPv4-translated', '::ffff:0:10.0.0.1'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['6to4 of a private address', '2002:a00:1::1'],
  ['6to4 of loopback', '2002:7f00:1::'],
  ['NAT64 of a private address', '64:ff9b::10.0.0.1'],
  ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
  ['NAT64 of a local prefix', '64:ff9b:1::8.8.8.8'],
  ['Teredo', '2001::1'],
  ['documentation, IPv6', '2001:db8::1'],
  ['outside the global range', '4000::1'],
] as const
const PUBLIC = [
  '8.8.8.8',
  '140.82.121.6',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
]

describe('an address that contains another one', () => {
  test.each([
    'blob:https://api.example.com/1',
    'filesystem:https://api.example.com/1',
    'ws://api.example.com/',
    'ftp://api.example.com/',
  ])('%s is not allowed where that one is', (text) => {
    for (const allowedHosts of [[], ['api.example.com']]) {
      const { check } = createEgressPolicy({ allowPrivate: false, allowedHosts })
      check(new URL('https://api.example.com/'))
      expect(() => check(new URL(text))).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
    }
  })
})

test('ports of mail, directories and the like are refused, unless the operator named one', () => {
  for (const allowPrivate of [true, false]) {
    const { check } = createEgressPolicy({ allowPrivate, allowedHosts: ['ldap.example.com:636'] })
    for (const place of [
      'api.example.com:465',
      'api.example.com:636',
      'ldap.example.com:993',
      'api.example.com:6697',
    ]) {
      const refused = expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining('port') })
      for (let i = 0; i < 2; i++) expect(() => check(new URL(`https://${place}/`))).toThrow(refused)
    }
    for (const place of ['api.example.com:443', 'api.example.com:8443', 'ldap.example.com:636'])
      check(new URL(`https://${place}/`))
  }
})

test('what was allowed does not allow anything else', () => {
  for (const allowPrivate of [true, false]) {
    const { check } = createEgressPolicy({ allowPrivate, allowedHosts: ['api.example.com'] })
    for (let i = 0; i < 2; i++) {
      for (const text of ['https://api.example.com/', 'https://other.example.com/']) check(new URL(text))
      for (const text of ['http://other.example.com/', 'http://api.example.com/', 'https://ada@other.example.com/']) {
        expect(() => check(new URL(text))).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
      }
    }
  }
})

describe('isPublicAddress', () => {
  test.each(PRIVATE)('a private address is refused: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
  test.each(PUBLIC)('a public address is allowed: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
  test.each(['', 'example.com', '[::1]', '1.2.3.4.5'])('%j is not an address', (text) => {
    expect(isPublicAddress(text)).toBe(false)
    expect(isLoopbackAddress(text)).toBe(false)
  })
  test('an IPv4 address and the IPv6 forms that contain it get the same answer', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const expected = isPublicAddress(address)
        expect(isPublicAddress(`::ffff:${address}`)).toBe(expected)
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(expected)
        const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
        expect(isPublicAddress(`2002:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}::1`)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
})

const refusal = (policy: EgressPolicy, url: string): unknown => {
  try {
    policy.check(new URL(url))
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    return { code, message }
  }
  return undefined
}
const FORBIDDEN = expect.objectContaining({ code: 'FORBIDDEN' })
const closed = createEgressPolicy({ allowPrivate: false })
const open = createEgressPolicy({ allowPrivate: true })

describe('the egress policy for public addresses', () => {
  test.each(['https://api.github.com/x', 'https://8.8.8.8/', 'https://[2606:4700:4700::1111]/', 'https://a.b:8443/'])(
    'allows %s',
    (url) => {
      expect(refusal(closed, url)).toBeUndefined()
    },
  )
  test.each([
    'http://api.github.com/',
    'ftp://api.github.com/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'https://user:pass@api.github.com/',
    'https://user@api.github.com/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://x.localhost/',
    'http://127.0.0.1/',
    // What the URL parser makes of other spellings of an address is an address.
    'https://0x7f.1/',
    'https://2130706433/',
    'https://127.1/',
    'https://0177.0.0.1/',
    'https://[::ffff:7f00:1]/',
    'https://①②⑦.0.0.1/',
  ])('refuses %s', (url) => {
    expect(refusal(closed, url)).toEqual(FORBIDDEN)
  })
  test.each(PRIVATE)('refuses the private address %s', (_, address) => {
    expect(refusal(closed, `https://${address.includes(':') ? `[${address}]` : address}/`)).toEqual(FORBIDDEN)
  })
})

describe('the egress policy with private addresses', () => {
  test.each([
    'https://10.0.0.1/',
    'https://wiki.corp.example/',
    'http://127.0.0.1:8080/',
    'http://localhost:8080/',
    'http://[::1]:8080/',
  ])('allows %s', (url) => {
    expect(refusal(open, url)).toBeUndefined()
  })
  test.each(['http://10.0.0.1/', 'http://api.github.com/', 'https://u:p@127.0.0.1/', 'ftp://127.0.0.1/'])(
    'refuses %s',
    (url) => {
      expect(refusal(open, url)).toEqual(FORBIDDEN)
    },
  )
})

describe('the egress policy with hosts named by the operator', () => {
  const policy = createEgressPolicy({
    allowPrivate: false,
    allowedHosts: ['ghe.corp.example', '127.0.0.1:4001', '10.0.0.5:8443', 'http://emulator:4002'],
  })
  test.each([
    'https://ghe.corp.example/api/v3',
    'http://127.0.0.1:4001/x',
    'https://127.0.0.1:4001/x',
    'https://10.0.0.5:8443/',
    'http://emulator:4002/',
    'https://api.github.com/',
  ])('allows %s', (url) => {
    expect(refusal(policy, url)).toBeUndefined()
  })
  test.each([
    'http://ghe.corp.example/',
    'https://ghe.corp.example:8443/',
    'http://127.0.0.1:4003/',
    'https://127.0.0.1/',
    'https://10.0.0.5/',
    'https://10.0.0.6:8443/',
    'http://10.0.0.5:8443/',
    'https://emulator/',
    'https://u:p@ghe.corp.example/',
  ])('refuses %s', (url) => {
    expect(refusal(policy, url)).toEqual(FORBIDDEN)
  })
})

describe('the lookup of the egress policy', () => {
  const answers: Record<string, [address: string, family: number][]> = {
    'public.example': [
      ['8.8.8.8', 4],
      ['2606:4700:4700::1111', 6],
    ],
    'private.example': [['10.0.0.1', 4]],
    'mixed.example': [
      ['127.0.0.1', 4],
      ['8.8.8.8', 4],
    ],
    'metadata.example': [
      ['169.254.169.254', 4],
      ['fd00:ec2::254', 6],
    ],
    'ghe.corp.example': [['10.0.0.7', 4]],
  }
  const resolve: LookupFunction = (host, options, callback) => {
    const found = answers[host]?.map(([address, family]) => ({ address, family }))
    // Asked for all, so that none escapes the check.
    expect(options.all).toBe(true)
    if (found) callback(null, found)
    else callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), '', 0)
  }
  const policy = (allowPrivate: boolean) =>
    createEgressPolicy({ allowPrivate, allowedHosts: ['ghe.corp.example'], resolve })
  const lookup = (host: string, allowPrivate = false) =>
    new Promise((done) => {
      policy(allowPrivate).lookup(host, { all: true }, (error, found) => done(error ? { error } : found))
    })

  test('returns public addresses', async () => {
    expect(await lookup('public.example')).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ])
  })
  test('returns only the public ones of several addresses', async () => {
    expect(await lookup('mixed.example')).toEqual([{ address: '8.8.8.8', family: 4 }])
  })
  test.each(['private.example', 'metadata.example'])('refuses %s', async (host) => {
    expect(await lookup(host)).toEqual({ error: FORBIDDEN })
  })
  test('returns private addresses where they are allowed', async () => {
    expect(await lookup('private.example', true)).toEqual([{ address: '10.0.0.1', family: 4 }])
    expect(await lookup('ghe.corp.example')).toEqual([{ address: '10.0.0.7', family: 4 }])
  })
  test('passes a failure on', async () => {
    expect(await lookup('unknown.example')).toEqual({ error: expect.objectContaining({ code: 'ENOTFOUND' }) })
  })
  test('returns one address if only one is requested', async () => {
    const one = promisify((host: string, done: (error: Error | null, found: unknown) => void) =>
      policy(false).lookup(host, {}, (error, address, family) => done(error, { address, family })),
    )
    expect(await one('mixed.example')).toEqual({ address: '8.8.8.8', family: 4 })
  })
})
