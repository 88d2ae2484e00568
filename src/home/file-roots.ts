import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ByteCollector } from '../base/byte-collector.js'
import { ConnectorsError, invalidParameters } from '../base/errors.js'

/** The largest file that is read. Bytes. */
export const FILE_BYTES = 32 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024

/** A file that was read. */
export interface AllowedFile {
  bytes: Buffer
  filename: string
}

/** What may be read. */
export interface FileRoots {
  /** Folders whose files may be read, at any depth. */
  roots: readonly string[]
  /** Folders whose files may not be read even so. */
  except?: readonly string[]
}

/**
 * Reads a file of this machine that the person allowed to be read. Links count as what they lead to, for the folders, too. What is
 * opened is compared with what was allowed, so that nothing can be put in its place meanwhile. No error says whether there is
 * something outside the folders.
 * @param path absolute; `.` and `..` in it are taken away before any link is followed
 * @throws FORBIDDEN outside the folders, NOT_FOUND for none below them, INVALID_PARAMETERS for what is not a path or a regular file,
 * TOO_LARGE
 */
export async function readAllowed(path: string, allowed: FileRoots): Promise<AllowedFile> {
  if (allowed.roots.length === 0) throw forbidden()
  if (!isAbsolute(path) || path.includes('\0')) throw invalidParameters('The path of a file must be absolute.')
  const wanted = resolve(path)
  const [roots, except] = await Promise.all([realPaths(allowed.roots), realPaths(allowed.except ?? [])])
  const isAllowed = (real: string): boolean =>
    roots.some((root) => isBelow(real, root)) && !except.some((folder) => isBelow(real, folder))
  const real = await find(wanted, isAllowed)
  await checkRegular(real)
  const file = await opened(real)
  try {
    const status = await file.stat({ bigint: true })
    if (!status.isFile()) throw notRegular()
    const again = await find(wanted, isAllowed)
    const now = await lstat(again, { bigint: true }).catch(() => undefined)
    if (!isSame(now, status)) throw changed()
    if (status.nlink > 1n && (await isDirectlyIn(status, except))) throw forbidden()
    if (status.size > FILE_BYTES) throw tooLarge()
    return { bytes: await readBounded(file), filename: basename(wanted) }
  } finally {
    await file.close()
  }
}

/** @returns the path without links. @throws FORBIDDEN, NOT_FOUND */
async function find(wanted: string, isAllowed: (real: string) => boolean): Promise<string> {
  const real = await realPath(wanted)
  if (real === undefined) throw (await isMissing(wanted, isAllowed)) ? notFound() : forbidden()
  if (isAllowed(real)) return real
  throw forbidden()
}

/** Whether nothing is there, as far as that concerns the allowed folders alone: a link that leads nowhere is something. */
async function isMissing(wanted: string, isAllowed: (real: string) => boolean): Promise<boolean> {
  let at = wanted
  while (await isAbsent(at)) {
    if (dirname(at) === at) return false
    at = dirname(at)
  }
  const real = at === wanted ? undefined : await realPath(at)
  return real !== undefined && isAllowed(real)
}

async function isAbsent(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return false
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(codeOf(error))
  }
}

const realPath = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)

const realPaths = async (paths: readonly string[]): Promise<string[]> =>
  (await Promise.all(paths.map(realPath))).filter((path) => path !== undefined)

/** Whether a path is a folder or something in it. Both without links. */
function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/** Before it is opened, since opening a device can do something. */
async function checkRegular(real: string): Promise<void> {
  const status = await lstat(real).catch(() => undefined)
  if (status === undefined) throw changed()
  if (!status.isFile()) throw notRegular()
}

/** Opening a pipe would wait for a writer. Neither constant exists on Windows. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

async function opened(real: string): Promise<FileHandle> {
  try {
    return await open(real, FLAGS)
  } catch (error) {
    throw ['EACCES', 'EPERM'].includes(codeOf(error)) ? unreadable() : changed()
  }
}

/** A file can grow while it is read. @throws TOO_LARGE */
async function readBounded(file: FileHandle): Promise<Buffer> {
  const collected = new ByteCollector()
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null)
    if (bytesRead === 0) return collected.whole()
    collected.push(piece.subarray(0, bytesRead))
    if (collected.size > FILE_BYTES) throw tooLarge()
  }
}

const isSame = (one: BigIntStats | undefined, other: BigIntStats): boolean =>
  one?.dev === other.dev && one.ino === other.ino

/** Whether a file with several names has one of them right in one of these folders. */
async function isDirectlyIn(file: BigIntStats, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (isSame(await lstat(join(folder, name), { bigint: true }).catch(() => undefined), file)) return true
    }
  }
  return false
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code)

const forbidden = (): ConnectorsError =>
  new ConnectorsError(
    'FORBIDDEN',
    'The person has not allowed files there to be sent: the setting CONNECTORS_FILE_ROOTS names the folders from which files may be read. The person can add a folder there and start this server again, or put the file into one of them.',
  )

const notFound = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'No file in the folders that the person allowed has that path.')

const notRegular = (): ConnectorsError =>
  invalidParameters('That path is not a regular file; folders, devices and pipes cannot be sent.')

const unreadable = (): ConnectorsError =>
  new ConnectorsError('FORBIDDEN', 'The file cannot be read by this server; the person can change its permissions.')

const changed = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'The file was replaced while it was read; try again once it is there.')

const tooLarge = (): ConnectorsError =>
  new ConnectorsError('TOO_LARGE', `The file is too large: at most ${FILE_BYTES} bytes can be sent.`)
