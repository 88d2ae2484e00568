import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finishedPage } from '../../src/api/pages/finished.js'
import { STYLE } from '../../src/api/pages/style.js'
import { type Emulator, noEmulator } from '../connectors/emulator.js'
import { noChromium, startChromium } from './chromium.js'
import { embeddedScene, freePort, githubSettings, makeDatabase, type Scene, sharedScene, startGithub } from './scene.js'

if (noChromium) process.stderr.write(`The pages of a link are not checked by axe: ${noChromium}.\n`)
if (noEmulator) process.stderr.write(`The pages of a link at GitHub are not checked by axe: ${noEmulator}.\n`)

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const SCREENS = [
  ['a desktop', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['a desktop in the dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['a phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'light' }],
] as const

/**
 * @see https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
 * @see https://www.w3.org/TR/WCAG22/
 */
describe.skipIf(noChromium)('every page of a link is free of what axe finds wrong', () => {
  let chromium: { browser: Browser; close(): Promise<void> }
  let local: Scene
  let shared: Scene
  beforeAll(async () => {
    chromium = await startChromium()
    local = await embeddedScene()
    shared = await sharedScene({})
  })
  afterAll(async () => {
    for (const end of [local?.close, shared?.close, chromium?.close]) await end?.()
  })

  describe.each(SCREENS)('on %s', (_name, options) => {
    let context: BrowserContext
    let page: Page
    beforeAll(async () => {
      // The policy of the pages lets no script in, and axe is one.
      context = await chromium.browser.newContext({ ...options, bypassCSP: true })
      page = await context.newPage()
      page.setDefaultTimeout(15_000)
    })
    afterAll(() => context?.close())

    const check = async (heading: string | RegExp): Promise<void> => {
      await page.getByRole('heading', { name: heading }).waitFor()
      await page.addScriptTag({ path: AXE })
      // What is folded away is part of the page.
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
      const results = (await page.evaluate('axe.run()')) as AxeResults
      expect(
        results.violations.map(({ id, nodes }) => [
          id,
          ...nodes.map(({ html, failureSummary }) => [html, failureSummary]),
        ]),
      ).toEqual([])
      expect(results.passes.length).toBeGreaterThan(10)
      const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      expect(wider).toBe(0)
    }
    const begin = async ({ client, token }: Scene, connector: string, prefill = {}): Promise<string> => {
      const { url, link_id } = await client.beginLink(connector, token, { prefill })
      await page.goto(url)
      return link_id
    }

    test('the form of a database, filled in by an agent, refused, decided on, linked, and linked again', async () => {
      const file = makeDatabase(join(local.folder, `books-${options.viewport.width}-${options.colorScheme}.db`))
      await begin(local, 'sql', { driver: 'postgresql', host: 'db.invalid', username: 'ann', read_only: true })
      await check('Link an SQL account')
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('alert').waitFor()
      await check('Link an SQL account')
      await page.getByLabel('Name of the database').fill('shop')
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByText('is not known').first().waitFor()
      await check('Link an SQL account')
      await page.getByLabel('SQLite file').check()
      await check('Link an SQL account')
      await page.getByLabel('Path of the file').fill(file)
      await page.getByLabel('Let nothing be changed').uncheck()
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('button', { name: 'Link as read-only' }).waitFor()
      await check('Link an SQL account')
      await page.getByRole('button', { name: 'Link as read-only' }).click()
      await check('SQL is linked')
    })

    test('the question whether another account may be replaced', async () => {
      const name = `${options.viewport.width}-${options.colorScheme}`
      const [first, second] = ['one', 'two'].map((which) => makeDatabase(join(local.folder, `${which}-${name}.db`)))
      const configuration = { url: `sqlite:///${first}`, identifier: name }
      await local.client.linkCustom('sql', local.token, { configuration })
      await begin(local, 'sql')
      await page.getByLabel('SQLite file').check()
      await page.getByLabel('Path of the file').fill(second ?? '')
      await page.getByLabel('What to call the account').fill(name)
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page
        .getByRole('button', { name: /^Replace it/ })
        .first()
        .waitFor()
      await check('Link an SQL account')
      // A link that waits would be returned again, to another browser.
      await page.getByRole('button', { name: 'Cancel' }).click()
      await check('SQL was not linked')
    })

    test('the form of a token that was left empty', async () => {
      await begin(local, 'github')
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
      await page.evaluate("for (const one of document.querySelectorAll('form')) one.noValidate = true")
      await page.getByRole('button', { name: 'Test and link' }).click()
      await page.getByRole('alert').waitFor()
      await check('Link a GitHub account')
    })

    test('the form of a token, refused, and a link that was cancelled', async () => {
      await begin(local, 'github')
      await check('Link a GitHub account')
      await page.getByRole('button', { name: 'Cancel' }).click()
      await check('GitHub was not linked')
    })

    test('the sign-in on a shared service, and a wrong secret', async () => {
      await begin(shared, 'sql')
      await check('Link an SQL account')
      await page.getByLabel('Your secret').fill('sk-user-nonsense')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').waitFor()
      await check('Link an SQL account')
    })

    test.each(['expired', 'finishing'] as const)('a link that is %s', async (phase) => {
      const nothing = { account: undefined, server: undefined, readOnly: undefined, message: undefined }
      const account = { replaced: false, replacedAccount: null, selected: false, missingScopes: null }
      const link = { phase, connector: { name: 'sql', title: 'SQL' }, ...account, ...nothing }
      const shown = finishedPage(
        { ...link, upstream: undefined, onward: undefined },
        { base: '', place: 'on this computer' },
      )
      await page.setContent(await shown.text())
      await page.addStyleTag({ content: STYLE })
      await check(/expired|is being linked/)
    })

    test('a link that is not known, and an answer that belongs to none', async () => {
      await begin(local, 'github')
      const { origin } = new URL(page.url())
      await page.goto(`${origin}/connect/unknown`)
      await check('There is no such link')
      const callback = `${origin}/connectors/github/success-authorize-callback`
      await page.goto(`${callback}?code=c&state=s`)
      await check('Not linked')
      await page.goto(callback)
      await check('Linking an account')
    })
  })

  describe.skipIf(noEmulator)('and those with GitHub', () => {
    let github: Emulator
    let scene: Scene
    beforeAll(async () => {
      const port = await freePort()
      github = await startGithub(port)
      scene = await embeddedScene({ ...githubSettings(github.origin), CONNECTORS_CALLBACK_PORT: String(port) })
    })
    afterAll(async () => {
      for (const end of [scene?.close, github?.stop]) await end?.()
    })

    test.each(SCREENS)(
      'the way to the consent, and the question whose account it becomes: %s',
      async (_name, options) => {
        const context = await chromium.browser.newContext({ ...options, bypassCSP: true })
        const page = await context.newPage()
        const check = async (): Promise<void> => {
          await page.addScriptTag({ path: AXE })
          const { violations } = (await page.evaluate('axe.run()')) as AxeResults
          expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([])
        }
        await page.goto((await scene.client.beginLink('github', scene.token)).url)
        await page.getByRole('button', { name: 'Continue to GitHub' }).waitFor()
        await check()
        const callbackUrl = 'http://127.0.0.1:3000/after'
        await page.goto((await scene.client.startLink('github', scene.token, { callbackUrl })).url)
        await page.getByRole('button', { name: /mona/ }).click()
        await page.getByRole('button', { name: 'That is me: link it' }).waitFor()
        await check()
        await context.close()
      },
    )
  })
})
