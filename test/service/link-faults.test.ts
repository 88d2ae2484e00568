import { afterAll, beforeAll, expect, test } from 'vitest'
import { network } from '../oauth/network.js'
import { type Answer, type ScriptedServer, startScriptedServer } from '../oauth/scripted-server.js'
import { userinfoConnector } from './notes.js'
import { newScene } from './scene.js'
import { CALLBACK_URL, newCaller, newService, run } from './service.js'

/** What a request may take here. Milliseconds. */
const PATIENCE = 300

let server: ScriptedServer
beforeAll(async () => {
  server = await startScriptedServer()
})
afterAll(() => server.close())

const GRANT = { access_token: 'canary-access', token_type: 'Bearer', refresh_token: 'canary-refresh', expires_in: 3600 }
const ME = { json: { sub: 'alice' } }

async function linkAgainst(token: Answer, me: Answer = ME) {
  const scene = await newScene()
  const { send } = network()
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: userinfoConnector(server.provider(), server.origin),
    send: (request) => send({ ...request, timeoutMs: PATIENCE }),
  })
  const caller = await newCaller(service)
  const link = async (token: Answer, me: Answer) => {
    server.answer(({ path }) => (path === '/token' ? token : path === '/me' ? me : { status: 200 }))
    const { url, linkId } = await service.linking.start(caller, 'notes', {
      callbackUrl: CALLBACK_URL,
      replaceDuplicate: false,
    })
    const state = new URL(url).searchParams.get('state') ?? ''
    const finished = await service.linking.finish('notes', new URLSearchParams({ code: 'canary-code', state }))
    return { linkId, finished }
  }
  const first = await link(token, me)
  const accounts = () => scene.store.integrations.listOfUser(caller.userId)
  return { ...first, service, caller, accounts, again: () => link({ json: GRANT }, ME) }
}

// The code was consumed in each of these, and nothing usable came back.
test.each<[string, Answer, Answer, string]>([
  ['a 5xx of the token endpoint', { status: 503, body: 'later' }, ME, 'UPSTREAM_ERROR'],
  ['a page of HTML', { headers: { 'content-type': 'text/html' }, body: '<h1>Hello</h1>' }, ME, 'UPSTREAM_ERROR'],
  [
    'half a JSON text',
    { headers: { 'content-type': 'application/json' }, body: '{"access_token":"canary-acc' },
    ME,
    'UPSTREAM_ERROR',
  ],
  ['a connection that breaks in the answer', { instead: 'half', json: GRANT }, ME, 'UPSTREAM_ERROR'],
  ['a token endpoint that hangs', { instead: 'silence' }, ME, 'UPSTREAM_TIMEOUT'],
  ['an error with 200', { json: { error: 'server_error' } }, ME, 'LINK_FAILED'],
  ['an API that fails', { json: GRANT }, { status: 500, json: {} }, 'UPSTREAM_ERROR'],
  ['an API that refuses the new token', { json: GRANT }, { status: 401, json: {} }, 'LINK_FAILED'],
  ['an API that hangs', { json: GRANT }, { instead: 'silence' }, 'UPSTREAM_TIMEOUT'],
  ['an API that does not say who acts', { json: GRANT }, { json: { sub: 7 } }, 'INTERNAL'],
])('after %s nothing is linked, the link has failed, and another one works', async (_, token, me, code) => {
  const { linkId, finished, service, caller, accounts, again } = await linkAgainst(token, me)
  expect(finished).toMatchObject({
    outcome: { status: 'error', error: 'integration_error' },
    callbackUrl: CALLBACK_URL,
    reason: { code },
  })
  const { message, details } = finished.reason ?? expect.fail()
  expect(JSON.stringify([message, details])).not.toContain('canary')
  expect(await accounts()).toEqual([])
  expect(await service.linking.status(caller, linkId)).toMatchObject({ status: 'failed', error: 'integration_error' })
  expect((await again()).finished.outcome).toMatchObject({ status: 'success', userIdentifier: 'alice' })
  expect(await accounts()).toHaveLength(1)
})

test('a token without a lifetime is used for as long as it is taken', async () => {
  const { expires_in: _, ...unending } = GRANT
  const { finished, service, caller, accounts } = await linkAgainst({ json: unending })
  expect(finished.outcome.status).toBe('success')
  server.requests.length = 0
  await run(service, caller, 'notes')
  expect(server.requests.map(({ path }) => path)).toEqual(['/me'])
  // Refused at last, it is refreshed.
  server.answer(({ path, headers }) =>
    path === '/token'
      ? { json: { ...unending, access_token: 'canary-second' } }
      : headers.authorization === 'Bearer canary-second'
        ? ME
        : { status: 401, json: {} },
  )
  await run(service, caller, 'notes')
  expect(server.requests.map(({ path }) => path)).toEqual(['/me', '/me', '/token', '/me'])
  expect(await accounts()).toMatchObject([{ version: 2, authStatus: 'active' }])
})

test('a revocation that hangs does not keep the account, nor the person waiting longer than clients do', async () => {
  const { finished, service, caller, accounts } = await linkAgainst({ json: GRANT })
  expect(finished.outcome.status).toBe('success')
  server.answer({ instead: 'silence' })
  const began = performance.now()
  expect(await service.remove(caller, 'notes', 'alice')).toMatchObject({ revokedAtProvider: 'no' })
  expect(performance.now() - began).toBeLessThan(9_000)
  expect(await accounts()).toEqual([])
})
