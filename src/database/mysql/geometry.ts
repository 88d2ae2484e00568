import type { Json } from '../../base/json.js'
import { float } from '../results/rows.js'

/**
 * A geometry as MySQL and MariaDB store it: the number of its reference system, then WKB. Points come out as `{x, y}`, lines and
 * polygons as lists of points and of lines; everything else, and what is not in the plane without a unit (SRID 0), as text:
 * `SRID=4326;POINT(1 2)`.
 * @returns undefined for bytes that are none, or are nested too deeply
 * @see https://dev.mysql.com/doc/refman/8.4/en/gis-data-formats.html
 */
export function readGeometry(bytes: Buffer): Json | undefined {
  try {
    const reader = new WkbReader(bytes)
    const srid = reader.srid()
    const shape = reader.shape(0)
    if (!reader.atEnd()) return undefined
    if (srid === 0 && shape.kind in PLAIN) return shape.plain
    return `${srid === 0 ? '' : `SRID=${srid};`}${shape.kind}${shape.text}`
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const KINDS = [
  '',
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
]
const PLAIN = { POINT: true, LINESTRING: true, POLYGON: true }
const MOST_LEVELS = 32

interface Shape {
  kind: string
  /** Coordinates in parentheses, as WKT has them. */
  text: string
  plain: Json
}

/** Reads in order; what lies beyond the end is a RangeError. */
class WkbReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  srid(): number {
    this.#at += 4
    return this.#bytes.readUInt32LE(0)
  }

  shape(level: number): Shape {
    if (level > MOST_LEVELS) throw new RangeError('nested too deeply')
    const little = this.#bytes.readUInt8(this.#at) === 1
    this.#at += 1
    const kind = KINDS[this.#count(little)]
    if (kind === 'POINT') {
      const { text, plain } = this.#point(little)
      return { kind, text: `(${text})`, plain }
    }
    if (kind === 'LINESTRING') return { kind, ...this.#list(little, () => this.#point(little)) }
    if (kind === 'POLYGON') return { kind, ...this.#list(little, () => this.#list(little, () => this.#point(little))) }
    if (!kind) throw new RangeError('unknown kind')
    const named = kind === 'GEOMETRYCOLLECTION'
    const parts = this.#list(little, () => {
      const part = this.shape(level + 1)
      return { text: named ? `${part.kind}${part.text}` : part.text, plain: part.plain }
    })
    return { kind, ...parts }
  }

  #count(little: boolean): number {
    const value = little ? this.#bytes.readUInt32LE(this.#at) : this.#bytes.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  #point(little: boolean): Omit<Shape, 'kind'> {
    const [x, y] = [this.#double(little), this.#double(little)]
    return { text: `${x} ${y}`, plain: { x, y } }
  }

  #double(little: boolean): number | string {
    const value = little ? this.#bytes.readDoubleLE(this.#at) : this.#bytes.readDoubleBE(this.#at)
    this.#at += 8
    return float(value)
  }

  #list(little: boolean, item: () => Omit<Shape, 'kind'>): Omit<Shape, 'kind'> {
    const items: Omit<Shape, 'kind'>[] = []
    for (let left = this.#count(little); left > 0; left -= 1) items.push(item())
    const text = items.length === 0 ? ' EMPTY' : `(${items.map((one) => one.text).join(',')})`
    return { text, plain: items.map((one) => one.plain) }
  }
}
