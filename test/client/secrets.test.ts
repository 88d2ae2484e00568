import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { ConnectorsClient, Secret } from '../../src/client/index.js'
import { closeServices, envelope, failureOf, inProcess, json, type Reply, scriptedService } from './scripted-service.js'

afterEach(closeServices)

const KEY = 'sk-client-CANARY.name.KEYCANARY0123'
const TOKEN = 'eyJTOKENCANARY.payload.signature'
const PASSWORD = 'sk-user-PASSWORDCANARY.x.y'

/** Everything anybody could print of an error. */
const printed = (error: unknown): string =>
  [
    inspect(error, { depth: 20, showHidden: true }),
    String(error),
    JSON.stringify(error),
    error instanceof Error ? error.stack : '',
  ].join('\n')

const expectNoSecret = (error: unknown): void => expect(printed(error)).not.toMatch(/CANARY/)

const echo = ({ headers }: { headers: Record<string, unknown> }): string =>
  `You sent ${headers['x-api-key']} and ${headers.authorization}`

const REPLIES: [string, Reply][] = [
  [
    'the envelope',
    (got) => ({
      status: 401,
      body: envelope('INVALID_TOKEN', echo(got), { details: { got: echo(got), upstream: echo(got) } }),
    }),
  ],
  [
    'code and request id',
    ({ headers }) => ({ status: 400, body: envelope('X', 'm', { request_id: headers['x-api-key'] }) }),
  ],
  [
    'the request id of the header',
    ({ headers }) => ({ status: 400, headers: { 'x-request-id': String(headers['x-api-key']) } }),
  ],
  ['{detail}', (got) => ({ status: 500, body: { detail: echo(got) } })],
  ['{detail: {…}}', (got) => ({ status: 500, body: { detail: { [echo(got)]: [echo(got)] } } })],
  ["FastAPI's list", (got) => ({ status: 422, body: { detail: [{ loc: ['body', echo(got)], msg: echo(got) }] } })],
  ['{error: "text"}', (got) => ({ status: 500, body: { error: echo(got) } })],
  ['{message}', (got) => ({ status: 500, body: { message: echo(got) } })],
  ['a page', (got) => ({ status: 500, body: `<html>${echo(got)}` })],
  ['broken JSON', (got) => ({ headers: { 'content-type': 'application/json' }, body: `{"data": ${echo(got)}` })],
  ['an answer that does not fit', (got) => ({ body: { [echo(got)]: echo(got) } })],
  [
    'a redirect',
    (got) => ({ status: 302, headers: { location: `http://other.invalid/${encodeURIComponent(echo(got))}` } }),
  ],
]

describe('credentials that a service echoes are blacked out', () => {
  test.each(REPLIES)('in %s', async (_, reply) => {
    const { baseUrl, received } = await scriptedService(reply)
    const connectors = new ConnectorsClient({ baseUrl, apiKey: new Secret(KEY), userToken: new Secret(TOKEN) })
    expectNoSecret(await failureOf(connectors.execute('github', 'x')))
    expect(received[0]?.headers).toMatchObject({ 'x-api-key': KEY, authorization: `Bearer ${TOKEN}` })
  })

  test('in a 200 of contract 1', async () => {
    const { baseUrl } = await scriptedService((got) => ({ body: { data: { success: false, error: echo(got) } } }))
    const connectors = new ConnectorsClient({ baseUrl, apiKey: KEY })
    expectNoSecret(await failureOf(connectors.selectIntegration('github', TOKEN, 'x')))
  })

  test('in a text cut at 1000 characters, without half of a secret', async () => {
    const { baseUrl } = await scriptedService({ status: 500, body: envelope('INTERNAL', `${'x'.repeat(985)}${KEY}`) })
    const error = await failureOf(new ConnectorsClient({ baseUrl, apiKey: KEY }).createUser('ann'))
    expect(printed(error)).not.toMatch(/sk-client/)
  })

  test('including the secret of a login', async () => {
    const { baseUrl } = await scriptedService(({ body }) => ({ status: 401, body: { detail: `bad: ${body}` } }))
    expectNoSecret(await failureOf(new ConnectorsClient({ baseUrl }).authenticate('ann', new Secret(PASSWORD))))
  })
})

describe('a network failure shows no credential', () => {
  test.each([
    new TypeError(`Headers.append: "${KEY}" is an invalid header value.`),
    new TypeError('fetch failed', {
      cause: Object.assign(new Error(`no ${TOKEN}`), { code: 'ECONNRESET', token: TOKEN }),
    }),
    Object.assign(new Error('odd'), { name: KEY, code: KEY }),
    KEY,
  ])('in error %#', async (thrown) => {
    const { fetch } = inProcess(() => Promise.reject(thrown))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', apiKey: KEY, userToken: TOKEN, fetch })
    const error = await failureOf(connectors.execute('github', 'x'))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expectNoSecret(error)
  })

  test('from the real network', async () => {
    const { baseUrl } = await scriptedService({ body: {} })
    await closeServices()
    const connectors = new ConnectorsClient({ baseUrl, apiKey: KEY, userToken: TOKEN })
    const error = await failureOf(connectors.execute('github', 'x'))
    expect(printed(error)).toContain('ECONNREFUSED')
    expectNoSecret(error)
  })

  test('after a timeout', async () => {
    const { baseUrl } = await scriptedService('silent')
    const connectors = new ConnectorsClient({ baseUrl, apiKey: KEY, userToken: TOKEN, timeoutMs: 20 })
    expectNoSecret(await failureOf(connectors.me()))
  })
})

describe('credentials that a header field cannot hold', () => {
  test.each([`${KEY}\n`, `${KEY} `, `ü${KEY}`, ''])('are refused without being quoted: an API key', (apiKey) => {
    try {
      new ConnectorsClient({ baseUrl: 'http://x', apiKey })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expectNoSecret(error)
    }
  })

  test.each([`${TOKEN}\r\nx: y`, ` ${TOKEN}`, ''])(
    'are refused without being quoted: a user token',
    async (userToken) => {
      const { fetch, sent } = inProcess(() => json({ data: {} }))
      const error = await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).me(userToken))
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expectNoSecret(error)
      expect(sent).toEqual([])
    },
  )
})

test('printing a client or a call builder shows no secret', () => {
  const connectors = new ConnectorsClient({ baseUrl: 'http://x', apiKey: KEY, userToken: TOKEN })
  const call = connectors.connector('github').action('x').userToken(TOKEN).params({ password: PASSWORD })
  expectNoSecret(connectors)
  expectNoSecret(call)
})
