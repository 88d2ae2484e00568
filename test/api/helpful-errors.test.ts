import { describe, expect, test } from 'vitest'
import { defineAction, defineConnector, path, request, secretField, z } from '../../src/kit/index.js'
import { failure, newApi, notes } from './harness.js'

/** Boxes with things in them, by each form in which an action can make its path. */
const boxes = defineConnector({
  name: 'boxes',
  title: 'Boxes',
  description: 'Keeps things in boxes.',
  port: 'http',
  baseUrl: 'https://api.boxes.example',
  auth: { custom: { fields: { token: secretField('A token of Boxes') } } },
  authorize: ({ configuration }) => ({ authorization: `Bearer ${configuration.token}` }),
  account: async (upstream) => ({
    identifier: z.object({ login: z.string() }).parse(await upstream.get(path`/me`)).login,
  }),
  actions: [
    defineAction({
      name: 'get_thing',
      description: 'Get a thing.',
      effect: 'read',
      aliases: { id: 'number' },
      input: {
        box: z.string(),
        number: z.number().optional(),
        shelf: z.string().default('top'),
        folder: z.string().optional(),
        verbose: z.boolean().default(false),
      },
      run: request('GET /boxes/{box}/{shelf}/things/{number}', { complete: () => ({ number: 1 }) }),
    }),
    defineAction({
      name: 'rename_things',
      description: 'Rename things.',
      effect: 'update',
      input: { of: z.string(), ids: z.array(z.string()), name: z.string() },
      run: request('PUT /{+of}/things/{ids}'),
    }),
    defineAction({
      name: 'describe_thing',
      description: 'Describe a thing.',
      effect: 'read',
      input: { box: z.string(), number: z.number(), owner: z.string().default('me'), page: z.number().default(7) },
      run: async (upstream, { box, number, owner }) => {
        await upstream.get(path`/owners/${owner}`)
        return upstream.get(path`/boxes/${`${box}!`}/${box}/things/${number}`)
      },
    }),
  ],
})

const TOKEN = 'canary-token-0123456789'

async function ready(options: Parameters<typeof newApi>[0] = {}) {
  const api = await newApi({ connectors: [boxes, notes], ...options })
  const { token } = await api.user(await api.client())
  const run = (action: string, json: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', `/connectors/${action}`, { token, json, headers })
  const link = (connector: string, login: string) => {
    api.thirdParty.answer = () => ({ json: { login } })
    const json = { auth_type: 'custom', configuration: { token: TOKEN } }
    return api.call('POST', `/connectors/${connector}/integrations`, { token, json })
  }
  return { api, token, run, link }
}

describe('a third party that has nothing there', () => {
  async function refusing(status = 404) {
    const it = await ready()
    await it.link('boxes', 'ada')
    it.api.thirdParty.answer = ({ url }) =>
      url.pathname.startsWith('/owners/') ? { json: {} } : { status, json: { message: 'Not found' } }
    return it
  }

  test.each([
    ['get_thing', { box: 'b/1', number: 5, folder: '5' }, { box: 'b/1', number: '5' }],
    ['get_thing', { box: 'b', id: 5 }, { box: 'b', number: '5' }],
    ['get_thing', { box: 'b' }, { box: 'b' }],
    ['get_thing', { box: 'b', shelf: 'low', verbose: true }, { box: 'b', shelf: 'low' }],
    ['rename_things', { of: 'boxes/b', ids: ['1', '2'], name: 'n' }, { of: 'boxes/b', ids: '1,2' }],
    ['describe_thing', { box: 'b', number: 7 }, { box: 'b', number: '7' }],
    ['get_thing', { box: 'x'.repeat(500) }, { box: `${'x'.repeat(200)}…` }],
  ])('is answered by %s with those of the parameters %j that were in the path', async (action, params, not_found) => {
    const { run } = await refusing()
    const refused = await run(`boxes/${action}`, params)
    expect(failure(refused)).toEqual({ status: 404, code: 'NOT_FOUND' })
    expect(refused.json.error.details).toEqual({ upstream: { status: 404, message: 'Not found' }, not_found })
  })

  test('is told of a 404 only, and never with a credential', async () => {
    for (const status of [403, 410]) {
      const { run } = await refusing(status)
      expect((await run('boxes/get_thing', { box: 'b' })).json.error.details).not.toHaveProperty('not_found')
    }
    const { run: runAgain } = await refusing()
    const refused = await runAgain('boxes/get_thing', { box: `x${TOKEN}` })
    expect(refused.json.error.details.not_found).toEqual({ box: 'x***' })
    expect(refused.text).not.toContain(TOKEN)
  })
})

describe('a user without an account', () => {
  test('gets the link of one with the failure, the same each time', async () => {
    const { run, api, token } = await ready()
    const refused = await run('notes/list_notes', {})
    expect(failure(refused)).toEqual({ status: 404, code: 'INTEGRATION_NOT_FOUND' })
    const { details } = refused.json.error
    expect(details).toEqual({
      connector: 'notes',
      reconnect_url: `http://127.0.0.1:1/connect/${details.link_id}`,
      link_id: expect.any(String),
      link_code: expect.any(String),
    })
    expect((await run('notes/list_notes', {}, { 'x-read-only': 'true' })).json.error.details).toEqual(details)
    const begun = await api.call('POST', '/connectors/notes/links', { token, json: {} })
    expect(begun.json.data).toMatchObject({ link_id: details.link_id, code: details.link_code })
  })

  test('gets none where no OAuth client is set up, and is told what helps', async () => {
    const { auth, ...rest } = notes
    const oauthOnly = defineConnector({
      ...rest,
      auth: { oauth2: auth.oauth2 },
      actions: [...notes.actions],
    } as never)
    const { run } = await ready({ connectors: [oauthOnly], oauthClient: false })
    const refused = await run('notes/list_notes', {})
    expect(failure(refused)).toEqual({ status: 404, code: 'INTEGRATION_NOT_FOUND' })
    expect(refused.json.message).toBe(
      'You have no notes account linked yet, and none can be linked now. Set the OAuth client.',
    )
    expect(refused.json.error.details).toEqual({ connector: 'notes', reason: 'oauth_not_configured' })
  })
})

describe('an account that there is not', () => {
  test.each([
    ['POST', 'list_notes', { 'x-integration': 'adda' }],
    ['GET', 'integrations/adda', {}],
    ['POST', 'integrations/adda', {}],
    ['DELETE', 'integrations/adda', {}],
  ])('is answered by %s %s with those that there are, and no link', async (method, path, headers) => {
    const { api, token, link } = await ready()
    for (const login of ['bob', 'ada']) await link('notes', login)
    await link('boxes', 'elsewhere')
    const refused = await api.call(method, `/connectors/notes/${path}`, {
      token,
      ...(method === 'POST' ? { json: {} } : {}),
      headers: { 'x-gl-error-contract': '2', ...headers },
    })
    expect(failure(refused)).toEqual({ status: 404, code: 'INTEGRATION_NOT_FOUND' })
    expect(refused.json.error.details).toEqual({ accounts: ['ada', 'bob'] })
  })
})

describe('a wrong name', () => {
  test.each([
    ['POST', 'nots/list_notes'],
    ['POST', 'nots/links'],
    ['POST', 'nots/integrations'],
    ['GET', 'nots/integrations'],
    ['GET', 'nots/integrations/ada'],
    ['POST', 'nots/integrations/ada'],
    ['DELETE', 'nots/integrations/ada'],
    ['GET', 'nots/integration-exists'],
  ])('of a connector is answered by %s %s with the closest ones', async (method, path) => {
    const { api, token } = await ready()
    const json = method === 'POST' ? { json: { auth_type: 'custom', configuration: {} } } : {}
    const refused = await api.call(method, `/connectors/${path}`, { token, ...json })
    expect(failure(refused)).toEqual({ status: 404, code: 'CONNECTOR_NOT_FOUND' })
    expect(refused.json.message).toBe('No connector has that name (did you mean notes?); see the list of connectors.')
  })

  test('of an action is answered with the three most likely', async () => {
    const { run } = await ready()
    expect((await run('boxes/thing', {})).json.message).toBe(
      'The connector boxes has no action of that name (did you mean get_thing, describe_thing or rename_things?); describe the connector to see its actions.',
    )
  })

  test('of a parameter is answered with the closest one', async () => {
    const { run } = await ready()
    expect((await run('boxes/get_thing', { box: 'b', no: 5, num: 5 })).json.error.details.errors).toEqual([
      { field: 'no', message: 'is not a parameter of this action' },
      { field: 'num', message: 'is not a parameter of this action (did you mean number?)' },
    ])
  })
})
