import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, noEmulator } from '../connectors/emulator.js'
import { DESKTOP, noChromium, PHONE, startChromium } from './chromium.js'
import { embeddedScene, freePort, githubSettings, type Scene, sharedScene, startGithub } from './scene.js'

const missing = noChromium || noEmulator
if (missing) process.stderr.write(`The page of confirmation is not tested in a browser: ${missing}.\n`)

const KINDS = [
  ['with JavaScript', { javaScriptEnabled: true, viewport: DESKTOP }],
  ['without JavaScript', { javaScriptEnabled: false, viewport: DESKTOP }],
  ['on a phone', { javaScriptEnabled: false, viewport: PHONE, isMobile: true, hasTouch: true }],
] as const

describe.skipIf(missing)('the confirmation page in a browser', () => {
  let chromium: { browser: Browser; close(): Promise<void> }
  let github: Emulator
  let port: number
  const contexts: BrowserContext[] = []
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    port = await freePort()
    ;[chromium, github] = await Promise.all([startChromium(), startGithub(port)])
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    for (const close of closers.splice(0)) await close()
  })
  afterAll(async () => {
    await chromium?.close()
    await github?.stop()
  })

  const embedded = async (): Promise<Scene> => {
    const settings = { ...githubSettings(github.origin), CONNECTORS_CALLBACK_PORT: String(port) }
    return opened(await embeddedScene(settings, 'eve@example.com'))
  }
  const shared = async (): Promise<Scene> =>
    opened(await sharedScene(githubSettings(github.origin), port, 'eve@example.com'))
  const opened = (scene: Scene): Scene => {
    closers.push(scene.close)
    return scene
  }
  const newPage = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const context = await chromium.browser.newContext(options)
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    return page
  }
  const listening = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  /** The application that began the link, as published SDKs have it. */
  const application = async (): Promise<string> =>
    `${await listening((_request, response) => response.end('the application'))}/after`
  /** `scrollWidth` without a script of the page: the layout itself is asked. */
  const overflow = async (page: Page): Promise<number> => {
    const session = await page.context().newCDPSession(page)
    const { cssContentSize, cssLayoutViewport } = await session.send('Page.getLayoutMetrics')
    return cssContentSize.width - cssLayoutViewport.clientWidth
  }

  /** Somebody sends a person the address of the third party, and the person agrees there. */
  const consented = async ({ client, token }: Scene, options: object, callbackUrl: string) => {
    const { url, link_id = '' } = await client.startLink('github', token, { callbackUrl })
    const page = await newPage(options)
    await page.goto(url)
    await page.getByRole('button', { name: /mona/ }).click()
    await page.getByRole('heading', { name: 'Link your GitHub account?' }).waitFor()
    expect(await client.listIntegrations('github', token)).toEqual([])
    return { page, link_id }
  }

  describe.each(KINDS)('%s', (_name, options) => {
    test("links after one click on a person's own machine, and continues to the application", async () => {
      const scene = await embedded()
      const callbackUrl = await application()
      const { page, link_id } = await consented(scene, options, callbackUrl)
      expect(await page.locator('dl').textContent()).toContain('eve@example.com')
      expect(await page.locator('dl').textContent()).toContain(new URL(callbackUrl).origin)
      expect(page.url()).not.toContain('code=')
      expect(await overflow(page)).toBe(0)
      await page.getByRole('button', { name: 'That is me: link it' }).click()
      await page.getByText('the application').waitFor()
      expect(page.url()).toBe(`${callbackUrl}?status=success&connector=github&user_identifier=mona`)
      expect(await scene.client.linkStatus(scene.token, link_id)).toMatchObject({
        status: 'linked',
        user_identifier: 'mona',
      })
    })

    test('refuses a wrong secret on a shared service, and links with the right one', async () => {
      const scene = await shared()
      const callbackUrl = await application()
      const { page } = await consented(scene, options, callbackUrl)
      expect(await overflow(page)).toBe(0)
      await page.getByLabel('Your secret').fill('sk-user-guessed')
      await page.getByRole('button', { name: 'Sign in and link it' }).click()
      await page.getByRole('alert').waitFor()
      expect(await overflow(page)).toBe(0)
      expect(await scene.client.listIntegrations('github', scene.token)).toEqual([])
      await page.getByLabel('Your secret').fill(scene.secret)
      await page.getByRole('button', { name: 'Sign in and link it' }).click()
      await page.getByText('the application').waitFor()
      expect(page.url()).toBe(`${callbackUrl}?status=success&connector=github&user_identifier=mona`)
      expect(await scene.client.listIntegrations('github', scene.token)).toMatchObject([{ user_identifier: 'mona' }])
    })

    test('lets another person cancel it, stays on our page, and shows where the application waits', async () => {
      const scene = await shared()
      const callbackUrl = await application()
      const { page, link_id } = await consented(scene, options, callbackUrl)
      await page.getByRole('button', { name: 'That is not me: cancel it' }).click()
      await page.getByRole('heading', { name: 'GitHub was not linked' }).waitFor()
      const onward = page.getByRole('link', { name: `Continue to ${new URL(callbackUrl).origin}` })
      expect(await onward.getAttribute('href')).toBe(`${callbackUrl}?error=cancelled_error`)
      expect(await overflow(page)).toBe(0)
      expect(await scene.client.linkStatus(scene.token, link_id)).toMatchObject({
        status: 'failed',
        error: 'cancelled_error',
      })
      expect(await scene.client.listIntegrations('github', scene.token)).toEqual([])
    })
  })

  test('is skipped in a browser that is signed in as the user', async () => {
    const scene = await shared()
    const callbackUrl = await application()
    const page = await newPage()
    await page.goto((await scene.client.beginLink('github', scene.token)).url)
    await page.getByLabel('Your secret').fill(scene.secret)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Continue to GitHub' }).waitFor()
    await page.goto((await scene.client.startLink('github', scene.token, { callbackUrl })).url)
    await page.getByRole('button', { name: /mona/ }).click()
    await page.getByText('the application').waitFor()
    expect(page.url()).toBe(`${callbackUrl}?status=success&connector=github&user_identifier=mona`)
  })

  test('can be neither clicked nor framed by a page of another origin', async () => {
    const scene = await embedded()
    const { page, link_id } = await consented(scene, {}, await application())
    const address = page.url()
    const evil = await listening((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<iframe src="${address}"></iframe><form method="post" action="${address}/confirm"><input name="form_token" value="${'x'.repeat(43)}"><button>Win</button></form>`,
      )
    })
    const tab = await page.context().newPage()
    const refused = tab.waitForEvent('console', (line) => /frame-ancestors|X-Frame-Options/i.test(line.text()))
    await tab.goto(evil)
    expect((await refused).type()).toBe('error')
    for (const frame of tab.frames().slice(1)) expect(await frame.content()).not.toContain('form_token')
    await tab.getByRole('button', { name: 'Win' }).click()
    await tab.getByText('was not sent from this page').waitFor()
    expect(await scene.client.listIntegrations('github', scene.token)).toEqual([])
    expect((await scene.client.linkStatus(scene.token, link_id)).status).toBe('pending')
    await page.getByRole('button', { name: 'That is me: link it' }).click()
    await page.getByText('the application').waitFor()
  })
})
