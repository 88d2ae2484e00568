import { describe, expect, test } from 'vitest'
import { ClientFile } from '../../../src/client/index.js'
import { ConnectorFile } from '../../../src/kit/index.js'
import type { McpDeps } from '../../../src/mcp/deps.js'
import { envelope, json } from '../../client/scripted-service.js'
import { CLIENT_KINDS, type ClientKind, connect, textOf } from '../harness.js'
import { TestedService } from '../tested-service.js'

const DOWNLOAD = { connector: 'github', action: 'list_issues', params: { owner: 'o', repo: 'r' } }
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0])

async function ready(kind: ClientKind = 'v1 on 2025-11-25', deps: Partial<McpDeps> = {}) {
  const service = await TestedService.start()
  for (const connector of ['github', 'mail']) await service.linkAccount('alice', connector, 'octocat')
  const mcpClient = await connect(kind, service.client, { seed: service.seed, deps })
  const execute = (args: Record<string, unknown>) => mcpClient.call('execute_connector', args)
  const download = async (file: ConnectorFile): Promise<string> => {
    service.answer = () => file
    const { shown } = await execute(DOWNLOAD)
    service.answer = () => null
    return shown.data.handle
  }
  const send = (params: object) => execute({ connector: 'mail', action: 'send_email', params })
  return { service, mcpClient, execute, download, send }
}

/** Neither route is there, as in a service of another make. */
function keepsNothing(service: TestedService): void {
  const body = envelope('NOT_FOUND', 'Not Found')
  for (const path of ['/files', '/results']) service.answerInstead('POST', path, () => json(body, { status: 404 }))
}

/** Bob is logged in from now on, in the same process. */
async function logInAsBob({ service, mcpClient }: Awaited<ReturnType<typeof ready>>): Promise<void> {
  const secret = await service.addUser('bob')
  for (const connector of ['github', 'mail']) await service.linkAccount('bob', connector, 'hubot')
  await mcpClient.call('authenticate', { identifier: 'bob', secret })
}

describe.each(CLIENT_KINDS)('a handle from one connector, %s', (kind) => {
  test.each([
    ['the service', () => {}],
    ['this process', keepsNothing],
  ])('is a file and a text of another, kept in %s', async (_, prepare) => {
    const { service, download, send } = await ready(kind)
    prepare(service)
    const picture = await download(new ConnectorFile(PNG, 'dot.png', 'image/png'))
    const table = await download(new ConnectorFile(Buffer.from('a,b'), 'table.csv', 'text/csv'))
    const result = await send({
      to: { handle: table },
      attachments: [{ handle: picture }, { handle: table, filename: 'b.csv' }],
    })
    expect(result.isError ?? false, textOf(result)).toBe(false)
    expect(service.runs.at(-1)?.params).toEqual({
      to: 'a,b',
      attachments: [
        new ConnectorFile(PNG, 'dot.png', 'image/png'),
        new ConnectorFile(Buffer.from('a,b'), 'b.csv', 'text/csv'),
      ],
    })
  })

  test.each([
    ['the service', () => {}],
    ['this process', keepsNothing],
  ])('is of no use to another user of the same process, kept in %s', async (_, prepare) => {
    const started = await ready(kind)
    const { service, mcpClient, download, send } = started
    prepare(service)
    const handle = await download(new ConnectorFile(PNG, 'dot.png', 'image/png'))
    const before = service.runs.length
    await logInAsBob(started)
    for (const params of [{ to: 'a', attachments: [{ handle }] }, { to: { handle } }]) {
      expect((await send(params)).shown).toMatchObject({ error: { code: 'NOT_FOUND' } })
    }
    expect(service.runs).toHaveLength(before)
    await expect(mcpClient.readResource(`connectors-mcp://files/${handle}`)).rejects.toMatchObject({ code: -32602 })
    const own = await download(new ConnectorFile(PNG, 'own.png', 'image/png'))
    expect((await send({ to: 'a', attachments: [{ handle: own }] })).isError ?? false).toBe(false)
  })

  test('is read by the person’s program, as text or as bytes', async () => {
    const { mcpClient, download } = await ready(kind)
    const [text, bytes] = [
      await download(new ConnectorFile(Buffer.from('\ufeffgrün'), 'a.txt', 'text/plain')),
      await download(new ConnectorFile(PNG, 'dot.png', null)),
    ]
    const uri = (handle: string) => `connectors-mcp://files/${handle}`
    expect((await mcpClient.readResource(uri(text))).contents).toEqual([
      { uri: uri(text), mimeType: 'text/plain', text: '\ufeffgrün' },
    ])
    expect((await mcpClient.readResource(uri(bytes))).contents).toEqual([
      { uri: uri(bytes), mimeType: 'application/octet-stream', blob: PNG.toString('base64') },
    ])
  })

  test('is the only thing that can be read', async () => {
    const { mcpClient } = await ready(kind)
    expect(mcpClient.capabilities()?.resources).toEqual({ listChanged: false })
    expect(await mcpClient.listResources()).toEqual({
      resources: [],
      templates: [
        expect.objectContaining({ name: 'file', uriTemplate: 'connectors-mcp://files/{handle}', title: 'Kept file' }),
      ],
    })
    for (const path of [
      'file_aaaaaaaaaaaaaaaaaaaaaaaa',
      'result_aaaaaaaaaaaaaaaaaaaaaaaa',
      '..%2F..%2Fusers',
      '__proto__',
      '',
    ]) {
      const uri = `connectors-mcp://files/${path}`
      await expect(mcpClient.readResource(uri)).rejects.toMatchObject({ code: -32602, data: { uri } })
    }
    await expect(mcpClient.readResource('file:///etc/passwd')).rejects.toMatchObject({ code: -32602 })
  })

  test('of a file as large as its program can read is read, and a larger one says so', async () => {
    const { mcpClient, download } = await ready(kind)
    const limit = 7 * 1024 * 1024
    const handle = await download(new ConnectorFile(Buffer.alloc(limit, '"'), 'a.txt', 'text/plain'))
    const [content] = (await mcpClient.readResource(`connectors-mcp://files/${handle}`)).contents
    expect(Buffer.from(content?.blob ?? '', 'base64').length).toBe(limit)
    const larger = await download(new ConnectorFile(Buffer.alloc(limit + 1), 'b', null))
    await expect(mcpClient.readResource(`connectors-mcp://files/${larger}`)).rejects.toMatchObject({
      code: -32603,
      message: expect.stringContaining(`${limit + 1} bytes`),
    })
  })
})

test('a file is not read for nobody, and what went wrong inside is for the log alone', async () => {
  const { service } = await ready()
  const uri = 'connectors-mcp://files/file_aaaaaaaaaaaaaaaaaaaaaaaa'
  const nobody = await connect('v2 on 2026-07-28', service.client)
  await expect(nobody.readResource(uri)).rejects.toMatchObject({
    code: -32603,
    message: expect.stringContaining('No user is logged in.'),
  })
  const logged: unknown[] = []
  const broken = await connect('v2 on 2026-07-28', service.client, {
    deps: {
      client: () => Promise.reject(new Error('postgres://user:password@db.example')),
      log: (level, fields) => logged.push([level, fields]),
    },
  })
  const error = await broken.readResource(uri).then(
    () => expect.fail('It is read.'),
    (error: Error) => error,
  )
  expect(error).toMatchObject({ code: -32603 })
  expect(String(error)).not.toContain('password')
  expect(logged).toEqual([['error', expect.objectContaining({ resource: 'file', err: expect.any(Error) })]])
})

test('a file of this machine is sent where the person’s machine is this one', async () => {
  const readPath = async (path: string) => new ClientFile(Buffer.from(path), 'a.txt', 'text/plain')
  const { service, send } = await ready('v2 on 2026-07-28', { readPath })
  await send({ to: 'a', attachments: [{ path: '/home/a.txt' }] })
  expect(service.runs[0]?.params).toMatchObject({
    attachments: [new ConnectorFile(Buffer.from('/home/a.txt'), 'a.txt', 'text/plain')],
  })
})

test('while the service is down for files, a short text is still shown', async () => {
  const { service, execute } = await ready()
  service.answer = () => new ConnectorFile(Buffer.from('a,b\n'), 'table.csv', 'text/csv')
  service.failInstead('POST', '/files', [503, 'UNAVAILABLE', 'Later.'])
  expect((await execute(DOWNLOAD)).shown).toEqual({
    data: { filename: 'table.csv', content_type: 'text/csv', size: 4, text: 'a,b\n' },
    meta: null,
    acted_as: 'octocat',
  })
  service.answer = () => new ConnectorFile(PNG, 'dot.png', 'image/png')
  expect((await execute(DOWNLOAD)).shown).toMatchObject({ error: { code: 'UNAVAILABLE' } })
})
