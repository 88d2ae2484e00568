import { beforeEach, describe, expect, test } from 'vitest'
import { systemSchedule } from '../../../src/base/schedule.js'
import { KeySource } from '../../../src/crypto/index.js'
import { defineConnector, secretField } from '../../../src/kit/index.js'
import type { Caller, Service } from '../../../src/service/index.js'
import { Links } from '../../../src/service/linking/links.js'
import { openVault } from '../../../src/service/vault/vault.js'
import { newScene } from '../scene.js'
import { CALLBACK_URL, newCaller, newService } from '../service.js'

const MINUTE = 60_000
const PAGE = { callbackUrl: undefined, replaceDuplicate: true }

const notes = defineConnector({
  name: 'notes',
  title: 'Notes',
  description: 'Notes of a person.',
  auth: { custom: { fields: { token: secretField('A token') } } },
  actions: [],
  port: 'none',
  account: async () => ({ identifier: 'ada' }),
})

let now: number
let service: Service
let otherProcess: Service
let caller: Caller

beforeEach(async () => {
  now = Date.UTC(2026, 0, 1)
  const { store, ring } = await newScene()
  const setting = { store, keyRing: ring.ring, connector: notes, send: () => expect.fail(), clock: () => now }
  service = await newService(setting)
  otherProcess = await newService(setting)
  caller = await newCaller(service)
})

test('a device link of an earlier release, which did not keep its code, is not returned', async () => {
  const { store, ring } = await newScene()
  const vault = await openVault(store, KeySource.fixed(ring.ring))
  const links = new Links({ store, vault, clock: () => now, schedule: systemSchedule })
  const setting = { store, keyRing: ring.ring, connector: notes, send: () => expect.fail() }
  const owner = await newCaller(await newService(setting))
  const purpose = {
    kind: 'device' as const,
    caller: owner,
    connector: 'notes',
    callbackUrl: null,
    replaceDuplicate: true,
  }
  const device = { device_code: 'd', interval: 5, issuer: 'https://notes.example', client_id: 'me' }
  await links.begin({ ...purpose, device })
  expect(await links.findPending(purpose)).toBeUndefined()
  const shown = { user_code: 'WDJB-MJHT', verification_uri: 'https://notes.example/device' }
  const { id } = await links.begin({ ...purpose, device: { ...device, shown } })
  expect((await links.findPending(purpose))?.id).toBe(id)
})

describe('a pending link', () => {
  test('is returned with its code to every caller with the same purpose, in any process', async () => {
    const first = await service.linking.begin(caller, 'notes', PAGE)
    expect(await service.linking.begin(caller, 'notes', PAGE)).toEqual(first)
    expect(await otherProcess.linking.begin(caller, 'notes', PAGE)).toEqual(first)
  })

  test('is returned to a caller who lets an account be replaced only by itself, as to any other', async () => {
    const request = { ...PAGE, replaceDuplicate: 'same' as const }
    const first = await service.linking.begin(caller, 'notes', request)
    expect(await otherProcess.linking.begin(caller, 'notes', request)).toEqual(first)
    const never = await service.linking.begin(caller, 'notes', { ...PAGE, replaceDuplicate: false })
    expect(never.linkId).not.toBe(first.linkId)
  })

  test('is begun once by concurrent calls', async () => {
    const links = await Promise.all(Array.from({ length: 10 }, () => service.linking.begin(caller, 'notes', PAGE)))
    expect(new Set(links.map(({ linkId }) => linkId)).size).toBe(1)
  })

  test.each([
    ['another user', async () => ({ who: await newCaller(service), request: PAGE })],
    ['another callback URL', async () => ({ who: caller, request: { ...PAGE, callbackUrl: CALLBACK_URL } })],
    ['an account that is only added', async () => ({ who: caller, request: { ...PAGE, replaceDuplicate: false } })],
    [
      'an account that is replaced only by itself',
      async () => ({ who: caller, request: { ...PAGE, replaceDuplicate: 'same' as const } }),
    ],
  ])('is not returned for %s', async (_, other) => {
    const first = await service.linking.begin(caller, 'notes', PAGE)
    const { who, request } = await other()
    expect((await service.linking.begin(who, 'notes', request)).linkId).not.toBe(first.linkId)
  })

  test('is not returned when too little time is left for a person to finish it', async () => {
    const first = await service.linking.begin(caller, 'notes', PAGE)
    now += 8 * MINUTE
    expect((await service.linking.begin(caller, 'notes', PAGE)).linkId).toBe(first.linkId)
    now += 1
    expect((await service.linking.begin(caller, 'notes', PAGE)).linkId).not.toBe(first.linkId)
  })

  test('is not returned once it has ended', async () => {
    const first = await service.linking.begin(caller, 'notes', PAGE)
    await otherProcess.linking.cancel(caller, first.linkId)
    expect((await service.linking.begin(caller, 'notes', PAGE)).linkId).not.toBe(first.linkId)
  })
})
