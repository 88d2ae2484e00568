import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, noEmulator } from '../connectors/emulator.js'
import { DESKTOP, noChromium, PHONE, startChromium } from './chromium.js'
import {
  embeddedScene,
  freePort,
  githubSettings,
  makeDatabase,
  newUser,
  type Scene,
  sharedScene,
  startGithub,
} from './scene.js'

if (noChromium) process.stderr.write(`The link page is not tested in a browser: ${noChromium}.\n`)
if (noEmulator) process.stderr.write(`The link page is not tested with GitHub: ${noEmulator}.\n`)

const KINDS = [
  ['with JavaScript', { javaScriptEnabled: true, viewport: DESKTOP }],
  ['without JavaScript', { javaScriptEnabled: false, viewport: DESKTOP }],
  ['on a phone', { javaScriptEnabled: false, viewport: PHONE, isMobile: true, hasTouch: true }],
] as const

describe.skipIf(noChromium)('the link page in a browser', () => {
  let chromium: { browser: Browser; close(): Promise<void> }
  const contexts: BrowserContext[] = []
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    chromium = await startChromium()
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    for (const close of closers.splice(0)) await close()
  })
  afterAll(() => chromium?.close())

  const newPage = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const context = await chromium.browser.newContext(options)
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    return page
  }
  const opened = (scene: Scene): Scene => {
    closers.push(scene.close)
    return scene
  }
  /** `scrollWidth` without a script of the page: the layout itself is asked. */
  const overflow = async (page: Page): Promise<number> => {
    const session = await page.context().newCDPSession(page)
    const { cssContentSize, cssLayoutViewport } = await session.send('Page.getLayoutMetrics')
    return cssContentSize.width - cssLayoutViewport.clientWidth
  }

  describe.each(KINDS)('%s', (_name, options) => {
    test('links a database by the form after a refused login is corrected', async () => {
      const { client, token, folder } = opened(await embeddedScene())
      const begun = await client.beginLink('sql', token)
      const page = await newPage(options)
      await page.goto(begun.url)
      expect(await page.locator('.code strong').textContent()).toBe(begun.code)
      expect(await page.locator('dl').textContent()).toContain('ada@example.com')
      expect(await overflow(page)).toBe(0)
      const url = page.getByLabel('The database as a URL')
      expect(await url.isVisible()).toBe(false)
      await page.getByText('Or paste a URL').click()
      expect(await url.getAttribute('type')).toBe('password')
      await url.fill(`sqlite:///${join(folder, 'not-there.db')}`)
      await page.getByLabel('What to call the account').fill('books')
      await page.getByLabel('Let nothing be changed').check()
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('alert').waitFor()
      expect(await overflow(page)).toBe(0)
      expect(await url.inputValue()).toBe('')
      expect(await page.getByLabel('What to call the account').inputValue()).toBe('books')
      expect(await page.getByLabel('Let nothing be changed').isChecked()).toBe(true)
      expect((await client.linkStatus(token, begun.link_id)).status).toBe('pending')
      await url.fill(`sqlite:///${makeDatabase(join(folder, 'books.db'))}`)
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('heading', { name: 'SQL is linked' }).waitFor()
      expect(await page.locator('main').textContent()).toContain('books')
      expect(await page.locator('form').count()).toBe(0)
      expect(await overflow(page)).toBe(0)
      const ended = await client.linkStatus(token, begun.link_id, { wait: 5 })
      expect(ended).toMatchObject({ status: 'linked', user_identifier: 'books', selected: true, replaced: false })
      const write = { userToken: token, params: { query: 'delete from books' } }
      await expect(client.execute('sql', 'query', write)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await page.goto(begun.url)
      expect(await page.locator('form').count()).toBe(0)
    })

    test('asks for a database by its parts, and marks what is missing', async () => {
      const { client, token, folder } = opened(await embeddedScene())
      const page = await newPage(options)
      await page.goto((await client.beginLink('sql', token)).url)
      const send = () => page.getByRole('button', { name: 'Test and link' }).click()
      const faulty = async () =>
        Promise.all((await page.locator('[aria-invalid=true]').all()).map((field) => field.getAttribute('name')))
      const focused = () => page.locator(':focus').getAttribute('name')
      expect(await page.getByLabel('PostgreSQL').isChecked()).toBe(true)
      expect(await page.getByText('5432 if left empty').isVisible()).toBe(true)
      await page.getByText('MariaDB', { exact: true }).click()
      expect(await page.getByText('3306 if left empty').isVisible()).toBe(true)
      expect(await page.getByText('5432 if left empty').isVisible()).toBe(false)
      await page.getByLabel('User name').fill('ann')
      await page.getByLabel('Password').fill('a secret')
      await send()
      await page.getByRole('alert').filter({ hasText: 'Fill in what is missing' }).waitFor()
      expect(await faulty()).toEqual(['field.host', 'field.database'])
      expect(await focused()).toBe('field.host')
      expect(await page.getByLabel('MariaDB').isChecked()).toBe(true)
      expect(await page.getByLabel('User name').inputValue()).toBe('ann')
      expect(await page.getByLabel('Password').inputValue()).toBe('')
      expect(await page.content()).not.toContain('a secret')
      expect(await overflow(page)).toBe(0)
      await page.getByText('SQLite file').click()
      for (const name of ['Host', 'Port', 'User name', 'Password'])
        expect(await page.getByLabel(name).isVisible()).toBe(false)
      await send()
      await page.getByRole('link', { name: 'Path of the file' }).waitFor()
      expect([await faulty(), await focused()]).toEqual([['field.database'], 'field.database'])
      await page.getByLabel('Path of the file').fill(makeDatabase(join(folder, 'books.db')))
      await page.getByLabel('Path of the file').press('Enter')
      await page.getByRole('button', { name: 'Link as read-only' }).waitFor()
    })

    test('asks about a login that can write, lets the person go back, and links it read-only', async () => {
      const { client, token, folder } = opened(await embeddedScene())
      const begun = await client.beginLink('sql', token)
      const page = await newPage(options)
      await page.goto(begun.url)
      const file = makeDatabase(join(folder, 'books.db'))
      const fill = async () => {
        await page.getByText('SQLite file').click()
        await page.getByLabel('Path of the file').fill(file)
        await page.getByRole('button', { name: 'Test and link' }).click()
        await page.getByRole('button', { name: 'Link as read-only' }).waitFor()
      }
      await fill()
      expect(await page.locator('main').textContent()).toMatch(/SQLite 3\.[\d.]+/)
      expect(await page.locator('main').textContent()).toContain('add, change and delete rows')
      expect(await overflow(page)).toBe(0)
      expect((await client.linkStatus(token, begun.link_id)).status).toBe('pending')
      expect(await client.listIntegrations('sql', token)).toEqual([])
      await page.reload()
      await page.getByRole('button', { name: 'Link with write access' }).waitFor()
      await page.getByRole('button', { name: 'Back to the form' }).click()
      // What was typed and is no secret is there again.
      expect(await page.getByLabel('SQLite file').isChecked()).toBe(true)
      expect(await page.getByLabel('Path of the file').inputValue()).toBe(file)
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('button', { name: 'Link as read-only' }).waitFor()
      const waiting = client.linkStatus(token, begun.link_id, { wait: 20 })
      await page.getByRole('button', { name: 'Link as read-only' }).click()
      await page.getByRole('heading', { name: 'SQL is linked' }).waitFor()
      expect(await page.locator('dl').textContent()).toMatch(/SQLite 3\.[\d.]+.*read-only/s)
      expect(await overflow(page)).toBe(0)
      expect(await waiting).toMatchObject({ status: 'linked', read_only: true, auth_scopes: ['read'] })
      // Past everything of ours that looks at a statement: the engine itself refuses it.
      const trick = 'with x as (select 1) insert into books select * from x'
      const write = client.execute('sql', 'query', { userToken: token, params: { query: trick } })
      await expect(write).rejects.toMatchObject({ code: 'FORBIDDEN' })
    })

    test("accepts the user's secret on a shared service and refuses a wrong one", async () => {
      const { client, token, secret, folder } = opened(await sharedScene({}))
      const eve = await newUser(client, 'eve@example.com')
      const begun = await client.beginLink('sql', token)
      const page = await newPage(options)
      await page.goto(begun.url)
      expect(await page.locator('dl').textContent()).toContain('Design team')
      expect(await overflow(page)).toBe(0)
      for (const [given, sentence] of [
        ['sk-user-nonsense', 'The login was refused'],
        [eve.secret, 'This is the secret of another user'],
      ] as const) {
        await page.getByLabel('Your secret').fill(given)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('alert').filter({ hasText: sentence }).waitFor()
      }
      expect(await overflow(page)).toBe(0)
      await page.getByLabel('Your secret').fill(secret)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('Or paste a URL').click()
      await page.getByLabel('The database as a URL').fill(`sqlite:///${makeDatabase(join(folder, 'books.db'))}`)
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('button', { name: 'Link as read-only' }).click()
      await page.getByRole('heading', { name: 'SQL is linked' }).waitFor()
      const [cookie] = (await page.context().cookies()).filter(({ name }) => name === 'connect-session')
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: false })
    })

    test('lets the person cancel the link', async () => {
      const { client, token } = opened(await embeddedScene())
      const begun = await client.beginLink('sql', token)
      const page = await newPage(options)
      await page.goto(begun.url)
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('heading', { name: 'SQL was not linked' }).waitFor()
      expect(await client.linkStatus(token, begun.link_id)).toMatchObject({
        status: 'failed',
        error: 'cancelled_error',
      })
    })
  })

  test('can be used by the keyboard alone', async () => {
    const { client, token, folder } = opened(await embeddedScene())
    const begun = await client.beginLink('sql', token)
    const page = await newPage({ javaScriptEnabled: false })
    await page.goto(begun.url)
    await page.keyboard.press('Tab')
    for (let kind = 0; kind < 3; kind++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    expect(await page.getByLabel('Path of the file').evaluate((element) => element.matches(':focus-visible'))).toBe(
      true,
    )
    await page.keyboard.type(makeDatabase(join(folder, 'books.db')))
    await page.keyboard.press('Enter')
    const readOnly = page.getByRole('button', { name: 'Link as read-only' })
    await readOnly.waitFor()
    await page.keyboard.press('Tab')
    expect(await readOnly.evaluate((element) => element.matches(':focus-visible'))).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'SQL is linked' }).waitFor()
    expect(await client.linkStatus(token, begun.link_id)).toMatchObject({ read_only: true })
  })

  test('cannot be framed by another page', async () => {
    const { client, token } = opened(await embeddedScene())
    const { url } = await client.beginLink('sql', token)
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<iframe src="${url}"></iframe>`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => void server.close())
    const page = await newPage()
    const refused = page.waitForEvent('console', (line) => /frame-ancestors|X-Frame-Options/i.test(line.text()))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect((await refused).type()).toBe('error')
    for (const frame of page.frames()) expect(await frame.content()).not.toContain('form_token')
  })

  test('never violates its own content security policy', async () => {
    const { client, token } = opened(await embeddedScene())
    const { url } = await client.beginLink('sql', token)
    const page = await newPage()
    const said: string[] = []
    page.on('console', (line) => said.push(line.text()))
    await page.goto(url)
    expect(await page.evaluate("getComputedStyle(document.querySelector('.card')).maxWidth")).not.toBe('none')
    await page.getByRole('button', { name: 'Test and link' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'SQL was not linked' }).waitFor()
    expect(said.filter((line) => /Content.Security.Policy/i.test(line))).toEqual([])
  })

  describe.skipIf(noEmulator)('linking GitHub from the page', () => {
    let github: Emulator
    let port: number
    const settings = () => ({ ...githubSettings(github.origin), CONNECTORS_CALLBACK_PORT: String(port) })
    beforeAll(async () => {
      port = await freePort()
      github = await startGithub(port)
    })
    afterAll(() => github?.stop())

    test.each(KINDS)('by consent works, %s', async (_name, options) => {
      const { client, token } = opened(await embeddedScene(settings()))
      const begun = await client.beginLink('github', token)
      const page = await newPage(options)
      await page.goto(begun.url)
      expect(await page.locator('dl').textContent()).toContain('read:user')
      expect(await overflow(page)).toBe(0)
      await page.getByRole('button', { name: 'Continue to GitHub' }).click()
      await page.waitForURL(`${github.origin}/**`)
      const waiting = client.linkStatus(token, begun.link_id, { wait: 20 })
      await page.getByRole('button', { name: /mona/ }).click()
      await page.getByRole('heading', { name: 'GitHub is linked' }).waitFor()
      expect(page.url()).toBe(begun.url)
      expect(await waiting).toMatchObject({ status: 'linked', user_identifier: 'mona', replaced: false })
      const call = { userToken: token, params: { query: 'author:mona', sort: null } }
      expect(await client.execute('github', 'github_search_issue', call)).toMatchObject({ actedAs: 'mona' })
    })

    /** An authorization server that sends browsers on to GitHub's to sign in: another port is another origin. */
    const startSignIn = async (): Promise<string> => {
      const server = createServer((request, response) => {
        response.writeHead(302, { location: `${github.origin}${request.url}` }).end()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      closers.push(async () => void server.close())
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/login/oauth/authorize`
    }

    test.each(KINDS)('by consent through a third origin works: %s', async (_name, options) => {
      const signIn = { CONNECTORS_GITHUB_AUTHORIZATION_URL: await startSignIn() }
      const { client, token } = opened(await embeddedScene({ ...settings(), ...signIn }))
      const begun = await client.beginLink('github', token)
      const page = await newPage(options)
      await page.goto(begun.url)
      await page.getByRole('button', { name: 'Continue to GitHub' }).click()
      await page.waitForURL(`${github.origin}/**`)
      await page.goBack()
      await page.getByRole('button', { name: 'Continue to GitHub' }).waitFor()
      expect(page.url()).toBe(begun.url)
      await page.getByRole('button', { name: 'Continue to GitHub' }).click()
      await page.waitForURL(`${github.origin}/**`)
      await page.getByRole('button', { name: /mona/ }).click()
      await page.getByRole('heading', { name: 'GitHub is linked' }).waitFor()
      expect(page.url()).toBe(begun.url)
      expect(await client.linkStatus(token, begun.link_id)).toMatchObject({ status: 'linked', user_identifier: 'mona' })
    })

    test('does nothing when the callback opens in another browser', async () => {
      const { client, token } = opened(await embeddedScene(settings()))
      const begun = await client.beginLink('github', token)
      const page = await newPage()
      await page.goto(begun.url)
      await page.getByRole('button', { name: 'Continue to GitHub' }).click()
      await page.waitForURL(`${github.origin}/**`)
      const other = await newPage()
      await other.goto(page.url())
      await other.getByRole('button', { name: /mona/ }).click()
      await other.waitForURL(/success-authorize-callback/)
      expect(await other.locator('main').textContent()).toContain('a different browser')
      expect(await client.linkStatus(token, begun.link_id)).toMatchObject({
        status: 'failed',
        error: 'invalid_request',
      })
      expect(await client.listIntegrations('github', token)).toEqual([])
    })

    test('by a personal access token works', async () => {
      const { client, token } = opened(await embeddedScene(settings()))
      const begun = await client.beginLink('github', token)
      const page = await newPage({ javaScriptEnabled: false })
      await page.goto(begun.url)
      await page.getByText('Use a token instead').click()
      await page.getByLabel('A personal access token of GitHub').fill('ghp_monas_personal_token')
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('heading', { name: 'GitHub is linked' }).waitFor()
      expect(await client.linkStatus(token, begun.link_id)).toMatchObject({ status: 'linked', user_identifier: 'mona' })
    })

    test('by a token may end at a callback URL on another origin', async () => {
      const { client, token } = opened(await embeddedScene(settings()))
      const after = createServer((_request, response) => response.end('the application')).listen(0, '127.0.0.1')
      await once(after, 'listening')
      closers.push(async () => void after.close())
      const callbackUrl = `http://127.0.0.1:${(after.address() as AddressInfo).port}/after;url='x'/"y?a='b';url=http://127.0.0.1:1/&c="d"&amp;=1`
      const begun = await client.beginLink('github', token, { callbackUrl })
      const page = await newPage()
      await page.goto(begun.url)
      await page.getByText('Use a token instead').click()
      await page.getByLabel('A personal access token of GitHub').fill('ghp_monas_personal_token')
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByText('the application').waitFor()
      const ended = new URL(callbackUrl)
      for (const [name, value] of Object.entries({ status: 'success', connector: 'github', user_identifier: 'mona' }))
        ended.searchParams.set(name, value)
      expect(page.url()).toBe(ended.href)
      await page.goBack()
      await page.getByRole('heading', { name: 'GitHub is linked' }).waitFor()
      expect(page.url()).toBe(begun.url)
    })
  })
})
