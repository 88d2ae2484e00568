import { execFile } from 'node:child_process'
import { promises as dnsPromises, lookup } from 'node:dns'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2'
import pg from 'pg'
import { Agent, fetch as undiciFetch } from 'undici'
import { afterEach, describe, expect, test } from 'vitest'
import { takeAttempts } from '../closed-network.js'
import { closeServers, serve } from './server.js'

afterEach(closeServers)

const failed = (socket: net.Socket): Promise<Error> => once(socket, 'error').then(([error]) => error as Error)
const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('the test network refuses an outside host and names it', () => {
  const cases: [string, () => Promise<unknown>, string][] = [
    ['the global fetch', () => rejected(globalThis.fetch('https://api.example.com/x')), 'api.example.com:443'],
    ['undici', () => rejected(undiciFetch('http://api.example.com/x')), 'api.example.com:80'],
    ['an address without a name', () => rejected(undiciFetch('http://192.0.2.7:8080/')), '192.0.2.7:8080'],
    ['IPv6', () => rejected(undiciFetch('http://[2001:db8::1]/')), '2001:db8::1:80'],
    ['net.connect(port, host)', () => failed(net.connect(5432, 'db.example.com')), 'db.example.com:5432'],
    ['tls.connect', () => failed(tls.connect({ host: 'tls.example.com', port: 443 })), 'tls.example.com:443'],
    [
      'pg',
      () => rejected(new pg.Client({ host: 'pg.example.com', user: 'u', database: 'd' }).connect()),
      'pg.example.com:5432',
    ],
    [
      'mysql2',
      () => once(createConnection({ host: 'my.example.com', user: 'u' }), 'error').then(([error]) => error),
      'my.example.com:3306',
    ],
    ['a lookup', () => rejected(dnsPromises.lookup('dns.example.com')), 'dns.example.com'],
    ['a lookup by callback', () => rejected(promisify(lookup)('dns.example.com')), 'dns.example.com'],
    [
      "a lookup of the caller's own that leads outside",
      () => rejected(undiciFetch('http://own.example.com/', { dispatcher: leadsTo('192.0.2.9') })),
      'own.example.com (192.0.2.9)',
    ],
  ]
  test.each(cases)('for %s', async (_, attempt, host) => {
    expect(await attempt()).toBeInstanceOf(Error)
    expect(takeAttempts()).toEqual([host])
  })
})

const leadsTo = (address: string): Agent =>
  new Agent({
    connect: {
      lookup: (_host, options, callback) =>
        options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4),
    },
  })

describe('the test network allows loopback', () => {
  test.each(['127.0.0.1', 'localhost', 'name.localhost'])('at %s', async (host) => {
    const { port } = await serve((_, response) => response.end('here'))
    const dispatcher = leadsTo('127.0.0.1')
    const answer = await undiciFetch(`http://${host}:${port}/`, host === 'name.localhost' ? { dispatcher } : {})
    expect(await answer.text()).toBe('here')
    expect(takeAttempts()).toEqual([])
  })

  test("for a name that the caller's own lookup maps to loopback", async () => {
    const { port } = await serve((_, response) => response.end('here'))
    const answer = await undiciFetch(`http://mapped.example.com:${port}/`, { dispatcher: leadsTo('127.0.0.1') })
    expect(await answer.text()).toBe('here')
  })
})

test('an attempt to reach an outside host fails the test even if its error is swallowed', async () => {
  const project = fileURLToPath(new URL('../../', import.meta.url))
  const folder = await mkdtemp(join(tmpdir(), 'closed-network-'))
  const setup = JSON.stringify(join(project, 'test/closed-network.ts'))
  await writeFile(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { globals: true, include: ['*.test.js'], setupFiles: [${setup}] } }`,
  )
  await writeFile(
    join(folder, 'swallows.test.js'),
    "test('swallows', async () => { await fetch('https://swallowed.example.com/').catch(() => undefined) })\ntest('behaves', () => undefined)",
  )
  const vitest = join(project, 'node_modules/vitest/vitest.mjs')
  const run = await promisify(execFile)(process.execPath, [vitest, 'run', '--root', folder, '--reporter', 'json'], {
    cwd: folder,
  }).catch((error: { stdout: string }) => error)
  await rm(folder, { recursive: true })
  const { numFailedTests, numPassedTests } = JSON.parse(run.stdout) as Record<string, number>
  expect({ numFailedTests, numPassedTests }).toEqual({ numFailedTests: 1, numPassedTests: 1 })
  expect(run.stdout).toContain('swallowed.example.com:443')
})
