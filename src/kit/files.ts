import { z } from 'zod'

/** A file that goes into an action or comes out of one. */
export class ConnectorFile {
  readonly bytes: Uint8Array
  readonly filename: string | null
  readonly contentType: string | null

  constructor(bytes: Uint8Array, filename: string | null = null, contentType: string | null = null) {
    this.bytes = bytes
    this.filename = filename
    this.contentType = contentType
  }
}

/** An input field that takes a file. An action with one takes form bodies, and neither objects nor `response_filters`. */
export const binary = () =>
  z
    .custom<ConnectorFile>((value) => value instanceof ConnectorFile, 'is not a file')
    .meta({ type: 'string', format: 'binary' })
