import { describe, expect, test } from 'vitest'
import { type Harness, newApi } from '../api/harness.js'
import { type Browser, browserOf } from '../browser.js'

const ELSEWHERE = 'https://app.example/after?tab=1'
const OWN_PAGE = 'http://127.0.0.1:1/connectors/notes/success-authorize-callback'

interface Begun {
  token: string
  secret: string
  link_id: string
  page: string
  state: string
}

/** A link by the published route: the caller gets the address of the authorization server. */
async function begun(api: Harness, callback_url = ELSEWHERE, identifier = 'eve@example.com'): Promise<Begun> {
  const user = await api.user(await api.client('the team'), identifier)
  const json = { auth_type: 'oauth2', callback_url }
  const { data } = (await api.call('POST', '/connectors/notes/integrations', { token: user.token, json })).json
  const state = new URL(data.url).searchParams.get('state') ?? ''
  return { ...user, link_id: data.link_id, page: `/connect/${data.link_id}`, state }
}

const callback = (query: Record<string, string>, connector = 'notes') =>
  `/connectors/${connector}/success-authorize-callback?${new URLSearchParams(query)}`

function grants(api: Harness, login: string): void {
  api.thirdParty.answer = ({ url }) =>
    url.pathname === '/token'
      ? { json: { access_token: `granted-to-${login}`, token_type: 'bearer' } }
      : { json: { login } }
}

const linkState = async (api: Harness, { token, link_id }: Begun) =>
  (await api.call('GET', `/links/${link_id}`, { token })).json.data

const accounts = async (api: Harness, { token }: Pick<Begun, 'token'>): Promise<string[]> =>
  (await api.call('GET', '/connectors/notes/integrations', { token })).json.data.map(
    (row: { user_identifier: string }) => row.user_identifier,
  )

const SUCCESS = 'https://app.example/after?tab=1&status=success&connector=notes&user_identifier=victim'

describe.each([
  ['on a shared service', true],
  ['on one machine', false],
])('a callback in a browser that has not confirmed the user, %s', (_name, requireSignIn) => {
  const arrived = async (callbackUrl = ELSEWHERE) => {
    const api = await newApi({ requireSignIn })
    grants(api, 'victim')
    const link = await begun(api, callbackUrl)
    const browser = browserOf(api.api)
    const back = await browser.open(callback({ code: 'the-code', state: link.state }))
    return { api, link, browser, back }
  }
  const confirm = (browser: Browser, { secret }: Begun) =>
    requireSignIn ? browser.submit('sign-in', { secret }) : browser.submit('confirm')

  test('links nothing, sends no request, and shows user, client, connector and destination', async () => {
    const { api, link, browser, back } = await arrived()
    expect([back.status, back.location]).toEqual([303, link.page])
    expect(browser.setCookies[0]).toMatch(/^connect-browser=.*HttpOnly; SameSite=Lax$/)
    const page = await browser.open(link.page)
    for (const text of ['eve@example.com', 'the team', 'Notes', 'https://app.example', 'Nothing is linked yet'])
      expect(page.text).toContain(text)
    expect(page.text).not.toMatch(/class="code"|the-code/)
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(api.thirdParty.requests).toEqual([])
    expect(await accounts(api, link)).toEqual([])
    expect(await linkState(api, link)).toMatchObject({
      status: 'pending',
      user_identifier: null,
      message: expect.stringContaining('must still confirm'),
    })
  })

  test('links after the person confirms, and redirects to the callback URL', async () => {
    const { api, link, browser } = await arrived()
    await browser.open(link.page)
    const sent = await confirm(browser, link)
    expect([sent.status, sent.onward]).toEqual([200, SUCCESS])
    expect(await accounts(api, link)).toEqual(['victim'])
    expect(await linkState(api, link)).toMatchObject({ status: 'linked', user_identifier: 'victim' })
    expect((await browser.open(link.page)).text).toContain('Notes is linked')
    // Neither the form nor the answer works a second time.
    const asked = api.thirdParty.requests.length
    expect((await browser.open(callback({ code: 'the-code', state: link.state }))).status).toBe(400)
    expect(api.thirdParty.requests).toHaveLength(asked)
  })

  test('ends on our page if the callback URL is that page', async () => {
    const { api, link, browser } = await arrived(OWN_PAGE)
    const page = await browser.open(link.page)
    expect(page.text).not.toContain('Afterwards')
    const sent = await confirm(browser, link)
    expect([sent.status, sent.location]).toEqual([303, link.page])
    const end = await browser.open(link.page)
    expect(end.text).toContain('<strong>victim</strong>')
    expect(await accounts(api, link)).toEqual(['victim'])
  })

  test('can be cancelled by a person who did not ask for the link', async () => {
    const { api, link, browser } = await arrived()
    await browser.open(link.page)
    const sent = await browser.submit('cancel')
    expect([sent.status, sent.location]).toEqual([303, link.page])
    const end = await browser.open(link.page)
    expect(end.text).toContain('Notes was not linked')
    expect(end.text).toContain('href="https://app.example/after?tab=1&amp;error=cancelled_error"')
    expect(end.onward).toBeNull()
    expect(await linkState(api, link)).toMatchObject({ status: 'failed', error: 'cancelled_error' })
    expect(api.thirdParty.requests).toEqual([])
    expect(await api.linkSecrets(link.link_id)).not.toHaveProperty('unconfirmed')
    await browser.open(callback({ code: 'the-code', state: link.state }))
    expect(await accounts(api, link)).toEqual([])
  })

  test('is not confirmed by a form from another origin, or in another browser', async () => {
    const { api, link, browser } = await arrived()
    await browser.open(link.page)
    const other = browserOf(api.api)
    for (const [who, token, status] of [
      [browser, '', 403],
      [browser, 'x'.repeat(43), 403],
      // It is not shown the link, so there is none for it.
      [other, 'x'.repeat(43), 404],
    ] as const)
      for (const form of ['confirm', 'sign-in', 'cancel'])
        expect((await who.post(`${link.page}/${form}`, { form_token: token, secret: link.secret })).status).toBe(status)
    // Who began the link sees nothing to confirm in another browser, and cannot make it so by opening the address there.
    expect((await other.open(link.page)).status).toBe(404)
    const again = await other.open(callback({ code: 'the-code', state: link.state }))
    expect([again.status, again.location]).toEqual([400, null])
    expect(await accounts(api, link)).toEqual([])
    expect((await linkState(api, link)).status).toBe('pending')
    await browser.open(link.page)
    expect((await confirm(browser, link)).onward).toBe(SUCCESS)
  })

  test('that is loaded twice asks for confirmation again, and the last callback counts', async () => {
    const { api, link, browser } = await arrived()
    const back = await browser.open(callback({ code: 'a-newer-code', state: link.state }))
    expect([back.status, back.location]).toEqual([303, link.page])
    await browser.open(link.page)
    await confirm(browser, link)
    const [exchange] = api.thirdParty.requests
    expect(new URLSearchParams(String(exchange?.body)).get('code')).toBe('a-newer-code')
  })

  test('with an error shows it on our page, with the destination as a link', async () => {
    const api = await newApi({ requireSignIn })
    const link = await begun(api, 'https://evil.example/phish')
    const browser = browserOf(api.api)
    const back = await browser.open(callback({ error: 'access_denied', state: link.state }))
    expect([back.status, back.location]).toEqual([303, link.page])
    const page = await browser.open(link.page)
    expect([page.status, page.onward]).toEqual([200, null])
    expect(page.text).toContain('https://evil.example')
    expect(page.text).toContain('href="https://evil.example/phish?error=cancelled_error"')
    expect(await linkState(api, link)).toMatchObject({ status: 'failed', error: 'cancelled_error' })
  })

  test.each([
    ['two codes', 'code=a&code=b'],
    ['no code', 'x=y'],
    ['the iss of another server', 'code=a&iss=https://evil.example'],
  ])('that holds %s does not ask for confirmation', async (_what, query) => {
    const api = await newApi({ requireSignIn })
    const link = await begun(api)
    const browser = browserOf(api.api)
    const back = await browser.open(`${callback({ state: link.state })}&${query}`)
    expect([back.status, back.location]).toEqual([303, link.page])
    expect((await browser.open(link.page)).text).toContain('Notes was not linked')
    expect(await linkState(api, link)).toMatchObject({ status: 'failed', error: 'integration_error' })
    expect(api.thirdParty.requests).toEqual([])
  })

  test('at the address of another connector links nothing', async () => {
    const api = await newApi({ requireSignIn })
    grants(api, 'victim')
    const link = await begun(api)
    const browser = browserOf(api.api)
    const back = await browser.open(callback({ code: 'c', state: link.state }, 'sql'))
    expect([back.status, back.location]).toEqual([400, null])
    expect(await linkState(api, link)).toMatchObject({ status: 'failed', error: 'invalid_request' })
  })

  test('whose code has expired starts the consent again with the same link', async () => {
    const { api, link, browser } = await arrived()
    api.thirdParty.answer = () => ({ status: 400, json: { error: 'invalid_grant' } })
    await browser.open(link.page)
    const refused = await confirm(browser, link)
    expect(refused.text).toContain('Continue to Notes')
    expect(refused.text).toContain('no longer accepts its own answer')
    expect((await linkState(api, link)).status).toBe('pending')
    const sent = await browser.submit('authorize')
    const state = new URL(sent.onward ?? '').searchParams.get('state') ?? ''
    expect(state).not.toBe(link.state)
    grants(api, 'victim')
    expect((await browser.open(callback({ code: 'c', state: link.state }))).status).toBe(400)
    expect((await browser.open(callback({ code: 'c', state }))).location).toBe(SUCCESS)
    expect(await accounts(api, link)).toEqual(['victim'])
  })

  test('that fails after the confirmation reports the failure to the application', async () => {
    const { api, link, browser } = await arrived()
    api.thirdParty.answer = () => ({ status: 400, json: { error: 'invalid_client' } })
    await browser.open(link.page)
    expect((await confirm(browser, link)).onward).toBe('https://app.example/after?tab=1&error=integration_error')
    expect(await linkState(api, link)).toMatchObject({ status: 'failed', error: 'integration_error' })
  })

  test('expires after ten minutes, and its data is deleted', async () => {
    let now = Date.UTC(2026, 0, 1)
    const due: [() => void, number][] = []
    const schedule = (run: () => void, ms: number) => {
      due.push([run, ms])
      return () => {}
    }
    const api = await newApi({ requireSignIn, clock: () => now, schedule })
    grants(api, 'victim')
    const link = await begun(api)
    const browser = browserOf(api.api)
    await browser.open(callback({ code: 'the-code', state: link.state }))
    await browser.open(link.page)
    expect(await api.linkSecrets(link.link_id)).toHaveProperty('unconfirmed')
    now += 10 * 60_000
    for (const [run] of due) run()
    await expect.poll(() => api.linkSecrets(link.link_id)).not.toHaveProperty('unconfirmed')
    const late = await confirm(browser, link)
    expect(late.text).toContain('This link has expired')
    expect(await linkState(api, link)).toMatchObject({ status: 'expired', error: null })
    expect(await accounts(api, link)).toEqual([])
    expect(api.thirdParty.requests).toEqual([])
  })

  test('of a link that the agent has cancelled links nothing', async () => {
    const { api, link, browser } = await arrived()
    await browser.open(link.page)
    await api.call('DELETE', `/links/${link.link_id}`, { token: link.token })
    const late = await confirm(browser, link)
    expect(late.text).toContain('Notes was not linked')
    expect(await accounts(api, link)).toEqual([])
    expect(api.thirdParty.requests).toEqual([])
  })
})

describe('the confirmation on a shared service', () => {
  test("is refused to a stranger without the user's secret, even if signed in as another user", async () => {
    const api = await newApi()
    grants(api, 'victim')
    const link = await begun(api)
    const mallory = await api.user(await api.client(), 'mallory')
    const victim = browserOf(api.api)
    await victim.open(callback({ code: 'the-code', state: link.state }))
    await victim.open(link.page)
    for (const secret of ['', 'x', mallory.secret])
      expect((await victim.submit('sign-in', { secret })).status).toBe(401)
    const form_token = (await victim.open(link.page)).field('form_token')
    expect((await victim.post(`${link.page}/confirm`, { form_token })).status).toBe(401)
    expect(await accounts(api, link)).toEqual([])
    expect(api.thirdParty.requests).toEqual([])
  })

  test('is skipped in a browser signed in as the user, both for success and failure', async () => {
    const api = await newApi()
    grants(api, 'octo')
    const { token, secret } = await api.user(await api.client(), 'ada')
    const browser = browserOf(api.api)
    const page = (await api.call('POST', '/connectors/notes/links', { token, json: {} })).json.data
    await browser.open(`/connect/${page.link_id}`)
    await browser.submit('sign-in', { secret })
    const begin = async () => {
      const json = { callback_url: ELSEWHERE }
      const { data } = (await api.call('POST', '/connectors/notes/integrations', { token, json })).json
      return new URL(data.url).searchParams.get('state') ?? ''
    }
    const denied = await browser.open(callback({ error: 'access_denied', state: await begin() }))
    expect([denied.status, denied.location]).toEqual([302, `${ELSEWHERE}&error=cancelled_error`])
    const linked = await browser.open(callback({ code: 'c', state: await begin() }))
    expect([linked.status, linked.location]).toEqual([302, SUCCESS.replace('victim', 'octo')])
    // Where somebody else's browser got hold of the link first, the user's own still finishes it.
    api.thirdParty.answer = ({ url }) =>
      url.pathname === '/token'
        ? { json: { access_token: 'second', token_type: 'bearer' } }
        : { json: { login: 'second' } }
    const state = await begin()
    expect((await browserOf(api.api).open(callback({ code: 'c', state }))).status).toBe(303)
    expect((await browser.open(callback({ code: 'c', state }))).location).toContain('user_identifier=second')
    expect(await accounts(api, { token })).toEqual(['octo', 'second'])
  })

  test('takes one click after the user signed in on the page of another link', async () => {
    const api = await newApi()
    grants(api, 'victim')
    const link = await begun(api)
    const browser = browserOf(api.api)
    await browser.open(callback({ code: 'the-code', state: link.state }))
    const other = (await api.call('POST', '/connectors/notes/links', { token: link.token, json: {} })).json.data
    await browser.open(`/connect/${other.link_id}`)
    await browser.submit('sign-in', { secret: link.secret })
    await browser.open(link.page)
    expect((await browser.submit('confirm')).onward).toBe(SUCCESS)
  })
})

describe('the page at the end of a link', () => {
  test.each([
    '?status=success&user_identifier=is%20suspended.%20Call%20%2B1%20555%200100',
    '?error=Call%20%2B1%20555%200100',
    '?error=cancelled_error',
    '?message=555%200100&reason=555%200100',
    '',
  ])('shows nothing that is made up in its address (%s)', async (query) => {
    const api = await newApi()
    const page = await api.call('GET', `/connectors/notes/success-authorize-callback${query}`)
    expect(page.status).toBe(200)
    expect(page.text).not.toMatch(/555 0100|is linked|consent/)
    const plain = await api.call('GET', '/connectors/%22%3E%3Cb%3E/success-authorize-callback')
    expect(page.text).toBe(plain.text)
  })
})
