import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { allowsCallback, isOwnPage, parseCallbackOrigins } from '../../../src/service/tenants/callback-origins.js'

describe('a callback origin in the list of a client', () => {
  test.each([
    ['https://app.example', 'https://app.example'],
    ['https://app.example/', 'https://app.example'],
    ['HTTPS://App.EXAMPLE', 'https://app.example'],
    ['https://app.example:443', 'https://app.example'],
    ['https://app.example:8443/', 'https://app.example:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://192.0.2.7:8443', 'https://192.0.2.7:8443'],
    ['https://[2001:DB8::1]', 'https://[2001:db8::1]'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://127.0.0.1:80', 'http://127.0.0.1:80'],
    ['http://127.0.0.1:080/', 'http://127.0.0.1:80'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://0x7f.1', 'http://127.0.0.1'],
    ['http://LOCALHOST', 'http://localhost'],
    ['http://[::1]', 'http://[::1]'],
    ['http://[0:0::1]:80', 'http://[::1]:80'],
    ['https://localhost', 'https://localhost'],
  ])('given as %s is stored as %s', (given, kept) => {
    expect(parseCallbackOrigins([given])).toEqual([kept])
    expect(parseCallbackOrigins([kept])).toEqual([kept])
  })

  test.each([
    ['https://app.example/after', 'is not an origin'],
    ['https://app.example//', 'is not an origin'],
    ['https://app.example?x', 'is not an origin'],
    ['https://app.example#x', 'is not an origin'],
    ['https://app.example\\', 'is not an origin'],
    ['https://ada@app.example', 'is not an origin'],
    ['https://ada:pw@app.example', 'is not an origin'],
    ['https://app.example:', 'is not an origin'],
    ['http://127.0.0.1:', 'is not an origin'],
    ['https://app.example:99999', 'is not an origin'],
    ['https:///app.example', 'is not an origin'],
    ['https:app.example', 'is not an origin'],
    ['app.example', 'is not an origin'],
    ['null', 'is not an origin'],
    ['*', 'is not an origin'],
    ['', 'is not an origin'],
    [' https://app.example', 'is not an origin'],
    ['https://app.\nexample', 'is not an origin'],
    ['javascript:alert(1)', 'is not an origin'],
    ['ftp://app.example', 'is not an origin'],
    ['myapp://callback', 'is not an origin'],
    ['https://*.app.example', 'has a host that is neither a name'],
    ['https://a;b.example', 'has a host that is neither a name'],
    ["https://a'b.example", 'has a host that is neither a name'],
    ['http://app.example', 'uses http'],
    ['http://127.0.0.1.evil', 'uses http'],
    ['http://127.0.0.2', 'uses http'],
    ['http://localhost.evil', 'uses http'],
    ['http://[::2]', 'uses http'],
  ])('given as %j is refused', (given, why) => {
    const error = errorOf(['https://app.example', given])
    expect(error.message).toMatch(/^callback_origins\[1\] /)
    expect(error.details).toEqual({
      errors: [{ field: 'callback_origins[1]', message: expect.stringContaining(why) }],
    })
  })

  test('is refused with the whole list when there are more than 50', () => {
    const most = Array(50).fill('https://app.example')
    expect(parseCallbackOrigins(most)).toEqual(['https://app.example'])
    const error = errorOf([...most, 'https://app.example'])
    expect(error.details).toMatchObject({ errors: [{ field: 'callback_origins' }] })
  })

  test('that is listed twice is kept once, in the order given', () => {
    expect(parseCallbackOrigins(['https://b.example', 'https://a.example/', 'https://B.example:443'])).toEqual([
      'https://b.example',
      'https://a.example',
    ])
    expect(parseCallbackOrigins([])).toEqual([])
  })

  const errorOf = (given: readonly string[]): ConnectorsError => {
    try {
      parseCallbackOrigins(given)
    } catch (error) {
      if (error instanceof ConnectorsError && error.code === 'INVALID_PARAMETERS') return error
    }
    throw new Error('it was not refused')
  }
})

describe('a list of callback origins', () => {
  const LISTED = parseCallbackOrigins([
    'https://app.example',
    'https://bücher.example:8443',
    'http://127.0.0.1',
    'http://localhost:80',
  ])

  test.each([
    'https://app.example',
    'https://app.example/after?tab=1#x',
    'https://APP.example:443/',
    'https://app.example\\@evil.example',
    'https://app.example\t/after',
    'https://bücher.example:8443/',
    'https://xn--bcher-kva.example:8443/',
    'http://127.0.0.1/',
    'http://127.0.0.1:65535/after',
    'http://2130706433:7/',
    'http://localhost/after',
  ])('allows the callback URL %s', (url) => {
    expect(allowsCallback(LISTED, url)).toBe(true)
  })

  test.each([
    'http://app.example/',
    'https://app.example:8443/',
    'https://app.example.evil/',
    'https://app.example./',
    'https://xapp.example/',
    'https://app.example@evil.example/',
    'https://app.example:443@evil.example/',
    'https://evil.example/https://app.example',
    'https://evil.example?https://app.example',
    'https://evil.example#@app.example',
    'https://evil.example\\@app.example',
    'https://bücher.example/',
    'https://bucher.example:8443/',
    'https://127.0.0.1/',
    'http://127.0.0.1.evil/',
    'http://127.0.0.1.evil:3000/',
    'http://127.0.0.1@evil.example/',
    'http://127.0.0.2/',
    'http://[::1]/',
    'http://localhost:3000/',
    'http://localhost.evil/',
    'javascript:alert(1)//https://app.example',
    'data:text/html,https://app.example',
    'blob:https://app.example/3f6c',
    'filesystem:https://app.example/x',
  ])('refuses the callback URL %s', (url) => {
    expect(allowsCallback(LISTED, url)).toBe(false)
  })

  test('treats every loopback host as an origin of its own', () => {
    const hosts = ['127.0.0.1', '[::1]', 'localhost']
    for (const listed of hosts)
      for (const asked of hosts)
        expect(allowsCallback([`http://${listed}`], `http://${asked}:1234/x`), `${listed} ${asked}`).toBe(
          listed === asked,
        )
  })

  test('that is empty allows every callback URL', () => {
    expect(allowsCallback([], 'http://anything.example/')).toBe(true)
  })

  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/)
  const host = fc.oneof(
    { weight: 3, arbitrary: fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')) },
    fc.constantFrom('127.0.0.1', '[::1]', 'localhost', 'app.example', 'app.example.evil', 'bücher.example'),
  )
  const port = fc.option(fc.constantFrom(80, 443, 3000, 8443), { nil: undefined })
  const parts = fc.record({ scheme: fc.constantFrom('http', 'https'), host, port })
  const tail = fc.stringMatching(/^[/?#][a-z/?#@:.;'"%]{0,12}$/)
  const written = ({ scheme, host: name, port: number }: { scheme: string; host: string; port: number | undefined }) =>
    `${scheme}://${name}${number === undefined ? '' : `:${number}`}`
  const isLoopback = (name: string) => ['127.0.0.1', '[::1]', 'localhost'].includes(name)
  const ends = { http: 80, https: 443 } as Record<string, number>

  test('compares scheme, host and port, and nothing that follows them', () => {
    fc.assert(
      fc.property(parts, fc.option(parts, { nil: undefined }), tail, (listed, other, rest) => {
        fc.pre(listed.scheme === 'https' || isLoopback(listed.host))
        const asked = other ?? listed
        fc.pre(URL.canParse(written(listed)) && URL.canParse(written(asked) + rest))
        const anyPort = listed.scheme === 'http' && listed.port === undefined
        const expected =
          listed.scheme === asked.scheme &&
          listed.host === asked.host &&
          (anyPort || (listed.port ?? ends[listed.scheme]) === (asked.port ?? ends[asked.scheme]))
        expect(allowsCallback(parseCallbackOrigins([written(listed)]), written(asked) + rest)).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('judges the origin a browser would go to: no text around the host changes it', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'@/\\?#:.%;\t\n a0'), maxLength: 6 })
    fc.assert(
      fc.property(noise, noise, (before, behind) => {
        const url = `https://${before}app.example${behind}evil.example/`
        fc.pre(URL.canParse(url))
        expect(allowsCallback(['https://app.example'], url)).toBe(new URL(url).origin === 'https://app.example')
      }),
      { numRuns: 2000 },
    )
  })
})

test("the service's own link page is recognised by origin and path", () => {
  const own = 'https://team.example/service/connectors/github/success-authorize-callback'
  for (const url of [own, `${own}?x=1`, `${own}#x`, own.replace('team.example', 'TEAM.example:443')])
    expect(isOwnPage(url, own), url).toBe(true)
  for (const url of [
    `${own}/x`,
    own.replace('github', 'sql'),
    own.replace('https', 'http'),
    own.replace('team.example', 'team.example.evil'),
    own.replace('team.example', 'team.example@evil.example'),
    own.replace('/service', ''),
  ])
    expect(isOwnPage(url, own), url).toBe(false)
})
