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
