import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { codeBlocks, MAIN, serve, temporaryFolder } from './served.js'

/** A Gitea that knows one user, and remembers what it was asked. */
async function startGitea(asked: string[]): Promise<string> {
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push(`${request.method} ${request.url} ${body}`.trim())
    const known = request.headers.authorization === 'Bearer gitea-token'
    const archived = request.method === 'POST' && request.url?.includes('/archived/')
    response.writeHead(known ? (archived ? 423 : 200) : 401, { 'content-type': 'application/json' })
    const user = { id: 7, login: 'ada' }
    response.end(JSON.stringify(request.url?.endsWith('/user') ? user : [{ number: 1, title: 'First' }]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the connector of docs/your-own-connector.md can be linked and used', async () => {
  const folder = await temporaryFolder()
  const [code = ''] = await codeBlocks('docs/your-own-connector.md', 'js')
  const file = join(folder, 'gitea.mjs')
  await writeFile(file, code)
  const asked: string[] = []
  const env = {
    CONNECTORS_DATA_DIR: join(folder, 'data'),
    CONNECTORS_GITEA_API_URL: await startGitea(asked),
    HOME: folder,
  }
  const url = await serve(['--connector', file], env)
  const apiKey = execFileSync(process.execPath, [MAIN, 'clients', 'create', 'docs'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })

  const send = async (path: string, body: unknown, headers: Record<string, string>) => {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }
    return (await (await fetch(`${url}${path}`, init)).json()) as { data: Record<string, string> }
  }
  const identifier = 'ada@example.com'
  const { secret } = (await send('/users', { identifier }, { 'x-api-key': String(apiKey).trim() })).data
  const authorization = `Bearer ${(await send('/auth/tokens', { identifier, secret }, {})).data.token}`

  const link = (token: string) =>
    send('/connectors/gitea/integrations', { auth_type: 'custom', configuration: { token } }, { authorization })
  expect(await link('wrong')).toMatchObject({ error: { code: 'LINK_FAILED' } })
  expect(await link('gitea-token')).toMatchObject({ data: { user_identifier: 'ada', selected: true } })

  const repository = { owner: 'ada', repo: 'notes' }
  const issues = await send('/connectors/gitea/list_issues', repository, { authorization })
  expect(issues.data).toEqual([{ number: 1, title: 'First' }])
  await send('/connectors/gitea/list_issues', { ...repository, words: 'a & b' }, { authorization })
  await send('/connectors/gitea/create_issue', { ...repository, title: 'Second' }, { authorization })
  expect(asked.slice(-3)).toEqual([
    'GET /repos/ada/notes/issues?state=open&page=1&limit=20',
    'GET /repos/ada/notes/issues?state=open&q=a+%26+b&page=1&limit=20',
    'POST /repos/ada/notes/issues {"title":"Second"}',
  ])
  const archived = { ...repository, repo: 'archived', title: 'Third' }
  expect(await send('/connectors/gitea/create_issue', archived, { authorization })).toMatchObject({
    message: expect.stringMatching(/^The repository is archived/),
    error: { code: 'FORBIDDEN' },
  })
})
