import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { startAuthorizationServer } from '../../oauth/authorization-server.js'
import { network } from '../../oauth/network.js'
import { killChildren, nextLine, startChild } from '../../store/children/child.js'
import type { DeviceSetting } from '../children/wait-for-device.js'
import { userinfoConnector } from '../notes.js'
import { newScene } from '../scene.js'
import { newCaller, newService, redirectUri } from '../service.js'

afterEach(killChildren)

const PROCESSES = 3
const WAITS = 16
/** The clock of all processes goes ten times as fast as the server's, so that its 5 seconds are half of one. */
const SPEED = 10
const INTERVAL = 5_000 / SPEED
const ENOUGH_POLLS = 4

test('48 waits in 3 processes poll at most once per interval, and all get the result', {
  timeout: 120_000,
}, async () => {
  const server = await startAuthorizationServer()
  const oauthClient = await server.register({ redirect_uris: [redirectUri('notes')] })
  const scene = await newScene()
  const since = Date.now()
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: userinfoConnector(server.provider(), server.issuer),
    oauthClient,
    clock: () => since + (Date.now() - since) * SPEED,
    requireSignIn: false,
    send: network().send,
  })
  const caller = await newCaller(service)
  const path = join(scene.folder, 'setting.json')
  const request = { callbackUrl: undefined, replaceDuplicate: true }
  const { linkId, urlComplete } = await service.linking.beginDevice(caller, 'notes', request)
  const setting: DeviceSetting = {
    file: scene.file,
    keys: scene.ring.text,
    provider: server.provider(),
    oauthClient,
    origin: server.issuer,
    caller,
    ahead: 0,
    linkId,
    since,
    speed: SPEED,
  }
  writeFileSync(path, JSON.stringify(setting))
  const children = Array.from({ length: PROCESSES }, () =>
    startChild('../../service/children/wait-for-device.ts', [path, String(WAITS)]),
  )
  await Promise.all(children.map(nextLine))
  for (const child of children) child.process.stdin.end('go\n')

  const polledAt = () => server.requestTimes.filter((_, index) => server.requests[index] === 'POST /token')
  await vi.waitUntil(() => polledAt().length >= ENOUGH_POLLS, { timeout: 30_000 })
  await server.consentToDevice(urlComplete ?? '', 'alice')
  const ends = await Promise.all(children.map((child) => child.ended))
  for (const end of ends) expect(end).toMatchObject({ code: 0, errors: '' })
  const told = ends.flatMap(({ lines }) => JSON.parse(lines.at(-1) ?? '[]') as [string, string | null][])
  expect(told).toEqual(Array.from({ length: PROCESSES * WAITS }, () => ['linked', 'alice']))

  const times = polledAt()
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  expect(gaps.length).toBeGreaterThanOrEqual(ENOUGH_POLLS)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(INTERVAL)
  expect(await scene.store.integrations.listOfUser(caller.userId)).toMatchObject([{ userIdentifier: 'alice' }])
  await server.close()
})
