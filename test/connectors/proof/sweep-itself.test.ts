import { describe, expect, test } from 'vitest'
import type { Send } from '../../../src/http/send.js'
import {
  type Action,
  backgroundParameters,
  binary,
  type Connector,
  ConnectorsError,
  defineAction,
  defineConnector,
  path,
  Result,
  z,
} from '../../../src/kit/index.js'
import type { ProofData } from './data.js'
import { published } from './published.js'
import { sweep } from './sweep.js'

/** What the actions here talk to, so that they can send what is wrong. */
type Raw = { send: Send; authorize: () => Record<string, string> }

const raw = (_connector: Connector, send: Send, authorize: () => Record<string, string>): Raw => ({ send, authorize })
const connectorAt = (baseUrl: string, actions: Action[], name = 'thrown_away') =>
  defineConnector({
    name,
    title: 'Thrown away',
    description: 'Something to sweep.',
    port: 'http',
    baseUrl,
    auth: {},
    authorize: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
    actions,
  })

const facts = { description: 'Does something.', effect: 'read' as const }
const writes = { ...facts, effect: 'create' as const }
const sent = async ({ send, authorize }: Raw, method: string, url: string, body?: [type: string, text: string]) => {
  const headers = { ...authorize(), ...(body ? { 'content-type': body[0] } : {}) }
  const { body: answer } = await send({ method, url: new URL(url), headers, ...(body ? { body: body[1] } : {}) })
  return JSON.parse(Buffer.from(answer).toString() || 'null')
}

const DRIVE = 'https://www.googleapis.com/drive/v3'
const UPLOAD = 'https://www.googleapis.com/upload/drive/v3'
const SLACK = 'https://slack.com/api'
/** Described in prose. */
const NEWS = 'https://hacker-news.firebaseio.com'
const ARXIV = 'https://export.arxiv.org'

/** The faults that the sweep finds in one action. */
const faultsOf = async (at: string, action: Action, data: ProofData = {}, connector = 'thrown_away') =>
  (await sweep(connectorAt(at, [action], connector), data, raw)).faults

const permission = (run: (role: string) => [string, string]) =>
  defineAction({
    ...writes,
    name: 'share',
    input: { file_id: z.string(), role: z.enum(['reader', 'writer']) },
    run: (port: Raw, { file_id, role }) => {
      const [query, body] = run(role)
      return sent(port, 'POST', `${DRIVE}/files/${file_id}/permissions${query}`, ['application/json', body])
    },
  })

describe.runIf(published)('a Drive-like connector', () => {
  test('passes with what the vendor describes, and its answer has the members that it describes', async () => {
    const answers: unknown[] = []
    const action = defineAction({
      ...facts,
      name: 'list',
      input: { page_size: z.number().int().min(1).max(1000).default(100), token: z.string().optional() },
      run: async (port: Raw, { page_size, token }) => {
        const page = token === undefined ? '' : `&pageToken=${token}`
        const answer = await sent(port, 'GET', `${DRIVE}/files?pageSize=${page_size}${page}`)
        answers.push(answer)
        return answer
      },
    })
    expect(await faultsOf(DRIVE, action)).toEqual([])
    expect(answers[0]).toMatchObject({ nextPageToken: 'nextPageToken-1', files: [{ id: 'id-1', size: '1' }] })
  })

  test.each<[string, (role: string) => [string, string], string]>([
    ['a member it does not know', (role) => ['', `{"role":"${role}","emailaddress":"x"}`], '/requestBody/emailaddress'],
    ['a query it does not know', (role) => ['?sendnotification=true', `{"role":"${role}"}`], 'sendnotification'],
    ['a member of the wrong type', () => ['', '{"role":7}'], '/requestBody/role must be string'],
    [
      'a parameter that is forgotten',
      () => ['', '{"role":"reader"}'],
      'the parameter role changes nothing that leaves',
    ],
  ])('fails with %s', async (_, run, fault) => {
    expect((await faultsOf(DRIVE, permission(run))).join('\n')).toMatch(new RegExp(`^share, with .*${fault}`))
  })

  test('fails with a parameter that is taken and forgotten', async () => {
    const action = defineAction({
      ...facts,
      name: 'get',
      input: { file_id: z.string(), include_labels: z.string().optional() },
      run: (port: Raw, { file_id }) => sent(port, 'GET', `${DRIVE}/files/${file_id}`),
    })
    expect(await faultsOf(DRIVE, action)).toEqual([
      'get, with include_labels alone: the parameter include_labels changes nothing that leaves',
    ])
  })

  const upload = (metadata: string) =>
    defineAction({
      ...writes,
      name: 'upload',
      input: { file: binary() },
      run: (port: Raw, { file }) => {
        const parts = [
          `Content-Type: application/json\r\n\r\n${metadata}`,
          `Content-Type: text/plain\r\n\r\n${file.bytes}`,
        ]
        const body = `--b\r\n${parts.join('\r\n--b\r\n')}\r\n--b--\r\n`
        return sent(port, 'POST', `${UPLOAD}/files?uploadType=multipart`, ['multipart/related; boundary=b', body])
      },
    })

  test('has what is said about a file held, too', async () => {
    expect(await faultsOf(DRIVE, upload('{"name":"a.txt"}'))).toEqual([])
    expect((await faultsOf(DRIVE, upload('{"nmae":"a.txt"}'))).join()).toContain('/requestBody/nmae is not a member')
  })

  const inPieces = (withCredential: boolean) =>
    defineAction({
      ...writes,
      name: 'upload',
      input: { file: binary() },
      run: async (port: Raw, { file }) => {
        const body = ['application/json', '{"name":"a"}'] as const
        const url = new URL(`${UPLOAD}/files?uploadType=resumable`)
        const first = { method: 'POST', url, headers: { ...port.authorize(), 'content-type': body[0] }, body: body[1] }
        const session = (await port.send(first)).headers.get('location') ?? ''
        const headers = { 'content-type': 'text/plain', ...(withCredential ? port.authorize() : {}) }
        await port.send({ method: 'PUT', url: new URL(session), headers, body: file.bytes })
        return null
      },
    })

  test('sends no credential to a pre-signed address, and one to the vendor', async () => {
    expect(await faultsOf(DRIVE, inPieces(false))).toEqual([])
    expect((await faultsOf(DRIVE, inPieces(true))).join()).toContain('the credential goes to another place')
    const bare = defineAction({
      ...facts,
      name: 'about',
      input: {},
      run: ({ send }: Raw) => sent({ send, authorize: () => ({}) }, 'GET', `${DRIVE}/about`),
    })
    expect((await faultsOf(DRIVE, bare)).join()).toContain('the credential is missing')
  })

  test('ends where the walk over pages does', async () => {
    const walk = defineAction({
      ...facts,
      name: 'walk',
      input: {},
      run: async (port: Raw) => {
        let token = ''
        do token = (await sent(port, 'GET', `${DRIVE}/files?pageToken=${token}`)).nextPageToken
        while (token)
        return null
      },
    })
    expect((await sweep(connectorAt(DRIVE, [walk]), {}, raw)).requests).toBe(4)
  })
})

describe.runIf(published)('a Slack-like connector', () => {
  const method = (name: string, form: (text: string) => Record<string, string>) =>
    defineAction({
      ...(name.startsWith('chat.') ? writes : facts),
      name: 'call',
      input: { channel: z.string() },
      run: (port: Raw, { channel }) =>
        sent(port, 'POST', `${SLACK}/${name}`, [
          'application/x-www-form-urlencoded',
          new URLSearchParams(form(channel)).toString(),
        ]),
    })

  test.each<[string, Action, string]>([
    ['nothing wrong', method('chat.postMessage', (channel) => ({ channel, blocks: '[{"type":"divider"}]' })), ''],
    [
      'nothing wrong where a GET is described',
      method('conversations.members', (channel) => ({ channel, limit: '5' })),
      '',
    ],
    [
      'a name it does not know',
      method('chat.postMessage', (channel) => ({ channel, txt: 'a' })),
      '/requestBody/txt is not',
    ],
    ['a name the query does not have', method('conversations.members', (channel) => ({ channel, c: 'a' })), '"c"'],
    ['what must be there', method('chat.postMessage', () => ({ text: 'a' })), "required property 'channel'"],
    [
      'no number',
      method('conversations.members', (channel) => ({ channel, limit: 'many' })),
      '/query/limit must be integer',
    ],
    ['no such method', method('chat.shout', (channel) => ({ channel })), 'there is no such operation'],
  ])('has %s', async (_, action, fault) => {
    const faults = await faultsOf(SLACK, action)
    if (fault === '') expect(faults).toEqual([])
    else expect(faults.join('\n')).toContain(fault)
  })
})

describe('what the data say', () => {
  const get = defineAction({
    ...facts,
    name: 'get',
    input: { owner: z.string(), sort: z.string().optional() },
    run: (port: Raw, { owner }) => sent(port, 'GET', `https://api.github.com/users/${owner}?x=1`),
  })
  const GITHUB = 'https://api.github.com'
  const idle = { action: 'get', fault: 'the parameter sort changes nothing', reason: 'for the test' }

  test.runIf(published)('excuses what is named, and fails when it is not needed', async () => {
    const query = { action: '*', fault: '"x"', reason: 'for the test' }
    expect(await faultsOf(GITHUB, get, { exceptions: [idle, query] })).toEqual([])
    const spare = { action: 'get', fault: 'something else', reason: 'for the test' }
    expect(await faultsOf(GITHUB, get, { exceptions: [idle, query, spare] })).toEqual([
      'the exception of get for "something else" is not needed any more',
    ])
  })

  test('names what the connector has', async () => {
    const values = { ownr: { value: 'a', reason: '' }, 'got.owner': { value: 'a', reason: '' } }
    expect(await faultsOf(NEWS, get, { values })).toEqual(
      expect.arrayContaining([expect.stringContaining('name ownr'), expect.stringContaining('name got.owner')]),
    )
  })

  test('an address that nothing is known about is a fault, and one that is not described is counted', async () => {
    const at = (host: string) =>
      defineAction({ ...facts, name: 'get', input: {}, run: (port: Raw) => sent(port, 'GET', `${host}/a`) })
    expect((await faultsOf('https://new.example', at('https://new.example'))).join()).toContain(
      'nothing is known about',
    )
    const { undescribed, faults } = await sweep(connectorAt(NEWS, [at(NEWS)]), {}, raw)
    expect([[...undescribed.keys()], faults]).toEqual([['get'], []])
  })

  test('an answer that nothing describes may be refused, by one of our errors', async () => {
    const thatThrows = (error: Error) =>
      defineAction({
        ...facts,
        name: 'get',
        input: {},
        run: async (port: Raw) => {
          await sent(port, 'GET', `${NEWS}/a`)
          throw error
        },
      })
    const refuses = thatThrows(new ConnectorsError('NOT_FOUND', 'It is not there.'))
    expect(await faultsOf(NEWS, refuses)).toEqual([])
    const failed = [expect.stringContaining('it failed: ')]
    expect(await faultsOf(NEWS, thatThrows(new TypeError('x is undefined')))).toEqual(failed)
    expect(await faultsOf(NEWS, refuses, { answer: () => ({ json: {} }) })).toEqual(failed)
  })

  test.runIf(published)('without a description an action still begins with its published operation', async () => {
    const itemGet = (address: string, method = 'GET') =>
      defineAction({
        ...facts,
        name: 'item_get',
        input: { item_id: z.number().int() },
        run: (port: Raw, { item_id }) => sent(port, method, `${NEWS}${address}${item_id}.json`),
      })
    expect(await faultsOf(NEWS, itemGet('/v0/item/'), {}, 'hackernews')).toEqual([])
    for (const wrong of [itemGet('/v0/items/'), itemGet('/v0/item/1/'), itemGet('/v0/item/', 'POST')]) {
      expect((await faultsOf(NEWS, wrong, {}, 'hackernews')).join()).toContain(
        'the published operation is GET /v0/item/{id}.json',
      )
    }
  })

  test.runIf(published)('a published operation may have a query', async () => {
    const paper = (address: string) =>
      defineAction({
        ...facts,
        name: 'get_paper_metadata',
        input: { paper_id: z.string() },
        run: (port: Raw, { paper_id }) => sent(port, 'GET', `${ARXIV}${address}${paper_id}`),
      })
    expect(await faultsOf(ARXIV, paper('/api/query?id_list='), {}, 'arxiv')).toEqual([])
    for (const wrong of [paper('/api/query?search_query='), paper('/api/queries?id_list='), paper('/api/query/')]) {
      expect((await faultsOf(ARXIV, wrong, {}, 'arxiv')).join()).toContain(
        'the published operation is GET /api/query?id_list={paper_id}',
      )
    }
  })

  test("a failure says what the vendor's words are", async () => {
    const failing = defineAction({
      ...facts,
      name: 'do',
      input: { id: z.string() },
      run: async (port: Raw, { id }) => {
        await sent(port, 'GET', `${NEWS}/v0/${id}`)
        const details = { upstream: { message: 'Cannot query field "x"' } }
        throw new ConnectorsError('UPSTREAM_REFUSED', 'It was refused.', { details })
      },
    })
    expect((await faultsOf(NEWS, failing, { answer: () => ({ json: {} }) })).join()).toContain(
      'it failed: It was refused. The vendor: {"message":"Cannot query field \\"x\\""}',
    )
  })

  test.runIf(published)('what only the answer of background work takes changes nothing that leaves', async () => {
    const gathering = (gatheredBy: readonly ('org' | 'kind')[], line: (input: object) => string) =>
      defineAction({
        ...facts,
        name: 'list',
        input: { org: z.string(), kind: z.string().optional(), page: z.number().default(1), ...backgroundParameters },
        run: {
          gatheredBy,
          keptFor: 60,
          gather: (port: Raw, input) => sent(port, 'GET', `${GITHUB}/${line(input)}`),
          answer: () => null,
        },
      })
    const org = ({ org = '' }: { org?: string }): string => `orgs/${org}`
    expect(await faultsOf(GITHUB, gathering(['org'], org))).toEqual([])
    expect(await faultsOf(GITHUB, gathering(['org', 'kind'], org))).toEqual([
      'list, with kind alone: the parameter kind changes nothing that leaves',
    ])
    let calls = 0
    const another = await faultsOf(
      GITHUB,
      gathering(['org'], (input) => `${org(input)}?page=${++calls}`),
    )
    expect(another.join('\n')).toContain(
      'list, with waiting alone: the parameter waiting changes what leaves, and calls that differ in it share that',
    )
  })

  test.runIf(published)('an effect that is not that of the requests is a fault', async () => {
    const of = (effect: 'read' | 'delete', method: string) =>
      defineAction({
        ...facts,
        effect,
        name: 'do',
        input: {},
        run: (port: Raw) => sent(port, method, `${GITHUB}/user`),
      })
    expect(await faultsOf(GITHUB, of('read', 'PATCH'))).toContainEqual(
      'do, with all of them: the effect is read, and PATCH left',
    )
    expect(await faultsOf(GITHUB, of('delete', 'GET'))).toEqual([
      'do, with all of them: the effect is delete, and nothing left that writes',
    ])
  })

  test.runIf(published)('pages that are not those of the catalogue are a fault', async () => {
    const list = defineAction({
      ...facts,
      name: 'list_languages',
      input: { owner: z.string(), repo: z.string() },
      run: async (port: Raw, { owner, repo }) =>
        new Result(await sent(port, 'GET', `${GITHUB}/repos/${owner}/${repo}/languages`), { has_next: true }),
    })
    expect((await faultsOf(GITHUB, list, {}, 'github')).join()).toContain('meta has has_next, and there are no pages')
    const releases = defineAction({
      ...facts,
      name: 'list_releases',
      input: { owner: z.string(), repo: z.string() },
      run: (port: Raw, { owner, repo }) => sent(port, 'GET', `${GITHUB}/repos/${owner}/${repo}/releases`),
    })
    expect((await faultsOf(GITHUB, releases, {}, 'github')).join()).toContain(
      'meta lacks page, limit, has_next, has_prev',
    )
  })

  test('an action that sends nothing, refuses everything or never ends is a fault', async () => {
    const action = (run: (port: Raw) => Promise<null>) => defineAction({ ...facts, name: 'do', input: {}, run })
    expect(
      (
        await faultsOf(
          GITHUB,
          action(async () => null),
        )
      ).join(),
    ).toContain('no request left')
    const endless = action(async (port) => {
      for (;;) await sent(port, 'GET', `${GITHUB}/user`)
    })
    expect((await faultsOf(GITHUB, endless)).join()).toContain('more than 100 requests left')
    const climbing = action(async () => {
      path`/a/${'..'}`
      return null
    })
    expect((await faultsOf(GITHUB, climbing)).join()).toContain('it is refused')
  })
})
