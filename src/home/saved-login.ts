import { rmSync } from 'node:fs'
import { z } from 'zod'
import { ConnectorsError } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import type { KeyRing } from '../crypto/key-ring.js'
import { openWithRing, sealWithRing } from '../crypto/ring-seal.js'
import { sealedKeyId } from '../crypto/seal.js'
import { writeWhole } from './atomic-file.js'
import type { DataFolder } from './data-folder.js'

/** Who is logged in on this machine, where. The secret is sealed under the current key. */
export interface SavedLogin {
  /** The service the login is for: its base URL, or `embedded`. */
  service: string
  identifier: string
  secret: Secret
}

const fileForm = z.object({ service: z.string(), identifier: z.string(), sealed: z.string() })

const context = (login: { service: string; identifier: string }): string[] => ['login', login.service, login.identifier]

export async function saveLogin(folder: DataFolder, login: SavedLogin): Promise<void> {
  writeLogin(folder, login, await folder.keys.latest())
}

function writeLogin({ loginFile }: DataFolder, login: SavedLogin, ring: KeyRing): void {
  const { service, identifier } = login
  const sealed = sealWithRing(ring, login.secret.reveal(), context(login))
  writeWhole(loginFile, `${JSON.stringify({ service, identifier, sealed }, null, 2)}\n`)
}

/**
 * Undefined when nobody is logged in, or for another service than `service`; without `service`, the login whatever it is for.
 * @throws MISCONFIGURED for a damaged file, or one that none of the keys opens
 */
export async function findLogin(folder: DataFolder, service?: string): Promise<SavedLogin | undefined> {
  const saved = readLogin(folder)
  if (!saved || (service !== undefined && saved.service !== service)) return undefined
  const secret = openWithRing(await folder.keys.ringFor(saved.sealed), saved.sealed, context(saved))
  return { service: saved.service, identifier: saved.identifier, secret: new Secret(secret) }
}

/** The id of the key that the saved login is sealed with; undefined when nobody is logged in. */
export function loginKeyId(folder: DataFolder): string | undefined {
  const saved = readLogin(folder)
  return saved && sealedKeyId(saved.sealed)
}

/** Seals the saved login with the current key. False when it was, or when nobody is logged in. */
export async function resealLogin(folder: DataFolder): Promise<boolean> {
  if ((loginKeyId(folder) ?? folder.keys.ring.currentId) === folder.keys.ring.currentId) return false
  const saved = await findLogin(folder)
  if (!saved) return false
  writeLogin(folder, saved, folder.keys.ring)
  return true
}

function readLogin(folder: DataFolder): z.infer<typeof fileForm> | undefined {
  const text = folder.readLogin()
  if (text === undefined) return undefined
  try {
    return fileForm.parse(JSON.parse(text))
  } catch {
    throw new ConnectorsError(
      'MISCONFIGURED',
      `The saved login ${folder.loginFile} is damaged; remove it with "connectors-mcp auth logout" and log in again.`,
    )
  }
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
