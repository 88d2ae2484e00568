// Takes the pictures of docs/images in a browser, against real parts on this machine: npx tsx scripts/screenshots.ts
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { PHONE, startChromium } from '../test/connect/chromium.js'
import { embeddedScene, freePort, githubSettings, newUser, sharedScene, startGithub } from '../test/connect/scene.js'

const FOLDER = resolve(import.meta.dirname, '../docs/images')

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
    for (const [size, viewport] of [
      ['desktop', { width: 760, height: 1000 }],
      ['phone', PHONE],
    ] as const) {
      const owner = size === 'desktop' ? embedded : await newUser(embedded.client, 'grace@example.com')
      const page = await newPage(viewport)
      const { url } = await embedded.client.beginLink('github', owner.token)
      await page.goto(url)
      await shoot(page, `link-${size}`)
      await page.getByRole('button', { name: 'Continue to GitHub' }).click()
      await page.getByRole('button', { name: /mona/ }).click()
      await page.getByRole('heading', { name: 'GitHub is linked' }).waitFor()
      await page.setViewportSize({ width: viewport.width, height: 320 })
      await shoot(page, `linked-${size}`)

      const form = await newPage(viewport)
      await form.goto((await embedded.client.beginLink('sql', owner.token)).url)
      await shoot(form, `form-${size}`, false)
      await form.getByLabel('The database as a URL').fill(`sqlite:///${join(embedded.folder, 'not-there.db')}`)
      await form.getByRole('button', { name: 'Test and link' }).click()
      await form.getByRole('alert').waitFor()
      await shoot(form, `refused-${size}`, false)

      const signIn = await newPage(viewport)
      await signIn.goto((await shared.client.beginLink('github', shared.token)).url)
      await shoot(signIn, `sign-in-${size}`)
    }
  } finally {
    for (const end of [close, github.stop, embedded.close, shared.close]) await end()
  }
}

await play()
