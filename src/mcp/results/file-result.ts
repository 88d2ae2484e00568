import type { ContentBlock } from '@modelcontextprotocol/server'
import { ConnectorsError } from '../../base/errors.js'
import type { ClientFile } from '../../client/responses/files.js'

/** The largest text that is returned as text. Bytes. */
const TEXT_BYTES = 64_000
/** The largest file that is returned as an embedded resource. Bytes. */
const FILE_BYTES = 1_048_576

/** A file as `data` of a tool result, with its content if that is text; other content is in a block of its own. */
export interface FileAnswer {
  data: { filename: string | null; content_type: string | null; size: number; text?: string }
  blocks: ContentBlock[]
}

/**
 * Renders a file as an MCP result.
 * @throws TOO_LARGE for a file that is too large for a conversation
 */
export function describeFile(file: ClientFile): FileAnswer {
  const size = file.bytes.byteLength
  const data = { filename: file.filename, content_type: file.contentType, size }
  const text = size <= TEXT_BYTES ? textOf(file.bytes) : undefined
  if (text !== undefined) return { data: { ...data, text }, blocks: [] }
  if (size <= FILE_BYTES) return { data, blocks: [embedded(file)] }
  throw new ConnectorsError(
    'TOO_LARGE',
    `The file has ${size} bytes, but a tool result can hold at most ${FILE_BYTES}. Request a smaller part or another format, or let the person download it.`,
    { details: { size, upstream: { filename: file.filename, content_type: file.contentType } } },
  )
}

/** @returns undefined for bytes that are not UTF-8, or contain characters that text does not have */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they distinguish binary data from text
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

function embedded({ bytes, filename, contentType }: ClientFile): ContentBlock {
  return {
    type: 'resource',
    resource: {
      uri: `connectors-mcp:///${encodeURIComponent(filename ?? 'file')}`,
      mimeType: contentType ?? 'application/octet-stream',
      blob: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    },
  }
}
