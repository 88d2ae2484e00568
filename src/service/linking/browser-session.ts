import type { Clock } from '../../base/clock.js'
import { randomToken } from '../../base/random.js'
import { hashSecret, sign, verifySignature } from '../../crypto/index.js'
import type { Vault } from '../vault/vault.js'

/** How long a person stays signed in on the page. Milliseconds. */
export const SESSION_LIFETIME = 30 * 60_000
const BROWSER = /^[A-Za-z0-9_-]{43}$/
const SESSION = /^([0-9a-f-]{36})\.(\d{1,16})\.([A-Za-z0-9_-]{43})$/

/** A browser on the page: the random text it is known by, and what it says it is signed in with. */
export interface Visitor {
  browser: string
  session: string | undefined
}

/** What a browser holds to prove that it is the one from before. Any process on the store checks what another gave. */
export interface BrowserProofs {
  /** The browser that sent this cookie, or a new one. */
  browser(cookie: string | undefined): string
  /** What a form of a link must send back, in that browser only. */
  formToken(browser: string, linkId: string): string
  isFormToken(browser: string, linkId: string, token: string): boolean
  /** A sign-in of that browser, for half an hour. */
  session(browser: string, userId: string): string
  /** Who is signed in; undefined without a valid session. */
  userOf(visitor: Visitor): string | undefined
}

export function createBrowserProofs(vault: Vault, clock: Clock): BrowserProofs {
  const formKey = vault.derived('connect-form')
  const sessionKey = vault.derived('connect-session')
  const form = (browser: string, linkId: string) => JSON.stringify([browser, linkId])
  const session = (browser: string, userId: string, expiresAt: number) =>
    JSON.stringify([hashSecret(browser), userId, expiresAt])
  return {
    browser: (cookie) => (cookie !== undefined && BROWSER.test(cookie) ? cookie : randomToken()),
    formToken: (browser, linkId) => sign(formKey, form(browser, linkId)),
    isFormToken: (browser, linkId, token) => verifySignature(formKey, form(browser, linkId), token),
    session(browser, userId) {
      const expiresAt = clock() + SESSION_LIFETIME
      return `${userId}.${expiresAt}.${sign(sessionKey, session(browser, userId, expiresAt))}`
    },
    userOf(visitor) {
      const [, userId, end, signature] = SESSION.exec(visitor.session ?? '') ?? []
      if (userId === undefined || signature === undefined || Number(end) <= clock()) return undefined
      return verifySignature(sessionKey, session(visitor.browser, userId, Number(end)), signature) ? userId : undefined
    },
  }
}
