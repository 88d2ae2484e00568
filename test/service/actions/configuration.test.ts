import { expect, test } from 'vitest'
import {
  type Call,
  type Connector,
  configured,
  defineAction,
  defineConnector,
  type JsonObject,
  secretField,
  secretsOf,
  tokenField,
  withoutSecrets,
  z,
} from '../../../src/kit/index.js'
import { connectorsErrorOf } from '../failures.js'
import { NotesServer, notes } from '../notes.js'
import { newScene } from '../scene.js'
import { newCaller, newService, readResult } from '../service.js'

const fields = {
  token: tokenField('A token'),
  password: secretField('A password').optional(),
  organization: z.string().describe('An organization'),
  seats: z.number().int().default(5),
  extra: z.record(z.string(), z.unknown()).optional(),
}

/** Its action returns what it sees of the configuration. */
const teams: Connector = defineConnector({
  ...notes,
  name: 'teams',
  auth: {
    oauth2: notes.auth.oauth2 ?? expect.fail(),
    custom: {
      fields,
      secrets: ({ extra }) => Object.values((extra ?? {}) as Record<string, string>),
    },
  },
  authorize: ({ accessToken, configuration }) => ({
    authorization: `Bearer ${accessToken ?? String(configuration.token)}`,
  }),
  account: async () => ({ identifier: 'acme' }),
  actions: [
    defineAction({
      name: 'look',
      description: 'Tell what the call knows.',
      effect: 'read',
      input: {},
      run: async (_upstream, _input, call) => call.configuration as JsonObject,
    }),
  ],
})

const CONFIGURATION = {
  token: 'canary-token',
  password: 'canary-password',
  organization: 'acme',
  seats: 7,
  extra: { key: 'x' },
}

test('an action sees the configuration of its account without its secrets, and nothing of OAuth tokens', async () => {
  const scene = await newScene()
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: teams,
    send: new NotesServer().send,
  })
  const look = async (identifier: string | null): Promise<unknown> => {
    const request = { connector: 'teams', action: 'look', input: {}, identifier, signal: new AbortController().signal }
    return readResult(await service.runAction(caller, request)).data
  }
  const caller = await newCaller(service)
  await service.accounts.link(caller, 'teams', CONFIGURATION, { replace: false })
  expect(await look(null)).toEqual({ organization: 'acme', seats: 7 })
  const tokens = { access_token: 'canary-access-token', token_type: 'bearer' } as never
  const credential = { kind: 'oauth2', issuer: 'https://notes.example', tokens } as const
  const trial = await service.accounts.try({ caller, connector: teams, credential, scopes: [] })
  await service.accounts.save(trial, { replace: true })
  expect(await look('acme')).toEqual({})
})

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['a field that holds a secret of another', { organization: 'acme', extra: { k: 'cm' } }, {}],
  ['a secret with quotes in a list', { extra: { k: 'a"b' }, seats: ['x', 'a"b'] }, {}],
  ['what no field knows, which an earlier release may have marked', { unknown: 'x' }, {}],
  ['an empty secret', { organization: 'acme', extra: { k: '' } }, { organization: 'acme', extra: { k: '' } }],
])('withoutSecrets: %s', (_name, configuration, shown) => {
  expect(withoutSecrets(teams.auth.custom ?? expect.fail(), configuration)).toEqual(shown)
})

test('a secret field that may be left out is a secret, too', () => {
  const auth = {
    fields: {
      optional: secretField('A').optional(),
      nullish: secretField('B').nullish(),
      default: secretField('C').default('c'),
      open: z.string().optional(),
    },
  }
  const configuration = { optional: 'one', nullish: 'two', default: 'three', open: 'four' }
  expect(secretsOf(auth, configuration)).toEqual(['one', 'two', 'three'])
  expect(withoutSecrets(auth, configuration)).toEqual({ open: 'four' })
})

test('configured gives what was asked for, typed by its field', () => {
  const call: Pick<Call, 'configuration'> = { configuration: { organization: 'acme', seats: 7 } }
  const { organization, seats } = configured(call, { organization: fields.organization, seats: fields.seats })
  expect(organization.toUpperCase()).toBe('ACME')
  expect(seats + 1).toBe(8)
  expect(configured({ configuration: {} }, { organization: fields.organization.optional() })).toEqual({})
})

test('configured tells what an account was linked without', async () => {
  const call = { configuration: { organization: 'acme' } }
  const missing = (async () => configured(call, { token: fields.token, organization: fields.organization }))()
  expect(await connectorsErrorOf(missing)).toMatchObject({
    code: 'RECONNECT_REQUIRED',
    message: 'The account was linked without token, which this action needs; link it again with that.',
  })
})
