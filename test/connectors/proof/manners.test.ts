import { describe, expect, test } from 'vitest'
import {
  type Action,
  binary,
  type Connector,
  camelCase,
  type Dialect,
  defineAction,
  defineConnector,
  multipartRelated,
  path,
  request,
  snakeCase,
  type Upstream,
  type Variables,
  z,
} from '../../../src/kit/index.js'
import { connectTo } from '../harness.js'
import type { ProofData } from './data.js'
import { published } from './published.js'
import { sweep } from './sweep.js'

// Connectors in the manners of several vendors, written as their authors do: the sweep holds them without any data.
const connectorWith = (baseUrl: string, dialect: Dialect, actions: Action[]): Connector =>
  defineConnector({
    name: 'thrown_away',
    title: 'Thrown away',
    description: 'Something to sweep.',
    port: 'http',
    baseUrl,
    dialect,
    auth: {},
    authorize: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
    actions,
  })

const found = async (connector: Connector, data: ProofData = {}) => (await sweep(connector, data, connectTo)).faults

const action = (name: string, effect: Action['effect']) => ({ name, description: 'Does something.', effect })

describe.runIf(published)('a connector in the manner of Drive', () => {
  const dialect: Dialect = { query: camelCase, member: camelCase, answer: snakeCase, data: ['properties'] }
  const at = 'https://www.googleapis.com/drive/v3'
  const share = (role: string) =>
    defineAction({
      ...action('share', 'create'),
      input: {
        file_id: z.string().min(1),
        [role]: z.enum(['reader', 'writer']),
        type: z.enum(['user', 'anyone']),
        email_address: z.string().optional(),
        send_notification_email: z.boolean().optional(),
      },
      run: request('POST /files/{file_id}/permissions', { query: ['send_notification_email'] }),
    })

  test('passes', async () => {
    const list = defineAction({
      ...action('list', 'read'),
      input: { query: z.string().optional(), page_size: z.number().int().min(1).max(1000).default(100) },
      run: request('GET /files', { rename: { query: 'q' } }),
    })
    const label = defineAction({
      ...action('label', 'update'),
      input: { file_id: z.string().min(1), properties: z.record(z.string(), z.string()) },
      run: request('PATCH /files/{file_id}'),
    })
    expect(await found(connectorWith(at, dialect, [list, label, share('role')]))).toEqual([])
  })

  test('fails with a name that the vendor does not have', async () => {
    const faults = (await found(connectorWith(at, dialect, [share('the_role')]))).join('\n')
    expect(faults).toContain('/requestBody/theRole is not a member that is described')
  })

  test('fails with a body that the vendor describes as a query', async () => {
    const trash = defineAction({
      ...action('copy', 'create'),
      input: { file_id: z.string().min(1), ocr_language: z.string().optional() },
      run: request('POST /files/{file_id}/copy'),
    })
    expect((await found(connectorWith(at, dialect, [trash]))).join('\n')).toContain('/requestBody/ocrLanguage is not')
  })

  test('has its uploads read', async () => {
    const upload = (name: string) =>
      defineAction({
        ...action('upload', 'update'),
        input: { file_id: z.string().min(1), file: binary() },
        run: async (drive: Upstream, { file_id, file }) => {
          const body = multipartRelated({ [name]: 'a' }, file)
          return (await drive.send({ method: 'PATCH', path: path`/files/${file_id}`, body })).json
        },
      })
    expect(await found(connectorWith(at, dialect, [upload('name')]))).toEqual([])
    expect((await found(connectorWith(at, dialect, [upload('nmae')]))).join('\n')).toContain('/requestBody/nmae is not')
  })
})

describe.runIf(published)('a connector in the manner of Slack', () => {
  const dialect: Dialect = { body: 'form' }
  const at = 'https://slack.com/api'
  const members = (effect: Action['effect']) =>
    defineAction({
      ...action('members', effect),
      input: { channel: z.string().min(1), limit: z.number().int().min(1).max(1000).default(100) },
      run: request('POST /conversations.members'),
    })

  test('passes, and what is described as GET is a read though it leaves as POST', async () => {
    const post = defineAction({
      ...action('post', 'create'),
      input: {
        channel: z.string().min(1),
        blocks: z.array(z.looseObject({ type: z.string() })),
        mrkdwn: z.boolean().default(true),
      },
      run: request('POST /chat.postMessage'),
    })
    expect(await found(connectorWith(at, dialect, [members('read'), post]))).toEqual([])
    expect((await found(connectorWith(at, dialect, [members('update')]))).join('\n')).toContain(
      'the effect is update, and nothing left that writes',
    )
  })

  test('needs a name for what the description is too old for', async () => {
    const add = defineAction({
      ...action('bookmark', 'create'),
      input: { channel_id: z.string().min(1) },
      run: request('POST /bookmarks.add'),
    })
    const exceptions = [
      { action: 'bookmark', fault: 'there is no such operation', reason: 'newer than the description' },
    ]
    expect((await found(connectorWith(at, dialect, [add]))).join('\n')).toContain('there is no such operation')
    expect(await found(connectorWith(at, dialect, [add]), { exceptions })).toEqual([])
  })
})

// The schema comes with a package, so this needs no descriptions.
describe('a connector that asks by GraphQL', () => {
  const at = 'https://api.github.com'
  const query = (document: string, variables: (input: { login: string; first?: number | undefined }) => Variables) =>
    defineAction({
      ...action('people', 'read'),
      input: { login: z.string().min(1), first: z.number().int().min(1).max(100).optional() },
      run: async (github: Upstream, input) => github.graphql(document, variables(input)),
    })
  const DOCUMENT =
    'query ($login: String!, $first: Int) { user(login: $login) { followers(first: $first) { nodes { login } } } }'
  const faultsOf = async (document: string, variables: Parameters<typeof query>[1] = (input) => ({ ...input })) =>
    (await found(connectorWith(at, {}, [query(document, variables)]))).join('\n')

  test('passes, and a query is a read though it leaves as POST', async () => {
    expect(await faultsOf(DOCUMENT)).toBe('')
  })

  test('gets answers as its schema has them, and a page after which there is another one', async () => {
    const answers: unknown[] = []
    const document =
      'query ($login: String!) { user(login: $login) { login createdAt followers(first: 1) { totalCount nodes { login } pageInfo { hasNextPage } } } }'
    const run = async (github: Upstream) => {
      for (const _ of [1, 2]) answers.push(await github.graphql(document, { login: 'ada' }))
      return null
    }
    await found(connectorWith(at, {}, [defineAction({ ...action('people', 'read'), input: {}, run })]))
    const followers = { totalCount: 1, nodes: [{ login: 'login-1' }], pageInfo: { hasNextPage: true } }
    expect(answers[0]).toEqual({ user: { login: 'login-1', createdAt: '2026-01-02T03:04:05Z', followers } })
    expect(answers[1]).toMatchObject({ user: { followers: { pageInfo: { hasNextPage: false } } } })
  })

  test.each<[string, string, string]>([
    ['a member it does not know', DOCUMENT.replace('nodes { login }', 'nodes { logn }'), 'Cannot query field "logn"'],
    [
      'a variable of another type',
      DOCUMENT.replace('$first: Int', '$first: String'),
      '"$first" of type "String" used in',
    ],
    ['no document', '{', 'Syntax Error'],
    [
      'what the vendor will take away',
      'query ($login: String!, $first: Int) { user(login: $login) { projectsV2(first: $first) { nodes { databaseId } } } }',
      'deprecated',
    ],
  ])('fails with %s', async (_, document, fault) => {
    expect(await faultsOf(document)).toContain(fault)
  })

  test('fails with variables that are not those of the document', async () => {
    expect(await faultsOf(DOCUMENT, ({ login }) => ({ login, first: 'many' }))).toContain(
      '"$first" got invalid value "many"',
    )
    expect(await faultsOf(DOCUMENT, (input) => ({ ...input, last: 1 }))).toContain('the document has no variable $last')
    expect(await faultsOf(DOCUMENT, () => ({}))).toContain('"$login" of required type "String!" was not provided')
  })

  test('reads by a query and writes by a mutation, also at an address that nothing describes', async () => {
    const board = (document: string) =>
      defineAction({ ...action('board', 'read'), input: {}, run: async (port: Upstream) => port.graphql(document, {}) })
    const news = (document: string) => found(connectorWith('https://hacker-news.firebaseio.com', {}, [board(document)]))
    expect(await news('{ board { title } }')).toEqual([])
    expect((await news('mutation { close { title } }')).join()).toContain('the effect is read, and POST left')
  })

  test('fails with a parameter that is forgotten, or written into the document', async () => {
    expect(await faultsOf(DOCUMENT, ({ login }) => ({ login }))).toContain(
      'the parameter first changes nothing that leaves',
    )
    const written = defineAction({
      ...action('people', 'read'),
      input: { login: z.string().min(1) },
      run: async (github: Upstream, { login }) => github.graphql(`{ user(login: "${login}") { id } }`, {}),
    })
    expect((await found(connectorWith(at, {}, [written]))).join()).toContain(
      'a value of a parameter stands in the text',
    )
  })

  test('fails where a read writes: by a mutation, or by a POST that is no document', async () => {
    const star = 'mutation ($login: ID!) { addStar(input: { starrableId: $login }) { clientMutationId } }'
    expect(await faultsOf(star, ({ login }) => ({ login }))).toContain('the effect is read, and POST left')
    const post = defineAction({
      ...action('star', 'read'),
      input: { name: z.string().min(1) },
      run: request('POST /user/repos'),
    })
    expect((await found(connectorWith(at, {}, [post]))).join()).toContain('the effect is read, and POST left')
    const none = defineAction({
      ...action('star', 'create'),
      input: {},
      run: async (github: Upstream) => github.graphql('{ viewer { id } }', {}),
    })
    expect((await found(connectorWith(at, {}, [none]))).join()).toContain(
      'the effect is create, and nothing left that writes',
    )
  })
})
