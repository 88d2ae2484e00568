import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { invalidParameters } from '../../base/errors.js'

/** The most a file of certificates may hold; those of all authorities together are a fifth of it. Bytes. */
const MOST = 1024 * 1024

/**
 * Reads a PEM file that a database parameter names. Only regular files are opened, and without waiting, since a pipe, a
 * terminal or a device would keep one of the few threads that read files for everybody.
 * @param parameter its name, for the error
 * @throws INVALID_PARAMETERS for anything else; what it holds is never quoted
 */
export async function readCertificateFile(path: string, parameter: string): Promise<string> {
  const text = await readRegular(path).catch(() => undefined)
  if (text?.includes('-----BEGIN')) return text
  throw invalidParameters(
    `The file of ${parameter} cannot be read, or is not a PEM file of at most 1 MiB; check the path and its content.`,
  )
}

async function readRegular(path: string): Promise<string | undefined> {
  // Opening a device can have effects of its own.
  if (!(await stat(path)).isFile()) return undefined
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0))
  try {
    const found = await file.stat()
    // Files of /proc say that they hold nothing, and some of them wait.
    if (!found.isFile() || found.size === 0 || found.size > MOST) return undefined
    const buffer = Buffer.alloc(found.size)
    const { bytesRead } = await file.read(buffer, 0, found.size, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
