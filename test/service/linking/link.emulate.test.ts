import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CredentialRefused } from '../../../src/base/credential-refused.js'
import { refreshGrant } from '../../../src/oauth/index.js'
import type { Service } from '../../../src/service/index.js'
import { Browser } from '../../browser.js'
import { type Emulator, noEmulator, startEmulator } from '../../connectors/emulator.js'
import { network } from '../../oauth/network.js'
import { connectorsErrorOf } from '../failures.js'
import { newScene } from '../scene.js'
import { CALLBACK_URL, newCaller, newService, redirectUri, run, signedIn } from '../service.js'
import { CLIENT, type Vendor, vendors } from '../vendors.js'

if (noEmulator) process.stderr.write(`No vendor is emulated: ${noEmulator}.\n`)

const { send } = network()

describe.skipIf(noEmulator).each(vendors(redirectUri))('an account of $service', (vendor) => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator(vendor.service, vendor.seed)
  })
  afterAll(() => emulator?.stop())

  /** The service, what it was given by the token endpoint, and a clock that can be put forward. */
  const newWorld = async () => {
    const scene = await newScene()
    const granted: Record<string, unknown>[] = []
    let ahead = 0
    const connector = vendor.connector(emulator.origin)
    const service = await newService({
      store: scene.store,
      keyRing: scene.ring.ring,
      connector,
      oauthClient: CLIENT,
      endpoints: { provider: vendor.provider(emulator.origin), baseUrl: emulator.origin },
      clock: () => Date.now() + ahead,
      async send(request) {
        const response = await send(request)
        if (request.url.href === vendor.provider(emulator.origin).token_endpoint) {
          const json = JSON.parse(new TextDecoder().decode(response.body))
          granted.push(json.authed_user?.access_token ? json.authed_user : json)
        }
        return response
      },
    })
    const caller = await newCaller(service)
    const forwardClock = (milliseconds: number) => {
      ahead += milliseconds
    }
    return { scene, service, caller, connector, granted, forwardClock }
  }

  const whoAmI = ({ service, caller, connector }: Awaited<ReturnType<typeof newWorld>>) =>
    vendor.service === 'github' ? searchAs(service, caller) : run(service, caller, connector.name)

  const link = async ({ service, caller, connector }: Awaited<ReturnType<typeof newWorld>>) => {
    const { url } = await service.linking.start(caller, connector.name, {
      callbackUrl: CALLBACK_URL,
      replaceDuplicate: true,
    })
    const answer = await consent(vendor, emulator.origin, url)
    return service.linking.finish(connector.name, answer, signedIn(service, caller))
  }

  test('is linked, used, refreshed where possible, and removed', async () => {
    const world = await newWorld()
    const { service, caller, connector, granted, scene } = world
    expect((await link(world)).outcome).toEqual({
      status: 'success',
      connector: connector.name,
      userIdentifier: vendor.identifier,
    })
    const first = await whoAmI(world)
    expect(JSON.stringify(first.result)).toContain(vendor.identifier)
    expect(first.actedAs).toBe(vendor.identifier)
    expect(granted).toHaveLength(1)

    world.forwardClock(3_600_000)
    expect(JSON.stringify((await whoAmI(world)).result)).toContain(vendor.identifier)
    const row = await scene.store.integrations.findSelected(caller.userId, connector.name)
    if (vendor.rotates === undefined) {
      expect(granted).toHaveLength(1)
      expect(row).toMatchObject({ version: 1 })
    } else {
      expect(granted).toHaveLength(2)
      expect(granted[1]?.access_token).not.toBe(granted[0]?.access_token)
      expect(typeof granted[1]?.refresh_token).toBe(vendor.rotates ? 'string' : 'undefined')
      expect(row).toMatchObject({ version: 2, authStatus: 'active' })
      // Again, with the refresh token that counts now.
      world.forwardClock(3_600_000)
      await whoAmI(world)
      expect(granted).toHaveLength(3)
    }

    // The same account again is the same integration.
    expect((await link(world)).outcome.status).toBe('success')
    expect(await scene.store.integrations.listOfUser(caller.userId)).toMatchObject([{ id: row?.id }])

    expect(await service.remove(caller, connector.name, vendor.identifier)).toEqual({
      newDefault: null,
      revokedAtProvider: vendor.revoked,
    })
    expect(await connectorsErrorOf(whoAmI(world))).toMatchObject({ code: 'INTEGRATION_NOT_FOUND' })
    // The vendor was really told: what it gave last is of no use to anybody who kept it.
    const kept = granted.findLast(({ refresh_token }) => refresh_token !== undefined)?.refresh_token
    if (vendor.revoked === 'yes') {
      const attempt = refreshGrant(vendor.provider(emulator.origin), CLIENT, String(kept), network())
      expect(await connectorsErrorOf(attempt)).toBeInstanceOf(CredentialRefused)
    }
  })

  const isRefreshed = vendor.rotates !== undefined
  if (isRefreshed)
    test('needs a new link after its grant was revoked', async () => {
      const world = await newWorld()
      await link(world)
      const { revocation_endpoint = '' } = vendor.provider(emulator.origin)
      const body = new URLSearchParams({ token: String(world.granted[0]?.refresh_token) })
      expect((await fetch(revocation_endpoint, { method: 'POST', body })).status).toBe(200)
      world.forwardClock(3_600_000)
      expect(await connectorsErrorOf(whoAmI(world))).toMatchObject({ code: 'RECONNECT_REQUIRED' })
      expect((await link(world)).outcome.status).toBe('success')
      expect(JSON.stringify((await whoAmI(world)).result)).toContain(vendor.identifier)
    })

  test('is not linked by a code that the vendor did not issue', async () => {
    const world = await newWorld()
    const { service, caller, connector, scene } = world
    const { url } = await service.linking.start(caller, connector.name, {
      callbackUrl: CALLBACK_URL,
      replaceDuplicate: true,
    })
    const state = new URL(url).searchParams.get('state') ?? ''
    const answer = new URLSearchParams({ code: 'invented', state })
    const { reason } = await service.linking.finish(connector.name, answer, signedIn(service, caller))
    expect(reason).toMatchObject({ code: 'LINK_FAILED' })
    expect(await scene.store.integrations.listOfUser(caller.userId)).toEqual([])
  })
})

/** A write says who acts: the issue that was just made names its author. */
const searchAs = (service: Service, caller: Awaited<ReturnType<typeof newCaller>>) =>
  service.runAction(caller, {
    connector: 'github',
    action: 'create_issue',
    input: { owner: 'alice', repo: 'hello', title: 'Who am I?', response_fields: ['user.login'] },
    identifier: null,
    signal: new AbortController().signal,
  })

/** The person: picks alice on the vendor's page. Gives the authorization response. */
async function consent(vendor: Vendor, origin: string, authorizationUrl: string): Promise<URLSearchParams> {
  const browser = new Browser()
  const { forms, text } = await browser.open(authorizationUrl)
  const alices = forms.find((form) => form.text.includes(vendor.identifier)) ?? expect.fail(text)
  const answer = await browser.submit({ ...alices, action: origin + vendor.consentPath })
  return (answer.sentTo ?? expect.fail(answer.text)).searchParams
}
