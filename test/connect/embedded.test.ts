import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serveApi } from '../../src/app/index.js'
import { readConfig } from '../../src/config/index.js'
import { Browser } from '../browser.js'
import { embeddedScene, freePort, makeDatabase, type Scene, secondConnection } from './scene.js'

async function scene(more: Record<string, string> = {}): Promise<Scene> {
  const made = await embeddedScene(more)
  onTestFinished(made.close)
  return made
}

/** Fills in the form as a browser does, at whoever listens there. */
async function linkDatabase(url: string, file: string): Promise<string> {
  const browser = new Browser({ follow: 'everything' })
  await browser.open(url)
  const typed = { 'field.url': `sqlite:///${file}?mode=ro`, 'field.identifier': 'books' }
  return (await browser.submit('/configuration', typed)).text
}

test('the embedded service opens no port before the first link, and then serves the page but not the API', async () => {
  const port = await freePort()
  const { client, token } = await scene({ CONNECTORS_CALLBACK_PORT: String(port) })
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  const { url } = await client.beginLink('sql', token)
  expect(new URL(url).origin).toBe(`http://127.0.0.1:${port}`)
  const status = async (path: string, init: RequestInit = {}) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, init)).status
  expect((await fetch(url)).status).toBe(200)
  expect(await status('/connect/style.css')).toBe(200)
  expect(await status(`${new URL(url).pathname}/configuration`, { method: 'POST', body: new URLSearchParams() })).toBe(
    403,
  )
  for (const path of [
    '/',
    '/health',
    '/users/me',
    '/connectors/names',
    '/connectors/sql/integrations',
    '/links/x',
    '/connect',
    '/connect/a/b/c',
  ])
    expect([path, await status(path)]).toEqual([path, 404])
  expect(await status('/connectors/sql/links', { method: 'POST' })).toBe(404)
})

test('a request whose Host is a foreign name for this machine is refused', async () => {
  const { client, token } = await scene()
  const url = new URL((await client.beginLink('sql', token)).url)
  const { request } = await import('node:http')
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    request(
      { host: '127.0.0.1', port: url.port, path: url.pathname, headers: { host: `evil.example:${url.port}` } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
      .on('error', reject)
      .end()
  })
  expect(answer).toBe(404)
})

test('a second process on the same folder shares the port, finishes the link, and can take over the port', async () => {
  const port = String(await freePort())
  const { client, token, folder } = await scene({ CONNECTORS_CALLBACK_PORT: port })
  const first = await client.beginLink('sql', token)
  const sibling = await secondConnection(folder, { CONNECTORS_CALLBACK_PORT: port })
  onTestFinished(() => sibling.close())
  const other = await sibling.client()
  const second = await other.beginLink('sql', token)
  expect(new URL(second.url).origin).toBe(new URL(first.url).origin)
  const file = makeDatabase(join(folder, 'books.db'))
  expect(await linkDatabase(second.url, file)).toContain('<strong>books</strong>')
  expect(await other.linkStatus(token, second.link_id)).toMatchObject({ status: 'linked', user_identifier: 'books' })
})

test('when the process that holds the port ends, another on the same folder takes over', async () => {
  const port = String(await freePort())
  const { client, token, folder } = await scene({ CONNECTORS_CALLBACK_PORT: port })
  const first = await secondConnection(folder, { CONNECTORS_CALLBACK_PORT: port })
  await (await first.client()).beginLink('sql', token)
  const { url, link_id } = await client.beginLink('sql', token)
  await first.close()
  await expect
    .poll(
      () =>
        fetch(url)
          .then(({ status }) => status)
          .catch(() => 0),
      { timeout: 10_000, interval: 100 },
    )
    .toBe(200)
  expect(await linkDatabase(url, makeDatabase(join(folder, 'books.db')))).toContain('<strong>books</strong>')
  expect(await client.linkStatus(token, link_id)).toMatchObject({ status: 'linked' })
})

test.each([
  ['says nothing of the kind', '{}'],
  ['poses as us', JSON.stringify({ data: { service: 'connectors-mcp', proof: 'x'.repeat(43) } })],
])('when a foreign program holds the port and %s, the error names the setting', async (_name, text) => {
  const program = createServer((_request, response) => response.end(text)).listen(0, '127.0.0.1')
  await once(program, 'listening')
  onTestFinished(() => void program.close())
  const { client, token } = await scene({ CONNECTORS_CALLBACK_PORT: String((program.address() as AddressInfo).port) })
  await expect(client.beginLink('sql', token)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('CONNECTORS_CALLBACK_PORT'),
  })
})

test('when the service of another folder holds the port, a link is refused as UNAVAILABLE', async () => {
  const port = String(await freePort())
  const theirs = await scene({ CONNECTORS_CALLBACK_PORT: port })
  await theirs.client.beginLink('sql', theirs.token)
  const { client, token } = await scene({ CONNECTORS_CALLBACK_PORT: port })
  await expect(client.beginLink('sql', token)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

/** What stands between two processes: it holds the port, and has another process answer. */
async function relayTo(target: string, hostOf: (port: number) => string): Promise<number> {
  const relay = createServer((incoming, outgoing) => {
    const { port } = relay.address() as AddressInfo
    const to = { host: '127.0.0.1', port: Number(target), path: incoming.url, headers: { host: hostOf(port) } }
    request(to, (answer) => answer.pipe(outgoing.writeHead(answer.statusCode ?? 0))).end()
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  onTestFinished(() => void relay.close())
  return (relay.address() as AddressInfo).port
}

test.each([
  ['its own address', (target: string) => () => `127.0.0.1:${target}`],
  ["the relay's address", () => (port: number) => `127.0.0.1:${port}`],
])('a relay on the port to another process of this folder, under %s, is not trusted', async (_name, host) => {
  const port = String(await freePort())
  const { client, token, folder } = await scene({ CONNECTORS_CALLBACK_PORT: port })
  // The page is at that port from here on, and answers.
  await client.beginLink('sql', token)
  const relay = await relayTo(port, host(port))
  const sibling = await secondConnection(folder, { CONNECTORS_CALLBACK_PORT: String(relay) })
  onTestFinished(() => sibling.close())
  await expect((await sibling.client()).beginLink('sql', token)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a relay on the port to a served process is not trusted, but the served process itself is', async () => {
  const { folder, token } = await scene()
  const settings = { HOME: folder, CONNECTORS_DATA_DIR: join(folder, 'data'), CONNECTORS_LOG_LEVEL: 'silent' }
  const served = await serveApi(readConfig(settings), { port: 0, connectorFiles: [] })
  onTestFinished(() => served.close())
  const { port } = new URL(served.url)
  for (const host of [() => `127.0.0.1:${port}`, (relay: number) => `127.0.0.1:${relay}`]) {
    const relay = await relayTo(port, host)
    const deceived = await secondConnection(folder, { CONNECTORS_CALLBACK_PORT: String(relay) })
    onTestFinished(() => deceived.close())
    await expect((await deceived.client()).beginLink('sql', token)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  }
  const sibling = await secondConnection(folder, { CONNECTORS_CALLBACK_PORT: port })
  onTestFinished(() => sibling.close())
  expect(new URL((await (await sibling.client()).beginLink('sql', token)).url).port).toBe(port)
})
