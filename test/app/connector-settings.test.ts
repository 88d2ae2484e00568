import { describe, expect, test } from 'vitest'
import { endpointsOf, settingNamesOf } from '../../src/app/connector-settings.js'
import { readConfig } from '../../src/config/index.js'
import { packagedConnectors } from '../../src/connectors/index.js'
import { type Connector, defineConnector, type OAuthProvider, tokenField } from '../../src/kit/index.js'

/** A provider with one part of its addresses for each organisation, as some vendors have it. */
const provider: OAuthProvider = {
  family: 'big',
  issuer: 'https://login.big.example/{tenant}/v2.0',
  authorization_endpoint: 'https://login.big.example/{tenant}/authorize',
  token_endpoint: 'https://login.big.example/{tenant}/token?of={tenant}',
  endpoint_settings: { tenant: 'common' },
  public_clients: true,
  token_endpoint_auth_method: 'client_secret_post',
  scopes: [],
  registration_page: 'https://big.example/apps',
}

const connector = (
  changes: { name?: string; oauth2?: OAuthProvider; hosts?: Record<string, string> } = {},
): Connector =>
  defineConnector({
    name: changes.name ?? 'big_files',
    title: 'Big Files',
    description: 'Files.',
    port: 'http',
    baseUrl: 'https://api.big.example',
    hosts: changes.hosts ?? { upload: 'https://upload.big.example/v1' },
    auth: { oauth2: changes.oauth2 ?? provider, custom: { fields: { token: tokenField('A token') } } },
    actions: [],
  })

const endpoints = (settings: Record<string, string>, of = connector()) =>
  endpointsOf(readConfig({ HOME: '/nowhere', ...settings }))(of)

describe('the endpoints of a connector', () => {
  test('are those of the vendor, with the defaults of what is put into them', () => {
    expect(endpoints({})).toMatchObject({
      baseUrl: 'https://api.big.example',
      hosts: { upload: 'https://upload.big.example/v1' },
      oauthClient: undefined,
      provider: {
        issuer: 'https://login.big.example/common/v2.0',
        authorization_endpoint: 'https://login.big.example/common/authorize',
        token_endpoint: 'https://login.big.example/common/token?of=common',
      },
    })
    // What a vendor does not have is not made up.
    expect(endpoints({}).provider).not.toHaveProperty('revocation_endpoint')
  })

  test('hold what the operator set, for the family or the connector', () => {
    const found = endpoints({
      CONNECTORS_BIG_TENANT: 'acme.example',
      CONNECTORS_BIG_FILES_TOKEN_URL: 'https://own.example/token',
      CONNECTORS_BIG_FILES_UPLOAD_URL: 'https://own.example/upload',
      CONNECTORS_BIG_CLIENT_ID: 'the-client',
    })
    expect(found.provider).toMatchObject({
      issuer: 'https://login.big.example/acme.example/v2.0',
      token_endpoint: 'https://own.example/token',
    })
    expect(found.hosts).toEqual({ upload: 'https://own.example/upload' })
    expect(found.oauthClient).toEqual({ client_id: 'the-client', client_secret: undefined })
  })

  test('come with a sentence that names the setting of the family first', () => {
    expect(endpoints({}).howToConfigure).toMatch(
      /^No OAuth client of Big Files is configured: the operator registers one at https:\/\/big\.example\/apps and sets CONNECTORS_BIG_CLIENT_ID and CONNECTORS_BIG_CLIENT_SECRET \(the secret only where the client has one\), or for this connector alone CONNECTORS_BIG_FILES_CLIENT_ID and CONNECTORS_BIG_FILES_CLIENT_SECRET\. /,
    )
    const { public_clients: _, ...confidential } = provider
    const same = connector({ name: 'big', oauth2: confidential })
    expect(endpoints({}, same).howToConfigure).toMatch(
      /and sets CONNECTORS_BIG_CLIENT_ID and CONNECTORS_BIG_CLIENT_SECRET\. /,
    )
  })

  test.each(['api', 'token', 'authorization', 'Upload', 'up-load', ''])(
    'a host cannot be called %j: its setting would be that of another address, or none',
    (host) => {
      expect(() => connector({ hosts: { [host]: 'https://x.example' } })).toThrow('cannot be called')
    },
  )
})

describe('the catalogue', () => {
  test.each(packagedConnectors)('says of $name what its settings are named after', async (entry) => {
    const { name, family, hosts = [], endpointSettings = [] } = entry
    expect({ name, family, hosts, endpointSettings }).toEqual(settingNamesOf(await entry.load()))
  })

  test('has no two connectors with a setting of the same name, but for that of a family', () => {
    const names = packagedConnectors.flatMap(({ name, hosts = [] }) =>
      ['API', ...hosts].map((host) => `${name}_${host}`.toUpperCase()),
    )
    expect(new Set(names).size).toBe(names.length)
  })
})
