import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { ConnectorsError } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import { openWithRing, sealWithRing } from '../crypto/ring-seal.js'
import type { DataFolder } from './data-folder.js'

/** Who is logged in on this machine, where. The secret is sealed under the data folder's key. */
export interface SavedLogin {
  /** The service the login is for: its base URL, or `embedded`. */
  service: string
  identifier: string
  secret: Secret
}

const fileForm = z.object({ service: z.string(), identifier: z.string(), sealed: z.string() })

const context = (login: { service: string; identifier: string }): string[] => ['login', login.service, login.identifier]

export function saveLogin(folder: DataFolder, login: SavedLogin): void {
  const { service, identifier } = login
  const sealed = sealWithRing(folder.keyRing, login.secret.reveal(), context(login))
  writeFileSync(folder.loginFile, `${JSON.stringify({ service, identifier, sealed }, null, 2)}\n`, { mode: 0o600 })
}

/** Undefined when nobody is logged in, or for another service than `service`. @throws INTERNAL for a damaged file */
export function findLogin(folder: DataFolder, service: string): SavedLogin | undefined {
  let text: string
  try {
    text = readFileSync(folder.loginFile, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  let saved: z.infer<typeof fileForm>
  try {
    saved = fileForm.parse(JSON.parse(text))
  } catch {
    throw new ConnectorsError(
      'INTERNAL',
      `The saved login ${folder.loginFile} is damaged; remove it with "connectors-mcp auth logout" and log in again.`,
    )
  }
  if (saved.service !== service) return undefined
  const secret = openWithRing(folder.keyRing, saved.sealed, context(saved))
  return { service, identifier: saved.identifier, secret: new Secret(secret) }
}

/** Forgets the login. False when there was none. */
export function forgetLogin(folder: DataFolder): boolean {
  try {
    rmSync(folder.loginFile)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
