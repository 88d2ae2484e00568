import { isUtf8 } from 'node:buffer'
import type { Json } from '../../base/json.js'
import { parseJsonCell } from '../results/json-cell.js'
import { float, integer, isoTimestamp } from '../results/rows.js'
import { readGeometry } from './geometry.js'

/** A column as `mysql2` describes it. */
export interface MysqlField {
  name: string
  columnType: number
  flags: number
  characterSet: number
  /** Digits of the fraction, for numbers and times. */
  decimals: number
  /** What MariaDB adds: `uuid`, `inet6`; and `json` for its JSON, which is a text column otherwise. */
  extendedTypeName?: string | undefined
  extendedFormat?: string | undefined
}

const UNSIGNED = 32
const ENUM = 256
const SET = 2048
/** The character set number of bytes. */
const BINARY = 63

const FLOAT = 4
const GEOMETRY = 255
const BLOB = 252
const BIT = 16
const JSON_TYPE = 245
const TIME = 11
const TIMESTAMPS = new Set([7, 12])
/** What `unsigned` says something of; the flag is set on others too. */
const NUMBERS = new Set([0, 1, 2, 3, 4, 5, 8, 9, 246])

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const NAMES: Readonly<Record<number, string>> = {
  ...{ 0: 'decimal', 1: 'tinyint', 2: 'smallint', 3: 'int', 4: 'float', 5: 'double', 6: 'null', 7: 'timestamp' },
  ...{ 8: 'bigint', 9: 'mediumint', 10: 'date', 11: 'time', 12: 'datetime', 13: 'year', 14: 'date', 15: 'varchar' },
  ...{ 16: 'bit', 242: 'vector', 245: 'json', 246: 'decimal', 247: 'enum', 248: 'set', 255: 'geometry' },
}
const TEXTS: Readonly<Record<number, readonly [text: string, bytes: string]>> = {
  249: ['tinytext', 'tinyblob'],
  250: ['mediumtext', 'mediumblob'],
  251: ['longtext', 'longblob'],
  252: ['text', 'blob'],
  253: ['varchar', 'varbinary'],
  254: ['char', 'binary'],
}

/** What a column is called in MySQL's own words: `bigint unsigned`, `varbinary`, `json`. */
export function typeName(field: MysqlField): string {
  if (field.extendedFormat === 'json') return 'json'
  if (field.extendedTypeName) return field.extendedTypeName
  if (field.flags & ENUM) return 'enum'
  if (field.flags & SET) return 'set'
  const [text, bytes] = TEXTS[field.columnType] ?? []
  const name = (field.characterSet === BINARY ? bytes : text) ?? NAMES[field.columnType] ?? `type ${field.columnType}`
  return field.flags & UNSIGNED && NUMBERS.has(field.columnType) ? `${name} unsigned` : name
}

/** Types whose values are text, or bytes where their character set says so. */
const TEXTUAL = new Set([15, 247, 248, 249, 250, 251, 252, 253, 254])

/**
 * The columns, taken from the driver, which is left with less to do: it gets no names, since it refuses some (`__proto__`)
 * even where rows are lists, and is made to hand out text and geometries as bytes, since it would put other characters
 * where bytes are not text, and drop the reference system.
 */
export function takeFields(fields: MysqlField[] | undefined): MysqlField[] | undefined {
  return fields?.map((field) => {
    const { name, columnType, flags, characterSet, decimals, extendedTypeName, extendedFormat } = field
    field.name = ''
    if (TEXTUAL.has(columnType) && extendedFormat !== 'json') field.characterSet = BINARY
    if (columnType === GEOMETRY) Object.assign(field, { columnType: BLOB, characterSet: BINARY })
    return { name, columnType, flags, characterSet, decimals, extendedTypeName, extendedFormat }
  })
}

/**
 * A value as JSON, without losing anything: bytes as base64, wide integers and decimals as text.
 * @returns undefined for text that is not UTF-8
 */
export function toJson(value: unknown, field: MysqlField): Json | undefined {
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return ofBytes(value, field)
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number') return field.columnType === FLOAT ? shortest(value) : float(value)
  // A vector, of floats.
  if (Array.isArray(value)) return value.map((item) => shortest(Number(item)))
  if (typeof value !== 'string') return value as Json
  if (field.columnType === JSON_TYPE || field.extendedFormat === 'json') return parseJsonCell(value)
  if (field.columnType === TIME) return withFraction(value, field.decimals)
  return TIMESTAMPS.has(field.columnType) ? isoTimestamp(withFraction(value, field.decimals)) : value
}

function ofBytes(value: Buffer, { columnType, characterSet, extendedTypeName }: MysqlField): Json | undefined {
  if (columnType === BIT) return bits(value)
  if (columnType === GEOMETRY) return readGeometry(value) ?? value.toString('base64')
  if (extendedTypeName === 'vector' && value.length % 4 === 0) {
    return Array.from({ length: value.length / 4 }, (_, index) => shortest(value.readFloatLE(index * 4)))
  }
  if (characterSet === BINARY) return value.toString('base64')
  return isUtf8(value) ? value.toString('utf8') : undefined
}

/** Prepared statements leave out a fraction of zero and its last zeros, others don't. */
function withFraction(time: string, digits: number): string {
  if (digits < 1 || digits > 6) return time
  const [whole, fraction = ''] = time.split('.')
  return `${whole}.${fraction.padEnd(digits, '0')}`
}

const bits = (bytes: Buffer): Json => integer(BigInt(bytes.length === 0 ? 0 : `0x${bytes.toString('hex')}`))

/** The shortest number that is the same in single precision: 0.1, not 0.10000000149011612. */
function shortest(value: number): Json {
  for (let digits = 6; digits < 10 && value !== 0; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === Math.fround(value)) return float(short)
  }
  return float(value)
}
