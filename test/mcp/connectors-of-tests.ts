import {
  binary,
  type Call,
  type Connector,
  ConnectorsError,
  defineAction,
  defineConnector,
  type Effect,
  path,
  type RunResult,
  secretField,
  z,
} from '../../src/kit/index.js'

/** One run of an action: what reached the connector after the service parsed it. */
export interface Run {
  connector: string
  action: string
  params: Record<string, unknown>
  call: Call
}
/** What the actions of these connectors answer. */
export type Answer = (run: Run) => RunResult | Promise<RunResult>

export const DEVICE_PAGE = 'https://mail.example/device'

const oauth2 = (origin: string, more: object = {}) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  token_endpoint_auth_method: 'client_secret_post' as const,
  scopes: ['read'],
  registration_page: `${origin}/apps`,
  ...more,
})

/** Linked by a token on the page; the account is called what the token says: the third party is a script. */
const linkedByToken = (origin: string, more: object = {}) => ({
  port: 'http' as const,
  baseUrl: origin,
  auth: { oauth2: oauth2(origin, more), custom: { fields: { token: secretField('A token') } } },
  authorize: ({
    accessToken,
    configuration,
  }: {
    accessToken: string | null
    configuration: Record<string, unknown>
  }) => ({
    authorization: `Bearer ${accessToken ?? configuration.token}`,
  }),
  account: async (upstream: { get(of: ReturnType<typeof path>): Promise<unknown> }) => ({
    identifier: z.object({ login: z.string() }).parse(await upstream.get(path`/me`)).login,
  }),
})

/** The connectors that the tools are tested with. */
export function connectorsOfTests(answer: Answer): Connector[] {
  const action = <Fields extends z.ZodRawShape>(
    connector: string,
    name: string,
    description: string,
    input: Fields,
    more: {
      shaping?: boolean
      effect?: Effect
      readOnlyCapable?: boolean
      defaultFields?: readonly string[]
      examples?: readonly string[]
    } = {},
  ) =>
    defineAction({
      name,
      description,
      effect: 'read',
      input,
      ...more,
      run: async (_upstream, params, call) => answer({ connector, action: name, params, call }),
    })
  const anything = { params: z.looseObject({}).optional() }
  return [
    defineConnector({
      name: 'big',
      title: 'Big',
      description: 'Many things.',
      port: 'none',
      auth: {},
      actions: Array.from({ length: 15 }, (_, index) =>
        action('big', `action_${index}`, `Does thing ${index}.`, { id: z.string(), ms: z.number().optional() }),
      ),
    }),
    defineConnector({
      name: 'github',
      title: 'GitHub',
      description: 'Repositories, issues and pull requests.',
      ...linkedByToken('https://github.example'),
      actions: [
        action('github', 'list_issues', 'List the issues of one repository, newest first.', {
          owner: z.string().describe('Owner of the repository'),
          repo: z.string(),
          page: z.number().int().optional(),
          filter: z.record(z.string(), z.unknown()).optional(),
        }),
        action('github', 'get-users', 'Get users.', {}),
        action(
          'github',
          'list_commits',
          'List the commits of a repository.',
          { repo: z.string() },
          { defaultFields: ['sha', 'author.login'], examples: ['what changed lately', 'recent commits'] },
        ),
      ],
    }),
    defineConnector({
      name: 'mail',
      title: 'Mail',
      description: 'Read and send e-mail.',
      ...linkedByToken('https://mail.example', { device_authorization_endpoint: 'https://mail.example/device_code' }),
      actions: [
        action(
          'mail',
          'send_email',
          'Send an e-mail.',
          { to: z.string(), attachments: z.array(binary()).nullish() },
          { effect: 'create' },
        ),
      ],
    }),
    defineConnector({
      name: 'sql',
      title: 'SQL',
      description: 'Query a database.',
      port: 'none',
      auth: { custom: { fields: { host: z.string(), password: secretField('The password').optional() } } },
      account: async (_upstream, { host }) => {
        if (host === 'down.example') throw new ConnectorsError('UPSTREAM_ERROR', 'The database cannot be reached.')
        return { identifier: `postgres:${host}` }
      },
      actions: [
        action(
          'sql',
          'query',
          'Run one statement.',
          { sql: z.string(), ...anything },
          { shaping: false, effect: 'update', readOnlyCapable: true },
        ),
      ],
    }),
  ]
}
