import type { Json, JsonObject } from '../../base/json.js'
import { RememberedTexts } from '../../base/remembered-texts.js'
import type { QueryResult } from '../port.js'
import { notText, rowObject, uniqueColumnNames } from '../results/rows.js'
import { STATEMENTS_KEPT } from '../sql/statement.js'
import type { PostgresField } from './messages.js'
import { namedType, type PostgresType } from './values.js'

/** Types of a database by OID. */
export type Types = Map<number, PostgresType>

/** What the columns of an answer are, and how their values become JSON. */
export interface Shape {
  names: readonly string[]
  columns: JsonObject[]
  convert(values: readonly (string | null)[], index: number): Json
}

/** What is kept of the columns of one statement at most, so that a server cannot fill memory with them. */
const MOST_KEPT = { columns: 100, characters: 8 * 1024 }

/** The columns of the last statements, so that they are not put together again for the same statement. */
export class Shapes {
  readonly #types: Types
  readonly #texts = new RememberedTexts<{ fields: readonly PostgresField[]; shape: Shape | undefined }>(STATEMENTS_KEPT)

  constructor(types: Types) {
    this.#types = types
  }

  /**
   * @param text of the statement
   * @param fields its columns as the server describes them; types that are not known are shown by their number
   */
  of(text: string, fields: readonly PostgresField[]): Shape {
    const last = this.#texts.of(text, () => ({ fields: [], shape: undefined }))
    if (last.shape && areSame(last.fields, fields)) return last.shape
    const shape = shapeOf(fields, this.#types)
    const isKept = isSmall(fields) && fields.every(({ dataTypeID }) => this.#types.has(dataTypeID))
    last.shape = isKept ? shape : undefined
    last.fields = isKept ? fields : []
    return shape
  }
}

const isSmall = (fields: readonly PostgresField[]): boolean =>
  fields.length <= MOST_KEPT.columns && fields.reduce((sum, { name }) => sum + name.length, 0) <= MOST_KEPT.characters

const areSame = (some: readonly PostgresField[], others: readonly PostgresField[]): boolean =>
  some.length === others.length &&
  some.every(({ name, dataTypeID }, index) => {
    const other = others[index]
    return other?.name === name && other.dataTypeID === dataTypeID
  })

function shapeOf(fields: readonly PostgresField[], types: Types): Shape {
  const names = uniqueColumnNames(fields.map(({ name }) => name))
  const own = fields.map(({ dataTypeID }) => types.get(dataTypeID) ?? namedType(`oid ${dataTypeID}`))
  const bytes = fields.map(({ dataTypeID }) => dataTypeID === CHAR)
  return {
    names,
    columns: names.map((name, index) => ({ name, type: own[index]?.name ?? null })),
    convert(values, index) {
      const text = values[index]
      if (text === null || text === undefined) return null
      if (bytes[index] && text.includes('\ufffd')) throw notText(names[index] as string)
      return own[index]?.convert(text) ?? null
    },
  }
}

/** `"char"`, a single byte of any value, which servers before PostgreSQL 16 send as it is. All other text they check. */
const CHAR = 18

/** @param values rows as the server prints them; the first one beyond `limit` shows that there are more */
export function resultOf(values: readonly (string | null)[][], shape: Shape, limit: number): QueryResult {
  const { names, columns, convert } = shape
  const truncated = values.length > limit
  const rows = (truncated ? values.slice(0, limit) : values).map((row) =>
    rowObject(names, (index) => convert(row, index)),
  )
  return { kind: 'rows', rows, columns, truncated }
}
