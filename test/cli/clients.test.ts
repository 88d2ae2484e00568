import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, onTestFinished, test } from 'vitest'
import { openServiceHost } from '../../src/app/service-host.js'
import { readConfig } from '../../src/config/index.js'
import { github } from '../../src/connectors/github/index.js'
import { KeyRing, open, unwrapKey } from '../../src/crypto/index.js'
import { openDataFolder } from '../../src/home/data-folder.js'
import { done, newFolder, run, serve } from './command.js'
import { answer, createUser, linkDatabase, logIn, makeDatabase } from './service.js'

const PATIENCE = { timeout: 60_000 }

test('clients are listed, and deleted only with a confirmation', PATIENCE, async () => {
  const settings = { CONNECTORS_DATA_DIR: newFolder() }
  await done(['clients', 'create', 'team one'], settings)
  const list = async () =>
    (await done(['clients', 'list'], settings)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
  expect(await list()).toEqual([
    ['default', expect.stringMatching(/^[\w-]{36}$/), expect.stringMatching(/^\d{4}-.*Z$/)],
    ['team one', expect.stringMatching(/^[\w-]{36}$/), expect.stringMatching(/^\d{4}-.*Z$/)],
  ])
  const asked = await run(['clients', 'delete', 'team one'], settings)
  expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining('Add --yes') })
  expect(await list()).toHaveLength(2)
  await done(['clients', 'delete', 'team one', '--yes'], settings)
  expect((await list()).map(([name]) => name)).toEqual(['default'])
  const again = await run(['clients', 'delete', 'team one', '--yes'], settings)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('No client has that name') })
})

test("data sealed with a deleted client's key cannot be opened with all that is left", PATIENCE, async () => {
  const folder = newFolder()
  const settings = { CONNECTORS_DATA_DIR: folder }
  const url = await serve(settings)
  const [doomed, kept] = ['doomed', 'kept'].map(async (name) => {
    const apiKey = (await done(['clients', 'create', name], settings)).stdout.trim()
    const person = await logIn(url, 'ann', (await createUser(url, apiKey, 'ann')).secret)
    await linkDatabase(url, person, makeDatabase(newFolder()))
    return person
  }) as [Promise<Awaited<ReturnType<typeof logIn>>>, Promise<Awaited<ReturnType<typeof logIn>>>]
  const [ann, other] = [await doomed, await kept]
  expect(await answer(url, ann)).toEqual([{ value: 42 }])

  const rows = (sql: string): Record<string, string>[] => {
    const database = new Database(join(folder, 'store.db'), { readonly: true })
    try {
      return database.prepare(sql).all() as Record<string, string>[]
    } finally {
      database.close()
    }
  }
  const [client] = rows(`select id, data_key from clients where name = 'doomed'`)
  const [account] = rows(`select * from integrations where client_id = '${client?.id}'`)
  const sealed = account?.credential ?? ''
  const { credential_serial: serial = '', user_id: userId = '' } = account ?? {}
  const associatedData = [client?.id ?? '', 'credential', serial, userId, 'sql', 'db']
  const ring = () => KeyRing.parse(readFileSync(join(folder, 'key'), 'utf8'))
  const dataKey = unwrapKey(ring(), client?.data_key ?? '', ['data_key', client?.id ?? ''])
  expect(Buffer.from(open(dataKey, sealed, associatedData)).toString()).toContain('sqlite:///')

  // While another process has the store open.
  await done(['clients', 'delete', 'doomed', '--yes'], settings)
  for (const name of ['store.db', 'store.db-wal', 'key', 'store.key-id']) {
    const bytes = readFileSync(join(folder, name))
    for (const text of [client?.data_key ?? '?', sealed]) expect(bytes.includes(text), name).toBe(false)
  }
  const left = rows('select id, data_key from clients')
  expect(left).toHaveLength(2)
  for (const { id = '', data_key = '' } of left) {
    const key = unwrapKey(ring(), data_key, ['data_key', id])
    expect(() => open(key, sealed, associatedData)).toThrow('cannot be opened')
    expect(() => unwrapKey(ring(), data_key, ['data_key', client?.id ?? ''])).toThrow('cannot be opened')
  }
  expect(() => open(ring().currentKey, sealed, associatedData)).toThrow('cannot be opened')
  await expect(answer(url, ann)).rejects.toThrow('INVALID_TOKEN')
  expect(await answer(url, other)).toEqual([{ value: 42 }])
})

test('deleting a client revokes the grants of its users and reports how many', PATIENCE, async () => {
  const revoked: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.setHeader('content-type', 'application/json')
    if (request.method === 'GET') {
      response.end(JSON.stringify({ login: request.headers.authorization?.slice('Bearer '.length) }))
      return
    }
    const token = JSON.parse(body).access_token
    revoked.push(`${request.method} ${request.url} ${token}`)
    response.writeHead(token === 'carol' ? 503 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const folder = newFolder()
  const settings = {
    CONNECTORS_DATA_DIR: folder,
    CONNECTORS_GITHUB_CLIENT_ID: 'the-app',
    CONNECTORS_GITHUB_CLIENT_SECRET: 'known-to-the-test-alone',
    CONNECTORS_GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }
  await done(['clients', 'create', 'doomed'], settings)
  const config = readConfig({ HOME: folder, ...settings })
  const host = await openServiceHost({
    config,
    folder: await openDataFolder(config),
    publicUrl: async () => '',
    requireSignIn: true,
  })
  const client = (await host.service.tenants.findByName('doomed')) ?? expect.fail()
  const { user } = await host.service.users.create(client, 'ann')
  const caller = { clientId: client.id, userId: user.id, identifier: 'ann' }
  const issuer = github.auth.oauth2?.issuer ?? ''
  for (const login of ['alice', 'bob', 'carol']) {
    const tokens = { access_token: login, token_type: 'bearer', scopes: ['repo'] }
    await host.service.accounts.save(
      await host.service.accounts.try({
        caller: caller,
        connector: github,
        credential: { kind: 'oauth2', issuer, tokens },
        scopes: ['repo'],
      }),
      { replace: false },
    )
  }
  await host.close()

  const { stderr } = await done(['clients', 'delete', 'doomed', '--yes'], settings)
  expect(stderr).toContain('at third parties: 2 revoked, 0 that cannot be revoked from here, 1 failed.')
  expect(stderr).toContain('What was not revoked is valid there until it expires')
  expect(revoked.toSorted()).toEqual(
    ['alice', 'bob', 'carol'].map((login) => `DELETE /applications/the-app/grant ${login}`),
  )
  const again = await done(['clients', 'list'], settings)
  expect(again.stdout).not.toContain('doomed')
})
