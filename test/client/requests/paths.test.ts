import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConnectorsClient } from '../../../src/client/index.js'
import { failureOf, inProcess, json } from '../scripted-service.js'

function capture() {
  const { fetch, sent } = inProcess(() => json({ data: { success: true } }))
  return { connectors: new ConnectorsClient({ baseUrl: 'http://host/pre', fetch, userToken: 't' }), sent }
}

/** What a server reads: everything after `/integrations/` of the path a URL parser leaves, decoded once. */
function readByServer(url: string): string {
  const { pathname, search, hash } = new URL(url)
  expect(search + hash).toBe('')
  const prefix = '/pre/connectors/github/integrations/'
  expect(pathname.startsWith(prefix)).toBe(true)
  return decodeURIComponent(pathname.slice(prefix.length))
}

const UNREACHABLE = /(^|\/)\.{1,2}(\/|$)/
const hostile = fc.constantFrom(
  '.',
  '..',
  '/',
  '%2e',
  '%',
  '?',
  '#',
  '\\',
  ' ',
  '\n',
  ':',
  '@',
  ';',
  'é',
  '日',
  '😀',
  'a',
)
const names = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.array(hostile, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
)

describe('an identifier in a path', () => {
  test('is received as it was given, or not sent at all', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (identifier) => {
        const { connectors, sent } = capture()
        if (UNREACHABLE.test(identifier)) {
          const error = await failureOf(connectors.deleteIntegration('github', undefined, identifier))
          expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
          expect(sent).toEqual([])
        } else {
          await connectors.deleteIntegration('github', undefined, identifier)
          expect(readByServer(sent[0]?.url ?? '')).toBe(identifier)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('keeps its slashes unescaped', async () => {
    const { connectors, sent } = capture()
    await connectors.selectIntegration('github', undefined, 'postgres:h:5432:u:db/main?x#y')
    expect(sent[0]?.url).toBe(
      'http://host/pre/connectors/github/integrations/postgres%3Ah%3A5432%3Au%3Adb/main%3Fx%23y',
    )
  })

  test.each(['', '.', '..', '../../..', 'a/../b', 'a/.', '\ud800'])(
    'is refused if it would change the path: "%s"',
    async (identifier) => {
      const { connectors, sent } = capture()
      for (const call of ['getIntegration', 'selectIntegration', 'deleteIntegration'] as const) {
        expect(await failureOf(connectors[call]('github', undefined, identifier))).toMatchObject({
          code: 'INVALID_PARAMETERS',
        })
      }
      expect(sent).toEqual([])
    },
  )
})

describe('names of connectors, actions and skills', () => {
  test('stay in their own path segment', async () => {
    await fc.assert(
      fc.asyncProperty(names, names, async (connector, action) => {
        const { connectors, sent } = capture()
        await connectors.execute(connector, action).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
        })
        const bad = UNREACHABLE.test(connector) || UNREACHABLE.test(action)
        expect(sent).toHaveLength(bad ? 0 : 1)
        if (bad) return
        const { pathname, search } = new URL(sent[0]?.url ?? '')
        expect(search).toBe('')
        const [, pre, connectors_, name, ...rest] = pathname.split('/')
        expect([pre, connectors_, decodeURIComponent(name ?? ''), decodeURIComponent(rest.join('/'))]).toEqual([
          'pre',
          'connectors',
          connector,
          action,
        ])
      }),
      { numRuns: 300 },
    )
  })

  test.each(['', '..', '.'])('are refused everywhere if they are "%s"', async (name) => {
    const { connectors, sent } = capture()
    const calls = [
      connectors.execute(name, 'x'),
      connectors.execute('github', name),
      connectors.hasIntegration(name),
      connectors.listIntegrations(name),
      connectors.startLink(name, undefined, { callbackUrl: 'u' }),
      connectors.skill(undefined, name),
    ]
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(sent).toEqual([])
  })
})
