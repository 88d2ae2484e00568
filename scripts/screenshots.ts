// Takes the pictures of docs/images in a browser, against real parts on this machine: npx tsx scripts/screenshots.ts
// The picture of the first question needs the built server (node scripts/build.mjs).
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { PHONE, startChromium } from '../test/connect/chromium.js'
import {
  embeddedScene,
  freePort,
  githubSettings,
  makeDatabase,
  sharedScene,
  startGithub,
} from '../test/connect/scene.js'
import { pictureFirstQuestion } from './first-question.js'

const FOLDER = resolve(import.meta.dirname, '../docs/images')
/** A window of a desktop, about as high as the pages. */
const WINDOW = { width: 1120, height: 860 }

async function play(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const port = await freePort()
  const [{ browser, close }, github] = await Promise.all([startChromium(), startGithub(port)])
  const embedded = await embeddedScene({ ...githubSettings(github.origin), CONNECTORS_CALLBACK_PORT: String(port) })
  const shared = await sharedScene(githubSettings(github.origin))
  const newPage = async (viewport: typeof PHONE): Promise<Page> => {
    const options = { viewport, colorScheme: 'light', javaScriptEnabled: false } as const
    return (await browser.newContext(options)).newPage()
  }
  const shoot = (page: Page, name: string, fullPage = true) =>
    page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage })
  try {
    for (const [name, viewport] of [
      ['link-desktop', WINDOW],
      ['link-phone', PHONE],
    ] as const) {
      const page = await newPage(viewport)
      await page.goto((await embedded.client.beginLink('github', embedded.token)).url)
      await shoot(page, name)
      if (viewport !== PHONE) continue
      await page.getByRole('button', { name: 'Continue to GitHub' }).click()
      await page.getByRole('button', { name: /mona/ }).click()
      await page.getByRole('heading', { name: 'GitHub is linked' }).waitFor()
      await page.setViewportSize({ ...PHONE, height: 320 })
      await shoot(page, 'linked-phone')
    }

    const form = await newPage(WINDOW)
    const prefill = { driver: 'postgresql', host: '127.0.0.1', port: 5433, database: 'shop', username: 'reader' }
    await form.goto((await embedded.client.beginLink('sql', embedded.token, { prefill })).url)
    await shoot(form, 'database-desktop')
    const phone = await newPage(PHONE)
    await phone.goto(form.url())
    await shoot(phone, 'database-phone')
    await form.getByLabel('Port').fill(String(await freePort()))
    await form.getByLabel('Password').fill('not shown again')
    await form.getByRole('button', { name: 'Test and link' }).click()
    await form.getByRole('alert').waitFor()
    await shoot(form, 'refused-desktop')
    const file = makeDatabase(join(embedded.folder, 'books.db'))
    await form.getByText('SQLite file').click()
    await form.getByLabel('Path of the file').fill(file)
    await form.getByLabel('What to call the account').fill('books')
    await form.getByRole('button', { name: 'Test and link' }).click()
    await form.getByRole('button', { name: 'Link as read-only' }).waitFor()
    await shoot(form, 'access-desktop')

    const signIn = await newPage(PHONE)
    await signIn.goto((await shared.client.beginLink('github', shared.token)).url)
    await shoot(signIn, 'sign-in-phone')

    const confirm = await newPage(WINDOW)
    const callbackUrl = 'http://127.0.0.1:3000/after'
    await confirm.goto((await embedded.client.startLink('github', embedded.token, { callbackUrl })).url)
    await confirm.getByRole('button', { name: /mona/ }).click()
    await confirm.getByRole('button', { name: 'That is me: link it' }).waitFor()
    await shoot(confirm, 'confirm-desktop')

    await writeFile(join(FOLDER, 'first-question.png'), await pictureFirstQuestion(browser))
  } finally {
    for (const end of [close, github.stop, embedded.close, shared.close]) await end()
  }
}

await play()
