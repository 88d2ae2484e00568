import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/app/index.js'
import { readConfig } from '../../src/config/index.js'

/** Begins a link that goes to Slack at once, which sends browsers back to https addresses only. */
async function beginLink(settings: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-redirect-'))
  const client = { CONNECTORS_SLACK_CLIENT_ID: '1.2', CONNECTORS_SLACK_CLIENT_SECRET: 'secret' }
  const data = { HOME: folder, CONNECTORS_DATA_DIR: join(folder, 'data') }
  const connection = await connect(readConfig({ ...data, ...client, ...settings }))
  onTestFinished(async () => {
    await connection.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const connectors = await connection.client()
  const { secret } = await connectors.createUser('ada')
  const { token } = await connectors.authenticate('ada', secret)
  return connectors.startLink('slack', token, { callbackUrl: 'https://app.example/linked' })
}

test.each([{}, { CONNECTORS_PUBLIC_URL: 'http://connectors.example' }])(
  'with %j a provider that wants https is not offered, and the error says what to set',
  async (settings) => {
    await expect(beginLink(settings)).rejects.toMatchObject({
      code: 'OAUTH_NOT_CONFIGURED',
      message: expect.stringContaining('CONNECTORS_PUBLIC_URL'),
    })
  },
)

test('with an https address it is', async () => {
  const { url } = await beginLink({ CONNECTORS_PUBLIC_URL: 'https://connectors.example' })
  expect(url).toMatch(/^https:\/\/slack\.com\/oauth\/v2\/authorize\?/)
})
