import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noChromium, startChromium } from './chromium.js'
import { embeddedScene, type Scene } from './scene.js'

if (noChromium) process.stderr.write(`Where the button of a page is, is not measured: ${noChromium}.\n`)

const DESKTOP = { width: 1280, height: 900 }

describe.skipIf(noChromium)('the button is in sight on 1280 × 900 without scrolling', () => {
  let chromium: { browser: Browser; close(): Promise<void> }
  let scene: Scene
  beforeAll(async () => {
    chromium = await startChromium()
    scene = await embeddedScene()
  })
  afterAll(async () => {
    for (const end of [scene?.close, chromium?.close]) await end?.()
  })

  const open = async (connector: string, prefill?: Record<string, string>): Promise<Page> => {
    const context = await chromium.browser.newContext({ viewport: DESKTOP, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto((await scene.client.beginLink(connector, scene.token, prefill ? { prefill } : {})).url)
    return page
  }
  const bottomOf = async (page: Page, name: string): Promise<number> => {
    const box = await page.getByRole('button', { name, exact: true }).boundingBox()
    return box ? box.y + box.height : Number.POSITIVE_INFINITY
  }
  const inSight = async (page: Page): Promise<void> => {
    for (const name of ['Test and link', 'Cancel']) expect(await bottomOf(page, name)).toBeLessThan(DESKTOP.height)
  }

  test('for a token, also after a refused try', async () => {
    const page = await open('github')
    await inSight(page)
    await page.getByLabel('A personal access token of GitHub').fill(' ')
    await page.getByRole('button', { name: 'Test and link' }).click()
    await page.getByRole('alert').waitFor()
    await inSight(page)
    await page.context().close()
  })

  test.each(['PostgreSQL', 'MariaDB', 'SQLite file'])('for a database, also after a refused try: %s', async (kind) => {
    const page = await open('sql')
    await page.getByText(kind, { exact: true }).click()
    await inSight(page)
    await page.getByRole('button', { name: 'Test and link' }).click()
    await page.getByRole('alert').waitFor()
    await inSight(page)
    if (kind === 'SQLite file') {
      await page.getByLabel('Path of the file').fill('/not/there.db')
    } else {
      const typed = { Host: '127.0.0.1', Port: '1', 'User name': 'ann', Password: 'x', 'Name of the database': 'shop' }
      for (const [label, value] of Object.entries(typed)) await page.getByLabel(label).fill(value)
    }
    await page.getByRole('button', { name: 'Test and link' }).click()
    await page.getByText('The database cannot be reached').waitFor()
    await inSight(page)
    await page.context().close()
  })

  test('for a database that an agent filled in', async () => {
    const page = await open('sql', { driver: 'mysql', host: 'db.example', database: 'shop', username: 'ann' })
    await inSight(page)
    await page.context().close()
  })
})
