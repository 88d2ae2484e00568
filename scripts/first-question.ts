import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type CallToolResult, Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Browser } from 'playwright-core'
import { makeShop } from '../demo/shops.js'

const ROOT = resolve(import.meta.dirname, '..')
const QUERY = 'select title, sum(copies) as copies from sales group by title order by copies desc limit 3'
/** What the picture shows in the place of the temporary folder. */
const SHOWN_FOLDER = '/home/you/connectors-mcp'

type Fields = Record<string, unknown>

/** A tool call, and what came of it. */
interface Turn {
  tool: string
  args: Fields
  answer: Fields
}

/** The first question of the README as it went: the calls of the agent, and the page of the decision as a picture (PNG). */
interface FirstQuestion {
  turns: Turn[]
  page: Buffer
}

/**
 * Plays the first question of the README against the built server: the calls that an agent makes, and what the person does in
 * the browser.
 * @returns a picture of both sides (PNG)
 */
export async function pictureFirstQuestion(browser: Browser): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'first-question-'))
  const client = new Client({ name: 'first-question', version: '1.0.0' })
  try {
    const args = [join(ROOT, 'dist/main.js')]
    const env = { PATH: process.env.PATH ?? '', HOME: folder }
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env }))
    return await drawn(browser, await play(client, browser, join(folder, 'shop.db')), folder)
  } finally {
    await client.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function play(client: Client, browser: Browser, file: string): Promise<FirstQuestion> {
  const turns: Turn[] = []
  const call = async (tool: string, args: Fields): Promise<Fields> => {
    const { content, isError }: CallToolResult = await client.callTool({
      name: tool,
      arguments: args,
    })
    if (isError) throw new Error(`${tool} failed: ${JSON.stringify(content)}`)
    const [block] = content
    const answer = JSON.parse(block?.type === 'text' ? block.text : '{}') as Fields
    turns.push({ tool, args, answer })
    return answer
  }
  makeShop('berlin', file)
  await client.callTool({ name: 'register_user', arguments: { identifier: 'you@example.com' } })
  const prefill = { driver: 'sqlite', database: file, identifier: 'shop' }
  const { url, link_id } = await call('link_integration', { connector: 'sql', prefill })
  const options = { viewport: { width: 560, height: 700 }, colorScheme: 'light', javaScriptEnabled: false } as const
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(String(url))
  await page.getByRole('button', { name: 'Test and link' }).click()
  const decision = page.getByRole('button', { name: 'Link as read-only' })
  await decision.waitFor()
  const picture = await page.screenshot({ fullPage: true })
  await decision.click()
  await page.getByRole('heading', { name: 'SQL is linked' }).waitFor()
  await call('check_link', { link_id })
  await call('execute_connector', { connector: 'sql', action: 'query', params: { query: QUERY } })
  return { turns, page: picture }
}

/** Which fields of an answer the picture shows. */
const SHOWN = ['status', 'url', 'code', 'user_identifier', 'read_only', 'data', 'acted_as']

async function drawn(browser: Browser, { turns, page: decision }: FirstQuestion, folder: string): Promise<Buffer> {
  const shown = (value: unknown) => escaped(JSON.stringify(value, undefined, 1).replaceAll(folder, SHOWN_FOLDER))
  const answered = (answer: Fields) =>
    SHOWN.filter((name) => name in answer).map((name) => `<b>${name}</b> ${escaped(JSON.stringify(answer[name]))}`)
  const calls = turns.map(
    ({ tool, args, answer }) =>
      `<div class="call"><b>${tool}</b> ${shown(args)}</div><div class="answer">${answered(answer).join('<br>')}</div>`,
  )
  const page = await (await browser.newContext({ viewport: { width: 1240, height: 700 } })).newPage()
  await page.setContent(`<style>
    body { margin: 0; padding: 24px; display: flex; gap: 24px; align-items: flex-start; background: #e3e7ee; font: 15px system-ui, sans-serif; color: #17202c }
    section { flex: 1; background: #fff; border-radius: 12px; padding: 20px; min-width: 0 }
    h1 { font-size: 15px; margin: 0 0 16px; color: #4b5768 }
    .person { background: #eef2f9; border-radius: 12px; padding: 12px 16px; margin: 0 0 16px 48px }
    .call, .answer { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; padding: 8px 12px; border-left: 3px solid #1a55a8 }
    .answer { border-color: #9aa6b8; margin-bottom: 14px; color: #38465a }
    img { width: 480px; border-radius: 12px }
  </style>
  <section><h1>The agent calls tools</h1>
    <p class="person">Link my database, the SQLite file ${SHOWN_FOLDER}/shop.db, as "shop", and tell me which book sells best.</p>
    ${calls.join('\n')}
  </section>
  <div><h1>The person decides in a browser</h1><img src="data:image/png;base64,${decision.toString('base64')}"></div>`)
  return page.screenshot({ fullPage: true })
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
