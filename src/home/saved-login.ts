import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConnectorsError } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import { hashOfBytes } from '../crypto/hashes.js'
import type { KeyRing } from '../crypto/key-ring.js'
import { openWithRing, sealWithRing } from '../crypto/ring-seal.js'
import { sealedKeyId } from '../crypto/seal.js'
import { writeAtomically } from './atomic-file.js'
import type { DataFolder } from './data-folder.js'

/** A user who logged in on this machine, with the secret. It is kept when another user logs in, and after a logout. */
export interface SavedLogin {
  /** The service the login is for: its base URL, or `embedded`. */
  service: string
  identifier: string
  secret: Secret
}

/** Which user that is, at which service. */
export type LoginName = Pick<SavedLogin, 'service' | 'identifier'>

/** A saved login without its secret. */
export interface ListedLogin extends LoginName {
  /** Whether agents on this machine act as that user, at that service. */
  current: boolean
}

/** Each login has a file of its own, so that a process that writes one cannot lose the secret of another. */
const loginForm = z.object({ service: z.string(), identifier: z.string(), sealed: z.string() })
type LoginFile = z.infer<typeof loginForm>

/** `login.json`: the active login at each service. In the first releases it held the only login itself. */
const currentForm = z.object({ current: z.record(z.string(), z.string()) })

const LOGIN_FILE = /^login-[0-9a-f]{32}\.json$/

const context = ({ service, identifier }: LoginName): string[] => ['login', service, identifier]

/** Saves a login and makes it the one that acts at its service. The logins of other users stay saved. */
export async function saveLogin(folder: DataFolder, login: SavedLogin): Promise<void> {
  const ring = await folder.keys.latest()
  const current = readCurrent(folder)
  writeLogin(folder, login, ring)
  writeCurrent(folder, { ...current, [login.service]: login.identifier })
}

/**
 * The active login at a service; undefined when no user is logged in there.
 * @throws MISCONFIGURED for a damaged file, or one that none of the keys opens
 */
export async function findLogin(folder: DataFolder, service: string): Promise<SavedLogin | undefined> {
  const identifier = readCurrent(folder)[service]
  return identifier === undefined ? undefined : findSavedLogin(folder, { service, identifier })
}

/** The login of that user, active or not; undefined when none is saved. @throws MISCONFIGURED as `findLogin` */
export async function findSavedLogin(folder: DataFolder, name: LoginName): Promise<SavedLogin | undefined> {
  // Only its own file: damage to another one must not make this fail.
  const own = parsed(folder, fileOf(folder, name), loginForm)
  const saved = own ?? readOlder(folder)
  if (!saved || !isSame(saved, name)) return undefined
  const secret = openWithRing(await folder.keys.ringFor(saved.sealed), saved.sealed, context(saved))
  return { service: saved.service, identifier: saved.identifier, secret: new Secret(secret) }
}

/** All saved logins, in the order of their names. @throws MISCONFIGURED for a damaged file */
export function listLogins(folder: DataFolder): ListedLogin[] {
  const current = readCurrent(folder)
  return readLogins(folder)
    .map(({ service, identifier }) => ({ service, identifier, current: current[service] === identifier }))
    .toSorted((a, b) => order(`${a.service}\n${a.identifier}`, `${b.service}\n${b.identifier}`))
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Ends the active login at the service; its secret stays saved. @returns whose it was; undefined when there was none */
export function endLogin(folder: DataFolder, service: string): string | undefined {
  const { [service]: identifier, ...others } = readCurrent(folder)
  if (identifier !== undefined) writeCurrent(folder, others)
  return identifier
}

/** Destroys a saved login, secret and all. False when there was none. */
export function forgetLogin(folder: DataFolder, name: LoginName): boolean {
  const saved = readLogins(folder).some((login) => isSame(login, name))
  const { [name.service]: identifier, ...others } = readCurrent(folder)
  if (identifier === name.identifier) writeCurrent(folder, others)
  rmSync(fileOf(folder, name), { force: true })
  return saved
}

/** The ids of the keys that saved logins are sealed with, one for each. */
export const loginKeyIds = (folder: DataFolder): string[] => readLogins(folder).map(({ sealed }) => sealedKeyId(sealed))

/** Seals the saved logins with the current key. @returns how many had another key */
export async function resealLogins(folder: DataFolder): Promise<number> {
  const { ring } = folder.keys
  const older = readLogins(folder).filter(({ sealed }) => sealedKeyId(sealed) !== ring.currentId)
  if (older.length === 0) return 0
  for (const name of older) {
    const login = await findSavedLogin(folder, name)
    if (login) writeLogin(folder, login, ring)
  }
  // An older form of the file would keep its login as it was sealed.
  writeCurrent(folder, readCurrent(folder))
  return older.length
}

const isSame = (one: LoginName, other: LoginName): boolean =>
  one.service === other.service && one.identifier === other.identifier

/** Named by a hash, since an identifier and a URL can be too long for a file name and contain characters it does not allow. */
function fileOf({ path }: DataFolder, name: LoginName): string {
  const hash = hashOfBytes(JSON.stringify([name.service, name.identifier]))
  return join(path, `login-${hash.slice(0, 32)}.json`)
}

function writeLogin(folder: DataFolder, login: SavedLogin, ring: KeyRing): void {
  const { service, identifier } = login
  const sealed = sealWithRing(ring, login.secret.reveal(), context(login))
  writeAtomically(fileOf(folder, login), json({ service, identifier, sealed }))
}

/** Writes the active logins. A login that an earlier release left in that file gets a file of its own first. */
function writeCurrent(folder: DataFolder, current: Record<string, string>): void {
  const older = readOlder(folder)
  if (older && !readLogins(folder).some((login) => isSame(login, older) && login.sealed !== older.sealed))
    writeAtomically(fileOf(folder, older), json(older))
  writeAtomically(folder.loginFile, json({ current }))
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

/** The active logins, by service. */
function readCurrent(folder: DataFolder): Record<string, string> {
  const older = readOlder(folder)
  if (older) return { [older.service]: older.identifier }
  return parsed(folder, folder.loginFile, currentForm)?.current ?? {}
}

/** The login of the first releases, in `login.json` itself. */
function readOlder(folder: DataFolder): LoginFile | undefined {
  return parsed(folder, folder.loginFile, z.union([loginForm, currentForm.transform(() => undefined)]))
}

/** Logins in files of their own; the one of an earlier release is added if it has no such file. */
function readLogins(folder: DataFolder): LoginFile[] {
  const names = readdirSync(folder.path).filter((name) => LOGIN_FILE.test(name))
  const logins = names.flatMap((name) => parsed(folder, join(folder.path, name), loginForm) ?? [])
  const older = readOlder(folder)
  return older && !logins.some((login) => isSame(login, older)) ? [...logins, older] : logins
}

/** @returns undefined when there is no such file @throws MISCONFIGURED for a file that does not have that form */
function parsed<Form extends z.ZodType>(folder: DataFolder, file: string, form: Form): z.output<Form> | undefined {
  const text = folder.readLogin(file)
  if (text === undefined) return undefined
  try {
    return form.parse(JSON.parse(text))
  } catch {
    throw new ConnectorsError(
      'MISCONFIGURED',
      `The file of saved logins ${file} is damaged; put it back from your copy, or move it away and log in again with "connectors-mcp auth login IDENTIFIER".`,
    )
  }
}
