import { ClientFile } from '../client/index.js'
import type { Config } from '../config/index.js'
import { readAllowed } from '../home/file-roots.js'

/** Of the files that people send most. Others have no type. */
const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  pdf: 'application/pdf',
  png: 'image/png',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  webp: 'image/webp',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xml: 'application/xml',
  zip: 'application/zip',
}

/** The media type that the ending of a file name stands for, or null. */
export function typeOfName(filename: string): string | null {
  const ending = /\.([a-z]{1,8})$/i.exec(filename)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(TYPES, ending) ? (TYPES[ending] ?? null) : null
}

/**
 * Reads files for an agent of the person on this machine: below the folders that they allowed, but never our own keys, logins and
 * settings, nor what the kernel says of processes, whose environment holds secrets.
 * @throws as `readAllowed`
 */
export const readPathFor =
  ({ fileRoots, dataDir, settingsFolder }: Config) =>
  async (path: string): Promise<ClientFile> => {
    const { bytes, filename } = await readAllowed(path, {
      roots: fileRoots,
      except: [dataDir, settingsFolder, '/proc'],
    })
    return new ClientFile(bytes, filename, typeOfName(filename))
  }
