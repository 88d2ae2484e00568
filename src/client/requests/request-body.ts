import { invalidParameters } from '../../base/errors.js'
import { ClientFile } from '../responses/files.js'

/** The content of a request. The fetch itself names the type of form data, since it chooses the boundary. */
export interface RequestBody {
  content: string | FormData
  contentType: string | undefined
}

/** The parameters of an action, by name. Files are `ClientFile` or bytes, alone or in a list. */
export type ActionParams = Readonly<Record<string, unknown>>

type File = ClientFile | Uint8Array

/** @throws INVALID_PARAMETERS for values that JSON cannot hold: a cycle, a bigint */
export function jsonBody(value: unknown): RequestBody {
  try {
    return { content: JSON.stringify(value), contentType: 'application/json' }
  } catch {
    throw invalidParameters('The parameters cannot be written as JSON; remove cycles and bigints.')
  }
}

/**
 * The content of an action's request: multipart form data if a parameter holds a file, else a plain form if the caller
 * asks for one, else JSON.
 * @param form true for an action that declares a binary parameter: such an action takes no JSON
 * @throws INVALID_PARAMETERS for values that cannot be written
 */
export function actionBody(params: ActionParams, form: boolean): RequestBody {
  for (const name in params) {
    const value = params[name]
    if (isFile(value) || (Array.isArray(value) && value.some(isFile))) return multipart(params)
  }
  return form ? plainForm(params) : jsonBody(params)
}

/**
 * The content of a request that is a file: a form with one part, `file`. The platform calls a part `blob` where no name is given, and
 * writes no name where an empty one is.
 */
export function fileBody({ bytes, filename, contentType }: ClientFile): RequestBody {
  return multipart({ file: new ClientFile(bytes, filename ?? '', contentType) })
}

const isFile = (value: unknown): value is File => value instanceof ClientFile || value instanceof Uint8Array

/** In text, the platform's encoder makes every line end CRLF, as HTML forms do. */
function multipart(params: ActionParams): RequestBody {
  const form = new FormData()
  for (const [name, value] of formFields(params)) {
    if (typeof value === 'string') form.append(name, value)
    else appendFile(form, name, value instanceof ClientFile ? value : new ClientFile(value))
  }
  return { content: form, contentType: undefined }
}

function appendFile(form: FormData, name: string, { bytes, filename, contentType }: ClientFile): void {
  const blob = new Blob([new Uint8Array(bytes)], contentType === null ? {} : { type: contentType })
  if (filename === null) form.append(name, blob)
  else form.append(name, blob, filename)
}

function plainForm(params: ActionParams): RequestBody {
  const fields = new URLSearchParams()
  for (const [name, value] of formFields(params)) if (typeof value === 'string') fields.append(name, value)
  return { content: fields.toString(), contentType: 'application/x-www-form-urlencoded' }
}

/** Lists become repeated fields, objects JSON text; absent values are left out. */
function* formFields(params: ActionParams): Generator<[string, string | File]> {
  for (const [name, value] of Object.entries(params)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined || item === null) continue
      if (isFile(item) || typeof item === 'string') yield [name, item]
      else yield [name, typeof item === 'object' ? String(jsonBody(item).content) : String(item)]
    }
  }
}
