import {
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server'
import { ConnectorsError } from '../../base/errors.js'
import { typable } from '../../base/typable.js'
import type { ClientFile } from '../../client/responses/files.js'
import type { McpDeps } from '../deps.js'
import { textIn } from '../results/file-result.js'
import type { Keeping } from './keeping.js'

/**
 * The largest file that is sent. The SDKs' clients end a connection over stdio on which a message is longer than 10 MiB, and base64
 * takes four characters for three bytes. Bytes.
 */
const FILE_BYTES = 7 * 1024 * 1024
/** The largest file that is sent as text: JSON takes up to six characters for one. Bytes. */
const TEXT_BYTES = 1024 * 1024

/** What the service and this process call files; nothing else is asked for. */
const HANDLE = /^file_[\w-]+$/

/**
 * Reads a kept file for the person's program.
 * @param handle what the URI has in the place of the handle
 * @throws ProtocolError
 */
export async function readKeptFile(
  uri: string,
  handle: string | string[] | undefined,
  keeping: Keeping,
  deps: Pick<McpDeps, 'log' | 'command'>,
): Promise<ReadResourceResult> {
  if (typeof handle !== 'string' || !HANDLE.test(handle)) throw notFound(uri)
  try {
    return contentsOf(uri, await keeping.file(handle))
  } catch (error) {
    throw toProtocolError(error, uri, deps)
  }
}

/** @throws TOO_LARGE */
function contentsOf(uri: string, { bytes, contentType }: ClientFile): ReadResourceResult {
  const size = bytes.byteLength
  if (size > FILE_BYTES)
    throw new ConnectorsError(
      'TOO_LARGE',
      `The file has ${size} bytes, and at most ${FILE_BYTES} can be read in this way; let an action send it on by its handle.`,
    )
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, size)
  const isText = size <= TEXT_BYTES && textIn(content) !== undefined
  const form = isText ? { text: content.toString('utf8') } : { blob: content.toString('base64') }
  return { contents: [{ uri, mimeType: contentType ?? 'application/octet-stream', ...form }] }
}

/** Code -32602, as the protocol asks. */
const notFound = (uri: string): ProtocolError => new ResourceNotFoundError(uri)

/** An unknown message may hold anything, so only our own sentences are passed on. */
function toProtocolError(
  error: unknown,
  uri: string,
  { log, command }: Pick<McpDeps, 'log' | 'command'>,
): ProtocolError {
  if (error instanceof ConnectorsError) {
    log?.('info', { resource: 'file', code: error.code })
    if (error.code === 'NOT_FOUND') return notFound(uri)
    return new ProtocolError(ProtocolErrorCode.InternalError, typable(error.message, command), { code: error.code })
  }
  log?.('error', { resource: 'file', err: error })
  return new ProtocolError(ProtocolErrorCode.InternalError, 'The file could not be read. The log on stderr says more.')
}
