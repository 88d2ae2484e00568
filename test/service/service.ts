import type { Clock } from '../../src/base/clock.js'
import type { Logger } from '../../src/base/log.js'
import type { Schedule } from '../../src/base/schedule.js'
import { packagedConnectors } from '../../src/connectors/index.js'
import type { KeyRing } from '../../src/crypto/index.js'
import type { DatabasePort } from '../../src/database/port.js'
import { webhookPoster } from '../../src/http/webhook.js'
import type { Connector, Send } from '../../src/kit/index.js'
import type { OAuthClient } from '../../src/oauth/provider.js'
import type { ActionRun } from '../../src/service/actions/run-action.js'
import {
  type Caller,
  type ConnectorEndpoints,
  createService,
  type Service,
  type Visitor,
} from '../../src/service/index.js'
import type { Store } from '../../src/store/store.js'
import { callbackPath, connectPath } from '../../src/wire/index.js'

/** Where a person ends after a link; nobody listens there. */
export const CALLBACK_URL = 'http://127.0.0.1:1/done'
export const PUBLIC_URL = 'http://127.0.0.1:1'
export const redirectUri = (connector: string): string => PUBLIC_URL + callbackPath(connector)

export interface ServiceSetting {
  store: Store
  keyRing: KeyRing
  connector: Connector
  send: Send
  clock?: Clock
  schedule?: Schedule
  log?: Logger
  oauthClient?: OAuthClient | undefined
  /** Changes of where the connector and its provider are. */
  endpoints?: Partial<ConnectorEndpoints>
  /** False for a service whose pages only this machine reaches; true unless told. */
  requireSignIn?: boolean
}

/** What a connector over HTTP never asks for. */
const noDatabases: DatabasePort = {
  open() {
    throw new Error('No database is expected here.')
  },
  close: async () => {},
  closeAll: async () => {},
}

/** The whole service with one connector, as the app builds it. */
export function newService(setting: ServiceSetting): Promise<Service> {
  const { store, keyRing, connector, send, clock = Date.now, schedule, log, endpoints, requireSignIn = true } = setting
  const oauthClient = 'oauthClient' in setting ? setting.oauthClient : { client_id: 'me', client_secret: 'my-secret' }
  return createService({
    store,
    keyRing,
    ports: { send, post: webhookPoster(send), databases: noDatabases },
    clock,
    ...(schedule ? { schedule } : {}),
    ...(log ? { log } : {}),
    // One of the package needs no place in the list of a person's own.
    ownConnectors: packagedConnectors.some(({ name }) => name === connector.name) ? [] : [connector],
    endpointsOf: (of) => ({
      oauthClient,
      provider: of.auth.oauth2,
      baseUrl: of.baseUrl,
      hosts: of.hosts ?? {},
      howToConfigure: 'Set the OAuth client.',
      ...endpoints,
    }),
    publicUrl: async () => PUBLIC_URL,
    callbackPath,
    connectPath,
    requireSignIn,
  })
}

let names = 0

/** A user of a client of their own. */
export async function newCaller({ tenants, users }: Service): Promise<Caller> {
  const { id, name } = await tenants.create(`client ${++names}`)
  const { user } = await users.create({ id, name }, `user ${names}`)
  return { clientId: id, userId: user.id, identifier: user.identifier }
}

/** A browser in which that user is signed in: it need not say whose account a link becomes. */
export function signedIn({ linkPages }: Service, { userId }: Caller): Visitor {
  const browser = linkPages.proofs.browser(undefined)
  return { browser, session: linkPages.proofs.session(browser, userId) }
}

/** The result of a run as its callers read it. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
export const readResult = ({ result }: ActionRun): any => ('json' in result ? JSON.parse(result.json) : result)

/** Runs an action of a connector with the default account. */
export const run = (
  { runAction }: Service,
  caller: Caller,
  connector: string,
  action = 'who_am_i',
  signal = new AbortController().signal,
) => runAction(caller, { connector, action, input: {}, identifier: null, signal })
