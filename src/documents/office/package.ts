import { unzipSync } from 'fflate'
import { Unreadable } from '../protocol.js'
import { attribute, type Element, elements, parseXml } from './xml.js'

/** The most that the XML of a document takes unpacked. Bytes. */
const MOST_UNPACKED = 128 * 1024 * 1024
/** The most files in one. */
const MOST_FILES = 20_000

/** How one part of a package refers to another, or to an address outside. */
export interface Relation {
  /** The last word of its type: `hyperlink`, `slide`. */
  type: string
  /** A part's name, or an address. */
  target: string
}

/**
 * An Office file: a zip archive of XML parts that refer to each other.
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-376/ part 2
 */
export class OfficePackage {
  readonly #parts: ReadonlyMap<string, Uint8Array>

  constructor(parts: ReadonlyMap<string, Uint8Array>) {
    this.#parts = parts
  }

  /** The root element of a part; undefined where there is no such part. */
  part(name: string): Element | undefined {
    const bytes = this.#parts.get(name.toLowerCase())
    return bytes && parseXml(bytes)
  }

  /** What a part refers to, by identifier. @param of the part's name, empty for the package itself */
  relations(of: string): Map<string, Relation> {
    const slash = of.lastIndexOf('/') + 1
    const root = this.part(`${of.slice(0, slash)}_rels/${of.slice(slash)}.rels`)
    const found = new Map<string, Relation>()
    for (const relation of elements(root, 'Relationship')) {
      const target = attribute(relation, 'Target') ?? ''
      const isOutside = attribute(relation, 'TargetMode') === 'External'
      found.set(attribute(relation, 'Id') ?? '', {
        type: attribute(relation, 'Type')?.split('/').at(-1) ?? '',
        target: isOutside ? target : partName(target, of),
      })
    }
    return found
  }

  /** The part of a type that another part refers to. */
  related(of: string, type: string): string | undefined {
    return [...this.relations(of).values()].find((relation) => relation.type === type)?.target
  }
}

function partName(target: string, from: string): string {
  const base = `http://package/${from}`
  if (!URL.canParse(target, base)) return ''
  const path = new URL(target, base).pathname.slice(1)
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/**
 * Unpacks the XML of an Office file.
 * @throws Unreadable for bytes that are not an archive, hold too much, or are encrypted (which makes another kind of file of them)
 */
export function openPackage(bytes: Uint8Array): OfficePackage {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(8, bytes.byteLength))
  if (start.toString('hex') === 'd0cf11e0a1b11ae1') throw new Unreadable('protected')
  if (start.toString('latin1', 0, 2) !== 'PK') throw new Unreadable('damaged')
  let files = 0
  let unpacked = 0
  const entries = unzipSync(bytes, {
    filter({ name, originalSize }) {
      files += 1
      if (files > MOST_FILES) throw new Unreadable('too-large')
      if (!/\.(?:xml|rels)$/i.test(name)) return false
      // What is unpacked ends at this size, even where the file says too little.
      unpacked += originalSize
      if (unpacked > MOST_UNPACKED) throw new Unreadable('too-large')
      return true
    },
  })
  return new OfficePackage(new Map(Object.entries(entries).map(([name, part]) => [name.toLowerCase(), part])))
}
