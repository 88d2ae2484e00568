import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConfigError, type ConnectorNames, readConfig } from '../../src/config/index.js'

function home(file?: string | Buffer): string {
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

  test('has folders whose files may be sent, separated as in PATH', () => {
    const HOME = home()
    const rootsOf = (text: string) => readConfig({ HOME, CONNECTORS_FILE_ROOTS: text }).fileRoots
    expect(readConfig({ HOME }).fileRoots).toEqual([])
    expect(rootsOf(` ~/letters ${delimiter}${delimiter}/srv/a b`)).toEqual([join(HOME, 'letters'), '/srv/a b'])
    expect(() => rootsOf(`/srv${delimiter}letters`)).toThrow(/^CONNECTORS_FILE_ROOTS must be an absolute path/)
    expect(() => rootsOf('/srv/$USER')).toThrow(ConfigError)
  })

  test('comes from the environment first, then from the file', () => {
    const HOME = home('{"CONNECTORS_IDENTIFIER":"file","CONNECTORS_LOG_LEVEL":"error"}')
    const config = readConfig({ HOME, CONNECTORS_IDENTIFIER: 'environment' })
    expect([config.identifier, config.logLevel]).toEqual(['environment', 'error'])
  })

  describe('a placeholder that was not filled in', () => {
    /* biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is what arrives */
    test.each([
      '${CONNECTORS_API_KEY}',
      '$CONNECTORS_API_KEY',
      '%CONNECTORS_API_KEY%',
      '{{api_key}}',
      '<your key>',
      '"${X}"',
    ])('%s counts as not set, with a notice', (text) => {
      const config = readConfig({ HOME: home(), CONNECTORS_API_KEY: text })
      expect(config.apiKey).toBeUndefined()
      expect(config.notices).toEqual([expect.stringContaining('CONNECTORS_API_KEY is a placeholder')])
    })

    test.each([
      ['CONNECTORS_DATA_DIR', '${HOME}/connectors', '${HOME}'],
      ['CONNECTORS_DATA_DIR', '$HOME/connectors', '$HOME'],
      ['CONNECTORS_DATA_DIR', '/data/$USER/connectors', '$USER'],
      ['CONNECTORS_DATA_DIR', '${workspaceFolder}/.connectors', '${workspaceFolder}'],
      ['CONNECTORS_DATA_DIR', '%APPDATA%\\connectors', '%APPDATA%'],
      ['CONNECTORS_API_URL', 'https://${HOST}/api', '${HOST}'],
      ['CONNECTORS_IDENTIFIER', '${USER}@example.com', '${USER}'],
      ['CONNECTORS_ALLOWED_HOSTS', 'db.internal,{{host}}', '{{host}}'],
    ])('among other text is refused by name: %s=%s', (name, text, placeholder) => {
      const read = () => readConfig({ HOME: home(), [name]: text })
      expect(read).toThrow(ConfigError)
      expect(read).toThrow(`${name} holds the placeholder ${placeholder}`)
    })

    test.each(['pass$word', '$HOME', '<angle>', '"quoted"', 'a${b}c'])('a passphrase may be %s', (text) => {
      expect(readConfig({ HOME: home(), CONNECTORS_PASSPHRASE: text }).passphrase?.reveal()).toBe(text)
    })
    /* biome-ignore-end lint/suspicious/noTemplateCurlyInString: this is what arrives */
  })

  describe('the data folder', () => {
    test.each(['~', '~/data', '~\\data'])('%s is under the home folder', (text) => {
      const HOME = home()
      expect(readConfig({ HOME, CONNECTORS_DATA_DIR: text }).dataDir).toBe(join(HOME, text.slice(1)))
    })

    test.each(['data', './data', '../data', '~user/data', '$x/data'])(
      '%s is refused: it depends on where an agent starts the server',
      (text) => {
        expect(() => readConfig({ HOME: home(), CONNECTORS_DATA_DIR: text })).toThrow(
          /^CONNECTORS_DATA_DIR (must be an absolute path|holds)/,
        )
      },
    )

    test('may have dollar and percent signs in its name', () => {
      expect(readConfig({ HOME: home(), CONNECTORS_DATA_DIR: '/data/50% of $x' }).dataDir).toBe('/data/50% of $x')
    })

    test.each(['XDG_DATA_HOME', 'XDG_CONFIG_HOME'])('a relative %s counts as not set', (name) => {
      const HOME = home()
      const config = readConfig({ HOME, [name]: 'somewhere' })
      expect(config.dataDir).toBe(join(HOME, '.local/share/connectors-mcp'))
      expect(config.notices).toEqual([expect.stringContaining(`${name} is not an absolute path`)])
    })
  })

  test.each(['"sk-client-1"', "'sk-client-1'", ' "sk-client-1" ', '" sk-client-1 "'])(
    'the quotation marks of %j are left out',
    (text) => {
      expect(readConfig({ HOME: home(), CONNECTORS_API_KEY: text }).apiKey?.reveal()).toBe('sk-client-1')
    },
  )

  test('names that are no settings are told, with the nearest one', () => {
    const HOME = home('{"CONNECTORS_APIKEY":"x","note":"mine"}')
    const environment = {
      HOME,
      CONNECTORS_DATADIR: '/x',
      CONNECTORS_GITHB_CLIENT_ID: 'x',
      CONNECTORS_GITHUB_CLIENT_ID: 'x',
    }
    const config = readConfig({ ...environment, CONNECTORS_ZZZ: '', CONNECT_TIMEOUT: '5' })
    const connectors = [{ name: 'github' }, { name: 'sql' }]
    expect(config.unknownSettings({ connectors, isComplete: true })).toEqual([
      'Unknown setting CONNECTORS_DATADIR; it has no effect. Did you mean CONNECTORS_DATA_DIR?',
      'Unknown setting CONNECTORS_GITHB_CLIENT_ID; it has no effect. Did you mean CONNECTORS_GITHUB_CLIENT_ID?',
      'Unknown setting CONNECTORS_ZZZ; it has no effect.',
      'Unknown setting CONNECTORS_APIKEY; it has no effect. Did you mean CONNECTORS_API_KEY?',
    ])
    // A connector of a person's own may have it.
    expect(config.unknownSettings({ connectors, isComplete: false }).join()).not.toContain('GITHB')
  })

  test("a connector's settings carry its name", () => {
    const config = readConfig({
      HOME: home(),
      CONNECTORS_SOME_THING_CLIENT_ID: 'id',
      CONNECTORS_SOME_THING_API_URL: 'https://api.example',
    })
    expect(config.connector({ name: 'some-thing' })).toMatchObject({
      oauthClient: { id: 'id', secret: undefined },
      addresses: { API_URL: 'https://api.example' },
    })
    expect(config.settingName('some-thing', 'TOKEN_URL')).toBe('CONNECTORS_SOME_THING_TOKEN_URL')
  })

  describe('of a connector whose provider has a family', () => {
    const DRIVE = { name: 'big_files', family: 'big', hosts: ['upload'], endpointSettings: ['tenant'] }
    /** The connector that is called as the family. */
    const BIG = { name: 'big', family: 'big' }
    const clientOf = (settings: Record<string, string>, names: ConnectorNames = DRIVE) => {
      const { oauthClient } = readConfig({ HOME: home(), ...settings }).connector(names)
      return oauthClient && [oauthClient.id, oauthClient.secret?.reveal()]
    }
    const FAMILY = { CONNECTORS_BIG_CLIENT_ID: 'family', CONNECTORS_BIG_CLIENT_SECRET: 'family-secret' }

    test.each<[string, Record<string, string>, (string | undefined)[] | undefined]>([
      ['nothing', {}, undefined],
      ['the family', FAMILY, ['family', 'family-secret']],
      [
        'both',
        { ...FAMILY, CONNECTORS_BIG_FILES_CLIENT_ID: 'own', CONNECTORS_BIG_FILES_CLIENT_SECRET: 'own-secret' },
        ['own', 'own-secret'],
      ],
      // Never the id of one with the secret of the other.
      ['an id of its own', { ...FAMILY, CONNECTORS_BIG_FILES_CLIENT_ID: 'own' }, ['own', undefined]],
      [
        'a secret of its own',
        { ...FAMILY, CONNECTORS_BIG_FILES_CLIENT_SECRET: 'own-secret' },
        ['family', 'family-secret'],
      ],
      ['a secret alone', { CONNECTORS_BIG_FILES_CLIENT_SECRET: 'own-secret' }, undefined],
      ['the id of the family alone', { CONNECTORS_BIG_CLIENT_ID: 'family' }, ['family', undefined]],
    ])('the OAuth client where %s is set', (_, settings, expected) => {
      expect(clientOf(settings)).toEqual(expected)
    })

    test('the connector of the same name shares the settings of the family', () => {
      expect(clientOf(FAMILY, BIG)).toEqual(['family', 'family-secret'])
      expect(clientOf({ ...FAMILY, CONNECTORS_BIG_FILES_CLIENT_ID: 'own' }, BIG)).toEqual(['family', 'family-secret'])
    })

    test('addresses of the provider are those of the family, unless the connector has its own; others are its own only', () => {
      const config = readConfig({
        HOME: home(),
        CONNECTORS_BIG_TOKEN_URL: 'https://family.example/token',
        CONNECTORS_BIG_ISSUER: 'https://family.example',
        CONNECTORS_BIG_FILES_TOKEN_URL: 'https://own.example/token',
        CONNECTORS_BIG_API_URL: 'https://big.example',
        CONNECTORS_BIG_UPLOAD_URL: 'https://big.example/upload',
        CONNECTORS_BIG_FILES_UPLOAD_URL: 'https://own.example/upload',
        CONNECTORS_BIG_TENANT: 'acme.example',
      })
      expect(config.connector(DRIVE)).toMatchObject({
        addresses: { TOKEN_URL: 'https://own.example/token', ISSUER: 'https://family.example' },
        hosts: { upload: 'https://own.example/upload' },
        endpointSettings: { tenant: 'acme.example' },
      })
      expect(config.connector(DRIVE).addresses).not.toHaveProperty('API_URL')
      expect(config.connector(BIG).addresses).toEqual({
        API_URL: 'https://big.example',
        TOKEN_URL: 'https://family.example/token',
        ISSUER: 'https://family.example',
      })
    })

    test.each(['../evil', 'a/b', '{tenant}', '.', 'a?b', 'a#b'])('%s cannot be put into an address', (text) => {
      const config = readConfig({ HOME: home(), CONNECTORS_BIG_TENANT: text })
      expect(() => config.connector(DRIVE)).toThrow('CONNECTORS_BIG_TENANT')
    })

    test('names that are no settings are told, with the nearest one, and so is a secret without its id', () => {
      const config = readConfig({
        HOME: home(),
        ...FAMILY,
        CONNECTORS_BIG_CLIENT_IT: 'x',
        CONNECTORS_BIG_FILES_UPLAOD_URL: 'https://own.example',
        CONNECTORS_BIG_TENNANT: 'x',
        CONNECTORS_BIG_FILES_TENANT: 'x',
        CONNECTORS_BIG_FILES_CLIENT_SECRET: 'x',
      })
      expect(config.unknownSettings({ connectors: [DRIVE], isComplete: true })).toEqual([
        'Unknown setting CONNECTORS_BIG_CLIENT_IT; it has no effect. Did you mean CONNECTORS_BIG_CLIENT_ID?',
        'Unknown setting CONNECTORS_BIG_FILES_UPLAOD_URL; it has no effect. Did you mean CONNECTORS_BIG_FILES_UPLOAD_URL?',
        'Unknown setting CONNECTORS_BIG_TENNANT; it has no effect. Did you mean CONNECTORS_BIG_TENANT?',
        'CONNECTORS_BIG_FILES_CLIENT_SECRET has no effect without CONNECTORS_BIG_FILES_CLIENT_ID.',
      ])
    })
  })

  test.each([
    [{ CONNECTORS_API_URL: 'connector.example' }, 'CONNECTORS_API_URL'],
    [{ CONNECTORS_API_URL: 'ftp://a.example' }, 'CONNECTORS_API_URL'],
    [{ CONNECTORS_CALLBACK_PORT: '70000' }, 'CONNECTORS_CALLBACK_PORT'],
    [{ CONNECTORS_CALLBACK_PORT: 'x' }, 'CONNECTORS_CALLBACK_PORT'],
    [{ CONNECTORS_LOG_LEVEL: 'loud' }, 'CONNECTORS_LOG_LEVEL'],
    [{ CONNECTORS_PROXY: 'http://proxy.example:3128' }, 'CONNECTORS_PROXY'],
    [{ CONNECTORS_EMBEDDING_URL: 'localhost:11434', CONNECTORS_EMBEDDING_MODEL: 'm' }, 'CONNECTORS_EMBEDDING_URL'],
    [{ CONNECTORS_EMBEDDING_URL: 'http://localhost/v1?a=b', CONNECTORS_EMBEDDING_MODEL: 'm' }, 'without a query'],
    [{ CONNECTORS_EMBEDDING_URL: 'http://localhost/v1' }, 'CONNECTORS_EMBEDDING_MODEL'],
  ])('%j is refused by name', (environment, name) => {
    expect(() => readConfig({ HOME: home(), ...environment })).toThrow(ConfigError)
    expect(() => readConfig({ HOME: home(), ...environment })).toThrow(name)
  })

  test.each([
    ['{nope', 'is not JSON'],
    ['{\n"CONNECTORS_API_KEY": "canary"\n"CONNECTORS_IDENTIFIER": "x"}', 'is not JSON (line 3)'],
    ['[]', 'must be a JSON object'],
    ['{"CONNECTORS_API_URL":["canary"]}', 'The value of "CONNECTORS_API_URL" in'],
    ['{"CONNECTORS_API_URL":null}', 'The value of "CONNECTORS_API_URL" in'],
  ])('the file %j is refused with the place, and nothing of it is quoted', (file, sentence) => {
    const read = () => readConfig({ HOME: home(file) })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(sentence)
    expect(read).not.toThrow('canary')
  })

  test.each([
    ['with a byte order mark', Buffer.from('\ufeff{"CONNECTORS_CALLBACK_PORT":"8765"}')],
    ['in UTF-16', Buffer.from('\ufeff{"CONNECTORS_CALLBACK_PORT":"8765"}\r\n', 'utf16le')],
    ['with the line ends of Windows', Buffer.from('{\r\n  "CONNECTORS_CALLBACK_PORT": "8765"\r\n}\r\n')],
    ['with a number', Buffer.from('{"CONNECTORS_CALLBACK_PORT":8765}')],
  ])('a file %s is read', (_, bytes) => {
    expect(readConfig({ HOME: home(bytes) }).callbackPort).toBe(8765)
  })

  test('a file that is a folder is refused as one, and a home that is a file has none', () => {
    const HOME = home()
    mkdirSync(join(HOME, '.config/connectors-mcp/config.json'), { recursive: true })
    expect(() => readConfig({ HOME })).toThrow('is a folder')
    const file = join(home(), 'file')
    writeFileSync(file, '')
    expect(readConfig({ HOME: file }).dataDir).toBe(join(file, '.local/share/connectors-mcp'))
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

  test('an endpoint for embeddings has an address, a model and, if it needs one, a key', () => {
    const named = { CONNECTORS_EMBEDDING_URL: 'http://127.0.0.1:11434/v1', CONNECTORS_EMBEDDING_MODEL: 'm' }
    expect(readConfig({ HOME: home() }).embedding).toBeUndefined()
    expect(readConfig({ HOME: home(), ...named }).embedding).toEqual({
      url: 'http://127.0.0.1:11434/v1',
      model: 'm',
      apiKey: undefined,
    })
    const { embedding } = readConfig({ HOME: home(), ...named, CONNECTORS_EMBEDDING_API_KEY: 'canary' })
    expect(embedding?.apiKey?.reveal()).toBe('canary')
    expect(inspect(embedding, { depth: 9 }) + JSON.stringify(embedding)).not.toContain('canary')
    const alone = readConfig({ HOME: home(), CONNECTORS_EMBEDDING_MODEL: 'm' })
    expect(alone.embedding).toBeUndefined()
    expect(alone.unknownSettings({ connectors: [], isComplete: true })).toEqual([
      'CONNECTORS_EMBEDDING_MODEL has no effect without CONNECTORS_EMBEDDING_URL.',
    ])
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
