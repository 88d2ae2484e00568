import { onTestFinished, vi } from 'vitest'
import { createApi } from '../../src/api/index.js'
import { createLogger } from '../../src/base/log.js'
import { createEgressPolicy } from '../../src/http/egress.js'
import { createSend, type SendRequest } from '../../src/http/send.js'
import type { OAuthProvider } from '../../src/oauth/provider.js'
import { type Browser, browserOf } from '../browser.js'
import type { MockServer } from '../oauth/mock-server.js'
import { userinfoConnector } from './notes.js'
import { newScene } from './scene.js'
import { CALLBACK_URL, newService, PUBLIC_URL } from './service.js'

/** What a request may take where its limit is what a test is about. Milliseconds. */
const HASTE = 200

/**
 * Until the test ends, timers of that length come a hundred times sooner.
 * @param milliseconds the limit that is meant; no other timer has its length
 * @returns one entry for each
 */
export function shortenedLimit(milliseconds: number): number[] {
  const limits: number[] = []
  const wait = globalThis.setTimeout as (run: () => void, length?: number, ...rest: unknown[]) => NodeJS.Timeout
  const shortened: typeof wait = (run, length, ...rest) => {
    if (length !== milliseconds) return wait(run, length, ...rest)
    limits.push(length)
    return wait(run, length / 100, ...rest)
  }
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(shortened as typeof setTimeout)
  onTestFinished(() => spy.mockRestore())
  return limits
}

type World = Awaited<ReturnType<typeof newWorld>>

/** The whole service behind its API, with a connector whose authorization server is the mock. */
async function newWorld(mock: MockServer, changes: Partial<OAuthProvider>) {
  const scene = await newScene()
  let ahead = 0
  let longest = Number.POSITIVE_INFINITY
  /** What left, with the limits it was given. */
  const sent: SendRequest[] = []
  // As on a shared service: the mock is allowed, no other private address is.
  const allowedHosts = [new URL(mock.origin).host]
  const send = createSend({ egress: createEgressPolicy({ allowPrivate: false, allowedHosts }) })
  onTestFinished(() => send.close())
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: userinfoConnector(mock.provider(changes), mock.origin),
    oauthClient: { client_id: 'the-client', client_secret: 'canary-client-secret' },
    clock: () => Date.now() + ahead,
    send(request) {
      sent.push(request)
      return send({ ...request, timeoutMs: Math.min(request.timeoutMs ?? 30_000, longest) })
    },
  })
  const log: string[] = []
  const api = createApi({ service, log: createLogger('debug', { write: (line: string) => void log.push(line) }) })
  return {
    scene,
    sent,
    log,
    api,
    apiKey: (await service.tenants.create('the team')).apiKey.reveal(),
    newBrowser: () => browserOf(api),
    /** From now on requests may take a moment only; or, again, what they may by themselves. */
    hurry(hurried: boolean) {
      longest = hurried ? HASTE : Number.POSITIVE_INFINITY
    },
    forwardClock(milliseconds: number) {
      ahead += milliseconds
    },
    /** Where the mock sends a browser that comes from this address, as a path of ours. */
    async consent(url: string): Promise<string> {
      const answer = await fetch(url, { redirect: 'manual' })
      const target = new URL(answer.headers.get('location') ?? '')
      return target.pathname + target.search
    },
  }
}

/** A user of that service. */
async function personOf(world: World, identifier: string) {
  const { api, apiKey, scene, newBrowser } = world
  const authorized: Record<string, string> = {}
  const call = async (method: string, path: string, json?: unknown, headers = authorized) => {
    const response = await api.fetch(
      new Request(PUBLIC_URL + path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: json === undefined ? null : JSON.stringify(json),
      }),
    )
    // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
    return { status: response.status, json: (await response.json()) as any }
  }
  const { id, secret } = (await call('POST', '/users', { identifier }, { 'x-api-key': apiKey })).json.data
  const logIn = async (): Promise<void> => {
    const { data } = (await call('POST', '/auth/tokens', { identifier, secret }, {})).json
    authorized.authorization = `Bearer ${data.token}`
  }
  await logIn()
  return {
    ...world,
    call,
    logIn,
    /** Begins a link that goes straight to the authorization server. */
    async begin(): Promise<{ linkId: string; url: string }> {
      const asked = { callback_url: CALLBACK_URL, replace_duplicate: true }
      const { data } = (await call('POST', '/connectors/notes/integrations', asked)).json
      return { linkId: data.link_id, url: data.url }
    },
    /** A browser in which the user is signed in. */
    async newSignedIn(): Promise<Browser> {
      const { data } = (await call('POST', '/connectors/notes/links', {})).json
      const browser = newBrowser()
      await browser.open(new URL(data.url).pathname)
      await browser.submit('sign-in', { secret })
      await call('DELETE', `/links/${data.link_id}`)
      return browser
    },
    /** Begins a link on our page and goes on to the authorization server. */
    async beginOnPage() {
      const { data } = (await call('POST', '/connectors/notes/links', {})).json
      const browser = newBrowser()
      const path = new URL(data.url).pathname
      await browser.open(path)
      await browser.submit('sign-in', { secret })
      await browser.open(path)
      const { onward } = await browser.submit('authorize')
      return { linkId: data.link_id as string, path, browser, url: onward ?? '' }
    },
    linkState: async (linkId: string) => (await call('GET', `/links/${linkId}`)).json.data,
    accounts: () => scene.store.integrations.listOfUser(id),
    execute: () => call('POST', '/connectors/notes/who_am_i', {}),
  }
}

export type Person = Awaited<ReturnType<typeof personOf>>

/** A user of a service of their own, over its API, and others of the same service. */
export async function newPerson(mock: MockServer, changes: Partial<OAuthProvider> = {}) {
  const world = await newWorld(mock, changes)
  return { ...(await personOf(world, 'ada')), another: (name: string) => personOf(world, name) }
}
