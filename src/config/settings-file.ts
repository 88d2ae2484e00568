import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError } from './config-error.js'

const [BYTE_ORDER_MARK, UTF_16] = ['\ufeff', [0xff, 0xfe] as const]
/** Numbers and booleans are accepted without quotation marks. */
const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))

/**
 * Reads the configuration file, as editors of any system write it: with a byte order mark, with any line ends, in UTF-8 or
 * in the UTF-16 of Windows.
 * @returns its entries by name; {} if the file does not exist
 * @throws ConfigError for a file that cannot be read, or is not an object of strings. Its content is never quoted.
 */
export function readSettingsFile(path: string): Record<string, string> {
  const text = read(path)
  if (text === undefined || text.trim() === '') return {}
  const parsed = settings.safeParse(parse(text, path))
  if (parsed.success) return parsed.data
  const [name] = parsed.error.issues[0]?.path ?? []
  throw new ConfigError(
    name === undefined
      ? `The configuration file ${path} must be a JSON object, like {"CONNECTORS_…": "…"}; correct or remove it.`
      : `The value of ${JSON.stringify(String(name).slice(0, 100))} in the configuration file ${path} must be a string in quotation marks.`,
  )
}

function read(path: string): string | undefined {
  try {
    const bytes = readFileSync(path)
    const isUtf16 = bytes[0] === UTF_16[0] && bytes[1] === UTF_16[1]
    return bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(BYTE_ORDER_MARK, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ENOTDIR: a part of the path is a file, so the file does not exist.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ConfigError(
      code === 'EISDIR'
        ? `The configuration file ${path} is a folder; put a file there, or remove it.`
        : `The configuration file ${path} cannot be read; check its permissions.`,
    )
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConfigError(
      `The configuration file ${path} is not JSON${placeOf(error, text)}; correct or remove it. A comma after the last entry and comments are not allowed.`,
    )
  }
}

/** The position at which the parser stopped. The rest of its message quotes the file, which may hold secrets. */
function placeOf(error: unknown, text: string): string {
  const [, at] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? []
  return at === undefined ? '' : ` (line ${text.slice(0, Number(at)).split('\n').length})`
}
