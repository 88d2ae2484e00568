import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Browser } from '../browser.js'
import { describePostgres } from '../databases/index.js'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

/** What must never be seen, wherever it was planted. */
const CANARY = {
  password: 'canary-password-Zq81',
  token: 'canary-pasted-token-Yw72',
  clientSecret: 'canary-client-secret-Xv63',
  accessToken: 'canary-access-token-Wu54',
  refreshToken: 'canary-refresh-token-Vt45',
  code: 'canary-code-Us36',
}

/** A third party that quotes back whatever it is sent, in every place that a program may log or show. */
async function startEcho(): Promise<string> {
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const quoted = `you sent ${request.headers.authorization ?? ''} ${decodeURIComponent(body)}`
    const answer = (status: number, json: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-quoted': encodeURIComponent(quoted) })
      response.end(JSON.stringify(json))
    }
    if (request.url === '/token') {
      if (body.includes('fail-code')) return answer(400, { error: 'invalid_grant', error_description: quoted })
      return answer(200, {
        access_token: CANARY.accessToken,
        refresh_token: CANARY.refreshToken,
        token_type: 'bearer',
        scope: 'repo',
      })
    }
    if (request.url === '/user') {
      const bad = request.headers.authorization?.includes('refused')
      return bad ? answer(401, { message: quoted }) : answer(200, { login: 'octo', note: quoted })
    }
    if (request.url?.includes('/languages')) return answer(200, { quoted: 1, [quoted]: 2 })
    return answer(422, { message: quoted, errors: [quoted], documentation_url: quoted })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The forms in which a value may be written down. */
const forms = (value: string): string[] => [
  value,
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
]

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describePostgres('secrets', ({ url }) => {
  test('appear in no output, no log and no file, even when a driver or a third party quotes them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'connectors-leaks-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const echo = await startEcho()
    const server = new StdioProcess([MAIN], {
      CONNECTORS_DATA_DIR: folder,
      CONNECTORS_LOG_LEVEL: 'trace',
      CONNECTORS_GITHUB_CLIENT_ID: 'client-id',
      CONNECTORS_GITHUB_CLIENT_SECRET: CANARY.clientSecret,
      CONNECTORS_GITHUB_API_URL: echo,
      CONNECTORS_GITHUB_AUTHORIZATION_URL: `${echo}/authorize`,
      CONNECTORS_GITHUB_TOKEN_URL: `${echo}/token`,
    })
    onTestFinished(() => server.end())
    const failed: unknown[] = []
    const fails = async (name: string, args: Record<string, unknown>) => {
      const result = await server.tryCall(name, args)
      expect(result.isError, JSON.stringify(args)).toBe(true)
      failed.push(result.shown.error.code)
    }
    const postgres = new URL(url)
    const withPassword = (elsewhere: { port?: string; pathname?: string } = {}) =>
      Object.assign(new URL(postgres), { password: CANARY.password, ...elsewhere }).href

    await server.call('register_user', { identifier: 'ada' })
    const printed = spawnSync(process.execPath, [MAIN, 'auth', 'secret'], { env: { CONNECTORS_DATA_DIR: folder } })
    const secret = printed.stdout.toString().trim()
    expect(secret).toMatch(/^sk-user-/)
    await server.call('authenticate', {})
    await fails('authenticate', { identifier: 'ada', secret: `sk-user-${CANARY.token}` })

    const link = (configuration: Record<string, unknown>, connector = 'sql') => ({ connector, configuration })
    await server.call('link_integration', link({ url: withPassword(), identifier: 'good' }))
    await fails('link_integration', link({ url: withPassword({ port: '1' }) }))
    await fails('link_integration', link({ url: withPassword({ pathname: '/no_such_database' }) }))
    await fails('link_integration', link({ url: `postgresql://user:${CANARY.password}@[bad:host:port/x` }))
    await fails('link_integration', link({ url: `no-such-driver://user:${CANARY.password}@127.0.0.1/x` }))
    await fails(
      'link_integration',
      link({
        host: '127.0.0.1',
        port: 1,
        database: 'd',
        username: 'u',
        password: CANARY.password,
        driver: 'mysql+pymysql',
      }),
    )
    const sql = (query: string) => ({ connector: 'sql', action: 'query', params: { query } })
    await fails('execute_connector', sql('select * from no_such_table'))
    await fails('execute_connector', sql(`select 1 as "${'x'.repeat(10)}" frm`))
    await server.call('execute_connector', sql('select 1 as one'))

    await server.call('link_integration', link({ token: CANARY.token }, 'github'))
    await fails('link_integration', link({ token: `${CANARY.token}-refused` }, 'github'))
    const repository = { owner: 'o', repo: 'r' }
    await fails('execute_connector', {
      connector: 'github',
      action: 'create_issue',
      params: { ...repository, title: 't' },
    })
    await server.call('execute_connector', { connector: 'github', action: 'list_languages', params: repository })

    for (const code of ['fail-code', CANARY.code]) {
      const { shown } = await server.call('link_integration', { connector: 'github' })
      const browser = new Browser({ follow: 'everything' })
      await browser.open(shown.url)
      // The echo has no consent page: what the person was sent there with is all that is needed.
      const { url: authorization } = await browser.submit('/authorize')
      const callback = new URL(authorization.searchParams.get('redirect_uri') ?? '')
      callback.search = new URLSearchParams({ code, state: authorization.searchParams.get('state') ?? '' }).toString()
      const page = (await browser.open(callback.href)).text
      expect(page).toContain(code === 'fail-code' ? 'was not linked' : 'is linked')
      for (const value of Object.values(CANARY)) expect(page).not.toContain(value)
    }
    await fails('execute_connector', {
      connector: 'github',
      action: 'create_issue',
      params: { ...repository, title: 't' },
    })
    await server.call('execute_connector', { connector: 'github', action: 'list_languages', params: repository })
    await server.call('list_integrations', {})
    await server.call('delete_integration', { connector: 'github', identifier: 'octo' })
    await server.end()

    expect(failed.length).toBe(11)
    for (const [name, value] of Object.entries(CANARY)) {
      for (const form of forms(value)) {
        expect(server.stdout.includes(form), `${name} on stdout`).toBe(false)
        expect(server.stderr.includes(form), `${name} on stderr`).toBe(false)
        for (const file of filesOf(folder)) expect(readFileSync(file).includes(form), `${name} in ${file}`).toBe(false)
      }
    }
    for (const output of [server.stdout, server.stderr]) expect(output).not.toContain(secret)
    for (const file of filesOf(folder))
      expect(readFileSync(file).includes(secret), `the user secret in ${file}`).toBe(false)
  })
})
