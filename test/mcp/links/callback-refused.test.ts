import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect as connectService } from '../../../src/app/index.js'
import { readConfig } from '../../../src/config/index.js'
import { CLIENT_KINDS, connect, textOf } from '../harness.js'

test.each(CLIENT_KINDS)('an agent learns why its callback_url was refused, and what to do: %s', async (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'callback-refused-'))
  const connection = await connectService(
    readConfig({ HOME: folder, CONNECTORS_DATA_DIR: join(folder, 'data'), CONNECTORS_LOG_LEVEL: 'silent' }),
  )
  onTestFinished(async () => {
    await connection.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await connection.client()
  const { service } = (await connection.embedded?.host()) ?? expect.fail('the service is in this process')
  const client = (await service.tenants.findByName('default')) ?? expect.fail('there is a default client')
  await service.tenants.setCallbackOrigins(client.id, ['https://app.example', 'http://127.0.0.1'])
  const mcpClient = await connect(kind, undefined as never, {
    deps: { client: connection.client, defaultCallbackUrl: connection.callbackUrl, embedded: true },
  })
  await mcpClient.call('register_user', { identifier: 'ada' })

  const link = { connector: 'sql', callback_url: 'https://evil.example/after' }
  const refused = await mcpClient.call('link_integration', link)
  expect(refused.isError).toBe(true)
  await expect(`${textOf(refused)}\n`).toMatchFileSnapshot('__snapshots__/callback-refused.txt')
  expect(refused.shown).toMatchObject({
    error: {
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'callback_url' }], callback_origins: ['https://app.example', 'http://127.0.0.1'] },
    },
  })

  const own = await connection.callbackUrl('sql')
  for (const callback_url of [undefined, own, 'http://127.0.0.1:5173/after', 'https://app.example/after']) {
    const begun = await mcpClient.call('link_integration', {
      connector: 'sql',
      ...(callback_url === undefined ? {} : { callback_url }),
    })
    expect(begun.shown, callback_url).toMatchObject({ status: 'pending' })
  }
})
