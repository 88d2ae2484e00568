import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startAuthorizationServer } from '../../oauth/authorization-server.js'
import { network } from '../../oauth/network.js'
import { killChildren, nextLine, startChild } from '../../store/children/child.js'
import type { ChildSetting } from '../children/setting.js'
import { userinfoConnector } from '../notes.js'
import { newScene } from '../scene.js'
import { CALLBACK_URL, newCaller, newService, redirectUri, signedIn } from '../service.js'

afterEach(killChildren)

const PROCESSES = 4
const CALLS = 16
/** Past the lifetime of the token. Milliseconds. */
const LATER = 3_600_000

test('64 concurrent calls in 4 processes with an expired token make one refresh request', {
  timeout: 120_000,
}, async () => {
  const server = await startAuthorizationServer()
  const oauthClient = await server.register({ redirect_uris: [redirectUri('notes')] })
  const { send } = network()
  const scene = await newScene()
  const access: string[] = []
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: userinfoConnector(server.provider(), server.issuer),
    oauthClient,
    async send(request) {
      const response = await send(request)
      if (request.url.pathname === '/token')
        access.push(JSON.parse(new TextDecoder().decode(response.body)).access_token)
      return response
    },
  })
  const caller = await newCaller(service)
  const { url } = await service.linking.start(caller, 'notes', { callbackUrl: CALLBACK_URL, replaceDuplicate: false })
  const answer = (await server.consent(url, 'alice')).searchParams
  expect((await service.linking.finish('notes', answer, signedIn(service, caller))).outcome.status).toBe('success')

  const setting: ChildSetting = {
    file: scene.file,
    keys: scene.ring.text,
    provider: server.provider(),
    oauthClient,
    origin: server.issuer,
    caller,
    ahead: LATER,
  }
  const path = join(scene.folder, 'setting.json')
  writeFileSync(path, JSON.stringify(setting))
  const children = Array.from({ length: PROCESSES }, () =>
    startChild('../../service/children/execute.ts', [path, String(CALLS)]),
  )
  await Promise.all(children.map(nextLine))
  server.requests.length = 0
  for (const child of children) child.process.stdin.end('go\n')
  const ends = await Promise.all(children.map((child) => child.ended))
  for (const end of ends) expect(end).toMatchObject({ code: 0, errors: '' })
  const told = ends.map(({ lines }) => JSON.parse(lines.at(-1) ?? '') as { who: string[]; used: string[] })

  expect(server.requests.filter((request) => request === 'POST /token')).toHaveLength(1)
  expect(told.flatMap(({ who }) => who)).toEqual(Array.from({ length: PROCESSES * CALLS }, () => 'alice'))
  const digest = createHash('sha256').update(`Bearer ${access[0]}`).digest('hex')
  const used = told.flatMap((each) => each.used)
  expect(used).toHaveLength(PROCESSES * CALLS)
  expect(new Set(used).size).toBe(1)
  expect(used).not.toContain(digest)
  expect(await scene.store.integrations.findSelected(caller.userId, 'notes')).toMatchObject({
    version: 2,
    authStatus: 'active',
  })
  await server.close()
})
