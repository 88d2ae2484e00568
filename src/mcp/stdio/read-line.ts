import { isUtf8 } from 'node:buffer'
import { ConnectorsError } from '../../base/errors.js'
import { refuseRoundedNumbers } from '../../base/exact-json.js'
import { exceededBound } from '../../base/json-bounds.js'
import { MESSAGE_BYTES, MESSAGE_JSON } from '../limits.js'
import type { Line } from './message-lines.js'
import { MessageOutline } from './message-outline.js'

/** @see https://www.jsonrpc.org/specification#error_object */
export const ERROR_CODE = { parseError: -32700, invalidRequest: -32600, invalidParams: -32602 } as const

/** The error that answers a message. */
export interface MessageRefusal {
  /** The id of the answer, as JSON text: `7`, `"a"`, `null`. */
  idText: string
  code: number
  sentence: string
}

/** The content of a line; `ignored` says why it is not answered. */
export type ReadLine = { value: unknown } | { refusal: MessageRefusal } | { ignored: string }

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/**
 * Parses a line, after checking for content that would be too expensive or would be changed by parsing. A leading byte
 * order mark and the carriage return of a Windows line end do no harm.
 */
export function readLine(line: Line): ReadLine {
  if (line instanceof MessageOutline)
    return refused(
      line,
      ERROR_CODE.invalidRequest,
      `A message can have at most ${MESSAGE_BYTES / 1024 / 1024} MiB; send less at once.`,
    )
  const marked = line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
  const bytes = marked ? line.subarray(BYTE_ORDER_MARK.length) : line
  if (!isUtf8(bytes))
    return refused(MessageOutline.of(bytes), ERROR_CODE.parseError, 'The message is not UTF-8, which JSON requires.')
  const fault = boundFault(bytes)
  if (fault !== undefined) return refused(MessageOutline.of(bytes), ERROR_CODE.invalidRequest, fault)
  return parse(bytes)
}

function boundFault(bytes: Uint8Array): string | undefined {
  switch (exceededBound(bytes, MESSAGE_JSON)) {
    case 'depth':
      return `The arguments of a message can be nested at most ${MESSAGE_JSON.depth} levels deep; send less at once.`
    case 'values':
      return `The arguments of a message can contain at most ${MESSAGE_JSON.values} values; send less at once.`
  }
  return undefined
}

function parse(bytes: Buffer): ReadLine {
  const text = bytes.toString('utf8')
  try {
    // A whole number is refused by the action that receives it, in a result that the model sees.
    refuseRoundedNumbers(text, false)
    return { value: JSON.parse(text) }
  } catch (error) {
    if (text.trim() === '') return { ignored: 'The line is empty.' }
    const outline = MessageOutline.of(bytes)
    if (error instanceof ConnectorsError) return refused(outline, ERROR_CODE.invalidRequest, ROUNDED)
    return refused(outline, ERROR_CODE.parseError, 'The line is not JSON; send one JSON-RPC message on each line.')
  }
}

const ROUNDED = 'A number in the message has more digits than a JSON number can hold exactly; pass it as text.'

/** Answers and notifications are never answered, whatever is wrong with them. */
function refused({ kind, idText }: MessageOutline, code: number, sentence: string): ReadLine {
  if (kind === 'response' || kind === 'notification') return { ignored: sentence }
  return { refusal: { idText, code, sentence } }
}
