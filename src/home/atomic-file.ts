import {
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ConnectorsError } from '../base/errors.js'
import { uuid } from '../base/random.js'

/** Only the owner may read these files. */
const OWNER_ONLY = 0o600

/**
 * Writes a file completely or not at all: under another name first, onto the disk, and then under its own. A reader
 * sees the old text or the new one, also after kill -9 or a power failure. The mode is 0600; an existing file
 * keeps its owner, one that root creates gets the owner of its folder, and a symbolic link stays one.
 * @throws MISCONFIGURED when the disk or the permissions do not allow it
 */
export function writeAtomically(path: string, text: string): void {
  const before = statSync(path, { throwIfNoEntry: false })
  const target = before ? realpathSync(path) : path
  const draft = writeDraft(target, text, before ?? (process.getuid?.() === 0 ? statSync(dirname(target)) : undefined))
  try {
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw unwritable(target, error)
  }
  syncFolder(dirname(target))
}

/**
 * Writes the text onto the disk beside `path`.
 * @returns its path there
 * @throws MISCONFIGURED when the disk or the permissions do not allow it
 */
export function writeDraft(path: string, text: string, owner?: { uid: number; gid: number }): string {
  const draft = `${path}.${uuid()}`
  try {
    write(draft, text, owner)
  } catch (error) {
    rmSync(draft, { force: true })
    throw unwritable(path, error)
  }
  return draft
}

const unwritable = (path: string, cause: unknown): ConnectorsError =>
  new ConnectorsError(
    'MISCONFIGURED',
    `The file ${path} cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); make room on its disk, and give this user the right to write in its folder.`,
    { cause },
  )

function write(draft: string, text: string, owner?: { uid: number; gid: number }): void {
  const descriptor = openSync(draft, 'wx', OWNER_ONLY)
  try {
    // Rotating as root must not take the file away from the user that the service runs as.
    if (owner && owner.uid !== process.getuid?.()) fchownSync(descriptor, owner.uid, owner.gid)
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const DRAFT = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a file of that name next to `path` was left by a process that was killed while writing `path`. */
export const isDraftOf = (path: string, name: string): boolean =>
  name.startsWith(basename(path)) && DRAFT.test(name.slice(basename(path).length))

/** Removes what killed processes left behind while writing `path`. Only for a caller that is its only writer. */
export function removeDrafts(path: string): void {
  const target = realpathSync(path)
  for (const name of readdirSync(dirname(target))) {
    if (isDraftOf(target, name)) rmSync(join(dirname(target), name), { force: true })
  }
}

/** Writes the folder's list of names to the disk. @see https://man7.org/linux/man-pages/man2/fsync.2.html */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
