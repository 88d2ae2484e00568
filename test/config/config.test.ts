import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config/index.js'

function home(file?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  if (file !== undefined) {
    mkdirSync(join(folder, '.config/connectors-mcp'), { recursive: true })
    writeFileSync(join(folder, '.config/connectors-mcp/config.json'), file)
  }
  return folder
}

describe('the configuration', () => {
  test('with nothing set keeps its data under the home folder and has no service', () => {
    const HOME = home()
    const config = readConfig({ HOME })
    expect([config.dataDir, config.apiUrl, config.callbackPort, config.logLevel]).toEqual([
      join(HOME, '.local/share/connectors-mcp'),
      undefined,
      0,
      'warn',
    ])
    expect(readConfig({ HOME, XDG_DATA_HOME: '/data' }).dataDir).toBe('/data/connectors-mcp')
  })

  test('comes from the environment first, then from the file', () => {
    const HOME = home('{"CONNECTORS_IDENTIFIER":"file","CONNECTORS_LOG_LEVEL":"error"}')
    const config = readConfig({ HOME, CONNECTORS_IDENTIFIER: 'environment' })
    expect([config.identifier, config.logLevel]).toEqual(['environment', 'error'])
  })

  test('a variable that the agent did not fill in counts as not set, with a warning', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what arrives
    const config = readConfig({ HOME: home(), CONNECTORS_API_KEY: '${CONNECTORS_API_KEY}' })
    expect(config.apiKey).toBeUndefined()
    expect(config.notices.join()).toContain('CONNECTORS_API_KEY')
  })

  test("a connector's settings carry its name", () => {
    const config = readConfig({
      HOME: home(),
      CONNECTORS_SOME_THING_CLIENT_ID: 'id',
      CONNECTORS_SOME_THING_API_URL: 'https://api.example',
    })
    expect(config.connector('some-thing')).toMatchObject({
      clientId: 'id',
      addresses: { API_URL: 'https://api.example' },
    })
    expect(config.settingName('some-thing', 'TOKEN_URL')).toBe('CONNECTORS_SOME_THING_TOKEN_URL')
  })

  test.each([
    [{ CONNECTORS_API_URL: 'connector.example' }, 'CONNECTORS_API_URL'],
    [{ CONNECTORS_API_URL: 'ftp://a.example' }, 'CONNECTORS_API_URL'],
    [{ CONNECTORS_CALLBACK_PORT: '70000' }, 'CONNECTORS_CALLBACK_PORT'],
    [{ CONNECTORS_CALLBACK_PORT: 'x' }, 'CONNECTORS_CALLBACK_PORT'],
    [{ CONNECTORS_LOG_LEVEL: 'loud' }, 'CONNECTORS_LOG_LEVEL'],
    [{ CONNECTORS_PROXY: 'http://proxy.example:3128' }, 'CONNECTORS_PROXY'],
  ])('%j is refused by name', (environment, name) => {
    expect(() => readConfig({ HOME: home(), ...environment })).toThrow(ConfigError)
    expect(() => readConfig({ HOME: home(), ...environment })).toThrow(name)
  })

  test.each(['{nope', '[]', '{"CONNECTORS_API_URL":5}'])('the file %s is refused, not ignored', (file) => {
    expect(() => readConfig({ HOME: home(file) })).toThrow('config.json')
  })

  const PROXY = 'http://ada:canary-0@proxy.example:3128'
  const SHARED = { CONNECTORS_PUBLIC_URL: 'https://connectors.example' }
  test.each<
    [
      Record<string, string>,
      [https: string | undefined, http: string | undefined, except: string | undefined] | undefined,
    ]
  >([
    [{}, undefined],
    [{ NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: 'a,b' }, [PROXY, undefined, 'a,b']],
    [{ https_proxy: PROXY, no_proxy: 'a' }, [PROXY, undefined, 'a']],
    [{ HTTP_PROXY: PROXY }, [undefined, PROXY, undefined]],
    // As curl does: small letters first.
    [{ HTTPS_PROXY: 'http://other', https_proxy: PROXY, http_proxy: 'http://p' }, [PROXY, 'http://p', undefined]],
    [{ HTTPS_PROXY: '', https_proxy: PROXY }, [PROXY, undefined, undefined]],
    [{ HTTPS_PROXY: PROXY, CONNECTORS_PROXY: 'none' }, undefined],
    // On a shared service its operator has to say so.
    [{ HTTPS_PROXY: PROXY, ...SHARED }, undefined],
    [{ HTTPS_PROXY: PROXY, ...SHARED, CONNECTORS_PROXY: 'none' }, undefined],
    [{ HTTPS_PROXY: PROXY, ...SHARED, CONNECTORS_PROXY: 'environment' }, [PROXY, undefined, undefined]],
  ])('the proxies of %j', (environment, expected) => {
    const { proxies } = readConfig({ HOME: home(), ...environment })
    expect(proxies && [proxies.https?.reveal(), proxies.http?.reveal(), proxies.except]).toEqual(expected)
    expect(inspect(proxies, { depth: 9 }) + JSON.stringify(proxies)).not.toContain('canary')
  })

  test('a proxy can be named in the file, for agents that hand on no environment', () => {
    const { proxies } = readConfig({ HOME: home(JSON.stringify({ HTTPS_PROXY: PROXY })) })
    expect(proxies?.https?.reveal()).toBe(PROXY)
  })

  test('secrets of the configuration print as [redacted]', () => {
    const config = readConfig({
      HOME: home(),
      CONNECTORS_API_KEY: 'canary-1',
      CONNECTORS_USER_SECRET: 'canary-2',
      CONNECTORS_USER_TOKEN: 'canary-3',
    })
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('canary')
  })
})
