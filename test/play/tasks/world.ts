import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeShop, SHOPS } from '../../../demo/shops.js'
import { StdioProcess } from '../../built/stdio-process.js'
import { commits, searchAnswer } from '../../connectors/proof/answers/github.js'
import { Person } from '../person.js'

/** What is linked before a task begins. */
export type Linked = 'nothing' | 'github' | 'shops'

/** A build of the server with a person, the person's accounts and third parties, all on this machine. */
export interface World {
  server: StdioProcess
  person: Person
  close(): Promise<void>
}

/** GitHub as far as the tasks go, with answers of full size. */
async function startGithub(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://github.example')
    const count = Number(searchParams.get('per_page') ?? 30)
    const answers: [form: RegExp, answer: () => unknown][] = [
      [/^GET \/user$/, () => ({ login: 'octocat', id: 1 })],
      [/^GET \/search\/issues$/, () => searchAnswer(count)],
      [/^GET \/repos\/[^/]+\/[^/]+\/commits$/, () => commits(count)],
      [/^POST \/repos\/[^/]+\/[^/]+\/issues$/, () => searchAnswer(1).items?.[0 as never]],
      [/^POST .*\/issues\/\d+\/comments$/, () => ({ id: 1, body: 'Seen.', html_url: 'https://github.com/x' })],
    ]
    const answer = answers.find(([form]) => form.test(`${request.method} ${pathname}`))?.[1]
    request.resume().on('end', () => {
      response.writeHead(answer ? (request.method === 'GET' ? 200 : 201) : 404, {
        'content-type': 'application/json',
        'x-oauth-scopes': 'repo',
      })
      response.end(JSON.stringify(answer?.() ?? { message: 'Not Found' }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}

/** Starts a build in an empty folder, with a person who is logged in. None of it is counted. @param main its main.js */
export async function openWorld(main: string, linked: Linked): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'connectors-tasks-'))
  const github = await startGithub()
  const fileOf = (shop: string): string => join(home, `${shop}.db`)
  for (const shop of SHOPS) makeShop(shop, fileOf(shop))
  const server = new StdioProcess([main, '--connector', join(import.meta.dirname, 'papers.mjs')], {
    HOME: home,
    CONNECTORS_GITHUB_API_URL: github.url,
  })
  const query = 'select 1'
  const person = new Person({
    file: fileOf('berlin'),
    questions: { first: query, narrow: query },
    isContent: () => true,
  })
  await server.call('register_user', { identifier: person.name })
  await server.call('authenticate', {})
  if (linked === 'github')
    await server.call('link_integration', { connector: 'github', configuration: { token: 'ghp_of_a_bench' } })
  if (linked === 'shops')
    for (const shop of SHOPS)
      await server.call('link_integration', {
        connector: 'sql',
        configuration: { url: `sqlite:///${fileOf(shop)}`, identifier: shop },
      })
  return {
    server,
    person,
    async close() {
      await server.end()
      github.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
