import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect as connectService, type ServiceConnection } from '../../src/app/index.js'
import { readConfig } from '../../src/config/index.js'
import { Browser } from '../browser.js'
import { type Emulator, noEmulator, startEmulator } from '../connectors/emulator.js'
import { CLIENT_KINDS, connect, type Elicit, factsOf, textOf } from './harness.js'

if (noEmulator) process.stderr.write(`The tools are not tried with the real service: ${noEmulator}.\n`)

/** The whole product but its process: tools, client, API, service and store here, GitHub an emulator. */
describe.skipIf(noEmulator).each(CLIENT_KINDS)('with the service in this process, %s', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-mcp-real-'))
  let emulator: Emulator
  let connection: ServiceConnection

  beforeAll(async () => {
    emulator = await startEmulator('github', {
      tokens: {},
      github: {
        users: [{ login: 'nobody' }, { login: 'octocat' }, { login: 'hubot' }],
        repos: [{ owner: 'octocat', name: 'hello', auto_init: true }],
      },
    })
    connection = await connectService(
      readConfig({
        HOME: folder,
        CONNECTORS_DATA_DIR: join(folder, 'data'),
        CONNECTORS_LOG_LEVEL: 'silent',
        CONNECTORS_GITHUB_API_URL: emulator.origin,
        CONNECTORS_GITHUB_AUTHORIZATION_URL: `${emulator.origin}/login/oauth/authorize`,
        CONNECTORS_GITHUB_TOKEN_URL: `${emulator.origin}/login/oauth/access_token`,
        CONNECTORS_GITHUB_CLIENT_ID: 'client-of-the-test',
        CONNECTORS_GITHUB_CLIENT_SECRET: 'secret-of-the-test',
      }),
    )
  })
  afterAll(async () => {
    await connection?.close()
    await emulator?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What a person does in a browser: goes on from our page, picks a user on the consent page, follows it to the end. */
  const browser =
    (login: string): Elicit =>
    async ({ url, message }) => {
      const browser = new Browser({ follow: 'everything' })
      const page = await browser.open(url)
      expect(page.text).toContain(/the code (\S+)\./.exec(message)?.[1])
      const { forms, text } = await browser.submit('/authorize')
      const consent = forms.find(({ fields }) => fields.login === login) ?? expect.fail(text)
      const end = await browser.submit(consent)
      expect(end.status).toBe(200)
      return { action: 'accept' }
    }

  const agent = (elicit?: Elicit) =>
    connect(kind, undefined as never, {
      ...(elicit ? { elicit } : {}),
      deps: { client: connection.client, defaultCallbackUrl: connection.callbackUrl, embedded: true },
    })

  test('an agent can register, link, search, act and unlink', async () => {
    const mcpClient = await agent(browser('octocat'))
    const ok = async (name: string, args?: Record<string, unknown>) => {
      const result = await mcpClient.call(name, args)
      expect(result.isError ?? false, textOf(result)).toBe(false)
      return factsOf(result)
    }
    await ok('register_user', { identifier: `person of ${kind}` })
    expect(await ok('authenticate')).toMatchObject({ identifier: `person of ${kind}`, expires_at: expect.any(String) })
    expect(await ok('link_integration', { connector: 'github' })).toMatchObject({
      status: 'linked',
      user_identifier: 'octocat',
      selected: true,
    })
    const account = { connector: 'github', user_identifier: 'octocat', selected: true, auth_status: 'active' }
    expect(await ok('list_integrations', { connector: 'github' })).toEqual({ integrations: [account] })

    expect(await ok('search_actions', { query: 'open an issue' })).toMatchObject({
      actions: expect.arrayContaining([
        expect.objectContaining({
          ...{ connector: 'github', action: 'create_issue', effect: 'create', tool: 'execute_connector' },
          accounts: ['octocat'],
          parameters: expect.objectContaining({ owner: expect.stringMatching(/^string, required; ./) }),
        }),
      ]),
    })
    expect(await ok('describe_connector', { connector: 'github', actions: ['create_issue'] })).toMatchObject({
      actions: [{ name: 'create_issue', parameters: { required: expect.arrayContaining(['owner', 'repo', 'title']) } }],
    })
    const repo = { owner: 'octocat', repo: 'hello' }
    const created = { connector: 'github', action: 'create_issue', params: { ...repo, title: 'From an agent' } }
    expect(await ok('execute_connector', created)).toMatchObject({
      data: { title: 'From an agent' },
      acted_as: 'octocat',
    })
    expect(
      await ok('execute_connector', {
        connector: 'github',
        action: 'list_commits',
        params: repo,
        response_fields: ['sha'],
      }),
    ).toMatchObject({ data: [{ sha: expect.any(String) }] })

    expect(await ok('delete_integration', { connector: 'github', identifier: 'octocat' })).toMatchObject({
      deleted: true,
      new_default: null,
    })
    expect(await ok('list_integrations')).toEqual({ integrations: [] })
  })

  test('a database is linked at once, linked again by the same call, and selected', async () => {
    const mcpClient = await agent()
    await mcpClient.call('register_user', { identifier: `owner of ${kind}` })
    writeFileSync(join(folder, 'shop.db'), '')
    const configuration = { url: `sqlite:///${join(folder, 'shop.db')}`, identifier: 'shop' }
    const linked = await mcpClient.call('link_integration', { connector: 'sql', configuration })
    expect(factsOf(linked), textOf(linked)).toEqual({
      status: 'linked',
      connector: 'sql',
      user_identifier: 'shop',
      selected: true,
      server: { name: 'SQLite', version: expect.stringMatching(/^3\.[\d.]+$/) },
      auth_scopes: ['read', 'write', 'schema'],
      read_only: false,
    })
    expect(textOf(linked)).toContain('It allows changes')
    const again = await mcpClient.call('link_integration', { connector: 'sql', configuration })
    expect(textOf(again)).toContain('was linked already: it now has the new credential')
    await mcpClient.call('link_integration', {
      connector: 'sql',
      configuration: { ...configuration, identifier: 'copy' },
    })
    const chosen = await mcpClient.call('set_default_integration', { connector: 'sql', identifier: 'copy' })
    expect(factsOf(chosen)).toEqual({ connector: 'sql', user_identifier: 'copy', selected: true })
    const query = { connector: 'sql', action: 'query', params: { query: 'select 7 as seven' } }
    const result = await mcpClient.call('execute_connector', query)
    expect(result.shown, textOf(result)).toMatchObject({ data: [{ seven: 7 }], acted_as: 'copy' })
    const removed = await mcpClient.call('delete_integration', { connector: 'sql', identifier: 'copy' })
    expect(removed.shown).toMatchObject({ deleted: true, new_default: 'shop' })
  })

  test('a database takes the place of another one only if the call says so, and what it is called is told', async () => {
    const mcpClient = await agent()
    await mcpClient.call('register_user', { identifier: `reader of ${kind}` })
    const [first = '', second = ''] = ['日本.db', '東京.db'].map((name) => join(folder, name))
    for (const file of [first, second]) writeFileSync(file, '')
    const link = (file: string, more: Record<string, unknown> = {}) =>
      mcpClient.call('link_integration', {
        connector: 'sql',
        configuration: { driver: 'sqlite', database: file, identifier: 'books' },
        ...more,
      })
    expect((await link(first)).shown).toMatchObject({ status: 'linked', user_identifier: 'books' })

    const refused = await link(second)
    expect(refused.shown).toMatchObject({
      error: { code: 'INTEGRATION_EXISTS', details: { existing: `books (sqlite:${first})` } },
    })
    expect(textOf(refused)).toContain('with replace: true only if the person wants')
    expect(textOf(refused)).toContain('another name: with a configuration by its identifier')

    const again = await link(first)
    expect(again.shown).not.toHaveProperty('replaced')
    expect(textOf(again)).not.toMatch(/replaced|took the place/)

    const replaced = await link(second, { replace: true })
    expect(replaced.shown).toMatchObject({
      status: 'linked',
      replaced: true,
      replaced_account: `books (sqlite:${first})`,
    })
    expect(textOf(replaced)).toContain('replaced the account that was linked under its name')

    const titled = { driver: 'sqlite', database: first }
    const { user_identifier } = (await mcpClient.call('link_integration', { connector: 'sql', configuration: titled }))
      .shown as { user_identifier: string }
    const title = `sqlite:None:None:None:${first}`
    const listed = await mcpClient.call('list_integrations', { connector: 'sql' })
    expect(listed.shown).toMatchObject({
      integrations: [{ user_identifier: 'books' }, { user_identifier, title }],
    })
    const { connectors } = (await mcpClient.call('list_connectors')).shown as { connectors: unknown[] }
    expect(connectors).toContainEqual(
      expect.objectContaining({ name: 'sql', linked: ['books', user_identifier], titles: ['books', title] }),
    )
  })

  test('a database is linked on the page, and what is typed there never appears in the conversation', async () => {
    const mcpClient = await agent()
    await mcpClient.call('register_user', { identifier: `typist of ${kind}` })
    writeFileSync(join(folder, 'typed.db'), '')
    const link = async () =>
      (await mcpClient.call('link_integration', { connector: 'sql' })).shown as Record<string, string>
    const check = async (link_id: unknown, wait_seconds = 25) => mcpClient.call('check_link', { link_id, wait_seconds })
    /** The person opens the page and types the connection. */
    const type = async ({ url, code, link_id }: Record<string, string>) => {
      const browser = new Browser({ follow: 'everything' })
      const page = await browser.open(String(url))
      expect(page.text).toContain(code)
      const form = page.form('/configuration')
      const field = (name: string) => Object.keys(form.fields).find((key) => key.endsWith(name)) ?? name
      const connection = { [field('url')]: `sqlite:///${join(folder, 'typed.db')}`, [field('identifier')]: 'typed' }
      const asked = await browser.submit(form, connection)
      expect(asked.text).toContain('Link as read-only')
      expect((await check(link_id, 0)).shown).toMatchObject({ status: 'pending' })
      expect((await browser.submit('/access', { access: 'read_only' })).status).toBe(200)
    }

    const begun = await link()
    expect(begun).toMatchObject({ status: 'pending', code: expect.stringMatching(/./) })
    expect((await check(begun.link_id, 0)).shown).toMatchObject({ status: 'pending' })
    expect(await link()).toEqual(begun)
    const waiting = check(begun.link_id)
    await type(begun)
    const account = { connector: 'sql', user_identifier: 'typed', selected: true }
    const found = { server: { name: 'SQLite' }, auth_scopes: ['read'], read_only: true }
    expect((await waiting).shown).toMatchObject({ status: 'linked', ...account, ...found, replaced: false })

    const again = await link()
    expect(again.link_id).not.toBe(begun.link_id)
    await type(again)
    const relinked = await check(again.link_id)
    expect(relinked.shown).toMatchObject({ status: 'linked', ...account, replaced: false })
    expect(textOf(relinked)).toContain('was linked already')
    expect(mcpClient.lines.join('\n')).not.toContain('typed.db')
  })

  test('a link that the person declines cannot be finished', async () => {
    let page = ''
    const mcpClient = await agent(async ({ url }) => {
      page = url
      return { action: 'decline' }
    })
    await mcpClient.call('register_user', { identifier: `decliner of ${kind}` })
    const declined = await mcpClient.call('link_integration', { connector: 'github' })
    expect(declined.shown).toMatchObject({ status: 'cancelled' })
    expect((await new Browser({ follow: 'everything' }).open(page)).text).not.toContain('/authorize"')
    const { link_id } = declined.shown ?? {}
    const checked = await mcpClient.call('check_link', { link_id })
    expect(checked.shown).toMatchObject({ error: { code: 'LINK_FAILED' } })
  })

  test('the failures of the service reach the agent with their code', async () => {
    const mcpClient = await agent()
    const code = async (name: string, args?: Record<string, unknown>) =>
      ((await mcpClient.call(name, args)).shown as { error?: { code: string } }).error?.code
    expect(await code('list_integrations')).toBe('INVALID_TOKEN')
    await mcpClient.call('register_user', { identifier: `stranger of ${kind}` })
    expect(await code('register_user', { identifier: `stranger of ${kind}` })).toBe('USER_EXISTS')
    expect(await code('authenticate', { identifier: `stranger of ${kind}`, secret: 'wrong' })).toBe(
      'INVALID_CREDENTIALS',
    )
    expect(await code('execute_connector', { connector: 'sql', action: 'query', params: { query: 'select 1' } })).toBe(
      'INTEGRATION_NOT_FOUND',
    )
    expect(await code('execute_connector', { connector: 'github', action: 'nope' })).toBe('ACTION_NOT_FOUND')
    expect(await code('execute_connector', { connector: 'nope', action: 'nope' })).toBe('CONNECTOR_NOT_FOUND')
    expect(await code('describe_connector', { connector: 'nope' })).toBe('CONNECTOR_NOT_FOUND')
    expect(await code('check_link', { link_id: 'no-such-link' })).toBe('NOT_FOUND')
    expect(await code('link_integration', { connector: 'sql', configuration: {} })).toBe('INVALID_PARAMETERS')
    for (const identifier of ['..', 'a/../b', '../../me'])
      expect(await code('delete_integration', { connector: 'github', identifier })).toBe('INVALID_PARAMETERS')
    expect(await code('execute_connector', { connector: 'sql', action: 'query', identifier: 'a\nb' })).toBe(
      'INVALID_PARAMETERS',
    )
  })
})
