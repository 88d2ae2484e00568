import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { closeProxies, connectProxy } from '../http/connect-proxy.js'
import { closeServers, serve } from '../http/server.js'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

afterEach(async () => {
  await closeProxies()
  await closeServers()
})

const API = 'api.github.test'
const TOKEN = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'connectors-proxy-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** A GitHub with a certificate of its own; only the proxy knows where it is. */
async function github(home: string): Promise<{ port: number; env: Record<string, string> }> {
  const [key, certificate] = [join(home, 'server.key'), join(home, 'server.crt')]
  const subject = ['-subj', `/CN=${API}`, '-addext', `subjectAltName=DNS:${API},DNS:localhost`]
  const out = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...out, ...subject], {
    stdio: 'ignore',
  })
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, ({ url }, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url?.startsWith('/user') ? { login: 'mona' } : { TypeScript: 7 }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const env = { HOME: home, NODE_EXTRA_CA_CERTS: certificate, CONNECTORS_GITHUB_API_URL: `https://${API}` }
  return { port: (server.address() as AddressInfo).port, env }
}

function start(env: Record<string, string>): StdioProcess {
  const agent = new StdioProcess([MAIN], env)
  onTestFinished(() => agent.end())
  return agent
}

async function person(agent: StdioProcess): Promise<void> {
  await agent.call('register_user', { identifier: 'ada' })
  await agent.call('authenticate', {})
}

const languages = { connector: 'github', action: 'list_languages', params: { owner: 'acme', repo: 'shop' } }

describe("a person's own process behind a proxy", () => {
  test('reaches GitHub through it, and TLS is between the two ends', async () => {
    const { port, env } = await github(newHome())
    const proxy = await connectProxy(undefined, port)
    const agent = start({ ...env, https_proxy: proxy.address.replace('//', '//ada:s3cret-login@') })
    await person(agent)
    await agent.call('link_integration', { connector: 'github', configuration: { token: TOKEN } })
    expect((await agent.call('execute_connector', languages)).shown.data).toEqual({ TypeScript: 7 })
    expect(new Set(proxy.asked.map(({ target }) => target))).toEqual(new Set([`${API}:443`]))
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from('ada:s3cret-login').toString('base64')}`)
  })

  test('reaches a proxy over TLS', async () => {
    const home = newHome()
    const { port, env } = await github(home)
    const proxy = await connectProxy(undefined, port)
    const files = { key: readFileSync(join(home, 'server.key')), cert: readFileSync(join(home, 'server.crt')) }
    const outside = createTlsServer(files, (socket) => {
      const inside = connect(proxy.port, '127.0.0.1')
      for (const end of [socket, inside]) end.on('error', () => undefined)
      socket.pipe(inside).pipe(socket)
    })
    outside.listen(0, '127.0.0.1')
    await once(outside, 'listening')
    onTestFinished(() => void outside.close())
    const agent = start({ ...env, HTTPS_PROXY: `https://localhost:${(outside.address() as AddressInfo).port}` })
    await person(agent)
    await agent.call('link_integration', { connector: 'github', configuration: { token: TOKEN } })
    expect(proxy.asked[0]?.target).toBe(`${API}:443`)
  })

  test('is told what the proxy refuses, and never its password', async () => {
    const { env } = await github(newHome())
    const proxy = await connectProxy(() => 407)
    const agent = start({ ...env, HTTPS_PROXY: proxy.address.replace('//', '//ada:s3cret-login@') })
    await person(agent)
    const { isError, content } = await agent.tryCall('link_integration', {
      connector: 'github',
      configuration: { token: TOKEN },
    })
    expect(isError).toBe(true)
    expect(content[0]?.text).toContain('The proxy that requests go through requires a user name and a password')
    expect(agent.stdout + agent.stderr).not.toContain('s3cret-login')
  })

  test('starts with a proxy that cannot be used, and says so when it is needed', async () => {
    const { env } = await github(newHome())
    const agent = start({ ...env, HTTPS_PROXY: 'socks5://ada:s3cret-login@127.0.0.1:1' })
    await person(agent)
    const { content } = await agent.tryCall('link_integration', {
      connector: 'github',
      configuration: { token: TOKEN },
    })
    expect(content[0]?.text).toContain('The address of the proxy is invalid')
    expect(agent.stdout + agent.stderr).not.toContain('s3cret-login')
  })

  test('reaches a remote service through it', async () => {
    const service = await serve((_, response) =>
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"code":"INVALID_API_KEY"}}'),
    )
    const proxy = await connectProxy(undefined, service.port)
    const env = { HOME: newHome(), CONNECTORS_API_URL: 'http://connectors.test', CONNECTORS_API_KEY: 'sk-client-a.b.c' }
    const agent = start({ ...env, HTTP_PROXY: proxy.address })
    await agent.tryCall('register_user', { identifier: 'ada' })
    expect(proxy.asked[0]?.target).toBe('connectors.test:80')
    expect(service.requests[0]?.headers.host).toBe('connectors.test')
  })
})

describe('a shared service', () => {
  async function called(more: Record<string, string>): Promise<string[]> {
    const { port, env } = await github(newHome())
    const proxy = await connectProxy(undefined, port)
    const settings = {
      ...env,
      CONNECTORS_PUBLIC_URL: 'https://connectors.example',
      HTTPS_PROXY: proxy.address,
      ...more,
    }
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0'], {
      env: { PATH: process.env.PATH ?? '', ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const key = execFileSync(process.execPath, [MAIN, 'clients', 'create', 'team'], {
      env: settings,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    const agent = start({
      HOME: newHome(),
      CONNECTORS_API_URL: url,
      CONNECTORS_API_KEY: /sk-client-\S+/.exec(key)?.[0] ?? '',
    })
    await person(agent)
    await agent.tryCall('link_integration', { connector: 'github', configuration: { token: TOKEN } })
    return proxy.asked.map(({ target }) => target)
  }

  test('uses a proxy where its operator says so', async () => {
    expect(await called({ CONNECTORS_PROXY: 'environment' })).toEqual([`${API}:443`])
  })

  test('uses none by itself', async () => {
    expect(await called({})).toEqual([])
  })
})
