import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect, serveApi } from '../../src/app/index.js'
import { ConnectorsClient } from '../../src/client/index.js'
import { type Config, readConfig } from '../../src/config/index.js'
import { rotateKeys } from '../../src/operator/keys.js'
import { makeDatabase } from '../connect/scene.js'

interface Setting {
  config: Config
  /** Every path of the service begins with it. */
  folder: string
  keyFile: string
}

async function newSetting(more: Record<string, string> = {}): Promise<Setting> {
  const home = await mkdtemp(join(tmpdir(), 'operators-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const folder = join(home, 'data')
  const config = readConfig({ HOME: home, CONNECTORS_DATA_DIR: folder, CONNECTORS_LOG_LEVEL: 'silent', ...more })
  return { config, folder: home, keyFile: join(folder, 'key') }
}

/** Another process rotates the keys; then the key file is gone, and this process does not hold the new key. */
async function loseKeys({ config, keyFile }: Setting): Promise<void> {
  await rotateKeys(config)
  await rm(keyFile)
}

async function newToken(client: ConnectorsClient): Promise<string> {
  const { secret } = await client.createUser('ada@example.com')
  return (await client.authenticate('ada@example.com', secret)).token
}

test('over HTTP, a failure only the operator can fix shows the request id and no path of the server', async () => {
  const setting = await newSetting()
  const served = await serveApi(setting.config, { port: 0, connectorFiles: [] })
  onTestFinished(() => served.close())
  const { asOperator } = await import('../../src/app/operate.js')
  const { apiKey } = await asOperator(setting.config, (operator) => operator.createClient('Design team'))
  const token = await newToken(new ConnectorsClient({ baseUrl: served.url, apiKey }))
  await loseKeys(setting)
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'request-of-ada' }
  const answer = await fetch(`${served.url}/connectors/github/links`, { method: 'POST', headers })
  const text = await answer.text()
  expect(answer.status).toBe(500)
  expect(text).not.toContain(setting.folder)
  expect(text).not.toContain('key file')
  const { error, message } = JSON.parse(text)
  expect(error).toMatchObject({ code: 'MISCONFIGURED', type: 'MisconfiguredError', request_id: 'request-of-ada' })
  expect(error.details).toBeUndefined()
  expect(message).toContain('request-of-ada')
})

test('in process, such a failure is shown completely, but not on the link page', async () => {
  const setting = await newSetting()
  const connection = await connect(setting.config)
  onTestFinished(() => connection.close())
  const client = await connection.client()
  const token = await newToken(client)
  const { url } = await client.beginLink('sql', token)
  const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'))
  onTestFinished(() => rm(elsewhere, { recursive: true, force: true }))
  await loseKeys(setting)
  // For another purpose: the link that waits would be returned as it is.
  await expect(client.beginLink('sql', token, { replaceDuplicate: false })).rejects.toMatchObject({
    code: 'MISCONFIGURED',
    message: expect.stringContaining(setting.keyFile),
  })
  const page = await fetch(url)
  const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const form_token = /name="form_token" value="([^"]*)"/.exec(await page.text())?.[1] ?? ''
  const file = makeDatabase(join(elsewhere, 'books.db'))
  const body = new URLSearchParams({
    form_token,
    'field.url': `sqlite:///${file}?mode=ro`,
    'field.identifier': 'books',
  })
  const shown = await fetch(`${url}/configuration`, { method: 'POST', body, headers: { cookie } })
  expect(shown.status).toBe(500)
  const text = await shown.text()
  expect(text).toContain('under the request id')
  expect(text).not.toContain(setting.folder)
})
