import { beforeEach, describe, expect, test, vi } from 'vitest'
import { outboundOf } from '../../src/app/outbound.js'
import type { ConnectorsError } from '../../src/base/errors.js'
import { readConfig } from '../../src/config/index.js'

/** The system's resolver: what it says of a name, one answer after the other, the last one again and again. */
const { says, lookup } = vi.hoisted(() => {
  const says = new Map<string, string[][]>()
  const lookup = vi.fn(async (host: string) => {
    const answers = says.get(host) ?? []
    const addresses = answers.length > 1 ? answers.shift() : answers[0]
    if (!addresses) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' })
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  })
  return { says, lookup }
})
vi.mock('node:dns/promises', async (original) => ({ ...(await original<object>()), lookup }))

const settings = { HOME: '/nowhere', CONNECTORS_PUBLIC_URL: 'https://connectors.example' }
const resolveHost =
  outboundOf(readConfig({ ...settings, CONNECTORS_ALLOWED_HOSTS: 'db.internal' })).databases.resolveHost ??
  expect.fail('a shared service judges the hosts of databases')

beforeEach(() => {
  says.clear()
  lookup.mockClear()
})

describe('the host of a database on a shared service', () => {
  // getaddrinfo takes each of these for an address; the answers are those of glibc.
  test.each(['2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '127.1', 'localhost.', 'localtest.example'])(
    '%s is loopback and is refused',
    async (host) => {
      says.set(host, [['127.0.0.1']])
      await expect(resolveHost(host)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    },
  )

  test.each(['10.0.0.1', '169.254.169.254', '::1', 'fd00:ec2::254', '::ffff:10.0.0.1', '64:ff9b::a9fe:a9fe'])(
    'that leads to %s is refused',
    async (address) => {
      says.set('inside.example', [[address]])
      await expect(resolveHost('inside.example')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    },
  )

  test('is connected to by the checked address, without a second DNS query', async () => {
    says.set('rebound.example', [['8.8.8.8'], ['127.0.0.1']])
    expect(await resolveHost('rebound.example')).toBe('8.8.8.8')
    expect(lookup).toHaveBeenCalledTimes(1)
    await expect(resolveHost('rebound.example')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('with public and private addresses is reached at a public one', async () => {
    says.set('mixed.example', [['127.0.0.1', '8.8.8.8']])
    expect(await resolveHost('mixed.example')).toBe('8.8.8.8')
  })

  test('may be private if the operator allows exactly that name', async () => {
    for (const host of ['db.internal', 'db.internal.', 'x.db.internal']) says.set(host, [['10.0.0.5']])
    expect(await resolveHost('db.internal')).toBe('10.0.0.5')
    for (const host of ['db.internal.', 'x.db.internal'])
      await expect(resolveHost(host)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('that does not exist gives the same error and delay as a private one', async () => {
    says.set('inside.example', [['10.0.0.1']])
    const told = async (host: string) => {
      const started = performance.now()
      const error = await resolveHost(host).then(
        () => expect.fail('it was not refused'),
        (thrown: ConnectorsError) => thrown,
      )
      expect(performance.now() - started).toBeGreaterThan(190)
      const { code, message, details, retryable, cause } = error
      return { code, message, details, retryable, cause }
    }
    const unknown = await told('unknown.example')
    expect(unknown).toEqual(await told('inside.example'))
    const errors = [{ field: 'host', message: 'is not on the public internet, or not known there' }]
    expect(unknown).toMatchObject({ code: 'FORBIDDEN', details: { errors }, cause: undefined })
  })

  test('that does not exist but is allowed by the operator gives an error of its own', async () => {
    await expect(resolveHost('db.internal')).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

test("on a person's own machine every database address is allowed", () => {
  expect(outboundOf(readConfig({ HOME: '/nowhere' })).databases.resolveHost).toBeUndefined()
})
