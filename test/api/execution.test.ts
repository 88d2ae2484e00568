import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { binary, type Connector, ConnectorFile, defineAction, defineConnector, Result, z } from '../../src/kit/index.js'
import { failure, type Harness, newApi, notes } from './harness.js'

/** Needs no account. */
const echo: Connector = defineConnector({
  name: 'echo',
  title: 'Echo',
  description: 'Gives back what it got.',
  port: 'none',
  auth: {},
  actions: [
    defineAction({
      name: 'say',
      description: 'Give the input back.',
      effect: 'read',
      input: { text: z.string().optional(), count: z.number().int().optional(), deep: z.looseObject({}).optional() },
      run: async (_none, input, { identifier }) => ({ input: input as never, identifier }),
    }),
    defineAction({
      name: 'list',
      description: 'List three things.',
      effect: 'read',
      input: {},
      run: async () =>
        new Result(
          [
            { n: 1, of: { kind: 'a' } },
            { n: 2, of: { kind: 'b' } },
            { n: 3, of: { kind: 'A' } },
          ],
          { total: 3 },
        ),
    }),
    defineAction({
      name: 'take',
      description: 'Take files.',
      effect: 'create',
      shaping: false,
      input: {
        file: binary().nullish(),
        files: z.array(binary()).nullish(),
        tags: z.array(z.string()).nullish(),
        flag: z.boolean().nullish(),
        count: z.number().int().nullish(),
      },
      run: async (_none, { file, files, ...rest }) => ({
        files: [...(file ? [file] : []), ...(files ?? [])].map(({ bytes, filename, contentType }) => ({
          sha256: createHash('sha256').update(bytes).digest('hex'),
          filename,
          contentType,
        })),
        ...(rest as object),
      }),
    }),
    defineAction({
      name: 'give',
      description: 'Give a file.',
      effect: 'read',
      shaping: false,
      input: { filename: z.string(), type: z.string() },
      run: async (_none, { filename, type }) => new ConnectorFile(Buffer.from('content'), filename, type),
    }),
    defineAction({
      name: 'break',
      description: 'Throw what nobody expects.',
      effect: 'read',
      input: {},
      run: async () => {
        throw new TypeError('canary-of-an-unexpected-error')
      },
    }),
  ],
})

async function ready(connectors = [echo, notes]) {
  const api = await newApi({ connectors })
  const { token } = await api.user(await api.client())
  const run = (path: string, json: unknown = {}, headers: Record<string, string> = {}) =>
    api.call('POST', `/connectors/${path}`, { token, json, headers })
  return { api, token, run }
}

async function linked(): Promise<{ api: Harness; run: Awaited<ReturnType<typeof ready>>['run']; token: string }> {
  const it = await ready()
  it.api.thirdParty.answer = () => ({ json: { login: 'ada' } })
  await it.api.call('POST', '/connectors/notes/integrations', {
    token: it.token,
    json: { auth_type: 'custom', configuration: { token: 'canary-token-0123456789' } },
  })
  return it
}

describe('the input of an action', () => {
  test.each([
    ['an unknown connector', 'nothing/say', {}, 404, 'CONNECTOR_NOT_FOUND'],
    ['__proto__ as a connector', '__proto__/say', {}, 404, 'CONNECTOR_NOT_FOUND'],
    ['constructor as a connector', 'constructor/say', {}, 404, 'CONNECTOR_NOT_FOUND'],
    ['an escaped path as a connector', '..%2Fusers/say', {}, 404, 'CONNECTOR_NOT_FOUND'],
    ['an unknown action', 'echo/shout', {}, 404, 'ACTION_NOT_FOUND'],
    ['__proto__ as an action', 'echo/__proto__', {}, 404, 'ACTION_NOT_FOUND'],
    ['an unknown parameter', 'echo/say', { shout: true }, 400, 'INVALID_PARAMETERS'],
    ['a wrong type', 'echo/say', { count: 'five' }, 400, 'INVALID_PARAMETERS'],
    ['half a number', 'echo/say', { count: 1.5 }, 400, 'INVALID_PARAMETERS'],
    ['a list for an input', 'echo/say', [1], 400, 'INVALID_PARAMETERS'],
    ['a missing parameter', 'notes/admin/wipe', {}, 400, 'INVALID_PARAMETERS'],
    ['no account', 'notes/list_notes', {}, 404, 'INTEGRATION_NOT_FOUND'],
  ])('is refused for %s', async (_name, path, json, status, code) => {
    const { run } = await ready()
    expect(failure(await run(path, json))).toEqual({ status, code })
  })

  test('gets an error that names the bad parameter and what the action accepts', async () => {
    const { run } = await ready()
    const refused = await run('echo/say', { shout: 1, count: 'x' })
    expect(refused.json.error.details.errors).toEqual([
      { field: 'count', message: expect.any(String) },
      { field: 'shout', message: 'is not a parameter of this action' },
    ])
    expect(refused.json.message).toContain('The action takes text, count, deep')
  })

  test('with keys such as __proto__ is refused, or keeps them as data', async () => {
    const { api, token } = await ready()
    const send = (body: string) =>
      api.call('POST', '/connectors/echo/say', { token, body, headers: { 'content-type': 'application/json' } })
    expect((await send('{"deep":{"__proto__":{"polluted":1}}}')).status).toBe(200)
    expect(failure(await send('{"__proto__":{"polluted":1}}')).code).toBe('INVALID_PARAMETERS')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each([
    ['{nope', 400],
    ['"text"', 400],
    ['', 200],
    ['[]', 400],
    ['null', 400],
  ])('with the body %s answers %i', async (body, status) => {
    const { api, token } = await ready()
    expect(
      (await api.call('POST', '/connectors/echo/say', { token, body, headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(status)
  })

  test('beyond the limit is refused early, also when its length is unknown', async () => {
    const { api, token } = await ready()
    const announced = await api.call('POST', '/connectors/echo/say', {
      token,
      body: '{}',
      headers: { 'content-length': '999999999' },
    })
    expect(failure(announced)).toEqual({ status: 413, code: 'TOO_LARGE' })
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)) })
    const response = await api.api.fetch(
      new Request('http://127.0.0.1:1/connectors/echo/say', {
        method: 'POST',
        body: endless,
        duplex: 'half',
        headers: { authorization: `Bearer ${token}` },
      } as RequestInit),
    )
    expect(response.status).toBe(413)
  })

  test('with two different accounts in the two headers is refused', async () => {
    const { run } = await ready()
    expect(failure(await run('echo/say', {}, { 'x-integration': 'a', 'x-bosa-integration': 'b' }))).toEqual({
      status: 400,
      code: 'INVALID_PARAMETERS',
    })
    expect((await run('echo/say', {}, { 'x-integration': 'a', 'x-bosa-integration': 'a' })).json.data.identifier).toBe(
      'a',
    )
  })

  test('as a form has files where the parameter is a file, whatever the file name and encoding', async () => {
    const { api, token } = await ready()
    const blob = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const part = (head: string, content: Buffer | string) =>
      Buffer.concat([Buffer.from(`--b\r\n${head}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')])
    const body = Buffer.concat([
      part('Content-Disposition: form-data; name="file"', blob),
      part(
        'Content-Disposition: form-data; name="files"; filename="bl%22ö.bin"\r\nContent-Type: application/x-thing\r\nContent-Disposition: attachment',
        blob,
      ),
      part('Content-Disposition: form-data; name="tags"', 'a'),
      part('Content-Disposition: form-data; name="tags"', 'b'),
      part('Content-Disposition: form-data; name="flag"', 'True'),
      part('Content-Disposition: form-data; name="count"', '3'),
      Buffer.from('--b--\r\n'),
    ])
    const taken = await api.call('POST', '/connectors/echo/take', {
      token,
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    })
    const sha256 = createHash('sha256').update(blob).digest('hex')
    expect(taken.json.data).toEqual({
      files: [
        // A part without a type is plain text: RFC 7578 section 4.4.
        { sha256, filename: null, contentType: 'text/plain' },
        { sha256, filename: 'bl"ö.bin', contentType: 'application/x-thing' },
      ],
      tags: ['a', 'b'],
      flag: true,
      count: 3,
    })
    const cut = await api.call('POST', '/connectors/echo/take', {
      token,
      body: body.subarray(0, 200),
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    })
    expect(failure(cut)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    const unbounded = await api.call('POST', '/connectors/echo/take', {
      token,
      body,
      headers: { 'content-type': 'multipart/form-data' },
    })
    expect(failure(unbounded)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    const encoded = await api.call('POST', '/connectors/echo/take', {
      token,
      body: 'tags=x&flag=false',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(encoded.json.data).toEqual({ files: [], tags: ['x'], flag: false })
    expect(
      failure(
        await api.call('POST', '/connectors/echo/say', {
          token,
          body: 'text=x',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      ).status,
    ).toBe(400)
  })
})

describe('the output of an action', () => {
  test('is filtered first, and reduced to fields second', async () => {
    const { run } = await ready()
    const answer = await run('echo/list', {
      response_filters: [{ type: 'string', field_name: 'of.kind', value: 'a' }],
      response_fields: ['of.kind'],
    })
    expect(answer.json).toEqual({ data: [{ of: { kind: 'a' } }, { of: { kind: 'A' } }], meta: { total: 3 } })
    expect(failure(await run('echo/list', { response_filters: [{ type: 'magic' }] }))).toEqual({
      status: 400,
      code: 'INVALID_PARAMETERS',
    })
  })

  test('keeps bytes, name and type of a file, even if it is JSON', async () => {
    const { run } = await ready()
    const text = await run('echo/give', { filename: 'a "b" ü.txt', type: 'text/plain; charset=utf-8' })
    expect([text.text, text.headers.get('content-type')]).toEqual(['content', 'text/plain; charset=utf-8'])
    expect(text.headers.get('content-disposition')).toBe(
      `attachment; filename="a \\"b\\" _.txt"; filename*=UTF-8''a%20%22b%22%20%C3%BC.txt`,
    )
    for (const type of ['application/json', 'application/json; charset=utf-8', 'no type', 'a/b\r\nx: y']) {
      expect((await run('echo/give', { filename: 'x', type })).headers.get('content-type')).toBe(
        'application/octet-stream',
      )
    }
  })

  test('reveals no text of an unexpected error, nor does the log', async () => {
    const { api, run } = await ready()
    const broken = await run('echo/break')
    expect(failure(broken)).toEqual({ status: 500, code: 'INTERNAL' })
    expect(broken.text + api.log.join('')).not.toContain('canary-of')
    expect(api.log.join('')).toContain(broken.json.error.request_id)
    expect(broken.json.message).toContain(broken.json.error.request_id)
  })

  test.each([
    [{ status: 403, json: { message: 'no' } }, 403, 'FORBIDDEN', false],
    [{ status: 404, json: {} }, 404, 'NOT_FOUND', false],
    [{ status: 422, json: { message: 'bad' } }, 400, 'INVALID_PARAMETERS', false],
    [{ status: 429, json: {}, headers: { 'retry-after': '7' } }, 429, 'RATE_LIMITED', true],
    [{ status: 500, json: {} }, 502, 'UPSTREAM_ERROR', true],
    [{ text: '<html>sorry</html>' }, 502, 'UPSTREAM_ERROR', undefined],
  ] as const)('is an error if the third party answers %j: %i %s', async (answer, status, code, retryable) => {
    const { api, run } = await linked()
    api.thirdParty.answer = () => answer
    const failed = await run('notes/list_notes')
    expect(failure(failed)).toEqual({ status, code })
    if (retryable !== undefined) expect(failed.json.error.recovery.retryable).toBe(retryable)
    if (status === 429)
      expect([failed.json.error.recovery.retry_after_seconds, failed.headers.get('retry-after')]).toEqual([7, '7'])
  })

  test('contains no credential that a third party echoes, in errors and results', async () => {
    const { api, run } = await linked()
    api.thirdParty.answer = ({ headers }) => ({
      json: { quoted: `you sent ${headers.authorization}`, 'canary-token-0123456789': 1 },
    })
    const echoed = await run('notes/list_notes')
    expect(echoed.status).toBe(200)
    expect(echoed.text).not.toContain('canary-token')
    api.thirdParty.answer = ({ headers }) => ({ status: 400, json: { message: `bad ${headers.authorization}` } })
    const refused = await run('notes/list_notes')
    expect(refused.json.error.details.upstream.message).toBe('bad Bearer ***')
  })

  test('of a refused credential marks the account until it works again', async () => {
    const { api, run, token } = await linked()
    const status = async () => (await api.call('GET', '/users/me', { token })).json.data.integrations[0].auth_status
    api.thirdParty.answer = () => ({ status: 401, json: { message: 'Bad credentials' } })
    const refused = await run('notes/list_notes')
    expect(failure(refused)).toEqual({ status: 403, code: 'RECONNECT_REQUIRED' })
    expect(refused.json.error.details).toMatchObject({ connector: 'notes', user_identifier: 'ada' })
    expect(await status()).toBe('reconnect_required')
    api.thirdParty.answer = () => ({ json: [] })
    expect((await run('notes/list_notes')).status).toBe(200)
    expect(await status()).toBe('active')
  })
})

describe('every answer', () => {
  test('names its request id and the contract version', async () => {
    const { api } = await ready()
    for (const [sent, applied] of [
      ['1', '1'],
      ['2', '2'],
      ['3', '1'],
      ['', '1'],
    ] as const) {
      const answer = await api.call('GET', '/users/me', { headers: { 'x-gl-error-contract': sent } })
      expect(answer.headers.get('x-gl-error-contract')).toBe(applied)
    }
    const taken = await api.call('GET', '/connectors/names', { headers: { 'x-request-id': 'mine-1' } })
    expect(taken.headers.get('x-request-id')).toBe('mine-1')
    const made = await api.call('GET', '/nothing', { headers: { 'x-request-id': 'not well formed' } })
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(failure(made)).toEqual({ status: 404, code: 'NOT_FOUND' })
  })

  test('is a 405 for a wrong method, and extra slashes around the path do not matter', async () => {
    const { api } = await ready()
    expect(failure(await api.call('DELETE', '/users'))).toEqual({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    for (const path of ['/connectors', '/connectors/', '//connectors/', '/connectors/names', '//connectors/names/']) {
      expect((await api.call('GET', path)).status).toBe(200)
    }
  })
})
