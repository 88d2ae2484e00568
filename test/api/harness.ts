import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Api, createApi } from '../../src/api/index.js'
import { endpointsOf } from '../../src/app/connector-settings.js'
import type { Clock } from '../../src/base/clock.js'
import { createLogger } from '../../src/base/log.js'
import type { Schedule } from '../../src/base/schedule.js'
import { readConfig } from '../../src/config/index.js'
import { KeyRing, KeySource } from '../../src/crypto/index.js'
import { createDatabasePort } from '../../src/database/index.js'
import type { Send, SendRequest, SendResponse } from '../../src/http/send.js'
import { webhookPoster } from '../../src/http/webhook.js'
import { type Connector, defineAction, defineConnector, path, secretField, z } from '../../src/kit/index.js'
import type { OAuthClient } from '../../src/oauth/provider.js'
import { createService, type Service } from '../../src/service/index.js'
import { openSealedLink, type SealedLink } from '../../src/service/linking/sealed-link.js'
import { openVault } from '../../src/service/vault/vault.js'
import { openSqliteStore } from '../../src/store/sqlite/store.js'
import { callbackPath, connectPath } from '../../src/wire/index.js'
import { checkDocumented } from './documented.js'

/** A third party that answers as a test says, and remembers what it was asked. */
export class ThirdParty {
  readonly requests: SendRequest[] = []
  answer: (request: SendRequest) => {
    status?: number
    json?: unknown
    text?: string
    headers?: Record<string, string>
  } = () => ({ json: {} })

  readonly send = async (request: SendRequest): Promise<SendResponse> => {
    this.requests.push(request)
    const { status = 200, json, text, headers = {} } = this.answer(request)
    const type = text === undefined ? 'application/json' : 'text/html'
    return {
      status,
      headers: new Headers({ 'content-type': type, ...headers }),
      body: new TextEncoder().encode(text ?? JSON.stringify(json)),
    }
  }
}

const provider = {
  issuer: 'https://notes.example',
  authorization_endpoint: 'https://notes.example/authorize',
  token_endpoint: 'https://notes.example/token',
  token_endpoint_auth_method: 'client_secret_post',
  scopes: ['read', 'write'],
  registration_page: 'https://notes.example/apps',
} as const

/** A connector over HTTP that is linked by OAuth 2 or by a pasted token. */
export const notes = defineConnector({
  name: 'notes',
  title: 'Notes',
  description: 'Keeps notes.',
  categories: ['test'],
  port: 'http',
  baseUrl: 'https://api.notes.example',
  auth: {
    oauth2: provider,
    custom: { fields: { token: secretField('A token of Notes') }, help: 'take one from your settings.' },
  },
  authorize: ({ accessToken, configuration }) => ({ authorization: `Bearer ${accessToken ?? configuration.token}` }),
  account: async (upstream) => ({
    identifier: z.object({ login: z.string() }).parse(await upstream.get(path`/me`)).login,
  }),
  actions: [
    defineAction({
      name: 'list_notes',
      description: 'List the notes.',
      effect: 'read',
      input: { folder: z.string().optional() },
      run: (upstream, query) => upstream.get(path`/notes`, query),
    }),
    defineAction({
      name: 'admin/wipe',
      description: 'Delete all notes.',
      effect: 'delete',
      input: { confirm: z.boolean() },
      run: (upstream) => upstream.delete(path`/notes`),
    }),
  ],
})

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  json: any
  text: string
}

export interface CallOptions {
  key?: string
  token?: string
  json?: unknown
  body?: RequestInit['body']
  headers?: Record<string, string>
}

export interface Harness {
  api: Api
  service: Service
  thirdParty: ThirdParty
  folder: string
  log: string[]
  /** What is sealed with a link, as only the service can read it. */
  linkSecrets(linkId: string): Promise<SealedLink>
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** A new client; gives back its API key. */
  client(name?: string): Promise<string>
  /** A new user of that client, logged in. */
  user(key: string, identifier?: string): Promise<{ token: string; secret: string; id: string }>
}

let names = 0

/** The API on a store of its own, with no port: Request in, Response out. */
export async function newApi(
  options: {
    connectors?: Connector[]
    clock?: Clock
    schedule?: Schedule
    /** False: none. */
    oauthClient?: false | OAuthClient
    publicUrl?: string
    movingPort?: string
    plainHttp?: string
    requireSignIn?: boolean
    /** An operator's settings, in place of `oauthClient` and the connectors' own addresses. */
    settings?: Record<string, string>
    /** What ranks the results of a search; none by default. */
    embed?: (texts: readonly string[]) => Promise<number[][]>
    /** The third party; the scripted one by default. */
    send?: Send
  } = {},
): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-api-'))
  const store = await openSqliteStore(join(folder, 'store.db'))
  const databases = createDatabasePort()
  onTestFinished(async () => {
    await databases.closeAll()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const thirdParty = new ThirdParty()
  const send = options.send ?? thirdParty.send
  const { ring } = KeyRing.generate()
  const service = await createService({
    store,
    keyRing: ring,
    ports: { send, post: webhookPoster(send), databases },
    embed: options.embed,
    clock: options.clock ?? Date.now,
    ...(options.schedule ? { schedule: options.schedule } : {}),
    ownConnectors: options.connectors ?? [notes],
    endpointsOf: options.settings
      ? endpointsOf(readConfig({ HOME: folder, ...options.settings }))
      : (connector) => ({
          oauthClient:
            options.oauthClient === false
              ? undefined
              : (options.oauthClient ?? { client_id: 'the-client', client_secret: 'the-client-secret' }),
          provider: connector.auth.oauth2,
          baseUrl: connector.baseUrl,
          hosts: connector.hosts ?? {},
          howToConfigure: 'Set the OAuth client.',
        }),
    publicUrl: async () => options.publicUrl ?? 'http://127.0.0.1:1',
    callbackPath,
    connectPath,
    movingPort: options.movingPort,
    plainHttp: options.plainHttp,
    requireSignIn: options.requireSignIn ?? true,
  })
  const log: string[] = []
  const api = createApi({
    service,
    log: createLogger('debug', { write: (line: string) => void log.push(line) }),
    publicUrl: options.publicUrl,
  })

  const call: Harness['call'] = async (method, target, { key, token, json, body, headers } = {}) => {
    const response = await api.fetch(
      new Request(`http://127.0.0.1:1${target}`, {
        method,
        headers: {
          ...(key ? { 'x-api-key': key } : {}),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: json === undefined ? (body ?? null) : JSON.stringify(json),
      }),
    )
    const text = await response.text()
    const { status, headers: received } = response
    const contentType = received.get('content-type') ?? ''
    const parsed = contentType.startsWith('application/json') ? JSON.parse(text) : undefined
    checkDocumented(method, target, { status, contentType, json: parsed })
    return { status, headers: received, text, json: parsed }
  }
  return {
    api,
    service,
    thirdParty,
    folder,
    log,
    async linkSecrets(linkId) {
      const link = await store.links.find(linkId)
      if (!link) throw new Error('there is no such link')
      return openSealedLink(await openVault(store, KeySource.fixed(ring)), link)
    },
    call,
    client: async (name = `client ${++names}`) => (await service.tenants.create(name)).apiKey.reveal(),
    async user(key, identifier = `user ${++names}`) {
      const created = (await call('POST', '/users', { key, json: { identifier } })).json.data
      const login = (await call('POST', '/auth/tokens', { json: { identifier, secret: created.secret } })).json.data
      return { token: login.token, secret: created.secret, id: created.id }
    },
  }
}

/** What every failure must look like. */
export function failure(answer: Answer): { status: number; code: string } {
  const { error, message } = answer.json
  if (error.message !== message || error.request_id !== answer.headers.get('x-request-id'))
    throw new Error('the envelope does not fit')
  if (typeof error.recovery.retryable !== 'boolean' || 'data' in answer.json)
    throw new Error('the envelope does not fit')
  return { status: answer.status, code: error.code }
}
