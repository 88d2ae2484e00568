import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { type TestContext, test } from 'vitest'
import { inspectorProgram, pathOf } from '../programs/index.js'
import { shownIn } from '../shown.js'

const ROOT = resolve(import.meta.dirname, '../..')

/** What the Inspector prints of a call. */
interface Printed {
  code: number
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  result: any
  stderr: string
}

/**
 * Plays the MCP Inspector, which starts the server of `mcp.json` for each call and asks it one thing, as a person does who
 * tries the server out.
 */
class Inspector {
  readonly home = mkdtempSync(join(tmpdir(), 'connectors-inspector-'))
  readonly #program: string
  readonly #era: string
  /** What the server gets beyond the environment of the Inspector. */
  #login: string[] = []
  readonly #shown: string[] = []

  constructor(era: string, context: TestContext) {
    this.#program = pathOf(inspectorProgram, context)
    this.#era = era
    context.onTestFinished(() => rmSync(this.home, { recursive: true, force: true }))
  }

  /** A SQLite file with one table. @returns its address */
  database(name: string, title: string): string {
    const file = join(this.home, `${name}.db`)
    const database = new DatabaseSync(file)
    database.exec('create table books (title text)')
    database.prepare('insert into books values (?)').run(title)
    database.close()
    return `sqlite:///${file}`
  }

  /** Who the server acts for, where nobody saved a login on the machine. */
  loginAs(identifier: string, secret: string): void {
    this.#login = ['-e', `CONNECTORS_IDENTIFIER=${identifier}`, '-e', `CONNECTORS_USER_SECRET=${secret}`]
  }

  run(...args: string[]): Promise<Printed> {
    const server = ['--config', 'mcp.json', '--server', 'connectors', ...this.#login]
    const all = [this.#program, '--cli', ...server, '--protocol-era', this.#era, '--format', 'json', '-q', ...args]
    const env = { PATH: process.env.PATH ?? '', HOME: this.home, MCP_INSPECTOR_SECRET_STORE: 'memory' }
    return new Promise((done, fail) => {
      const child = execFile(process.execPath, all, { cwd: ROOT, env }, (_error, stdout, stderr) => {
        const code = child.exitCode
        if (code === null || !stdout.startsWith('{'))
          fail(new Error(`The Inspector ended with ${code}: ${stdout}${stderr}`))
        else done({ code, result: JSON.parse(stdout).result, stderr })
      })
    })
  }

  /** Calls a tool, and keeps what it shows for the snapshot. */
  async call(name: string, args: Record<string, unknown>): Promise<Printed> {
    const printed = await this.run(
      '--method',
      'tools/call',
      '--tool-name',
      name,
      '--tool-args-json',
      JSON.stringify(args),
    )
    this.show(`${name} ${JSON.stringify(args)}`, printed.code, printed.result)
    return printed
  }

  show(title: string, code: number, { content = [], ...rest }: Printed['result']): void {
    const texts = content.map(({ text }: { text: string }) => `[text] ${text}`)
    this.#shown.push([`> ${title}`, ...texts, `[rest] ${JSON.stringify(rest)}`, `[exit] ${code}`].join('\n'))
  }

  /** Everything that was shown, without what differs from run to run. */
  transcript(): string {
    const text = `${this.#shown.join('\n\n')}\n`
    return text.replaceAll(this.home, '/home').replace(/"(version|expires_at)":"\d[^"]*"/g, '"$1":"…"')
  }
}

test.concurrent.for(['legacy', 'modern'])(
  'the MCP Inspector plays a whole story in the %s era',
  { timeout: 120_000 },
  async (era, context) => {
    const { expect } = context
    const inspector = new Inspector(era, context)
    const { result: list } = await inspector.run('--method', 'tools/list')
    inspector.show('tools/list', 0, { tools: list.tools.map(({ name }: { name: string }) => name) })
    const registered = await inspector.run(
      '--method',
      'tools/call',
      '--tool-name',
      'register_user',
      '--tool-arg',
      'identifier=ada',
    )
    expect(shownIn(registered.result)).toMatchObject({ identifier: 'ada' })
    // Each call is a server of its own. Where the one before did not save its login on the machine, the person passes it on.
    const secret = /sk-user-[\w.-]+/.exec(JSON.stringify(registered.result))?.[0]
    if (secret !== undefined) inspector.loginAs('ada', secret)
    await inspector.call('authenticate', {})
    const shop = { url: inspector.database('shop', 'Momo'), identifier: 'shop' }
    await inspector.call('link_integration', { connector: 'sql', configuration: shop })
    const archive = JSON.stringify({ url: inspector.database('archive', 'Kindred'), identifier: 'archive' })
    await inspector.call('link_integration', { connector: 'sql', configuration: archive })
    await inspector.call('set_default_integration', { connector: 'sql', identifier: 'archive' })
    const query = { connector: 'sql', action: 'query', params: { query: 'select title from books' } }
    expect(shownIn((await inspector.call('execute_connector', query)).result).data).toEqual([{ title: 'Kindred' }])
    expect(shownIn((await inspector.call('read_connector', query)).result).data).toEqual([{ title: 'Kindred' }])
    const wrong = await inspector.call('execute_connector', { ...query, action: 'ask' })
    expect([wrong.code, wrong.result.isError, shownIn(wrong.result).error.code]).toEqual([5, true, 'ACTION_NOT_FOUND'])
    await inspector.call('delete_integration', { connector: 'sql', identifier: 'archive' })
    await inspector.call('list_integrations', {})
    await expect(inspector.transcript()).toMatchFileSnapshot(`__snapshots__/${era}.txt`)
  },
)
