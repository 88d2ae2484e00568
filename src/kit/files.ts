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

/** Whether a field takes a file: itself, in a list, optional or as one of several kinds. */
export function isFileField(field: z.core.$ZodType): boolean {
  if (z.globalRegistry.get(field)?.format === 'binary') return true
  const { innerType, element, options = [] } = field._zod.def as Inner
  return [innerType, element, ...options].some((inner) => inner !== undefined && isFileField(inner))
}

/** What a definition of zod holds, where it is around others. */
type Inner = { innerType?: z.core.$ZodType; element?: z.core.$ZodType; options?: readonly z.core.$ZodType[] }
