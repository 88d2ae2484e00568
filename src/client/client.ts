import { systemClock } from '../base/clock.js'
import { ConnectorsError } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import {
  actionPath,
  type BegunLink,
  type CatalogMcp,
  type CatalogSkill,
  type CatalogTool,
  type ConnectorSchemas,
  type IntegrationDetail,
  type IntegrationSummary,
  type IssuedToken,
  integrationExistsPath,
  integrationPath,
  integrationsPath,
  type KeptFile,
  type KeptResult,
  keptFilePath,
  keptResultPath,
  type LinkState,
  linkPath,
  linksPath,
  type ManagedSkill,
  type ManagedSkillDetail,
  type Me,
  type NewClient,
  type NewUser,
  type Outcome,
  type PageMeta,
  type RemovedIntegration,
  ROUTE,
  type SearchAnswer,
  type StartedLink,
  type StoredIntegration,
  skillPath,
} from '../wire/index.js'
import type { ClientFetch } from './fetch.js'
import { type ActionRunner, ConnectorActions, type ExecuteOptions } from './fluent.js'
import { type Draft, publicRoute, query, shapedParams } from './requests/draft.js'
import { credentialText, headerName, pathName, tokenText, type UserToken } from './requests/names.js'
import type {
  CallOptions,
  CatalogMcpQuery,
  CatalogSkillsQuery,
  CatalogToolsQuery,
  ClientOptions,
  CustomLink,
  LinkStatusQuery,
  OAuthLink,
  PageLink,
  SearchOptions,
  SkillsQuery,
} from './requests/options.js'
import { actionBody, fileBody, jsonBody } from './requests/request-body.js'
import { checkedAttempts, replay, type Sleep, systemSleep } from './requests/retry.js'
import { actionTimeout, LONG_TIMEOUT_MS, TIMEOUT_MS } from './requests/time-limits.js'
import { type ResponseReader, Transport, type WireRequest } from './requests/transport.js'
import { type ActionResult, readActionResult, readKeptResult, readSchemas } from './responses/answers.js'
import { type ClientFile, readFile } from './responses/files.js'
import { RESPONSE_READERS } from './responses/responses.js'

/** One page of a list. `meta` is absent or null if the service does not count. */
export interface CatalogPage<Item> {
  items: Item[]
  meta?: PageMeta | null | undefined
}

/** The result of an action, as it is kept. */
type Kept = Omit<ActionResult, 'actedAs'>

/**
 * The thin client of a connector service. Between calls it keeps only its connections.
 *
 * Every call may throw an `ApiError` with the service's code, UPSTREAM_ERROR when the service cannot be reached or answers
 * out of contract, UPSTREAM_TIMEOUT, and INVALID_PARAMETERS for values that cannot be sent. Calls with a user token throw
 * INVALID_TOKEN when there is none. A call aborted by its signal throws the signal's reason.
 */
export class ConnectorsClient implements ActionRunner {
  readonly #transport: Transport
  readonly #userToken: UserToken | undefined
  readonly #timeoutMs: number | undefined
  readonly #sleep: Sleep
  /** False once the service turned out not to list the accounts of one connector. */
  #listsIntegrations = true

  /** @throws INVALID_PARAMETERS for an invalid base URL, and for a key that a header field cannot hold */
  constructor(options: ClientOptions) {
    this.#transport = new Transport({
      baseUrl: options.baseUrl,
      apiKey: options.apiKey === undefined ? undefined : new Secret(credentialText(options.apiKey, 'API key')),
      fetch: options.fetch ?? networkFetch,
      errorContract: options.errorContract ?? 2,
      clock: options.clock ?? systemClock,
    })
    this.#userToken = options.userToken
    this.#timeoutMs = options.timeoutMs
    this.#sleep = options.sleep ?? systemSleep
  }

  /** The names of all connectors. */
  connectorNames(options?: CallOptions): Promise<string[]> {
    return this.#call(RESPONSE_READERS.names, publicRoute(ROUTE.connectorNames), options, LONG_TIMEOUT_MS)
  }

  /** The actions of the named connectors, or of all. Unknown names are left out. */
  connectorSchemas(modules?: readonly string[], options?: CallOptions): Promise<ConnectorSchemas> {
    const path = ROUTE.connectors + query({ modules: modules?.join(',') })
    return this.#call(readSchemas, publicRoute(path), options, LONG_TIMEOUT_MS)
  }

  /** Creates a user; its secret is shown only once. @throws USER_EXISTS, INVALID_API_KEY */
  async createUser(identifier: string, options?: CallOptions): Promise<NewUser> {
    const body = jsonBody({ identifier })
    return this.#call(
      RESPONSE_READERS.newUser,
      { method: 'POST', path: ROUTE.users, subject: 'user', apiKey: true, body },
      options,
    )
  }

  /** Logs a user in. @throws INVALID_CREDENTIALS */
  async authenticate(identifier: string, secret: string | Secret, options?: CallOptions): Promise<IssuedToken> {
    const text = secret instanceof Secret ? secret.reveal() : secret
    const body = jsonBody({ identifier, secret: text })
    const draft: Draft = { method: 'POST', path: ROUTE.tokens, subject: 'login', apiKey: true, body, secrets: [text] }
    return this.#call(RESPONSE_READERS.issuedToken, draft, options)
  }

  /** The user and its accounts at all connectors. */
  async me(userToken?: UserToken, options?: CallOptions): Promise<Me> {
    return this.#call(RESPONSE_READERS.me, this.#asUser('GET', ROUTE.me, userToken), options)
  }

  /** Creates a client, in the API's sense. The API key must be the administrator's. @throws CLIENT_EXISTS, FORBIDDEN */
  async createClient(name: string, options?: CallOptions): Promise<NewClient> {
    const body = jsonBody({ name })
    const draft: Draft = { method: 'POST', path: ROUTE.clients, subject: 'tenant', apiKey: true, body }
    return this.#call(RESPONSE_READERS.newClient, draft, options)
  }

  /** Whether the user has any account at a connector. */
  async hasIntegration(connector: string, userToken?: UserToken, options?: CallOptions): Promise<boolean> {
    const path = integrationExistsPath(pathName(connector, 'connector'))
    return (await this.#call(RESPONSE_READERS.hasIntegration, this.#asUser('GET', path, userToken), options))
      .has_integration
  }

  /** The user's accounts at a connector, in the order added. A service without that list is asked for all accounts. */
  async listIntegrations(
    connector: string,
    userToken?: UserToken,
    options?: CallOptions,
  ): Promise<IntegrationSummary[]> {
    const draft = this.#asUser('GET', integrationsPath(pathName(connector, 'connector')), userToken)
    if (this.#listsIntegrations) {
      const listed = await this.#call(RESPONSE_READERS.integrations, draft, options).catch(undefinedWithoutRoute)
      if (listed) return listed
      this.#listsIntegrations = false
    }
    const { integrations } = await this.me(userToken, options)
    return integrations.filter((integration) => integration.connector === connector)
  }

  /** One account in full. @throws INTEGRATION_NOT_FOUND */
  async getIntegration(
    connector: string,
    userToken: UserToken | undefined,
    identifier: string,
    options?: CallOptions,
  ): Promise<IntegrationDetail> {
    return this.#call(RESPONSE_READERS.integration, this.#account('GET', connector, userToken, identifier), options)
  }

  /** Makes an account the default of its connector. @throws INTEGRATION_NOT_FOUND */
  async selectIntegration(
    connector: string,
    userToken: UserToken | undefined,
    identifier: string,
    options?: CallOptions,
  ): Promise<Outcome> {
    return this.#call(RESPONSE_READERS.selected, this.#account('POST', connector, userToken, identifier), options)
  }

  /** Removes an account. @throws INTEGRATION_NOT_FOUND */
  async deleteIntegration(
    connector: string,
    userToken: UserToken | undefined,
    identifier: string,
    options?: CallOptions,
  ): Promise<RemovedIntegration> {
    return this.#call(RESPONSE_READERS.removed, this.#account('DELETE', connector, userToken, identifier), options)
  }

  /** Begins to link an account by OAuth. @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED */
  async startLink(connector: string, userToken: UserToken | undefined, link: OAuthLink): Promise<StartedLink> {
    const { callbackUrl, replaceDuplicate = false } = link
    const body = { callback_url: callbackUrl, auth_type: 'oauth2', replace_duplicate: replaceDuplicate }
    return this.#call(RESPONSE_READERS.startedLink, this.#link(connector, userToken, body), link)
  }

  /**
   * Begins a link that a person finishes on a page of the service, by any method that the connector offers; or, with
   * `device`, on a page of the third party by typing in a code. A service that cannot do that throws; an
   * older one returns its page: the answer has `device` only if a code is used.
   * @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, INVALID_PARAMETERS where `device` is not possible
   */
  async beginLink(connector: string, userToken: UserToken | undefined, link: PageLink = {}): Promise<BegunLink> {
    const { callbackUrl, replaceDuplicate, device, prefill } = link
    const draft = this.#asUser('POST', linksPath(pathName(connector, 'connector')), userToken)
    const body = jsonBody({ callback_url: callbackUrl, replace_duplicate: replaceDuplicate, device, prefill })
    return this.#call(RESPONSE_READERS.begunLink, { ...draft, subject: 'link', body }, link)
  }

  /** The state of a link; the service waits up to `wait` seconds for its end. @throws NOT_FOUND */
  async linkStatus(
    userToken: UserToken | undefined,
    linkId: string,
    options: LinkStatusQuery = {},
  ): Promise<LinkState> {
    const { wait = 0, timeoutMs, signal } = options
    const draft = this.#asUser('GET', linkPath(pathName(linkId, 'link_id')) + query({ wait }), userToken)
    const ownMs = this.#timeoutMs ?? TIMEOUT_MS
    // The wait is added to the limit; a client without a limit has none here either.
    const limit = timeoutMs ?? (ownMs === 0 ? 0 : wait * 1000 + ownMs)
    return this.#call(RESPONSE_READERS.linkState, { ...draft, subject: 'link' }, { timeoutMs: limit, signal })
  }

  /** Cancels a pending link; one that has ended stays as it is. @throws NOT_FOUND */
  async cancelLink(userToken: UserToken | undefined, linkId: string, options?: CallOptions): Promise<Outcome> {
    const draft = this.#asUser('DELETE', linkPath(pathName(linkId, 'link_id')), userToken)
    return this.#call(RESPONSE_READERS.cancelledLink, { ...draft, subject: 'link' }, options)
  }

  /** Tries a configuration and links it. @throws INTEGRATION_EXISTS, AUTH_TYPE_NOT_SUPPORTED, LINK_FAILED */
  async linkCustom(connector: string, userToken: UserToken | undefined, link: CustomLink): Promise<StoredIntegration> {
    const { configuration, replaceDuplicate = false, replaceSame } = link
    const wishes = {
      replace_duplicate: replaceDuplicate,
      ...(replaceSame === undefined ? {} : { replace_same: replaceSame }),
    }
    const body = { auth_type: 'custom', configuration, ...wishes }
    return this.#call(RESPONSE_READERS.storedIntegration, this.#link(connector, userToken, body), link)
  }

  /**
   * Runs an action once, or as often as `maxAttempts` allows while the service says that a failure may be retried. Without
   * `timeoutMs`, a `timeout_ms` among the parameters makes the client wait that long for each attempt, and a little longer.
   * @returns data and meta, or the file
   * @throws INTEGRATION_NOT_FOUND, RECONNECT_REQUIRED, RATE_LIMITED and the service's other codes
   */
  async execute(connector: string, action: string, options: ExecuteOptions = {}): Promise<ActionResult | ClientFile> {
    const { identifier, signal, replayUnsafe = false } = options
    const maxAttempts = checkedAttempts(options.maxAttempts ?? 1)
    const params = shapedParams(options)
    const request: WireRequest = {
      method: 'POST',
      path: actionPath(pathName(connector, 'connector'), pathName(action, 'action')),
      subject: 'action',
      apiKey: true,
      userToken: tokenText(options.userToken, this.#userToken),
      identifier: identifier === undefined ? undefined : headerName(identifier),
      readOnly: options.readOnly ?? false,
      body: actionBody(params, options.form ?? false),
      timeoutMs: options.timeoutMs ?? actionTimeout(params, this.#timeoutMs),
      signal,
    }
    const play = () => this.#transport.exchange(request, readActionResult)
    return maxAttempts === 1 ? play() : replay(play, { maxAttempts, replayUnsafe, sleep: this.#sleep, signal })
  }

  /** The fluent form: `connector('github').action('list_commits').params({…}).run()`. */
  connector(name: string): ConnectorActions {
    return new ConnectorActions(this, name)
  }

  /** The catalogue of tools: one for each action. */
  catalogTools(search: CatalogToolsQuery = {}): Promise<CatalogPage<CatalogTool>> {
    const { q, connector, category, limit, offset } = search
    const path = ROUTE.catalogTools + query({ q, connector, category, limit, offset })
    return this.#call(RESPONSE_READERS.catalogTools, publicRoute(path), search)
  }

  /** The catalogue of MCP servers. */
  catalogMcp(search: CatalogMcpQuery = {}): Promise<CatalogPage<CatalogMcp>> {
    const { q, category, limit, offset } = search
    return this.#call(
      RESPONSE_READERS.catalogMcp,
      publicRoute(ROUTE.catalogMcp + query({ q, category, limit, offset })),
      search,
    )
  }

  /** The catalogue of skills that everyone may use. */
  catalogSkills(search: CatalogSkillsQuery = {}): Promise<CatalogPage<CatalogSkill>> {
    const { q, source, limit, offset } = search
    return this.#call(
      RESPONSE_READERS.catalogSkills,
      publicRoute(ROUTE.catalogSkills + query({ q, source, limit, offset })),
      search,
    )
  }

  /** Finds tools, MCP servers and skills by meaning. @throws INVALID_PARAMETERS when `q` is empty */
  async search(q: string, userToken?: UserToken, options: SearchOptions = {}): Promise<SearchAnswer> {
    const path = ROUTE.catalogSearch + query({ q, kinds: options.kinds?.join(','), count: options.count })
    return this.#call(RESPONSE_READERS.search, this.#asUser('GET', path, userToken), options)
  }

  /** The managed skills of the user's client. */
  async skills(userToken?: UserToken, slice: SkillsQuery = {}): Promise<CatalogPage<ManagedSkill>> {
    const path = ROUTE.skills + query({ limit: slice.limit, offset: slice.offset })
    return this.#call(RESPONSE_READERS.skills, this.#asUserAlone(path, userToken), slice)
  }

  /** One managed skill, with the address of its content. @throws NOT_FOUND */
  async skill(userToken: UserToken | undefined, id: string, options?: CallOptions): Promise<ManagedSkillDetail> {
    return this.#call(RESPONSE_READERS.skill, this.#asUserAlone(skillPath(pathName(id, 'id')), userToken), options)
  }

  /** Keeps a file for the user for 24 hours, of at most 32 MiB. @throws NOT_FOUND from a service that keeps nothing, TOO_LARGE */
  async keepFile(file: ClientFile, userToken?: UserToken, options?: CallOptions): Promise<KeptFile> {
    const draft = { ...this.#asUser('POST', ROUTE.files, userToken), body: fileBody(file) }
    return this.#call(RESPONSE_READERS.keptFile, draft, options, LONG_TIMEOUT_MS)
  }

  /** A kept file, with name and content type as they were kept. @throws NOT_FOUND */
  async keptFile(handle: string, userToken?: UserToken, options?: CallOptions): Promise<ClientFile> {
    const draft = this.#asUser('GET', keptFilePath(pathName(handle, 'handle')), userToken)
    return this.#call(readFile, draft, options, LONG_TIMEOUT_MS)
  }

  /** Keeps the result of an action for the user for an hour. @throws as `keepFile` */
  async keepResult(result: Kept, userToken?: UserToken, options?: CallOptions): Promise<KeptResult> {
    const body = jsonBody({ data: result.data, meta: result.meta })
    const draft = { ...this.#asUser('POST', ROUTE.results, userToken), body }
    return this.#call(RESPONSE_READERS.keptResult, draft, options, LONG_TIMEOUT_MS)
  }

  /** A kept result. @throws NOT_FOUND */
  async keptResult(handle: string, userToken?: UserToken, options?: CallOptions): Promise<Kept> {
    const draft = this.#asUser('GET', keptResultPath(pathName(handle, 'handle')), userToken)
    return this.#call(readKeptResult, draft, options, LONG_TIMEOUT_MS)
  }

  /** Keeps a file or a result no longer. @throws NOT_FOUND */
  async removeKept(handle: string, userToken?: UserToken, options?: CallOptions): Promise<Outcome> {
    const pathOf = handle.startsWith('result_') ? keptResultPath : keptFilePath
    const draft = this.#asUser('DELETE', pathOf(pathName(handle, 'handle')), userToken)
    return this.#call(RESPONSE_READERS.removedKept, draft, options)
  }

  #call<T>(read: ResponseReader<T>, draft: Draft, options: CallOptions = {}, contractMs = TIMEOUT_MS): Promise<T> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs ?? contractMs
    return this.#transport.exchange({ ...draft, timeoutMs, signal: options.signal }, read)
  }

  #asUser(method: WireRequest['method'], path: string, userToken: UserToken | undefined): Draft {
    return { method, path, subject: 'account', apiKey: true, userToken: tokenText(userToken, this.#userToken) }
  }

  /** With an API key, the routes of managed skills would act as the administrator. */
  #asUserAlone(path: string, userToken: UserToken | undefined): Draft {
    return { ...this.#asUser('GET', path, userToken), apiKey: false }
  }

  #account(method: WireRequest['method'], connector: string, token: UserToken | undefined, identifier: string): Draft {
    const path = integrationPath(pathName(connector, 'connector'), pathName(identifier, 'identifier'))
    return this.#asUser(method, path, token)
  }

  #link(connector: string, userToken: UserToken | undefined, body: unknown): Draft {
    const draft = this.#asUser('POST', integrationsPath(pathName(connector, 'connector')), userToken)
    return { ...draft, subject: 'link', body: jsonBody(body) }
  }
}

/** Loaded by the first request, so that an embedded service never loads it. */
const networkFetch: ClientFetch = async (url, init) => {
  const { pooledFetch } = await import('../http/fetch.js')
  return (await pooledFetch())(url, init)
}

/** A service without that route answers 404 or 405, with a code of its own or without one. */
function undefinedWithoutRoute(error: unknown): undefined {
  const code = error instanceof ConnectorsError ? error.code : undefined
  if (code !== 'NOT_FOUND' && code !== 'METHOD_NOT_ALLOWED') throw error
}
