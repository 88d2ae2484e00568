import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

/** Returns what it was sent: bytes as a file, and how many there were of the text. */
const BOX = `
import { binary, ConnectorFile, defineAction, defineConnector, z } from 'connectors-mcp'

const put = defineAction({
  name: 'put',
  description: 'Put a file into the box and take it out again.',
  effect: 'create',
  input: { file: binary(), title: z.string().default('') },
  run: async (_, { file, title }) => new ConnectorFile(file.bytes, title || file.filename, file.contentType),
})
const count = defineAction({
  name: 'count',
  description: 'Count the characters of a text.',
  effect: 'read',
  input: { text: z.string() },
  run: async (_, { text }) => ({ characters: text.length }),
})

export const box = defineConnector({
  name: 'box',
  title: 'Box',
  description: 'A box.',
  port: 'none',
  auth: {},
  actions: [put, count],
})
`

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'connectors-files-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  mkdirSync(join(home, 'letters'))
  writeFileSync(join(home, 'letters/letter.txt'), 'Dear Ada')
  writeFileSync(join(home, 'letters/dot.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]))
  writeFileSync(join(home, 'box.mjs'), BOX)
  return home
}

function serverOf(home: string, env: Record<string, string> = {}): StdioProcess {
  const server = new StdioProcess([MAIN, '--connector', join(home, 'box.mjs')], { HOME: home, ...env })
  onTestFinished(() => server.end())
  return server
}

const put = (params: object) => ({ connector: 'box', action: 'put', params })
const count = (params: object) => ({ connector: 'box', action: 'count', params })

test('a file of the person goes from action to action, and into the next conversation, without being shown', async () => {
  const home = newHome()
  const env = { CONNECTORS_FILE_ROOTS: '~/letters' }
  const server = serverOf(home, env)
  await server.call('register_user', { identifier: 'ada' })
  const { shown } = await server.call('execute_connector', put({ file: { path: join(home, 'letters/dot.png') } }))
  expect(shown.data).toMatchObject({ filename: 'dot.png', content_type: 'image/png', size: 5 })
  const letter = await server.call('execute_connector', put({ file: { path: join(home, 'letters/letter.txt') } }))
  await server.end()

  const next = serverOf(home, env)
  const [picture, text] = [{ handle: shown.data.handle }, { handle: letter.shown.data.handle }]
  const again = await next.call('execute_connector', put({ file: { ...picture, filename: 'b.png' } }))
  expect(again.shown.data).toMatchObject({ filename: 'b.png', content_type: 'image/png', size: 5 })
  expect((await next.call('read_connector', count({ text }))).shown.data).toEqual({ characters: 8 })
  expect(await next.request('resources/read', { uri: `connectors-mcp://files/${picture.handle}` })).toMatchObject({
    contents: [{ mimeType: 'image/png', blob: 'iVBORwA=' }],
  })
  for (const { stdout } of [server, next])
    expect(stdout.match(/iVBOR/g)?.length ?? 0).toBe(stdout === next.stdout ? 1 : 0)
})

test('no file is read that the person has not allowed', async () => {
  const home = newHome()
  const server = serverOf(home)
  await server.call('register_user', { identifier: 'ada' })
  const path = join(home, 'letters/letter.txt')
  const refused = await server.tryCall('execute_connector', put({ file: { path } }))
  expect(refused.shown).toMatchObject({
    error: { code: 'FORBIDDEN', message: expect.stringContaining('CONNECTORS_FILE_ROOTS') },
  })
  await server.end()

  const other = serverOf(home, { CONNECTORS_FILE_ROOTS: join(home, 'letters') })
  symlinkSync(join(home, 'box.mjs'), join(home, 'letters/link.mjs'))
  for (const file of ['letters/link.mjs', 'letters/../box.mjs', '.local/share/connectors-mcp/key']) {
    const { shown } = await other.tryCall('execute_connector', put({ file: { path: join(home, file) } }))
    expect(shown).toMatchObject({ error: { code: 'FORBIDDEN' } })
  }
})
