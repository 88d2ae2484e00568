import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Why there is no browser here, or false. */
export const noChromium: string | false = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM} on this machine`

export const DESKTOP = { width: 1100, height: 900 }
export const PHONE = { width: 360, height: 740 }

/** Starts Debian's Chromium with a profile of its own, reaching nothing but this machine. */
export async function startChromium(): Promise<{ browser: Browser; close(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'chromium-'))
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    env: { PATH: '/usr/bin:/bin', HOME: home },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    ],
  })
  return {
    browser,
    async close() {
      await browser.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}
