import { describe, expect, test } from 'vitest'
import {
  type ConnectorFacts,
  defineAction,
  defineConnector,
  type Effect,
  path,
  tokenField,
  type Upstream,
  z,
} from '../../../src/kit/index.js'
import type { OAuthProvider } from '../../../src/oauth/provider.js'
import { everyConnector } from './connectors.js'
import type { ProofData } from './data.js'
import { VENDORS_WORDS } from './failure-table.js'
import { failureFaults } from './failures.js'
import { published } from './published.js'

describe('the failures of a third party become those of the contract', () => {
  const cases = everyConnector
    .filter(({ connector }) => connector.port === 'http')
    .map(({ connector, data }) => [connector.name, connector, data] as const)
  // Who somebody is, which linking asks for, is answered by the vendor's description.
  test.runIf(published).each(cases)('%s', async (_, connector, data) => {
    const faults = await failureFaults(connector, data)
    if (faults.length > 0) expect.fail(faults.join('\n'))
  })
})

type Run = (upstream: Upstream, at: Parameters<Upstream['get']>[0]) => ReturnType<Upstream['get']>

/** A connector that does as it likes. */
const connectorThat = (run: Run, facts: Partial<ConnectorFacts<Upstream>> = {}, effect: Effect = 'read') =>
  defineConnector({
    name: 'thrown_away',
    title: 'Thrown away',
    description: 'Fails.',
    port: 'http',
    baseUrl: 'https://hacker-news.firebaseio.com',
    auth: { custom: { fields: { token: tokenField('A token') } } },
    authorize: ({ configuration }) => ({ authorization: `Bearer ${configuration.token}` }),
    account: async () => ({ identifier: 'ada' }),
    actions: [
      defineAction({
        name: 'do',
        description: 'Does something.',
        effect,
        input: { id: z.string() },
        run: (upstream, { id }) => run(upstream, path`/v0/${id}`),
      }),
    ],
    ...facts,
  })

const get: Run = (upstream, at) => upstream.get(at)
const faults = async (...of: [...Parameters<typeof connectorThat>, data?: ProofData]) => {
  const data = of.length > 3 ? (of.pop() as ProofData) : {}
  return (await failureFaults(connectorThat(...(of as unknown as Parameters<typeof connectorThat>)), data)).join('\n')
}

describe('the table of failures', () => {
  test('passes a read, a write and a connector without accounts that leave failures to the kit', async () => {
    expect(await faults(get)).toBe('')
    expect(await faults((upstream, at) => upstream.post(at, {}), {}, 'create')).toBe('')
    expect(await faults(get, { auth: {}, authorize: () => ({}) })).toBe('')
  })

  test('fails where something is sent twice', async () => {
    const twice: Run = (upstream, at) => upstream.get(at).catch(() => upstream.get(at))
    expect(await faults(twice)).toContain('do, 404: 2 requests left')
  })

  test("fails where the vendor's words, or the credential, are in the sentence", async () => {
    const repeating = (status: number) => ({
      failures: [
        {
          when: { status: [status] },
          code: 'NOT_FOUND' as const,
          message: 'It is not there.',
          tell: ({ said }: { said: string }) => ({ message: `It says ${said}, so look for another one.` }),
        },
      ],
    })
    expect(await faults(get, repeating(404))).toBe('do, 404: the sentence has words of the vendor')
    expect(VENDORS_WORDS).toMatch(/^[\w-]+$/)
  })

  test('fails where a code or a retry is not that of the contract', async () => {
    const failures = [
      { when: { status: [429] }, code: 'FORBIDDEN' as const, message: 'Somebody else must do that for you.' },
    ]
    const found = await faults(get, { failures })
    expect(found).toContain('do, 429: the code is FORBIDDEN, not RATE_LIMITED')
    expect(found).toContain('do, 429: retryable is false, not true')
    const writing = await faults((upstream, at) => upstream.get(at), {}, 'create')
    expect(writing).toContain('do, 500: retryable is true, not false')
  })

  test('takes rows of the vendor, also for a refusal with status 200', async () => {
    const limited = {
      when: { status: [200], says: /^ratelimited$/ },
      code: 'RATE_LIMITED' as const,
      message: 'The third party accepts no more requests for now; try again later.',
      retryable: true,
    }
    const refusals = [
      {
        title: 'a limit',
        answer: { json: { ok: false, error: 'ratelimited' } },
        code: 'RATE_LIMITED',
        retryable: true,
      },
      { title: 'a missing scope', answer: { json: { ok: false, error: 'missing_scope' } }, code: 'FORBIDDEN' },
    ]
    const found = await faults(get, { failures: [limited] }, 'read', { refusals })
    expect(found).toContain('do, a missing scope: the code is none, not FORBIDDEN')
    expect(found).not.toContain('a limit')
  })

  test('takes a sentence that begins with a name in the spelling of the vendor', async () => {
    const saying = (message: string) => ({
      title: 'eBay',
      failures: [{ when: { status: [404] }, code: 'NOT_FOUND' as const, message }],
    })
    expect(await faults(get, saying('eBay has nothing of that name to sell.'))).toBe('')
    expect(await faults(get, saying('there is nothing of that name to sell.'))).toBe(
      'do, 404: the sentence is none: there is nothing of that name to sell.',
    )
    expect(await faults(get, saying('eBays are not for sale, look elsewhere.'))).toContain('the sentence is none')
  })

  test('refreshes in the form of the vendor', async () => {
    const oauth2: OAuthProvider = {
      issuer: 'https://vendor.example',
      authorization_endpoint: 'https://vendor.example/authorize',
      token_endpoint: 'https://vendor.example/token',
      token_endpoint_auth_method: 'client_secret_post',
      scopes: ['a'],
      registration_page: 'https://vendor.example/apps',
      token_response: { member: 'authed_user', scope_separator: ',', bearer_token_types: ['user'] },
    }
    const authorize = ({ accessToken }: { accessToken: string | null }) => ({ authorization: `Bearer ${accessToken}` })
    expect(await faults(get, { auth: { oauth2 }, authorize })).toBe('')
  })

  test('says so where no action will do', async () => {
    const twice: Run = async (upstream, at) => [await upstream.get(at), await upstream.get(at)]
    const none = 'no read sends one request and gets JSON: do'
    expect(await faults(twice)).toBe(`${none} sends 2 requests`)
    const refused = { json: { message: 'No such thing' }, status: 404 }
    expect(await faults(get, {}, 'read', { answer: () => refused })).toMatch(
      new RegExp(`^${none} fails: .* The vendor: {"status":404,"message":"No such thing"}$`),
    )
  })
})
