import { ConnectorsError } from '../../src/base/errors.js'
import type { Json, JsonObject } from '../../src/base/json.js'
import { Secret } from '../../src/base/secret.js'
import { ApiError, type ClientFile, type ConnectorSchemas } from '../../src/client/index.js'
import type { BegunLink, LinkStatus, McpClient, PageLinkClient } from '../../src/mcp/deps.js'
import { toolName } from '../../src/wire/index.js'

type Answer = Awaited<ReturnType<McpClient['execute']>>
type Execute = McpClient['execute']

const text = (value: string | Secret): string => (value instanceof Secret ? value.reveal() : value)

/** `{type: 'object'}` with these properties, as the service publishes it: shaping included. */
function requestBody(title: string, properties: JsonObject, required: string[] = []): JsonObject {
  const shaping: JsonObject = {
    response_fields: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    response_filters: { anyOf: [{ type: 'array', items: { type: 'object', title: 'Condition' } }, { type: 'null' }] },
  }
  return { title, type: 'object', properties: { ...properties, ...shaping }, required, additionalProperties: false }
}

const entry = (
  connector: string,
  action: string,
  docstring: string,
  request_body: JsonObject,
  binary: string[] = [],
) => ({
  method: 'POST',
  path: `/connectors/${connector}/${action}`,
  docstring,
  parameters: {
    request: {
      schema: {
        type: 'object',
        properties: Object.fromEntries(binary.map((name) => [name, { type: 'string', format: 'binary' }])),
      },
    },
  },
  request_body,
})

const owner = { type: 'string', description: 'Owner of the repository' }
const BINARY = { type: 'string', format: 'binary' }

const SCHEMAS: ConnectorSchemas = {
  github: {
    list_issues: entry(
      'github',
      'list_issues',
      'List the issues of one repository, newest first.',
      requestBody('ListIssuesInput', { owner, repo: { type: 'string' }, page: { type: 'integer' } }, ['owner', 'repo']),
    ),
    'get-users': entry('github', 'get-users', 'Get users.', requestBody('GetUsersInput', {})),
  },
  mail: {
    send_email: entry(
      'mail',
      'send_email',
      'Send an e-mail.',
      {
        title: 'SendEmailInput',
        type: 'object',
        properties: {
          to: { type: 'string' },
          attachments: { anyOf: [{ type: 'array', items: BINARY }, { type: 'null' }] },
        },
        required: ['to'],
      },
      ['attachments'],
    ),
  },
  big: Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [
      `action_${index}`,
      entry(
        'big',
        `action_${index}`,
        `Does thing ${index}.`,
        requestBody(`Action${index}Input`, { id: { type: 'string' } }, ['id']),
      ),
    ]),
  ),
  sql: {
    query: entry('sql', 'query', 'Run one statement.', {
      title: 'QueryInput',
      type: 'object',
      properties: { sql: { type: 'string' } },
      required: ['sql'],
    }),
  },
}

const DESCRIPTIONS: Record<string, string> = {
  big: 'Many things.',
  github: 'Repositories, issues and pull requests.',
  mail: 'Read and send e-mail.',
  sql: 'Query a database.',
}

interface Account {
  user: string
  connector: string
  user_identifier: string
  selected: boolean
  auth_status: string
}

/** A link on the service's own page. */
interface Page {
  user: string
  link: NonNullable<Parameters<PageLinkClient['beginLink']>[2]>
  facts: LinkStatus
  begun: BegunLink
}

/** What a test can look at and change: the service in memory, one tenant. */
export class FakeConnectorsClient implements McpClient, PageLinkClient {
  readonly users = new Map<string, string>([['alice', 'sk-user-alice']])
  readonly tokens = new Map<string, string>()
  readonly accounts: Account[] = []
  /** Names of the methods called, in order. */
  readonly calls: string[] = []
  readonly links: { connector: string; callbackUrl: string; replaceDuplicate: boolean | undefined }[] = []
  readonly executed: { connector: string; action: string; options: NonNullable<Parameters<Execute>[2]> }[] = []
  /** What the next `execute` gives; a function may throw. */
  answer: (options: NonNullable<Parameters<Execute>[2]>) => Promise<Answer> | Answer = () => ({
    data: [],
    meta: null,
    actedAs: null,
  })
  linkUrl = 'https://github.example/authorize?state=s1'
  /** Makes `authenticate` wait, for tests of calls that meet. */
  loginGate: Promise<void> = Promise.resolve()
  expiresAt = '2099-01-01T00:00:00.000Z'
  /** What `deleteIntegration` tells besides success. */
  removedFacts: Record<string, string | null> = {}
  /** What `linkCustom` tells besides success. */
  linkedFacts: Record<string, string | boolean> | undefined
  hasSearch = true
  /** Whether the service has a page of its own for links. */
  hasPages = true
  /** What the service does with a wish for a code: give one, refuse, or not know of it and give its page. */
  codes: 'given' | 'refused' | 'unknown' = 'given'
  /** Whether the third party has a page with the code filled in. */
  fillsIn = true
  readonly pages = new Map<string, Page>()
  pageUrl = 'http://127.0.0.1:4000/connect/'
  deviceUrl = 'https://github.example/device'
  /** Whether the page's answer says that a code would do, too. */
  offersCodes = false
  /** The waits asked for, in seconds, in order. */
  readonly waits: number[] = []
  /** What happens while a wait goes on; nobody does anything, and time flies, unless a test says otherwise. */
  whileWaiting: (linkId: string, signal: AbortSignal | undefined) => Promise<void> | void = () => {}

  link(user: string, connector: string, user_identifier: string, auth_status = 'active'): void {
    const first = !this.accounts.some((account) => account.user === user && account.connector === connector)
    this.accounts.push({ user, connector, user_identifier, selected: first, auth_status })
  }

  async connectorNames() {
    this.calls.push('connectorNames')
    return Object.keys(SCHEMAS)
  }

  async connectorSchemas(modules?: readonly string[]) {
    this.calls.push('connectorSchemas')
    const wanted = Object.entries(SCHEMAS).filter(([name]) => !modules || modules.includes(name))
    return structuredClone(Object.fromEntries(wanted))
  }

  async createUser(identifier: string) {
    this.calls.push('createUser')
    if (this.users.has(identifier))
      throw new ApiError('USER_EXISTS', 'There is a user of that name already.', { status: 409 })
    const secret = `sk-user-${identifier}-0123456789abcdef`
    this.users.set(identifier, secret)
    return { id: `id-${identifier}`, identifier, secret, secret_preview: 'sk-user-...89abcdef', is_active: true }
  }

  async authenticate(identifier: string, secret: string | Secret) {
    this.calls.push('authenticate')
    await this.loginGate
    if (this.users.get(identifier) !== text(secret))
      throw new ApiError('INVALID_CREDENTIALS', 'Identifier or secret is wrong.', { status: 401 })
    const token = `token-${identifier}-${this.tokens.size}`
    this.tokens.set(token, identifier)
    const ids = { user_id: `id-${identifier}`, client_id: 'client' }
    return { token, token_type: 'Bearer', expires_at: this.expiresAt, is_revoked: false, ...ids }
  }

  async me(userToken?: string | Secret) {
    this.calls.push('me')
    const identifier = this.#user(userToken)
    const integrations = this.accounts.filter(({ user }) => user === identifier).map(summary)
    return {
      id: `id-${identifier}`,
      client_id: 'client',
      identifier,
      secret_preview: 'x',
      is_active: true,
      integrations,
    }
  }

  async listIntegrations(connector: string, userToken?: string | Secret) {
    this.calls.push('listIntegrations')
    const user = this.#user(userToken)
    this.#connector(connector)
    return this.accounts.filter((account) => account.user === user && account.connector === connector).map(summary)
  }

  async selectIntegration(connector: string, userToken: string | Secret | undefined, identifier: string) {
    this.calls.push('selectIntegration')
    const found = this.#account(connector, userToken, identifier)
    for (const account of this.accounts)
      if (account.user === found.user && account.connector === connector) account.selected = account === found
    return { success: true }
  }

  async deleteIntegration(connector: string, userToken: string | Secret | undefined, identifier: string) {
    this.calls.push('deleteIntegration')
    const found = this.#account(connector, userToken, identifier)
    this.accounts.splice(this.accounts.indexOf(found), 1)
    const next = this.accounts.findLast((account) => account.user === found.user && account.connector === connector)
    if (found.selected && next) next.selected = true
    return { success: true, ...this.removedFacts }
  }

  async startLink(
    connector: string,
    userToken: string | Secret | undefined,
    link: Parameters<McpClient['startLink']>[2],
  ) {
    this.calls.push('startLink')
    this.#user(userToken)
    this.#connector(connector)
    if (connector === 'sql')
      throw new ApiError(
        'AUTH_TYPE_NOT_SUPPORTED',
        'This connector is not linked that way.',
        { status: 400 },
        {
          details: { supported_auth_types: ['custom'] },
        },
      )
    this.links.push({ connector, callbackUrl: link.callbackUrl, replaceDuplicate: link.replaceDuplicate })
    return { url: this.linkUrl, link_id: `link-${this.links.length}` }
  }

  async beginLink(...[connector, userToken, link = {}]: Parameters<PageLinkClient['beginLink']>) {
    this.calls.push('beginLink')
    const user = this.#user(userToken)
    this.#connector(connector)
    if (!this.hasPages) throw new ApiError('ACTION_NOT_FOUND', 'There is no action of that name.', { status: 404 })
    if (link.device && this.codes === 'refused')
      throw new ApiError('INVALID_PARAMETERS', 'Begin the link without device.', { status: 400 })
    // As the service does: the link that waits for the same already.
    for (const { user: of, link: asked, facts, begun } of this.pages.values()) {
      const isSame = asked.callbackUrl === link.callbackUrl && (asked.device ?? false) === (link.device ?? false)
      if (of === user && facts.connector === connector && facts.status === 'pending' && isSame) return begun
    }
    const link_id = `page-${this.pages.size + 1}`
    const open = { user_identifier: null, selected: null, replaced: null, error: null, message: null }
    const facts: LinkStatus = { link_id, connector, status: 'pending', ...open }
    const begun = this.#begun(link_id, connector, link)
    this.pages.set(link_id, { user, link, facts, begun })
    return begun
  }

  #begun(link_id: string, connector: string, link: Page['link']): BegunLink {
    const about = { link_id, connector, status: 'pending' as const, expires_at: '2099-01-01T00:00:00.000Z' }
    if (link.device && this.codes === 'given') {
      const [url, code] = [this.deviceUrl, `WDJB-MJH${this.pages.size + 1}`]
      return { ...about, url, code, device: true, ...(this.fillsIn ? { url_complete: `${url}?code=${code}` } : {}) }
    }
    const page = { ...about, url: `${this.pageUrl}${link_id}`, code: `K7QD-42M${this.pages.size + 1}` }
    return this.offersCodes ? { ...page, device_available: true } : page
  }

  async linkStatus(...[userToken, linkId, { wait = 0, signal } = {}]: Parameters<PageLinkClient['linkStatus']>) {
    this.calls.push('linkStatus')
    const page = this.#page(userToken, linkId)
    this.waits.push(wait)
    if (wait > 0 && page.facts.status === 'pending') await this.whileWaiting(linkId, signal)
    return { ...page.facts }
  }

  async cancelLink(...[userToken, linkId]: Parameters<PageLinkClient['cancelLink']>) {
    this.calls.push('cancelLink')
    this.#page(userToken, linkId)
    this.pages.delete(linkId)
    return { success: true as const }
  }

  /** The person comes to the end of the page, or something else does. */
  finish(linkId: string, facts: Partial<LinkStatus>): void {
    const page = this.pages.get(linkId)
    if (page) page.facts = { ...page.facts, ...facts }
  }

  #page(userToken: string | Secret | undefined, linkId: string): Page {
    const user = this.#user(userToken)
    const page = this.pages.get(linkId)
    if (page?.user !== user) throw new ApiError('NOT_FOUND', 'There is no such link.', { status: 404 })
    return page
  }

  async linkCustom(
    connector: string,
    userToken: string | Secret | undefined,
    link: Parameters<McpClient['linkCustom']>[2],
  ) {
    this.calls.push('linkCustom')
    const user = this.#user(userToken)
    const { host } = link.configuration
    if (typeof host !== 'string')
      throw new ConnectorsError('INVALID_PARAMETERS', 'The configuration does not fit.', {
        details: { errors: [{ field: 'configuration.host', message: 'is missing' }] },
      })
    const name = `postgres:${host}`
    const replaced = this.accounts.some((account) => account.user_identifier === name)
    if (!replaced) this.link(user, connector, name)
    return { success: true as const, ...(this.linkedFacts ?? { user_identifier: name, selected: true, replaced }) }
  }

  async execute(connector: string, action: string, options: Parameters<Execute>[2] = {}): Promise<Answer> {
    this.calls.push('execute')
    this.#user(options.userToken)
    this.#connector(connector)
    this.executed.push({ connector, action, options })
    return this.answer(options)
  }

  async catalogTools({
    offset = 0,
    limit = 50,
  }: {
    q?: string | undefined
    limit?: number | undefined
    offset?: number | undefined
  } = {}) {
    this.calls.push('catalogTools')
    return { items: this.#tools().slice(offset, offset + limit), meta: null }
  }

  async catalogMcp({ offset = 0, limit = 50 }: { limit?: number | undefined; offset?: number | undefined } = {}) {
    this.calls.push('catalogMcp')
    const items = Object.keys(SCHEMAS).map((name) => {
      const mcp_url = `https://service.example/${name}/mcp`
      const facts = { name, description: DESCRIPTIONS[name] ?? '', mcp_url, config: { url: mcp_url, headers: {} } }
      return { ...facts, categories: [], tool_count: Object.keys(SCHEMAS[name] ?? {}).length }
    })
    return { items: items.slice(offset, offset + limit), meta: null }
  }

  async search(q: string, userToken?: string | Secret) {
    this.calls.push('search')
    this.#user(userToken)
    if (!this.hasSearch) throw new ApiError('NOT_FOUND', 'There is no search here.', { status: 404 })
    const words = q.toLowerCase().split(/\s+/)
    const tools = this.#tools().filter((tool) =>
      words.every((word) => `${tool.name} ${tool.description}`.toLowerCase().includes(word)),
    )
    return { query: q, tools, mcp: [], skills: [] }
  }

  #tools() {
    return Object.entries(SCHEMAS).flatMap(([connector, actions]) =>
      Object.entries(actions).map(([action, { docstring }]) => ({
        name: toolName(connector, action),
        description: docstring,
        connector,
        categories: [],
      })),
    )
  }

  #user(userToken: string | Secret | undefined): string {
    const user = userToken === undefined ? undefined : this.tokens.get(text(userToken))
    if (user === undefined) throw new ApiError('INVALID_TOKEN', 'The user token is not valid.', { status: 401 })
    return user
  }

  #connector(connector: string): void {
    if (!Object.hasOwn(SCHEMAS, connector))
      throw new ApiError('CONNECTOR_NOT_FOUND', 'There is no connector of that name.', { status: 404 })
  }

  #account(connector: string, userToken: string | Secret | undefined, identifier: string): Account {
    const user = this.#user(userToken)
    this.#connector(connector)
    const found = this.accounts.find(
      (account) => account.user === user && account.connector === connector && account.user_identifier === identifier,
    )
    if (!found)
      throw new ApiError('INTEGRATION_NOT_FOUND', 'The user has no account of that name there.', { status: 404 })
    return found
  }
}

function summary({ user, connector, user_identifier, selected, auth_status }: Account) {
  const ids = { id: `${connector}-${user_identifier}`, client_id: 'client', user_id: `id-${user}` }
  return { ...ids, connector, user_identifier, selected, auth_status }
}

/** An answer of an action. */
export const json = (data: Json, meta: JsonObject | null = null, actedAs: string | null = 'octocat') => ({
  data,
  meta,
  actedAs,
})
export type { ClientFile }
