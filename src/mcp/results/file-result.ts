import type { ContentBlock } from '@modelcontextprotocol/server'
import { ConnectorsError } from '../../base/errors.js'
import type { ClientFile } from '../../client/responses/files.js'
import type { Keeping, KeptThing } from '../kept/keeping.js'
import { fileUri } from '../kept/uri.js'
import { endOfPart, startOfPart } from './text-part.js'

/** A file as a tool shows it: facts, and as much of its text as was asked for. */
export interface FilePart {
  data: {
    handle?: string
    filename: string | null
    content_type: string | null
    /** Bytes. */
    size: number
    expires_at?: string
    text?: string
    /** From where the rest of the text is read. Characters. */
    next_offset?: number
  }
  blocks: ContentBlock[]
  notes: string[]
}

interface PartOptions {
  /** Where in the text the part begins. Characters, in UTF-16. */
  offset: number
  /** How much of the text is shown at most. */
  maxTokens: number
}

/**
 * Keeps a file that an action returned, and shows it. Where it cannot be kept for the time being, a text that fits is still shown.
 * @param maxTokens how much of a text is shown
 * @throws TOO_LARGE, and what the keeping throws for a file that cannot be shown without it
 */
export async function keptFilePart(file: ClientFile, keeping: Keeping, maxTokens: number): Promise<FilePart> {
  const whole = { offset: 0, maxTokens }
  try {
    return filePart(file, await keeping.keepFile(file), whole)
  } catch (error) {
    if (!(error instanceof ConnectorsError) || error.code === 'TOO_LARGE') throw error
    const text = textIn(file.bytes)
    if (text === undefined || endOfPart(text, 0, maxTokens) < text.length) throw error
    return { data: { ...factsOf(file), text }, blocks: [], notes: [] }
  }
}

/**
 * Shows a kept file: a part of its text, or a link for what is not text.
 * @param kept under what handle, and how long, where that is known
 */
export function filePart(
  file: ClientFile,
  kept: Omit<KeptThing, 'expires_at'> & { expires_at?: string },
  { offset, maxTokens }: PartOptions,
): FilePart {
  const { handle, expires_at } = kept
  const facts = { handle, ...factsOf(file), ...(expires_at === undefined ? {} : { expires_at }) }
  const text = textIn(file.bytes)
  if (text === undefined) return { data: facts, blocks: [linkTo(file, kept)], notes: [NOT_SHOWN] }
  const start = startOfPart(text, offset)
  const end = endOfPart(text, start, maxTokens)
  const data = { ...facts, text: text.slice(start, end) }
  if (end === text.length)
    return { data, blocks: [], notes: offset > end ? [`The text has only ${end} characters.`] : [] }
  const rest = `This is not the whole text: read_result with the handle and offset ${end} shows what follows.`
  return { data: { ...data, next_offset: end }, blocks: [], notes: [rest, PASS_ON] }
}

const NOT_SHOWN = 'Its content is not shown; to pass it on, give {handle} as a file to another action.'
const PASS_ON = 'To pass it on unread, give {handle} to another action, as a file or in place of a text.'

const factsOf = ({ filename, contentType, bytes }: ClientFile) => ({
  filename,
  content_type: contentType,
  size: bytes.byteLength,
})

/**
 * The text that bytes are, without a byte order mark.
 * @returns undefined for bytes that are not UTF-8, or contain characters that text does not have
 */
export function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they distinguish binary data from text
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

const linkTo = ({ filename, contentType, bytes }: ClientFile, { handle }: Pick<KeptThing, 'handle'>): ContentBlock => ({
  type: 'resource_link',
  uri: fileUri(handle),
  name: filename ?? 'file',
  mimeType: contentType ?? 'application/octet-stream',
  size: bytes.byteLength,
})
