/** Paths of the wire API. `{user_identifier}` is everything after `/integrations/`, slashes included. */
export const ROUTE = {
  users: '/users',
  tokens: '/auth/tokens',
  me: '/users/me',
  /** What the published CLI calls the same three. */
  registerUser: '/clients/register-user',
  oauthToken: '/clients/oauth-token',
  clientsUser: '/clients/user',
  clients: '/clients',
  /** The list of the client that asks. */
  callbackOrigins: '/clients/callback-origins',
  callbackSecret: '/clients/callback-secret',
  connectorNames: '/connectors/names',
  connectors: '/connectors/',
  catalogTools: '/catalog/tools',
  catalogMcp: '/catalog/mcp',
  catalogSkills: '/catalog/skills',
  catalogSearch: '/catalog/search',
  skills: '/api/skills',
  /** What is kept for a user under a handle. An addition of this service. */
  files: '/files',
  results: '/results',
  health: '/health',
  /** The description of this API for programs. */
  openApi: '/openapi.json',
} as const

/**
 * The base URL that stands for an in-process service; nothing is ever sent there over the network.
 * @see https://www.rfc-editor.org/rfc/rfc6761#section-6.4
 */
export const IN_PROCESS = 'http://embedded.invalid'

const segment = encodeURIComponent
/** Slashes stay unescaped, as the published SDK sends them; everything else that is not allowed in a path is escaped. */
const rest = (identifier: string): string => identifier.split('/').map(segment).join('/')

export const integrationsPath = (connector: string): string => `/connectors/${segment(connector)}/integrations`
export const integrationPath = (connector: string, identifier: string): string =>
  `${integrationsPath(connector)}/${rest(identifier)}`
export const integrationExistsPath = (connector: string): string =>
  `/connectors/${segment(connector)}/integration-exists`
export const linksPath = (connector: string): string => `/connectors/${segment(connector)}/links`
export const linkPath = (linkId: string): string => `/links/${segment(linkId)}`
/** The page on which a person finishes a link. */
export const connectPath = (linkId: string): string => `/connect/${segment(linkId)}`
export const callbackPath = (connector: string): string =>
  `/connectors/${segment(connector)}/success-authorize-callback`
export const actionPath = (connector: string, action: string): string =>
  `/connectors/${segment(connector)}/${rest(action)}`
export const skillPath = (id: string): string => `/api/skills/${segment(id)}`

export const keptFilePath = (handle: string): string => `${ROUTE.files}/${segment(handle)}`
export const keptResultPath = (handle: string): string => `${ROUTE.results}/${segment(handle)}`

/** What the published tool generator calls an action: the one function that maps a connector's action to a tool name. */
export const generatedToolName = (connector: string, action: string): string =>
  `${connector}_${action.replaceAll('-', '_')}_tool`
