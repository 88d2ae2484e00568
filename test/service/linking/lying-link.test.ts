import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectNoSecret } from '../../oauth/failure-of.js'
import { type Found, HOSTILE, LIES, ODDITIES } from '../../oauth/false-answers.js'
import { type Lie, type MockServer, startMockServer } from '../../oauth/mock-server.js'
import { THEIR_WORDS } from '../../oauth/secrets-in-answers.js'
import { newPerson, type Person, shortenedLimit } from '../mock-provider-user.js'
import { CALLBACK_URL } from '../service.js'

let mock: MockServer
beforeAll(async () => {
  mock = await startMockServer()
})
afterAll(() => mock.close())
afterEach(() => {
  for (const endpoint of ['/token', '/me', '/revoke'] as const) mock.lie(endpoint)
  mock.lieOnTheWayBack()
  mock.claims = {}
  mock.granted.length = 0
})

/** The whole of what a person and an agent are told, word for word: nothing of a third party is in it. */
const sentence = (found: Found): string => {
  switch (found) {
    case 'malformed':
      return "The authorization server answered the token request with something that is not a valid response. Begin the link again; if it keeps happening, an operator must check the connector's addresses."
    case 'later':
      return 'The authorization server could not be reached or cannot answer the token request now. Begin the link again in a while.'
    case 'slow':
      return 'The authorization server did not answer the token request in time. Begin the link again in a while.'
    default:
      return `The authorization server refused the token request (${found.refused}). `
  }
}

/** NUL and its like, what turns the direction of a line, and half characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

/** The block of a page that holds a third party's own words. */
const saidOn = (page: string): string =>
  /<details class="said"[^>]*>.*?<pre[^>]*>(.*?)<\/pre><\/details>/s.exec(page)?.[1] ?? ''

const counted = (what: string): number => mock.requests.filter((request) => request === what).length

/** What is true after every link that failed. */
async function expectNothingMade(person: Person, linkId: string, expected: { error: string; message: string }) {
  const state = await person.linkState(linkId)
  expect(state).toMatchObject({ status: 'failed', user_identifier: null, selected: null, replaced: null })
  expect(state.error).toBe(expected.error)
  expect(state.message.startsWith(expected.message), state.message).toBe(true)
  expect(JSON.stringify(state)).not.toContain(THEIR_WORDS)
  expect(await person.accounts()).toEqual([])
  expectNoSecret([state, person.log], mock.secrets())
}

/** A link that goes straight to the authorization server and back, and ends at the caller's own address. */
async function linkAtOnce(person: Person) {
  const { linkId, url } = await person.begin()
  const path = await person.consent(url)
  const back = await (await person.newSignedIn()).open(path)
  return { linkId, path, back }
}

/** A link on our own page, with what the page says at the end. */
async function linkOnPage(person: Person) {
  const { linkId, path, browser, url } = await person.beginOnPage()
  const back = await browser.open(await person.consent(url))
  return { linkId, path, browser, back, end: await browser.open(path) }
}

describe.each<[string, Lie, Found]>(LIES)('when a token endpoint answers a link with %s', (_, lie, found) => {
  const expected = { error: 'integration_error', message: sentence(found) }

  test('the caller gets the error, nothing is linked, and the link cannot be used again', async () => {
    const person = await newPerson(mock)
    mock.lie('/token', lie)
    person.hurry(found === 'slow')
    const { linkId, path, back } = await linkAtOnce(person)
    expect([back.status, back.location]).toEqual([302, `${CALLBACK_URL}?error=integration_error`])
    await expectNothingMade(person, linkId, expected)
    expect(mock.granted).toHaveLength(1)

    // Honest now, the server is not even asked: neither code nor link can be used again.
    mock.lie('/token')
    person.hurry(false)
    const asked = mock.requests.length
    const again = await person.newBrowser().open(path)
    expect([again.status, again.location]).toEqual([400, null])
    expect(again.text).toContain('was already used')
    expect(mock.requests).toHaveLength(asked)
    await expectNothingMade(person, linkId, expected)

    // The code was consumed at the server all the same.
    const body = new URLSearchParams(mock.granted[0]?.form as Record<string, string>)
    expect((await fetch(`${mock.origin}/token`, { method: 'POST', body })).status).toBe(400)

    expect((await linkAtOnce(person)).back.location).toBe(
      `${CALLBACK_URL}?status=success&connector=notes&user_identifier=johndoe`,
    )
    expect(await person.accounts()).toMatchObject([{ userIdentifier: 'johndoe', authStatus: 'active', version: 1 }])
  })

  test("the link page shows the error, with the server's own words separate, printable and bounded", async () => {
    const person = await newPerson(mock)
    mock.lie('/token', lie)
    person.hurry(found === 'slow')
    const { linkId, path, browser, back, end } = await linkOnPage(person)
    expect([back.status, back.location]).toEqual([303, path])
    await expectNothingMade(person, linkId, expected)
    expect(end.text).toContain('Notes was not linked')
    expect(end.text).toContain(expected.message.replaceAll("'", '&#39;'))
    expect(end.text).not.toContain('<form')
    const said = saidOn(end.text)
    expect(end.text.replace(said, '')).not.toContain(THEIR_WORDS)
    expect(said.length).toBeLessThan(1000)
    expect(said.replaceAll('\n', '')).not.toMatch(UNPRINTABLE)
    expectNoSecret(end.text, mock.secrets())
    // Another browser learns that it failed and nothing more.
    expect(saidOn((await person.newBrowser().open(path)).text)).toBe('')
    expect((await browser.open(`${path}/authorize`)).location).toBe(path)
  })
})

test("the server's description of an error is shown without dangerous characters", async () => {
  const person = await newPerson(mock)
  mock.lie('/token', {
    says(answer) {
      answer.statusCode = 400
      answer.body = { error: 'their_own_code', error_description: `${HOSTILE} grüßt 你好 ${'😀'.repeat(400)}` }
    },
  })
  const { end } = await linkOnPage(person)
  const said = saidOn(end.text)
  expect(said).toContain(THEIR_WORDS)
  expect(said).toContain('grüßt 你好 😀')
  expect(said).toContain('error: their_own_code')
  expect(said).toContain('status: 400')
  expect(said).not.toContain('<')
  expect(said).not.toContain('\u{FFFD}')
  expect(said.replaceAll('\n', '')).not.toMatch(UNPRINTABLE)
})

describe.each(ODDITIES)(
  'when a token endpoint answers a link oddly, with %s',
  (_, lie, { scopes = ['notes.read', 'notes.write'] }) => {
    test('the answer is accepted, and the account works', async () => {
      const person = await newPerson(mock)
      mock.lie('/token', lie)
      expect((await linkAtOnce(person)).back.location).toContain('status=success')
      expect(await person.accounts()).toMatchObject([{ userIdentifier: 'johndoe', authScopes: scopes }])
      expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
    })
  },
)

test('the content of a JWT access token is not inspected: a foreign issuer or a past expiry is accepted', async () => {
  const person = await newPerson(mock)
  mock.claims = { iss: 'https://evil.example', aud: 'somebody-else', exp: 1, sub: 'mallory' }
  expect((await linkAtOnce(person)).back.location).toContain('user_identifier=johndoe')
  expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
})

test('a token request is limited to 15 seconds and 256 KiB', async () => {
  const person = await newPerson(mock)
  await linkAtOnce(person)
  expect(person.sent[0]).toMatchObject({ url: { pathname: '/token' }, timeoutMs: 15_000, maxBytes: 256 * 1024 })
})

describe('when the API answers the trial of a new account with', () => {
  const API = 'The third party'
  test.each<[string, Lie, string]>([
    ['401', says(401, { error: 'invalid_token' }), `${API} refused the credential, so nothing was linked`],
    ['403', says(403, { error: THEIR_WORDS }), API],
    ['500', says(500, { error: THEIR_WORDS }), API],
    ['HTML', { sends: (response) => void response.writeHead(200).end(`<h1>${THEIR_WORDS}</h1>`) }, API],
    ['half of its JSON', { sends: (response) => void response.writeHead(200).end('{"sub":"joh') }, API],
    ['a reset', { sends: ({ socket }) => void socket?.resetAndDestroy() }, `${API} could not be reached`],
    ['nobody', says(200, {}), `${API} did not say whose account it is`],
    ['no text for a name', says(200, { sub: { name: 'johndoe' } }), `${API} did not say whose account it is`],
    [
      'a redirect to a private address',
      { sends: (response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end() },
      'The address is not an HTTPS address',
    ],
    [
      'a redirect to a private address over https',
      { sends: (response) => void response.writeHead(302, { location: 'https://[::ffff:a9fe:a9fe]/latest' }).end() },
      'The address is not on the public internet',
    ],
  ])('%s, nothing is linked', async (_, lie, message) => {
    const person = await newPerson(mock)
    mock.lie('/me', lie)
    const { linkId, back } = await linkAtOnce(person)
    expect(back.location).toBe(`${CALLBACK_URL}?error=integration_error`)
    await expectNothingMade(person, linkId, { error: 'integration_error', message })
    const onPage = await linkOnPage(person)
    await expectNothingMade(person, onPage.linkId, { error: 'integration_error', message })
    expect(onPage.end.text.replace(saidOn(onPage.end.text), '')).not.toContain(THEIR_WORDS)
    mock.lie('/me')
    expect((await linkAtOnce(person)).back.location).toContain('status=success')
  })

  test('nothing, the link fails after 9 seconds for the whole trial', async () => {
    const person = await newPerson(mock)
    mock.lie('/me', { sends: () => {} })
    const limits = shortenedLimit(9_000)
    const { linkId } = await linkAtOnce(person)
    expect(limits).toEqual([9_000])
    const message = 'The test connection took too long, so nothing was linked; check the address and try again.'
    await expectNothingMade(person, linkId, { error: 'integration_error', message })
  })

  test('an unusable name, the account gets a name that fits into a path', async () => {
    const person = await newPerson(mock)
    mock.lie('/me', says(200, { sub: `../<b>\u202E${THEIR_WORDS}\u0000%2F?#` }))
    await linkAtOnce(person)
    const [account] = await person.accounts()
    expect(account?.userIdentifier).toMatch(/^_\/<b>_.*__2F__-[0-9a-f]{8}$/)
    expect(account?.userIdentifier).toContain(THEIR_WORDS)
    expect(account?.title).toBe(`../<b>${THEIR_WORDS}%2F?#`)
  })
})

function says(statusCode: number, body: Record<string, unknown>): Lie {
  return { says: (answer) => Object.assign(answer, { statusCode, body }) }
}

describe('a callback whose parameters were changed', () => {
  const NOT_OURS = 'The authorization response does not belong to this link and was ignored. Begin the link again.'
  const REFUSED = 'The authorization server refused the authorization request'

  test.each<[string, (url: URL) => void, string, string]>([
    ['without a code', ({ searchParams }) => searchParams.delete('code'), 'integration_error', NOT_OURS],
    ['with an empty code', ({ searchParams }) => searchParams.set('code', ''), 'integration_error', NOT_OURS],
    ['with two codes', ({ searchParams }) => searchParams.append('code', 'other'), 'integration_error', NOT_OURS],
    ['with a state twice', ({ searchParams }) => searchParams.append('state', 'other'), 'integration_error', NOT_OURS],
    [
      'with the iss of another, though none was promised',
      ({ searchParams }) => searchParams.set('iss', 'https://evil.example'),
      'integration_error',
      NOT_OURS,
    ],
    ['with no', deny('access_denied'), 'cancelled_error', `${REFUSED} (access_denied)`],
    [
      'with server_error',
      deny('server_error'),
      'integration_error',
      'The authorization server could not be reached or cannot answer',
    ],
    ['with an error nobody knows', deny(`${THEIR_WORDS}`), 'integration_error', `${REFUSED}. `],
  ])('%s sends no token request', async (_, change, error, message) => {
    const person = await newPerson(mock)
    mock.lieOnTheWayBack(change)
    const asked = counted('POST /token')
    const { linkId, back } = await linkAtOnce(person)
    expect([back.status, back.location]).toEqual([302, `${CALLBACK_URL}?error=${error}`])
    await expectNothingMade(person, linkId, { error, message })
    const onPage = await linkOnPage(person)
    await expectNothingMade(person, onPage.linkId, { error, message })
    const said = saidOn(onPage.end.text)
    expect(onPage.end.text.replace(said, '')).not.toContain(THEIR_WORDS)
    expect(said.length).toBeLessThan(1000)
    expect(said.replaceAll('\n', '')).not.toMatch(UNPRINTABLE)
    expect(counted('POST /token')).toBe(asked)
  })

  test('with an invented code is refused by the token endpoint', async () => {
    const person = await newPerson(mock)
    mock.lieOnTheWayBack(({ searchParams }) => searchParams.set('code', 'invented'))
    const { linkId, back } = await linkAtOnce(person)
    expect(back.location).toBe(`${CALLBACK_URL}?error=integration_error`)
    const message = 'The authorization server refused the token request (invalid_request).'
    await expectNothingMade(person, linkId, { error: 'integration_error', message })
  })

  test.each<[string, (url: URL) => void]>([
    ['without a state', ({ searchParams }) => searchParams.delete('state')],
    ['with the state of nobody', ({ searchParams }) => searchParams.set('state', 'nobody')],
  ])('%s matches no link: the page says so, and the link stays pending', async (_, change) => {
    const person = await newPerson(mock)
    mock.lieOnTheWayBack(change)
    const { linkId, path, back } = await linkAtOnce(person)
    expect([back.status, back.location]).toEqual([400, null])
    expect(back.text).toContain('This link is unknown, was already used or has expired')
    expect(await person.linkState(linkId)).toMatchObject({ status: 'pending' })
    // Nor can it be finished by somebody who only knows the code.
    expect((await person.newBrowser().open(path.replace('nobody', ''))).status).toBe(400)
    expect(await person.accounts()).toEqual([])
  })

  test('with the state of another user finishes no link', async () => {
    const ada = await newPerson(mock)
    const mallory = await ada.another('mallory')
    const [hers, his] = [await ada.beginOnPage(), await mallory.beginOnPage()]
    const state = new URL(his.url).searchParams.get('state') ?? ''
    mock.lieOnTheWayBack(({ searchParams }) => searchParams.set('state', state))
    const asked = counted('POST /token')
    const back = await hers.browser.open(await ada.consent(hers.url))
    expect([back.status, back.location]).toEqual([400, null])
    expect(counted('POST /token')).toBe(asked)
    expect(await mallory.linkState(his.linkId)).toMatchObject({ status: 'failed', error: 'invalid_request' })
    expect(await ada.linkState(hers.linkId)).toMatchObject({ status: 'pending' })
    expect([await ada.accounts(), await mallory.accounts()]).toEqual([[], []])
  })

  test('with the code of another user is refused by the server, because the verifier does not match', async () => {
    const ada = await newPerson(mock)
    const mallory = await ada.another('mallory')
    const his = await mallory.begin()
    const code = new URLSearchParams((await mallory.consent(his.url)).split('?')[1]).get('code') ?? ''
    mock.lieOnTheWayBack(({ searchParams }) => searchParams.set('code', code))
    const { linkId } = await linkAtOnce(ada)
    const message = 'The authorization server refused the token request (invalid_request).'
    await expectNothingMade(ada, linkId, { error: 'integration_error', message })
    expect(await mallory.accounts()).toEqual([])
  })

  test.each(['/connectors/other/success-authorize-callback', '/connectors/notes/authorize-callback', '/'])(
    'to another path (%s) links nothing',
    async (pathname) => {
      const person = await newPerson(mock)
      mock.lieOnTheWayBack((url) => {
        url.pathname = pathname
      })
      const asked = counted('POST /token')
      const { back } = await linkAtOnce(person)
      expect(back.status).toBeGreaterThanOrEqual(400)
      expect(counted('POST /token')).toBe(asked)
      expect(await person.accounts()).toEqual([])
    },
  )

  test('without iss is refused where the provider always sends it, and accepted with the right one', async () => {
    const person = await newPerson(mock, { authorization_response_iss_parameter_supported: true })
    const { linkId } = await linkAtOnce(person)
    await expectNothingMade(person, linkId, { error: 'integration_error', message: NOT_OURS })
    mock.lieOnTheWayBack(({ searchParams }) => searchParams.set('iss', mock.origin))
    expect((await linkAtOnce(person)).back.location).toContain('status=success')
  })
})

function deny(error: string): (url: URL) => void {
  return ({ searchParams }) => {
    searchParams.delete('code')
    searchParams.set('error', error)
    searchParams.set('error_description', HOSTILE + 'x'.repeat(2000))
    searchParams.set('error_uri', 'https://evil.example/')
  }
}
