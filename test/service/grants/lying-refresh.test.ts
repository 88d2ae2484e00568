import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectNoSecret } from '../../oauth/failure-of.js'
import { type Found, LIES, ODDITIES } from '../../oauth/false-answers.js'
import { type Lie, type MockServer, startMockServer } from '../../oauth/mock-server.js'
import { THEIR_WORDS } from '../../oauth/secrets-in-answers.js'
import { newPerson, type Person, shortenedLimit } from '../mock-provider-user.js'

const HOUR = 3_600_000

let mock: MockServer
beforeAll(async () => {
  mock = await startMockServer()
})
afterAll(() => mock.close())
afterEach(() => {
  mock.lie('/token')
  mock.lie('/me')
  mock.lie('/revoke')
  mock.granted.length = 0
})

async function linked(): Promise<Person> {
  const person = await newPerson(mock)
  await (await person.newSignedIn()).open(await person.consent((await person.begin()).url))
  expect(await person.accounts()).toMatchObject([{ userIdentifier: 'johndoe', version: 1 }])
  return person
}

const refreshes = () => mock.granted.filter(({ form }) => form.grant_type === 'refresh_token')

const expected = (found: Found) => {
  const retryable = found === 'later' || found === 'slow'
  const code = found === 'slow' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_ERROR'
  const details = { grant_may_be_spent: typeof found === 'string' }
  return { code, recovery: { retryable }, details }
}

const SENTENCES: Record<string, string> = {
  malformed:
    "The authorization server answered the refresh request with something that is not a valid response. Try again; if it keeps happening, an operator must check the connector's addresses.",
  later:
    'The authorization server could not be reached or cannot answer the refresh request now. Try again in a while.',
  slow: 'The authorization server did not answer the refresh request in time. Try again in a while.',
}

describe.each<[string, Lie, Found]>(LIES)('when a token endpoint answers a refresh with %s', (_, lie, found) => {
  test('the call fails, the account is unchanged, and the next call refreshes it', async () => {
    const person = await linked()
    person.forwardClock(HOUR)
    const [before] = await person.accounts()
    mock.lie('/token', lie)
    person.hurry(found === 'slow')
    const used = person.sent.filter(({ url }) => url.pathname === '/me').length
    const { status, json } = await person.execute()
    expect(status).toBe(found === 'slow' ? 504 : 502)
    expect(json.error).toMatchObject(expected(found))
    const sentence =
      typeof found === 'string'
        ? SENTENCES[found]
        : 'The authorization server refused the refresh request (invalid_request).'
    expect(json.error.message.startsWith(sentence), json.error.message).toBe(true)
    // One request went out, with its limit, and the old token was not tried.
    expect(refreshes()).toHaveLength(1)
    expect(person.sent.at(-1)).toMatchObject({ url: { pathname: '/token' }, timeoutMs: 15_000, maxBytes: 256 * 1024 })
    expect(person.sent.filter(({ url }) => url.pathname === '/me')).toHaveLength(used)
    expect(await person.accounts()).toEqual([before])
    const { upstream, ...ours } = json.error.details
    expect(JSON.stringify([ours, json.message])).not.toContain(THEIR_WORDS)
    expect(JSON.stringify(upstream ?? {}).length).toBeLessThan(1000)
    expectNoSecret([json, person.log], mock.secrets())

    mock.lie('/token')
    person.hurry(false)
    expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
    expect(await person.accounts()).toMatchObject([{ version: 2, authStatus: 'active' }])
  })
})

describe.each(ODDITIES)('when a token endpoint answers a refresh oddly, with %s', (_, lie, { lasts = HOUR / 1000 }) => {
  test('the answer is accepted, and the new refresh token is the one used next', async () => {
    const person = await linked()
    person.forwardClock(HOUR)
    mock.lie('/token', lie)
    expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
    expect(await person.accounts()).toMatchObject([{ version: 2, authStatus: 'active' }])
    mock.lie('/token')
    person.forwardClock(Number.isFinite(lasts) ? lasts * 1000 : 12 * HOUR)
    await person.logIn()
    expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
    const [first, second] = refreshes()
    expect(second?.form.refresh_token).toBe(Number.isFinite(lasts) ? first?.body.refresh_token : undefined)
  })
})

test('a token without a lifetime is used until the third party refuses it, then refreshed', async () => {
  mock.lie('/token', { says: (answer) => Object.assign(answer.body, { expires_in: undefined }) })
  const person = await linked()
  const before = mock.requests.length
  await person.execute()
  expect(mock.requests.slice(before)).toEqual(['GET /me'])
  let refused = false
  mock.lie('/me', {
    says(answer) {
      if (!refused) Object.assign(answer, { statusCode: 401, body: { error: 'invalid_token' } })
      refused = true
    },
  })
  expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
  expect(mock.requests.slice(before)).toEqual(['GET /me', 'GET /me', 'POST /token', 'GET /me'])
  expect(await person.accounts()).toMatchObject([{ version: 2, authStatus: 'active' }])
})

/** As a server that rotates: a refresh token is good once, and `says` comes after the new one was made. */
function rotating(says: NonNullable<Lie['says']> = () => {}): Lie {
  const used = new Set<unknown>()
  return {
    says(answer, form) {
      if (form.grant_type !== 'refresh_token') return
      if (used.has(form.refresh_token)) Object.assign(answer, { statusCode: 400, body: { error: 'invalid_grant' } })
      else says(answer, form)
      used.add(form.refresh_token)
    },
  }
}

test('when a 5xx follows the rotation, the next call finds the refresh token spent and offers the repairing link', async () => {
  const person = await linked()
  person.forwardClock(HOUR)
  mock.lie(
    '/token',
    rotating((answer) => Object.assign(answer, { statusCode: 502, body: {} })),
  )
  expect((await person.execute()).json.error).toMatchObject(expected('later'))
  expect(await person.accounts()).toMatchObject([{ version: 1, authStatus: 'active' }])

  const { status, json } = await person.execute()
  expect(json.error).toMatchObject({
    code: 'RECONNECT_REQUIRED',
    details: { connector: 'notes', user_identifier: 'johndoe', reconnect_url: expect.any(String) },
  })
  expect(status).toBeLessThan(500)
  expect(await person.accounts()).toMatchObject([{ authStatus: 'reconnect_required' }])
  const asked = refreshes().length
  expect((await person.execute()).json.error.code).toBe('RECONNECT_REQUIRED')
  expect(refreshes()).toHaveLength(asked)

  await (await person.newSignedIn()).open(await person.consent((await person.begin()).url))
  expect(await person.accounts()).toMatchObject([{ authStatus: 'active' }])
  expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
})

test('an error answer with status 200 that says the grant is gone marks the account', async () => {
  const person = await linked()
  person.forwardClock(HOUR)
  mock.lie('/token', {
    says: (answer) => Object.assign(answer, { body: { error: 'invalid_grant', error_description: THEIR_WORDS } }),
  })
  const { json } = await person.execute()
  expect(json.error).toMatchObject({ code: 'RECONNECT_REQUIRED', details: { reconnect_url: expect.any(String) } })
  expect(json.error.message).not.toContain(THEIR_WORDS)
  expect(await person.accounts()).toMatchObject([{ authStatus: 'reconnect_required' }])
})

test('a token that expires immediately is refreshed once by each call', async () => {
  const person = await linked()
  person.forwardClock(HOUR)
  mock.lie(
    '/token',
    rotating((answer) => Object.assign(answer.body, { expires_in: 0 })),
  )
  for (const count of [1, 2, 3]) {
    expect((await person.execute()).json.data).toMatchObject({ sub: 'johndoe' })
    expect(refreshes()).toHaveLength(count)
  }
})

test('an API that refuses every token is not retried endlessly', async () => {
  const person = await linked()
  mock.lie('/token', rotating())
  mock.lie('/me', { says: (answer) => Object.assign(answer, { statusCode: 401, body: { error: 'invalid_token' } }) })
  const before = mock.requests.length
  expect((await person.execute()).json.error).toMatchObject({ code: 'RECONNECT_REQUIRED' })
  expect(mock.requests.slice(before)).toEqual(['GET /me', 'POST /token', 'GET /me'])
})

test('callers that wait for a slow token endpoint all get its single answer', async () => {
  const person = await linked()
  person.forwardClock(HOUR)
  mock.lie('/token', { sends: () => {} })
  person.hurry(true)
  const answers = await Promise.all(Array.from({ length: 8 }, () => person.execute()))
  expect(answers.map(({ json }) => json.error.code)).toEqual(Array.from({ length: 8 }, () => 'UPSTREAM_TIMEOUT'))
  expect(refreshes()).toHaveLength(1)
})

describe('when an account is removed and the revocation endpoint answers', () => {
  test.each<[string, Lie, 'yes' | 'no']>([
    ['200', {}, 'yes'],
    ['418', { says: (answer) => Object.assign(answer, { statusCode: 418 }) }, 'no'],
    ['503', { says: (answer) => Object.assign(answer, { statusCode: 503 }) }, 'no'],
    ['a reset', { sends: ({ socket }) => void socket?.resetAndDestroy() }, 'no'],
    ['a redirect', { sends: (response) => void response.writeHead(307, { location: '/me' }).end() }, 'no'],
  ])('%s, the account is removed and revoked is %s', async (_, lie, revoked_at_provider) => {
    const person = await linked()
    mock.lie('/revoke', lie)
    const { json } = await person.call('DELETE', '/connectors/notes/integrations/johndoe')
    expect(json.data).toMatchObject({ success: true, revoked_at_provider })
    expect(await person.accounts()).toEqual([])
    expect((await person.execute()).json.error.code).toBe('INTEGRATION_NOT_FOUND')
  })

  test('nothing, the account is removed, and the caller waits no longer than its time limit', async () => {
    const person = await linked()
    mock.lie('/revoke', { sends: () => {} })
    const limits = shortenedLimit(5_000)
    const { json } = await person.call('DELETE', '/connectors/notes/integrations/johndoe')
    expect(json.data).toMatchObject({ success: true, revoked_at_provider: 'no' })
    expect(limits).toEqual([5_000])
    expect(await person.accounts()).toEqual([])
  })
})
