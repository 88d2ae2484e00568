import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectorsClient } from '../../src/client/index.js'
import { NODES, pathOf } from '../programs/index.js'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

/** A home folder with a database in it, and the thin environment that agents start servers with. */
function newHome() {
  const home = mkdtempSync(join(tmpdir(), 'connectors-nodes-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const file = join(home, 'shop.db')
  const database = new DatabaseSync(file)
  database.exec("create table books (id integer primary key, title text); insert into books values (1, 'Momo')")
  database.close()
  return { env: { PATH: process.env.PATH ?? '', HOME: home }, configuration: { url: `sqlite:///${file}` } }
}

const QUERY = { query: 'select title from books where id = :id', variables: { id: 1 } }
const ROWS = [{ title: 'Momo' }]

// The native parts are there: the store is libsql, the account a SQLite file in a process of its own.
describe.each(NODES)('the built command on Node $major', ({ program }) => {
  test('serves an agent over stdio, and the page of a link', async (context) => {
    const { env, configuration } = newHome()
    const server = new StdioProcess([MAIN], env, true, pathOf(program, context))
    onTestFinished(() => server.end())
    expect(await server.request('tools/list')).toMatchObject({ tools: expect.any(Array) })
    await server.call('register_user', { identifier: 'ada' })
    await server.call('authenticate', {})
    const linked = await server.call('link_integration', { connector: 'sql', configuration })
    expect(linked.shown).toMatchObject({ status: 'linked', server: { name: 'SQLite' } })
    const answer = await server.call('execute_connector', { connector: 'sql', action: 'query', params: QUERY })
    expect(answer.shown.data).toEqual(ROWS)
    const { url, code } = (await server.call('link_integration', { connector: 'sql' })).shown
    const page = await fetch(url)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(code)])
    await server.end()
    expect([server.child.exitCode, server.stderr]).toEqual([0, ''])
  })

  test('serves the HTTP API', async (context) => {
    const node = pathOf(program, context)
    const { env, configuration } = newHome()
    const created = execFileSync(node, [MAIN, 'clients', 'create', 'Acme'], { env, encoding: 'utf8', stdio: 'pipe' })
    const child = spawn(node, [MAIN, 'serve', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [baseUrl] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const anyone = new ConnectorsClient({ baseUrl, apiKey: created.trim() })
    const { secret } = await anyone.createUser('ada')
    const { token } = await anyone.authenticate('ada', secret)
    const client = new ConnectorsClient({ baseUrl, apiKey: created.trim(), userToken: token })
    await client.linkCustom('sql', undefined, { configuration })
    expect(await client.execute('sql', 'query', { params: QUERY })).toMatchObject({ data: ROWS })
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })
})
