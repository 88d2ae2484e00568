import { EventEmitter, once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redirectPage } from '../../src/api/pages/redirect-page.js'
import { defineConnector, secretField, z } from '../../src/kit/index.js'
import { failure, type Harness, newApi, notes } from '../api/harness.js'
import { browserOf, type Page, parseHtml, refreshOf } from '../browser.js'

const NO_SIGN_IN = { requireSignIn: false }

async function begun(api: Harness, connector = 'notes', json: Record<string, unknown> = {}) {
  const user = await api.user(await api.client('the team'), 'ada@example.com')
  const answer = await api.call('POST', `/connectors/${connector}/links`, { token: user.token, json })
  const data = answer.json.data as { link_id: string; url: string; code: string }
  return { ...user, ...data, path: new URL(data.url).pathname, browser: browserOf(api.api) }
}

const status = async (api: Harness, token: string, id: string) =>
  (await api.call('GET', `/links/${id}`, { token })).json.data

const accounts = async (api: Harness, token: string, connector = 'notes'): Promise<string[]> =>
  (await api.call('GET', `/connectors/${connector}/integrations`, { token })).json.data.map(
    (row: { user_identifier: string }) => row.user_identifier,
  )

/** The third party grants whatever it is asked, and says whose it is. */
function grants(api: Harness, login: string): void {
  api.thirdParty.answer = ({ url }) =>
    url.pathname === '/token'
      ? { json: { access_token: `granted-to-${login}`, token_type: 'bearer' } }
      : { json: { login } }
}

const stateIn = ({ onward }: Page): string => new URL(onward ?? '').searchParams.get('state') ?? ''
const callback = (query: Record<string, string>) =>
  `/connectors/notes/success-authorize-callback?${new URLSearchParams(query)}`

describe('the page of a pending link', () => {
  test('names connector, owner, client, scopes, code and time', async () => {
    const now = Date.UTC(2026, 0, 1, 12, 4)
    const api = await newApi({ ...NO_SIGN_IN, clock: () => now })
    const { path, code, browser } = await begun(api)
    const page = await browser.open(path)
    expect(page.status).toBe(200)
    for (const text of [
      ...['connectors-mcp', 'on this computer', 'Link a Notes account', 'ada@example.com', 'client the team'],
      ...['<li>read</li><li>write</li>', 'less than a minute ago', '10 minutes left', '>Cancel</button>'],
    ])
      expect(page.text).toContain(text)
    expect(code).toMatch(/^[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}$/)
    expect(page.text).toContain(code)
    expect(page.text).not.toContain('UTC')
    expect(page.text).toContain('Continue to Notes')
    expect(page.text).toContain('Use a token instead')
  })

  test('cannot be framed, contains no script, and is not cached', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser } = await begun(api, 'notes', { callback_url: 'https://app.example/after' })
    const { headers, text } = await browser.open(path)
    expect(text).not.toMatch(/<script|<style|style=|javascript:|\son\w+=/i)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("form-action 'self';")
    expect(policy).not.toContain('unsafe')
    const style = await browser.open('/connect/style.css')
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  })

  test('continues to a callback URL from a page of its own, however the URL is written', async () => {
    for (const given of [
      'https://app.example/after?tab=1',
      `https://app.example/a;url='b'/c?d="e"&amp;f=';url=https://evil.example/#<g>`,
      'https://a;sandbox/after',
    ]) {
      const api = await newApi(NO_SIGN_IN)
      api.thirdParty.answer = () => ({ json: { login: 'octo' } })
      const { path, browser } = await begun(api, 'notes', { callback_url: given })
      const shown = await browser.open(path)
      const sent = await browser.submit('configuration', { 'field.token': 'good-token' })
      const ended = new URL(given)
      for (const [name, value] of Object.entries({ status: 'success', connector: 'notes', user_identifier: 'octo' }))
        ended.searchParams.set(name, value)
      expect([sent.status, sent.location, sent.onward]).toEqual([200, null, ended.href])
      for (const { headers } of [shown, sent])
        expect(headers.get('content-security-policy')).toMatch(/; form-action 'self'; frame-ancestors 'none'; [^;]*$/)
    }
  })

  test('redirects to any URL without changing it', async () => {
    const address = fc.webUrl({ withQueryParameters: true, withFragments: true })
    const tail = fc.string({ unit: fc.constantFrom(...`'";,=<>& urlhttp:/#?%`), maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(address, tail, async (start, end) => {
        fc.pre(URL.canParse(start + end))
        const target = new URL(start + end)
        const text = await redirectPage({ base: '' }, target).text()
        expect(refreshOf(parseHtml(text))).toBe(target.href)
        expect(text.match(/<meta http-equiv/g)).toHaveLength(1)
      }),
    )
    expect(() => redirectPage({ base: '' }, new URL('javascript:alert(1)'))).toThrow('http and https only')
  })

  test('escapes the names of people', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { token } = await api.user(await api.client('<i>team</i>'), '<script>alert(1)</script>')
    const { link_id } = (await api.call('POST', '/connectors/notes/links', { token, json: {} })).json.data
    const { text } = await browserOf(api.api).open(`/connect/${link_id}`)
    expect(text).not.toMatch(/<script|<i>/)
    expect(text).toContain('&lt;script&gt;')
  })

  test.each(['nothing', '00000000-0000-4000-8000-000000000000', '%0d%0ax:y'])(
    'of an unknown link is a 404 that says that there is no such link: %s',
    async (id) => {
      const api = await newApi(NO_SIGN_IN)
      const seen = await browserOf(api.api).open(`/connect/${id}`)
      expect([seen.status, seen.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
      expect(seen.text).toContain('There is no such link')
      expect((await browserOf(api.api).open(`/connect/${id}/authorize`)).status).toBe(303)
    },
  )

  test('does not exist for a link that goes straight to the third party', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { token } = await api.user(await api.client())
    const json = { callback_url: 'https://app.example' }
    const { link_id } = (await api.call('POST', '/connectors/notes/integrations', { token, json })).json.data
    expect((await browserOf(api.api).open(`/connect/${link_id}`)).status).toBe(404)
    expect((await status(api, token, link_id)).status).toBe('pending')
  })

  test('has working forms and cookies behind a path and https', async () => {
    const api = await newApi({ publicUrl: 'https://team.example/connectors-service' })
    const { path, url, secret, browser, link_id } = await begun(api)
    expect(url).toBe(`https://team.example/connectors-service/connect/${link_id}`)
    const own = path.replace('/connectors-service', '')
    const page = await browser.open(own)
    expect(page.text).toContain('href="/connectors-service/connect/style.css"')
    expect(page.text).toContain(`action="/connectors-service/connect/${link_id}/sign-in"`)
    const form_token = page.field('form_token')
    const signedIn = await browser.post(`${own}/sign-in`, { form_token, secret })
    expect([signedIn.status, signedIn.location]).toEqual([303, `/connectors-service/connect/${link_id}`])
    for (const line of browser.setCookies)
      expect(line).toMatch(
        /^__Host-connect-(browser|session)=[^;]+; Max-Age=1800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      )
    expect(browser.setCookies.length).toBeGreaterThan(1)
    expect((await browser.open(own)).text).toContain('Continue to Notes')
  })

  test('sets cookies without prefix on loopback', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser } = await begun(api)
    await browser.open(path)
    expect(browser.setCookies).toEqual([
      expect.stringMatching(/^connect-browser=[^;]+; Max-Age=1800; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
  })
})

describe('linking by OAuth 2 on the page', () => {
  test('creates state and PKCE when the person goes on, and ends on our page', async () => {
    const api = await newApi(NO_SIGN_IN)
    grants(api, 'octo')
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const sent = await browser.submit('authorize')
    // A redirect of the form's post would be held against the policy of the page before, wherever it leads in the end.
    expect([sent.status, sent.location]).toEqual([200, null])
    expect(sent.text).toContain('>Continue to notes.example</a>')
    expect(sent.headers.get('cache-control')).toBe('no-store')
    expect(sent.headers.get('referrer-policy')).toBe('no-referrer')
    expect(sent.headers.get('content-security-policy')).toContain("form-action 'self';")
    const target = new URL(sent.onward ?? '')
    expect(target.origin + target.pathname).toBe('https://notes.example/authorize')
    expect(Object.fromEntries(target.searchParams)).toMatchObject({
      client_id: 'the-client',
      code_challenge_method: 'S256',
      redirect_uri: 'http://127.0.0.1:1/connectors/notes/success-authorize-callback',
    })
    expect((await status(api, token, link_id)).status).toBe('pending')
    const back = await browser.open(callback({ code: 'c', state: stateIn(sent) }))
    expect([back.status, back.location]).toEqual([303, path])
    const end = await browser.open(path)
    expect(end.text).toContain('Notes is linked')
    expect(end.text).toContain('<strong>octo</strong>')
    expect(end.text).not.toContain('<form')
    expect(await status(api, token, link_id)).toEqual({
      link_id,
      connector: 'notes',
      status: 'linked',
      user_identifier: 'octo',
      title: 'octo',
      selected: true,
      replaced: false,
      replaced_account: null,
      auth_scopes: ['read', 'write'],
      missing_scopes: null,
      server: null,
      read_only: null,
      error: null,
      message: 'The notes account is linked.',
    })
    // Somebody else with the address learns nothing of the account.
    const stranger = await browserOf(api.api).open(path)
    expect(stranger.text).toContain('This link was used')
    expect(stranger.text).not.toContain('octo')
  })

  test('ends at the callback URL if there is one', async () => {
    const api = await newApi(NO_SIGN_IN)
    grants(api, 'octo')
    const { path, browser } = await begun(api, 'notes', { callback_url: 'https://app.example/after?tab=1' })
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    expect((await browser.open(callback({ code: 'c', state }))).location).toBe(
      'https://app.example/after?tab=1&status=success&connector=notes&user_identifier=octo',
    )
  })

  test('updates an account that is linked already, and the page says so', async () => {
    const api = await newApi(NO_SIGN_IN)
    grants(api, 'octo')
    const { path, browser, token } = await begun(api)
    await browser.open(path)
    await browser.open(callback({ code: 'c', state: stateIn(await browser.submit('authorize')) }))
    const again = (await api.call('POST', '/connectors/notes/links', { token, json: {} })).json.data
    await browser.open(`/connect/${again.link_id}`)
    await browser.open(callback({ code: 'c', state: stateIn(await browser.submit('authorize')) }))
    expect((await browser.open(`/connect/${again.link_id}`)).text).toContain(
      'was already linked and now has a new credential',
    )
    expect(await status(api, token, again.link_id)).toMatchObject({ status: 'linked', replaced: true, selected: true })
    expect(await accounts(api, token)).toEqual(['octo'])
    const strict = { token, json: { replace_duplicate: false } }
    const third = (await api.call('POST', '/connectors/notes/links', strict)).json.data
    await browser.open(`/connect/${third.link_id}`)
    await browser.open(callback({ code: 'c', state: stateIn(await browser.submit('authorize')) }))
    expect(await status(api, token, third.link_id)).toMatchObject({ status: 'failed', error: 'duplicate_user_error' })
  })

  test('links nothing when the callback opens in another browser', async () => {
    const api = await newApi(NO_SIGN_IN)
    grants(api, 'octo')
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    const other = await browserOf(api.api).open(callback({ code: 'c', state }))
    expect(other.status).toBe(400)
    expect(other.text).toContain('a different browser')
    expect(api.thirdParty.requests).toEqual([])
    expect(await accounts(api, token)).toEqual([])
    expect(await status(api, token, link_id)).toMatchObject({ status: 'failed', error: 'invalid_request' })
    expect((await browser.open(callback({ code: 'c', state }))).status).toBe(400)
    expect(await accounts(api, token)).toEqual([])
  })

  test('accepts a state only once', async () => {
    const api = await newApi(NO_SIGN_IN)
    grants(api, 'octo')
    const { path, browser, token } = await begun(api)
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    await browser.open(callback({ code: 'c', state }))
    const sent = api.thirdParty.requests.length
    expect((await browser.open(callback({ code: 'c', state }))).status).toBe(400)
    expect(api.thirdParty.requests.length).toBe(sent)
    expect(await accounts(api, token)).toEqual(['octo'])
  })

  test('repeats the same request after going back, but not in another browser', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser } = await begun(api)
    await browser.open(path)
    const [first, second] = await Promise.all([browser.submit('authorize'), browser.submit('authorize')])
    expect(first.onward).toBe(second.onward)
    await browser.open(path)
    expect((await browser.submit('authorize')).onward).toBe(first.onward)
    const other = browserOf(api.api)
    await other.open(path)
    for (const [form, values] of [
      ['authorize', {}],
      ['configuration', { 'field.token': 't' }],
      ['cancel', {}],
    ] as const) {
      const refused = await other.submit(form, values)
      expect([refused.status, refused.location, refused.onward]).toEqual([403, null, null])
      expect(refused.text).toContain('already opened in another browser')
    }
    expect(api.thirdParty.requests).toEqual([])
  })

  test.each([
    ['the person said no', { error: 'access_denied' }, 'cancelled_error'],
    ['the provider failed', { error: 'server_error' }, 'integration_error'],
  ])('%s', async (_name, query, error) => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    expect((await browser.open(callback({ ...query, state }))).location).toBe(path)
    const end = await browser.open(path)
    expect(end.text).toContain('Notes was not linked')
    expect(end.text).not.toContain('<form')
    const state_ = await status(api, token, link_id)
    expect(state_).toMatchObject({ status: 'failed', error, user_identifier: null })
    expect(state_.message).toMatch(/^[A-Z].*\.$/)
  })
})

describe('linking by a form on the page', () => {
  test('tries the form before storing it; a failed trial says why and keeps no secret', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    api.thirdParty.answer = () => ({ status: 401, json: { message: 'Bad credentials canary-token-0123' } })
    const refused = await browser.submit('configuration', { 'field.token': 'canary-token-0123' })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('The third party refused the credential, so nothing was linked')
    expect(refused.text).toContain('in its own words')
    expect(refused.text).toContain('Bad credentials')
    expect(refused.text).not.toContain('canary')
    expect(refused.text).toContain('<details open>')
    expect(refused.text).toMatch(/aria-describedby="field-token-again"[^>]*>/)
    expect(refused.text).toMatch(/id="field-token-again">Fill this in again/)
    expect((await status(api, token, link_id)).status).toBe('pending')
    api.thirdParty.answer = () => ({ json: { login: 'octo' } })
    const stored = await browser.submit('configuration', { 'field.token': 'the-good-token-0123' })
    expect([stored.status, stored.location]).toEqual([303, path])
    expect((await browser.open(path)).text).toContain('<strong>octo</strong>')
    expect(await accounts(api, token)).toEqual(['octo'])
    expect(api.log.join('')).not.toMatch(/canary|good-token/)
    const late = await browser.post(`${path}/configuration`, { 'field.token': 'x' })
    expect(late.text).toContain('Notes is linked')
  })

  test('marks a wrong field, and keeps the values that are not secret', async () => {
    const shop = defineConnector({
      ...notes,
      actions: [],
      name: 'shop',
      title: 'Shop',
      auth: {
        custom: {
          fields: {
            key: secretField('The key; it begins with shop_'),
            size: z.number().int().describe('How many'),
            kind: z.enum(['big', 'small']).describe('What kind'),
            extra: z.record(z.string(), z.unknown()).nullish().describe('More: as JSON'),
            only: z.boolean().nullish().describe('True to look only: changes are refused'),
          },
        },
      },
      account: async (_upstream, configuration) => ({
        identifier: JSON.stringify(configuration).replaceAll(/[^\w:,]/g, ''),
      }),
    })
    const api = await newApi({ ...NO_SIGN_IN, connectors: [notes, shop] })
    const { path, browser, token } = await begun(api, 'shop')
    const page = await browser.open(path)
    expect(page.text).toMatch(/<label for="field-key">The key <span class="mark">\(required\)/)
    expect(page.text).toMatch(/<input type="password" id="field-key" name="field.key" required/)
    expect(page.text).toMatch(/<input type="checkbox" id="field-only"/)
    expect(page.text).toContain('<option>small</option>')
    const filled = {
      'field.key': 'shop_canary',
      'field.size': 'many',
      'field.kind': 'big',
      'field.extra': '{"a":',
      'field.only': 'true',
    }
    const wrong = await browser.submit('configuration', filled)
    expect(wrong.status).toBe(400)
    expect(wrong.text).not.toContain('canary')
    for (const text of [
      'id="field-size-wrong">This is not a number.',
      'id="field-extra-wrong">This is not JSON.',
      'value="many"',
      '<option selected>big',
      'value="true" checked',
    ])
      expect(wrong.text).toContain(text)
    const right = { ...filled, 'field.size': '3', 'field.extra': '{"a":1}', 'field.unknown': 'x', other: 'y' }
    expect((await browser.submit('configuration', right)).status).toBe(303)
    expect(await accounts(api, token, 'shop')).toEqual(['key:shop_canary,size:3,kind:big,extra:a:1,only:true'])
  })

  test('shows only the form when there is no OAuth client, and says why', async () => {
    const api = await newApi({ ...NO_SIGN_IN, oauthClient: false })
    const { path, browser } = await begun(api)
    const page = await browser.open(path)
    expect(page.text).toContain('Signing in at Notes is not set up on this service')
    expect(page.text).not.toContain('/authorize"')
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self';")
  })

  test('submitted twice at the same moment links one account once', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser, token } = await begun(api)
    await browser.open(path)
    api.thirdParty.answer = ({ headers }) => ({ json: { login: headers.authorization?.slice(-1) } })
    const both = await Promise.all(
      ['tokenA', 'tokenB'].map((value) => browser.submit('configuration', { 'field.token': value })),
    )
    expect(both.filter(({ status: code }) => code === 303)).toHaveLength(1)
    expect(await accounts(api, token)).toHaveLength(1)
  })
})

describe('signing in on the page of a link', () => {
  test("with the user's secret lasts half an hour", async () => {
    let now = Date.UTC(2026, 0, 1)
    const api = await newApi({ clock: () => now })
    const { path, browser, secret, token } = await begun(api)
    const page = await browser.open(path)
    expect(page.text).not.toMatch(/authorize"|configuration"/)
    expect(page.text).toContain('connectors-mcp auth secret')
    for (const form of ['authorize', 'configuration']) {
      const form_token = page.field('form_token')
      const early = await browser.post(`${path}/${form}`, { form_token })
      expect([early.status, early.location, early.onward]).toEqual([401, null, null])
    }
    const wrong = await browser.submit('sign-in', { secret: `${secret.slice(0, -2)}xx` })
    expect(wrong.status).toBe(401)
    expect(wrong.text).toContain('The login was refused')
    expect(wrong.text).not.toContain(secret.slice(0, -2))
    expect((await browser.submit('sign-in', { secret: ` ${secret}\n` })).status).toBe(303)
    expect((await browser.open(path)).text).toContain('Continue to Notes')
    const next = (await api.call('POST', '/connectors/notes/links', { token, json: {} })).json.data
    expect((await browser.open(`/connect/${next.link_id}`)).text).toContain('Continue to Notes')
    now += 30 * 60_000
    const late = (await api.call('POST', '/connectors/notes/links', { token, json: {} })).json.data
    expect((await browser.open(`/connect/${late.link_id}`)).text).toContain('Sign in')
  })

  test('as another user does not give access to the link', async () => {
    const api = await newApi()
    const { path, browser, token } = await begun(api)
    const eve = await api.user(await api.client(), 'eve@example.com')
    await browser.open(path)
    const refused = await browser.submit('sign-in', { secret: eve.secret })
    expect(refused.status).toBe(401)
    expect(refused.text).toContain('This is the secret of another user')
    // Signed in on a link of her own, she still cannot use this one.
    const own = (await api.call('POST', '/connectors/notes/links', { token: eve.token, json: {} })).json.data
    await browser.open(`/connect/${own.link_id}`)
    expect((await browser.submit('sign-in', { secret: eve.secret })).status).toBe(303)
    const page = await browser.open(path)
    expect(page.text).toContain('Someone else is signed in')
    expect(page.text).not.toMatch(/authorize"|configuration"/)
    const form_token = page.field('form_token')
    expect((await browser.post(`${path}/configuration`, { form_token, 'field.token': 't' })).status).toBe(401)
    expect(await accounts(api, token)).toEqual([])
  })

  test('gives a session that works in its own browser only, and only unchanged', async () => {
    const api = await newApi()
    const { path, browser, secret } = await begun(api)
    await browser.open(path)
    await browser.submit('sign-in', { secret })
    const session = (await browser.cookie('connect-session')) ?? ''
    expect(session).not.toContain(secret)
    for (const value of [session, session.replace(/\.\d+\./, '.9999999999999.'), `${session}x`, '']) {
      const thief = browserOf(api.api)
      await thief.alterCookie('connect-session', value)
      expect((await thief.open(path)).text).toContain('Sign in')
    }
    await browser.alterCookie('connect-session', session.replace(/\.\d+\./, '.9999999999999.'))
    expect((await browser.open(path)).text).toContain('Sign in')
  })

  test.each([
    ['sign-in', { secret: 'x' }],
    ['authorize', {}],
    ['configuration', { 'field.token': 'a-token' }],
    ['cancel', {}],
  ])('does nothing by the form %s without the right form token', async (form, values) => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser, token, link_id } = await begun(api)
    const other = await begun2(api, token)
    await browser.open(path)
    const stranger = await browserOf(api.api).open(path)
    const tokens = [stranger, await browser.open(other)].map((page) => page.field('form_token'))
    for (const form_token of ['', 'x', ...tokens]) {
      const refused = await browser.post(`${path}/${form}`, { form_token, ...values })
      expect([refused.status, refused.location, refused.onward]).toEqual([403, null, null])
      expect(refused.text).toContain('That form was not sent from this page')
    }
    await browser.forgetCookies()
    expect((await browser.post(`${path}/${form}`, { form_token: tokens[0] ?? '', ...values })).status).toBe(403)
    expect(api.thirdParty.requests).toEqual([])
    expect((await status(api, token, link_id)).status).toBe('pending')
  })
})

/** The page of another link: for another purpose, since the one that waits would be returned otherwise. */
async function begun2(api: Harness, token: string): Promise<string> {
  const json = { replace_duplicate: false }
  return `/connect/${(await api.call('POST', '/connectors/notes/links', { token, json })).json.data.link_id}`
}

describe('a link on the page', () => {
  test('expires after ten minutes', async () => {
    let now = Date.UTC(2026, 0, 1)
    const api = await newApi({ ...NO_SIGN_IN, clock: () => now })
    grants(api, 'octo')
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    await browser.open(path)
    now += 10 * 60_000
    for (const form of ['authorize', 'configuration', 'cancel']) {
      const late = await browser.post(`${path}/${form}`, { form_token: 'x' })
      expect(late.text).toContain('This link has expired')
      expect(late.text).not.toContain('<form')
    }
    expect((await browser.open(callback({ code: 'c', state }))).status).toBe(400)
    expect(await status(api, token, link_id)).toMatchObject({ status: 'expired', error: null, user_identifier: null })
    expect(await accounts(api, token)).toEqual([])
  })

  test('that is interrupted while it is finished is reported as failed, and links nothing later', async () => {
    let now = Date.UTC(2026, 0, 1)
    // The process that finishes it stands still in the midst.
    const moments = new EventEmitter()
    const [reached, goesOn] = [once(moments, 'reached'), once(moments, 'goes on')]
    const account = async () => {
      moments.emit('reached')
      await goesOn
      return { identifier: 'octo' }
    }
    const api = await newApi({ ...NO_SIGN_IN, clock: () => now, connectors: [{ ...notes, account }] })
    grants(api, 'octo')
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    const finished = browser.open(callback({ code: 'c', state }))
    await reached
    now += 59_999
    expect(await status(api, token, link_id)).toMatchObject({ status: 'pending' })
    expect((await browser.open(path)).text).toContain('is being linked')
    now += 1
    const interrupted = 'The link was interrupted while it was being finished; nothing was linked. Start another one.'
    const page = await browser.open(path)
    expect(page.text).toContain('Notes was not linked')
    expect(page.text).toContain(interrupted)
    // A browser that had no part in it is told no more than of any other link that failed.
    expect((await browserOf(api.api).open(path)).text).toContain(
      'The account could not be linked, and nothing was changed.',
    )
    const failed = { status: 'failed', error: 'integration_error', message: interrupted, user_identifier: null }
    expect(await status(api, token, link_id)).toMatchObject(failed)
    // It goes on after all.
    moments.emit('goes on')
    expect((await finished).location).toBe(path)
    expect(await accounts(api, token)).toEqual([])
    expect(await status(api, token, link_id)).toMatchObject(failed)
  })

  test('that the agent cancels shows so on the page', async () => {
    const api = await newApi(NO_SIGN_IN)
    grants(api, 'octo')
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const state = stateIn(await browser.submit('authorize'))
    expect((await api.call('DELETE', `/links/${link_id}`, { token })).json.data).toEqual({ success: true })
    const page = await browser.open(path)
    expect(page.text).toContain('cancelled')
    expect(page.text).not.toContain('<form')
    expect((await browser.open(callback({ code: 'c', state }))).status).toBe(400)
    expect(api.thirdParty.requests).toEqual([])
    expect(await status(api, token, link_id)).toMatchObject({ status: 'failed', error: 'cancelled_error' })
    expect((await api.call('DELETE', `/links/${link_id}`, { token })).json.data).toEqual({ success: true })
  })

  test('can be cancelled by the person, also before signing in', async () => {
    const api = await newApi()
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    expect((await browser.submit('cancel')).location).toBe(path)
    expect((await browser.open(path)).text).toContain('Notes was not linked')
    expect(await status(api, token, link_id)).toMatchObject({
      status: 'failed',
      error: 'cancelled_error',
      message: 'The person cancelled the link on its page, so nothing was linked.',
    })
  })
})

describe('a request for a link, or for its status', () => {
  test('is refused for a connector that needs no account', async () => {
    const open = defineConnector({ ...notes, actions: [], name: 'open', auth: {} })
    const api = await newApi({ connectors: [open] })
    const { token } = await api.user(await api.client())
    expect(failure(await api.call('POST', '/connectors/open/links', { token, json: {} })).code).toBe(
      'AUTH_TYPE_NOT_SUPPORTED',
    )
    expect(failure(await api.call('POST', '/connectors/none/links', { token, json: {} })).code).toBe(
      'CONNECTOR_NOT_FOUND',
    )
    expect(failure(await api.call('POST', '/connectors/open/links', { json: {} })).code).toBe('INVALID_TOKEN')
  })

  const { oauth2 } = notes.auth
  if (!oauth2) throw new Error('unreachable')
  const oauthOnly = defineConnector({
    ...notes,
    actions: [],
    name: 'only',
    auth: { oauth2: { ...oauth2, exact_redirect_port: true } },
  })

  test('is refused for a connector with only OAuth 2 and no OAuth client', async () => {
    const api = await newApi({ connectors: [oauthOnly], oauthClient: false })
    const { token } = await api.user(await api.client())
    const refused = await api.call('POST', '/connectors/only/links', { token, json: {} })
    expect(failure(refused)).toEqual({ status: 400, code: 'OAUTH_NOT_CONFIGURED' })
    expect(refused.json.message).toBe('Set the OAuth client.')
  })

  test('is refused for a provider that needs a fixed port while the port changes', async () => {
    const api = await newApi({ connectors: [oauthOnly, notes], movingPort: 'Set CONNECTORS_CALLBACK_PORT.' })
    const { token } = await api.user(await api.client())
    for (const [path, json] of [
      ['links', {}],
      ['integrations', { callback_url: 'https://a.example' }],
    ] as const) {
      const refused = await api.call('POST', `/connectors/only/${path}`, { token, json })
      expect(failure(refused).code).toBe('OAUTH_NOT_CONFIGURED')
      expect(refused.json.message).toContain('CONNECTORS_CALLBACK_PORT')
    }
    expect((await api.call('POST', '/connectors/notes/links', { token, json: {} })).status).toBe(200)
  })

  test.each([
    [{ callback_url: 'javascript:alert(1)' }],
    [{ callback_url: 'https://a:b@c.example' }],
    [{ callback_url: 7 }],
    [{ replace_duplicate: 'yes' }],
  ])('with %j answers 400', async (json) => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    expect(failure(await api.call('POST', '/connectors/notes/links', { token, json })).code).toBe('INVALID_PARAMETERS')
  })

  test("does not find another user's link", async () => {
    const api = await newApi()
    const { token, link_id } = await begun(api)
    const eve = await api.user(await api.client())
    for (const method of ['GET', 'DELETE'])
      expect(failure(await api.call(method, `/links/${link_id}`, { token: eve.token }))).toEqual({
        status: 404,
        code: 'NOT_FOUND',
      })
    expect(failure(await api.call('GET', '/links/nothing', { token })).code).toBe('NOT_FOUND')
    expect(failure(await api.call('GET', `/links/${link_id}`)).code).toBe('INVALID_TOKEN')
    expect((await status(api, token, link_id)).status).toBe('pending')
  })

  test.each(['-1', '26', '1e3', 'x', ''])('with wait=%s answers 400', async (wait) => {
    const api = await newApi()
    const { token, link_id } = await begun(api)
    expect(failure(await api.call('GET', `/links/${link_id}?wait=${wait}`, { token })).code).toBe('INVALID_PARAMETERS')
  })

  test('waits until the link ends, the time is over, or the caller goes away', async () => {
    const api = await newApi(NO_SIGN_IN)
    const { path, browser, token, link_id } = await begun(api)
    await browser.open(path)
    const started = performance.now()
    expect((await api.call('GET', `/links/${link_id}?wait=0.3`, { token })).json.data.status).toBe('pending')
    expect(performance.now() - started).toBeGreaterThan(290)
    const gone = new AbortController()
    const left = api.api.fetch(
      new Request(`http://127.0.0.1:1/links/${link_id}?wait=25`, {
        headers: { authorization: `Bearer ${token}` },
        signal: gone.signal,
      }),
    )
    gone.abort()
    expect((await left).status).toBe(200)
    const waiting = api.call('GET', `/links/${link_id}?wait=25`, { token })
    await browser.submit('cancel')
    expect((await waiting).json.data.status).toBe('failed')
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
