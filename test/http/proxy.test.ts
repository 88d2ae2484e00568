import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { Secret } from '../../src/base/secret.js'
import { createEgressPolicy } from '../../src/http/egress.js'
import { openFetch } from '../../src/http/fetch.js'
import type { Proxies } from '../../src/http/proxy.js'
import { type ClosableSend, createSend, type SendRequest } from '../../src/http/send.js'
import { closeProxies, connectProxy } from './connect-proxy.js'
import { closeServers, serve } from './server.js'

const closing: ClosableSend[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((send) => send.close()))
  await closeProxies()
  await closeServers()
})

/** Only the proxy knows where a name leads. */
const noNames = (host: string): never => expect.fail(`${host} was looked up`)

const behind = (http: string, except?: string): Proxies => ({ http: new Secret(http), except })

function open(proxies: Proxies, allowedHosts: string[], allowPrivate = true): ClosableSend {
  const send = createSend({ egress: createEgressPolicy({ allowPrivate, allowedHosts, resolve: noNames }), proxies })
  closing.push(send)
  return send
}

const get = (url: string, more: Partial<SendRequest> = {}): SendRequest => ({
  method: 'GET',
  url: new URL(url),
  headers: { authorization: 'Bearer t' },
  ...more,
})
const failed = (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error & Record<string, unknown>) => error,
  )

describe('behind a proxy', () => {
  test('a request goes through its tunnel, and the proxy alone resolves the name', async () => {
    const { port, requests } = await serve((_, response) => response.end('there'))
    const proxy = await connectProxy()
    const origin = `http://api.example.com:${port}`
    const send = open(behind(proxy.address), [origin])
    const { body } = await send(get(`${origin}/x?a=b`))
    expect(Buffer.from(body).toString()).toBe('there')
    expect(proxy.asked).toEqual([{ target: `api.example.com:${port}`, authorization: undefined }])
    expect(requests[0]).toMatchObject({ url: '/x?a=b' })
    expect(requests[0]?.headers).toMatchObject({ host: `api.example.com:${port}`, authorization: 'Bearer t' })
  })

  test.each([
    ['user:p%40ss%3Aword@', 'user:p@ss:word'],
    ['user@', 'user:'],
  ])('with a login (%s) only the proxy gets it', async (login, text) => {
    const { port, requests } = await serve((_, response) => response.end())
    const proxy = await connectProxy()
    const origin = `http://api.example.com:${port}`
    await open(behind(proxy.address.replace('//', `//${login}`)), [origin])(get(origin))
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from(text).toString('base64')}`)
    expect(requests[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  test('a host and port alone are taken for an HTTP proxy', async () => {
    const { port } = await serve((_, response) => response.end())
    const proxy = await connectProxy()
    const origin = `http://api.example.com:${port}`
    await open(behind(`127.0.0.1:${proxy.port}`), [origin])(get(origin))
    expect(proxy.asked).toHaveLength(1)
  })

  test.each(['127.0.0.1', 'localhost', '127.0.0.2', 'x.localhost'])(
    'loopback (%s) is reached directly',
    async (host) => {
      const { port } = await serve((_, response) => response.end('here'))
      const proxy = await connectProxy()
      const egress = createEgressPolicy({
        allowPrivate: true,
        allowedHosts: [`http://${host}:${port}`],
        resolve: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
      })
      const send = createSend({ egress, proxies: behind(proxy.address) })
      closing.push(send)
      // Nobody listens at 127.0.0.2: what counts is that the proxy is not asked.
      await send(get(`http://${host}:${port}/`)).catch(() => undefined)
      expect(proxy.asked).toEqual([])
    },
  )

  test.each(['api.example.com', '.example.com', 'a.b,example.com', 'other, *.example.com', '*'])(
    'what is excepted (%s) is reached directly, under the egress policy',
    async (except) => {
      const { port } = await serve((_, response) => response.end('here'))
      const proxy = await connectProxy()
      const origin = `http://api.example.com:${port}`
      const asked: string[] = []
      const egress = createEgressPolicy({
        allowPrivate: true,
        allowedHosts: [origin],
        resolve: (name, _options, callback) => {
          asked.push(name)
          callback(null, [{ address: '127.0.0.1', family: 4 }])
        },
      })
      const send = createSend({ egress, proxies: behind(proxy.address, except) })
      closing.push(send)
      await send(get(origin))
      expect(asked).toEqual(['api.example.com'])
      expect(proxy.asked).toEqual([])
    },
  )

  test('the proxy for HTTPS is not the one for plain HTTP', async () => {
    const forHttps = await connectProxy(() => 502)
    const forHttp = await connectProxy(() => 502)
    const proxies = { https: new Secret(forHttps.address), http: new Secret(forHttp.address) }
    const send = open(proxies, ['http://api.example.com'])
    await failed(send(get('https://api.example.com/')))
    await failed(send(get('http://api.example.com/')))
    expect(forHttps.asked.map(({ target }) => target)).toEqual(['api.example.com:443'])
    expect(forHttp.asked.map(({ target }) => target)).toEqual(['api.example.com:80'])
    const one = await connectProxy(() => 502)
    await failed(open(behind(one.address), [])(get('https://api.example.com/')))
    expect(one.asked).toHaveLength(1)
  })
})

describe("a proxy's failure is told as the proxy's", () => {
  const LOGIN = 'ada:s3cret-of-the-proxy'
  const seen = (error: Error): string => inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error)

  test.each([
    [403, 'FORBIDDEN', 'proxy_refused', false],
    [407, 'MISCONFIGURED', 'proxy_credentials', false],
    [502, 'UNAVAILABLE', 'proxy_failed', true],
    [504, 'UNAVAILABLE', 'proxy_failed', true],
  ])('%i: %s', async (status, code, reason, retryable) => {
    const proxy = await connectProxy(() => status)
    const send = open(behind(proxy.address.replace('//', `//${LOGIN}@`)), [])
    // Nothing was sent, so a write may be played again too.
    for (const method of ['GET', 'POST']) {
      const error = await failed(send(get('https://api.example.com/', { method })))
      expect(error).toMatchObject({ code, retryable, details: { reason } })
      expect(error.message).toMatch(/^The proxy/)
      expect(seen(error)).not.toMatch(/s3cret|YWRhOn/)
    }
  })

  test('a closed port', async () => {
    const { port } = await serve(() => undefined)
    await closeServers()
    const error = await failed(open(behind(`http://${LOGIN}@127.0.0.1:${port}`), [])(get('https://api.example.com/')))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, details: { reason: 'proxy_unreachable' } })
    expect(error.message).toMatch(/^The proxy/)
    expect(seen(error)).not.toMatch(/s3cret|YWRhOn/)
  })

  test.each(['http://[', 'socks5://ada:s3cret@127.0.0.1:1', `http://${LOGIN}%zz@127.0.0.1:1`, 'file:///s3cret'])(
    'an address that is none (%s)',
    async (address) => {
      const error = await failed(open(behind(address), [])(get('https://api.example.com/')))
      expect(error).toMatchObject({ code: 'MISCONFIGURED', retryable: false })
      expect(error.message).toContain('HTTPS_PROXY')
      expect(seen(error)).not.toContain('s3cret')
    },
  )

  test('in these sentences', async () => {
    const told: string[] = []
    for (const status of [403, 407, 502]) {
      const proxy = await connectProxy(() => status)
      told.push((await failed(open(behind(proxy.address), [])(get('https://api.example.com/')))).message)
    }
    for (const address of ['http://127.0.0.1:1', 'socks5://127.0.0.1:1']) {
      told.push((await failed(open(behind(address), [])(get('https://api.example.com/')))).message)
    }
    expect(told).toMatchInlineSnapshot(`
      [
        "The proxy that requests go through does not allow this address; its administrator can allow it, or add it to NO_PROXY if it may be reached directly.",
        "The proxy that requests go through requires a user name and a password, or different ones; set them in HTTPS_PROXY or HTTP_PROXY: http://user:password@host:port, with special characters percent-encoded.",
        "The proxy that requests go through did not reach the third party (status 502); try again later, or ask the administrator of the proxy.",
        "The proxy that requests go through cannot be reached or does not respond; check HTTPS_PROXY and HTTP_PROXY, or try again later.",
        "The address of the proxy is invalid; HTTPS_PROXY and HTTP_PROXY must be http://host:port or https://host:port, with user:password@ before the host if the proxy requires a login, special characters percent-encoded.",
      ]
    `)
  })

  test('the third party behind it can still fail by itself', async () => {
    const { port } = await serve((request) => void request.socket.destroy())
    const proxy = await connectProxy()
    const origin = `http://api.example.com:${port}`
    const error = await failed(open(behind(proxy.address), [origin])(get(origin)))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(error.message).toMatch(/^The third party/)
  })

  test('and a proxy that says nothing ends with the time of the request', async () => {
    const proxy = await connectProxy(() => undefined)
    const error = await failed(open(behind(proxy.address), [])(get('https://api.example.com/', { timeoutMs: 100 })))
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })
})

describe('behind the proxy of a shared service', () => {
  test.each([
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://localhost/',
    'https://db/',
    'https://metadata.google.internal/',
    'https://nas.local/',
    'https://router.home.arpa./',
    'http://api.example.com/',
  ])('%s is refused before the proxy is asked', async (address) => {
    const proxy = await connectProxy()
    const send = open({ https: new Secret(proxy.address) }, [], false)
    expect(await failed(send(get(address)))).toMatchObject({ code: 'FORBIDDEN' })
    expect(proxy.asked).toEqual([])
  })

  test('a redirect cannot tell which names exist inside', async () => {
    const told = async (status: number) => {
      const proxy = await connectProxy(({ target }) => (target.startsWith('inside') ? status : 200))
      const { port } = await serve((_, response) =>
        response.writeHead(302, { location: 'https://inside.example.com/' }).end(),
      )
      const origin = `http://api.example.com:${port}`
      const send = open(behind(proxy.address), [origin], false)
      const { code, message, retryable, details } = await failed(send(get(origin)))
      return { code, message, retryable, details }
    }
    expect(await told(403)).toEqual(await told(502))
    expect(await told(504)).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('the fetch of the client', () => {
  test('goes through the proxy, and tells its failures', async () => {
    const { port } = await serve((_, response) => response.end('there'))
    const proxy = await connectProxy(({ target }) => (target.startsWith('closed') ? 407 : 200))
    const fetch = await openFetch(behind(proxy.address))
    expect(await (await fetch(`http://service.example.com:${port}/`)).text()).toBe('there')
    expect(proxy.asked[0]?.target).toBe(`service.example.com:${port}`)
    await expect(fetch('http://closed.example.com/')).rejects.toMatchObject({ code: 'MISCONFIGURED' })
    await expect(fetch(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({ status: 200 })
    expect(proxy.asked).toHaveLength(2)
  })
})
