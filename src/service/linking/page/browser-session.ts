import type { Clock } from '../../../base/clock.js'
import { randomToken } from '../../../base/random.js'
import { hashSecret, sign, verifySignature } from '../../../crypto/index.js'
import type { Vault } from '../../vault/vault.js'

/** How long a person stays signed in on the page. Milliseconds. */
export const SESSION_LIFETIME = 30 * 60_000
const BROWSER = /^[A-Za-z0-9_-]{43}$/
const SESSION = /^([0-9a-f-]{36})\.(\d{1,16})\.([A-Za-z0-9_-]{43})$/

/** A browser on the page: the random text that identifies it, and the session that it claims. */
export interface Visitor {
  browser: string
  session: string | undefined
}

interface BrowserProofsDeps {
  vault: Vault
  clock: Clock
}

/** What a browser holds to prove that it is the same one. Any process on the store can check what another issued. */
export class BrowserProofs {
  readonly #formKey: Uint8Array
  readonly #sessionKey: Uint8Array
  readonly #clock: Clock

  constructor({ vault, clock }: BrowserProofsDeps) {
    this.#formKey = vault.derived('connect-form')
    this.#sessionKey = vault.derived('connect-session')
    this.#clock = clock
  }

  /** The browser that sent this cookie, or a new one. */
  browser(cookie: string | undefined): string {
    return cookie !== undefined && BROWSER.test(cookie) ? cookie : randomToken()
  }

  /** What a form of a link must send back, in that browser only. */
  formToken(browser: string, linkId: string): string {
    return sign(this.#formKey, formText(browser, linkId))
  }

  isFormToken(browser: string, linkId: string, token: string): boolean {
    return verifySignature(this.#formKey, formText(browser, linkId), token)
  }

  /** A session of that browser, for half an hour. */
  session(browser: string, userId: string): string {
    const expiresAt = this.#clock() + SESSION_LIFETIME
    return `${userId}.${expiresAt}.${sign(this.#sessionKey, sessionText(browser, userId, expiresAt))}`
  }

  /** Who is signed in; undefined without a valid session. */
  userOf({ browser, session }: Visitor): string | undefined {
    const [, userId, end, signature] = SESSION.exec(session ?? '') ?? []
    if (userId === undefined || signature === undefined || Number(end) <= this.#clock()) return undefined
    return verifySignature(this.#sessionKey, sessionText(browser, userId, Number(end)), signature) ? userId : undefined
  }
}

const formText = (browser: string, linkId: string): string => JSON.stringify([browser, linkId])

const sessionText = (browser: string, userId: string, expiresAt: number): string =>
  JSON.stringify([hashSecret(browser), userId, expiresAt])
