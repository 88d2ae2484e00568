import { MIMEType } from 'node:util'

/**
 * The file name a Content-Disposition field suggests, without any folder, or null. `filename*` wins over `filename`.
 * @param field the field as fetch returns it, one character per byte
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4.3
 */
export function filenameOf(field: string | null): string | null {
  const parameters = parametersOf(field)
  const name = extended(parameters?.get('filename*') ?? null) ?? utf8(parameters?.get('filename') ?? null)
  const last = name
    ?.split(/[/\\]/)
    .at(-1)
    ?.replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
  return !last || /^\.+$/.test(last) ? null : last
}

/** The parameters of a disposition are written like those of a media type, so the platform's parser reads them. */
function parametersOf(field: string | null): MIMEType['params'] | undefined {
  if (field === null) return undefined
  try {
    return new MIMEType(`disposition/${field.trim()}`).params
  } catch {
    return undefined
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc8187#section-3.2 */
function extended(value: string | null): string | null {
  const encoded = value === null ? undefined : /^utf-8'[^']*'(.*)$/i.exec(value)?.[1]
  if (encoded === undefined) return null
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}

/** Senders write raw UTF-8 into `filename`, which fetch passes on byte by byte; invalid UTF-8 stays Latin-1. */
function utf8(value: string | null): string | null {
  if (value === null) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}
