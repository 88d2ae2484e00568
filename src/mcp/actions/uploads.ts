import { ConnectorsError, type FieldError, invalidParameters } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { ClientFile } from '../../client/responses/files.js'
import type { Keeping } from '../kept/keeping.js'
import { textIn } from '../results/file-result.js'
import type { ActionFacts } from './action-facts.js'
import { readDataUrl } from './data-url.js'

/** Where files come from that a call names. */
export interface UploadSources {
  keeping: Keeping
  /** Reads a file of this machine that the person allowed; undefined where the server is not on the person's machine. */
  readPath?: ((path: string) => Promise<ClientFile>) | undefined
}

/** The most that the files of one call may have together, as the service takes no more. Bytes. */
const FILES_BYTES = 32 * 1024 * 1024
/** The largest file that becomes a text. Bytes. */
const TEXT_BYTES = 1024 * 1024

const NOT_A_FILE =
  'is not a file: give exactly one of {handle}, {text}, {data} with a data: URL, or {path}, with filename and content_type if needed'

/**
 * Replaces the objects that a model wrote for files by files, and those that it wrote for the texts of files by texts.
 * @param facts of the action: which parameters are files, alone or in a list, and which are texts
 * @throws INVALID_PARAMETERS for what is not a file or has no text, TOO_LARGE, NOT_FOUND for what is not kept, and what `readPath` throws
 */
export async function withUploads(
  params: Record<string, unknown>,
  facts: Pick<ActionFacts, 'fileNames' | 'textNames'>,
  sources: UploadSources,
): Promise<Record<string, unknown>> {
  const uploads = new Uploads(sources)
  const read: [string, unknown][] = []
  for (const name of facts.fileNames) {
    const value = Object.hasOwn(params, name) ? params[name] : null
    if (value === null || value === undefined) continue
    const files: (ClientFile | undefined)[] = []
    for (const item of Array.isArray(value) ? value : [value]) files.push(await uploads.file(name, item))
    read.push([name, Array.isArray(value) ? files : files[0]])
  }
  for (const name of facts.textNames) {
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    if (isHandleAlone(value)) read.push([name, await uploads.text(name, value.handle)])
  }
  uploads.check()
  return read.length === 0 ? params : { ...params, ...Object.fromEntries(read) }
}

/** A text cannot be an object otherwise, so that this is not what the caller wanted to send. */
const isHandleAlone = (value: unknown): value is { handle: string } =>
  isPlainObject(value) && typeof value.handle === 'string' && Object.keys(value).length === 1

/** The files of one call. Faults are gathered, so that a model corrects them at once. */
class Uploads {
  readonly #sources: UploadSources
  readonly #faults: FieldError[] = []
  #bytes = 0

  constructor(sources: UploadSources) {
    this.#sources = sources
  }

  /** @throws INVALID_PARAMETERS for the faults so far */
  check(): void {
    if (this.#faults.length > 0) throw invalidParameters('A parameter is not a file that can be sent.', this.#faults)
  }

  /** @returns undefined for a fault */
  async file(name: string, value: unknown): Promise<ClientFile | undefined> {
    if (!isPlainObject(value)) return this.#fault(name, NOT_A_FILE)
    const { filename, content_type, ...source } = value
    const [[form, content] = [], ...more] = Object.entries(source).filter(([, given]) => given !== null)
    if (form === undefined || more.length > 0 || typeof content !== 'string') return this.#fault(name, NOT_A_FILE)
    const file = await this.#read(name, form, content)
    if (file === undefined) return undefined
    const { bytes } = file
    this.#bytes += bytes.byteLength
    if (this.#bytes > FILES_BYTES) throw tooLarge(this.#bytes)
    return new ClientFile(bytes, textOr(filename, file.filename), textOr(content_type, file.contentType))
  }

  /** @returns undefined for a fault */
  async text(name: string, handle: string): Promise<string | undefined> {
    const file = await this.#kept(name, handle)
    if (file === undefined) return undefined
    if (file.bytes.byteLength > TEXT_BYTES)
      return this.#fault(name, `takes a file of at most ${TEXT_BYTES} bytes as its text, and this one is larger`)
    return textIn(file.bytes) ?? this.#fault(name, 'takes a file as its text, but this one is not text in UTF-8')
  }

  async #read(name: string, form: string, content: string): Promise<ClientFile | undefined> {
    switch (form) {
      case 'handle':
        return this.#kept(name, content)
      // Without a type a third party takes it for bytes of no known kind, and neither shows nor searches it.
      case 'text':
        return new ClientFile(Buffer.from(content), null, 'text/plain')
      case 'data': {
        const data = readDataUrl(content)
        if (data === undefined)
          return this.#fault(name, 'has data that is not a data: URL, such as data:text/plain;base64,SGVsbG8=')
        return new ClientFile(data.bytes, null, data.contentType)
      }
      case 'path':
        if (this.#sources.readPath) return this.#sources.readPath(content)
        return this.#fault(
          name,
          'has a path, but this server is not on the machine of the person: give a handle, text or data',
        )
      default:
        return this.#fault(name, NOT_A_FILE)
    }
  }

  /** A file, or a result as JSON. */
  async #kept(name: string, handle: string): Promise<ClientFile | undefined> {
    if (/^file_[\w-]+$/.test(handle)) return this.#sources.keeping.file(handle)
    if (!/^result_[\w-]+$/.test(handle))
      return this.#fault(
        name,
        'does not have a valid handle: handles of files begin with file_, those of results with result_',
      )
    const { data } = await this.#sources.keeping.result(handle)
    return new ClientFile(Buffer.from(JSON.stringify(data)), 'result.json', 'application/json')
  }

  #fault(name: string, message: string): undefined {
    this.#faults.push({ field: `params.${name}`, message })
    return undefined
  }
}

const textOr = (value: unknown, otherwise: string | null): string | null =>
  typeof value === 'string' && value !== '' ? value : otherwise

const tooLarge = (size: number): ConnectorsError =>
  new ConnectorsError('TOO_LARGE', `Files of one call may have ${FILES_BYTES} bytes at most, together; send less.`, {
    details: { size },
  })
