import { describe, expect, test } from 'vitest'
import {
  allOf,
  anyOf,
  type Connector,
  defineAction,
  defineConnector,
  path,
  tokenField,
  z,
} from '../../../src/kit/index.js'
import type { Caller, Service } from '../../../src/service/index.js'
import { connectorsErrorOf } from '../failures.js'
import { NotesServer, notes } from '../notes.js'
import { newScene } from '../scene.js'
import { newCaller, newService } from '../service.js'

/** The notes of `notes`, with an action that needs scopes, and accounts by a token, too. */
const scoped: Connector = defineConnector({
  ...notes,
  auth: {
    oauth2: { ...(notes.auth.oauth2 ?? expect.fail()), scopes: ['read', 'write'] },
    custom: { fields: { token: tokenField('A token') } },
  },
  authorize: ({ accessToken, configuration }) => ({
    authorization: `Bearer ${accessToken ?? String(configuration.token)}`,
  }),
  account: async (upstream) => {
    const { sub } = z.object({ sub: z.string() }).parse(await upstream.get(path`/me`))
    return { identifier: sub }
  },
  actions: [
    defineAction({
      name: 'write_note',
      description: 'Write a note.',
      effect: 'create',
      input: { as_admin: z.boolean().optional(), folder: z.string().optional() },
      scopes: [
        anyOf('write', 'all'),
        allOf('private', { for: 'private notes' }),
        allOf('admin', { when: { as_admin: true } }),
      ],
      run: (upstream) => upstream.get(path`/me`),
    }),
  ],
})

interface Linked {
  server: NotesServer
  service: Service
  caller: Caller
  run(input?: Record<string, unknown>): ReturnType<Service['runAction']>
}

/** A service with alice's account, which has been granted some scopes. */
async function linked(
  scopes: string[],
  more: { expires_at?: number; kind?: 'oauth2' | 'custom' } = {},
): Promise<Linked> {
  const scene = await newScene()
  const server = new NotesServer()
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: scoped,
    send: server.send,
  })
  const caller = await newCaller(service)
  server.good.set('old', 'alice')
  const tokens = { access_token: 'old', refresh_token: 'r0', token_type: 'bearer', expires_at: more.expires_at }
  const credential =
    more.kind === 'custom'
      ? ({ kind: 'custom', configuration: { token: 'old' } } as const)
      : ({ kind: 'oauth2', issuer: 'https://notes.example', tokens: tokens as never } as const)
  const trial = await service.accounts.try({ caller, connector: scoped, credential, scopes })
  await service.accounts.save(trial, { replace: false })
  server.requests.length = 0
  const signal = new AbortController().signal
  const run = (input = {}) =>
    service.runAction(caller, { connector: 'notes', action: 'write_note', input, identifier: null, signal })
  return { server, service, caller, run }
}

describe('a call whose account was not granted what it needs', () => {
  test('is refused before anything is sent, with what is needed and what is granted', async () => {
    const { server, run } = await linked(['read'])
    const error = await connectorsErrorOf(run())
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      retryable: false,
      message:
        'The account was linked without the scope write, which this call needs; link it again and agree to that scope. Nothing was sent.',
      details: {
        reason: 'missing_scope',
        connector: 'notes',
        user_identifier: 'alice',
        upstream: { accepted_scopes: ['write', 'all'], granted_scopes: ['read'] },
      },
    })
    expect(server.requests).toEqual([])
  })

  test('by a token is told to link another one', async () => {
    const { run } = await linked(['read'], { kind: 'custom' })
    expect((await connectorsErrorOf(run())).message).toContain('link it again with a credential that has it.')
  })

  test('for a scope that linking does not ask for is told who can change that', async () => {
    const { server, run } = await linked(['write'])
    expect(await connectorsErrorOf(run({ as_admin: true }))).toMatchObject({
      message:
        'This call needs the scope admin, which linking an account does not ask for; only the operator of the connector service can change that. Nothing was sent.',
      details: { reason: 'scope_not_asked_for', upstream: { accepted_scopes: ['admin'], granted_scopes: ['write'] } },
    })
    expect(server.requests).toEqual([])
  })
})

describe('a refusal of the third party', () => {
  const refusedWith = async (granted: string[], status: number): Promise<string> => {
    const { server, run } = await linked(granted)
    server.refuseMe = status
    return (await connectorsErrorOf(run())).message
  }

  test('names a scope that was not granted and may be why', async () => {
    expect(await refusedWith(['write'], 403)).toContain(
      'The account lacks the scope private, which is for private notes; if this call was about that, link it again and agree to that scope.',
    )
  })

  test.each<[string, string[], number]>([
    ['where all are granted', ['write', 'private'], 403],
    ['where none are known', [], 403],
    ['for another reason', ['write'], 409],
  ])('names none %s', async (_name, granted, status) => {
    expect(await refusedWith(granted, status)).not.toContain('scope')
  })
})

describe('a call goes through', () => {
  test.each<[string, string[], Record<string, unknown>]>([
    ['with a scope that contains the one needed', ['all'], {}],
    ['without a scope that is for other data', ['write'], {}],
    ['without a scope that another call would need', ['write'], { as_admin: false }],
    ['with that scope', ['write', 'admin'], { as_admin: true }],
    ['where no scopes are known', [], { as_admin: true }],
  ])('%s', async (_name, granted, input) => {
    const { server, run } = await linked(granted)
    expect(await run(input)).toMatchObject({ actedAs: 'alice' })
    expect(server.requests).toHaveLength(1)
  })

  test('with a scope that a refresh brought', async () => {
    const { server, run } = await linked(['read'], { expires_at: Date.now() - 1 })
    server.good.set('new', 'alice')
    server.onToken = () => ({
      json: { access_token: 'new', token_type: 'bearer', expires_in: 3600, scope: 'read write' },
    })
    expect(await run()).toMatchObject({ actedAs: 'alice' })
    expect(server.requests.map(({ url }) => url.pathname)).toEqual(['/token', '/me'])
  })
})
