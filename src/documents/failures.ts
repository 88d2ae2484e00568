import { ConnectorsError } from '../base/errors.js'
import type { DocumentFault } from './protocol.js'

const OF_FAULT: Record<DocumentFault, () => ConnectorsError> = {
  damaged: () =>
    new ConnectorsError(
      'INVALID_PARAMETERS',
      'The file is damaged, or not of the kind that its name says, and cannot be read as Markdown; get the file itself, or save it again in the program that made it.',
    ),
  protected: () =>
    new ConnectorsError(
      'INVALID_PARAMETERS',
      'The document is protected by a password, or in an old format of Office; save a copy as DOCX, PPTX or PDF without a password to read it as Markdown.',
    ),
  'unknown-kind': () =>
    new ConnectorsError(
      'INVALID_PARAMETERS',
      'The file is of another kind than its name says: only text documents (DOCX) and presentations (PPTX) of Office can be read as Markdown. Get the file itself.',
    ),
  'no-text': () =>
    new ConnectorsError(
      'INVALID_PARAMETERS',
      'The PDF holds no text, at most pictures of it, so there is nothing to read as Markdown; get the file itself.',
    ),
  'too-large': documentTooLarge,
}

/** The error for what a reader found wrong with a document. */
export const documentUnreadable = (fault: DocumentFault): ConnectorsError => OF_FAULT[fault]()

/** @param size bytes of the file, if it is the file that is too large and not what it unpacks to */
export function documentTooLarge(size?: number): ConnectorsError {
  return new ConnectorsError(
    'TOO_LARGE',
    'The document is too large to be read as Markdown; get the file itself.',
    size === undefined ? {} : { details: { size } },
  )
}

export const documentEmpty = (): ConnectorsError =>
  new ConnectorsError('INVALID_PARAMETERS', 'The file is empty, so there is nothing to read as Markdown.')

export const documentTookTooLong = (milliseconds: number): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    `Reading the document took longer than ${milliseconds / 1000} seconds and was stopped; get the file itself.`,
  )

/** The error that the caller aborted with, if it is one for people; else one that says what happened. */
export const readingStopped = (reason: unknown): ConnectorsError =>
  reason instanceof ConnectorsError
    ? reason
    : new ConnectorsError(
        'UPSTREAM_TIMEOUT',
        'Reading the document was stopped, because the call was cancelled or ran out of time.',
        { cause: reason },
      )

/** The process that read a document ended without an answer. */
export const readerCrashed = (cause?: unknown): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The document made the program that reads it fail, so it cannot be read as Markdown; get the file itself.',
    { cause },
  )

export const readerUnstarted = (cause?: unknown): ConnectorsError =>
  new ConnectorsError('UNAVAILABLE', 'The process that reads documents did not start; try again.', {
    cause,
    retryable: true,
  })

export const readersBusy = (): ConnectorsError =>
  new ConnectorsError('UNAVAILABLE', 'Too many documents are being read at the moment; try again in a few seconds.', {
    retryable: true,
    retryAfterSeconds: 5,
  })
