import type { types as PgTypes } from 'pg'
import type { Json } from '../../base/json.js'
import { parseJsonCell } from '../results/json-cell.js'
import { float, integer, isoOffset, isoTimestamp } from '../results/rows.js'
import { parseArray } from './arrays.js'

type Convert = (text: string) => Json

export interface PostgresType {
  name: string
  convert: Convert
}

const text: Convert = (value) => value
const number: Convert = (value) => float(Number(value))
const timeWithZone: Convert = (value) => value.replace(/[+-]\d\d(?::\d\d){0,2}$/, isoOffset)

/** OID, name, OID of the array type, and how a value becomes JSON without losing anything. */
type Row = readonly [oid: number, name: string, array: number, convert?: Convert]

/** @see https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const rows = (own: typeof PgTypes): readonly Row[] => [
  [16, 'bool', 1000, (value) => value === 't'],
  [17, 'bytea', 1001, (value) => (own.getTypeParser(17, 'text')(value) as Buffer).toString('base64')],
  [18, 'char', 1002],
  [19, 'name', 1003],
  [20, 'int8', 1016, integer],
  [21, 'int2', 1005, Number],
  [23, 'int4', 1007, Number],
  [25, 'text', 1009],
  [26, 'oid', 1028, Number],
  [114, 'json', 199, parseJsonCell],
  [142, 'xml', 143],
  [600, 'point', 1017],
  [650, 'cidr', 651],
  [700, 'float4', 1021, number],
  [701, 'float8', 1022, number],
  [774, 'macaddr8', 775],
  [790, 'money', 791],
  [829, 'macaddr', 1040],
  [869, 'inet', 1041],
  [1042, 'bpchar', 1014],
  [1043, 'varchar', 1015],
  [1082, 'date', 1182],
  [1083, 'time', 1183],
  [1114, 'timestamp', 1115, isoTimestamp],
  [1184, 'timestamptz', 1185, isoTimestamp],
  [1186, 'interval', 1187, (value) => isoInterval(value, own)],
  [1266, 'timetz', 1270, timeWithZone],
  [1560, 'bit', 1561],
  [1562, 'varbit', 1563],
  // As the server prints it: a double would round it.
  [1700, 'numeric', 1231],
  [2205, 'regclass', 2210],
  [2206, 'regtype', 2211],
  [2249, 'record', 2287],
  [2278, 'void', 0],
  [2950, 'uuid', 2951],
  [3614, 'tsvector', 3643],
  [3802, 'jsonb', 3807, parseJsonCell],
]

/** Types by OID: the built-in ones, and those of one database as they are met. */
export function postgresTypes(own: typeof PgTypes): Map<number, PostgresType> {
  const types = new Map<number, PostgresType>()
  for (const [oid, name, array, convert = text] of rows(own)) {
    types.set(oid, { name, convert })
    if (array !== 0) types.set(array, arrayOf({ name, convert }))
  }
  return types
}

/**
 * Arrays become lists; one with a lower bound of its own (`[0:1]={1,2}`) stays as the server prints it, since a list
 * does not hold that and `{1,2}` is another value to the server.
 * @param delimiter between elements, as `pg_type.typdelim` has it
 */
export const arrayOf = ({ name, convert }: PostgresType, delimiter = ','): PostgresType => ({
  name: `${name}[]`,
  convert: (value) => parseArray(value, delimiter, convert) ?? value,
})

/** A type that is known by name only: an enum, a composite, an extension's. Its values stay as the server prints them. */
export const namedType = (name: string): PostgresType => ({ name, convert: text })

/** The server's default style (`1 day 02:00:00`) as `P1DT2H`; the other styles stay as they are. */
function isoInterval(value: string, own: typeof PgTypes): string {
  if (!/^(?:[+-]?\d+ (?:years?|mons?|days?) ?)*(?:[+-]?\d+:\d\d:\d\d(?:\.\d+)?)?$/.test(value)) return value
  const parsed = own.getTypeParser(1186, 'text')(value) as Partial<Record<IntervalPart, number>>
  const seconds = ((parsed.seconds ?? 0) + (parsed.milliseconds ?? 0) / 1000).toFixed(6).replace(/\.?0+$/, '')
  const part = (amount: number | string | undefined, unit: string) =>
    Number(amount ?? 0) === 0 ? '' : `${amount}${unit}`
  const date = part(parsed.years, 'Y') + part(parsed.months, 'M') + part(parsed.days, 'D')
  const time = part(parsed.hours, 'H') + part(parsed.minutes, 'M') + part(seconds, 'S')
  return date === '' && time === '' ? 'PT0S' : `P${date}${time === '' ? '' : `T${time}`}`
}

type IntervalPart = 'years' | 'months' | 'days' | 'hours' | 'minutes' | 'seconds' | 'milliseconds'
