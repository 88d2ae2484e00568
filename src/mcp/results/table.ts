import { isPlainObject } from '../../base/json.js'
import { SHAPING } from '../../wire/shaping.js'

/** From this many rows on, a table takes fewer tokens than objects, which repeat every name. */
const FEWEST_ROWS = 4
/** No table is wider. */
const MOST_COLUMNS = 200
/** A table with more cells than that for each value is hardly ever shorter than objects. */
const CELLS_OF_VALUE = 8

/** A list of items of one shape: each value once, in the order of the columns. */
export interface Table {
  /** Dotted paths, as `response_fields` takes them. */
  columns: string[]
  rows: unknown[][]
}

/** Whether a member that is not there may be shown as null, and a column without any value left out. */
interface TableOptions {
  emptyMayGo: boolean
}

/**
 * Makes a table of a list of objects of one shape: those with the same members, where null may stand for an object.
 * @param options with `emptyMayGo`, members may be missing, too
 * @returns undefined for a list that is not of one shape, has few items, or is not shorter as a table
 */
export function asTable(items: readonly unknown[], { emptyMayGo }: TableOptions): Table | undefined {
  if (items.length < FEWEST_ROWS || !items.every(isPlainObject)) return undefined
  const simple = emptyMayGo ? undefined : tableOfRows(items)
  if (simple) return isShorter(simple.columns, items.length) ? simple : undefined
  const paths = new Paths(2 * MOST_COLUMNS)
  const leaves: Map<string, unknown>[] = []
  for (const item of items) {
    const cells = leavesOf(item, paths)
    if (cells === undefined || paths.isFull) return undefined
    leaves.push(cells)
  }
  const columns = columnsOf(leaves, emptyMayGo)
  if (columns === undefined || columns.length === 0) return undefined
  const table = { columns, rows: leaves.map((cells) => columns.map((column) => cells.get(column) ?? null)) }
  return JSON.stringify(table).length < JSON.stringify(items).length ? table : undefined
}

/**
 * The table of what a database returns: objects with the same members in the same order, all of them values. It is made in one pass, a
 * fifth of the time of the general way.
 * @returns undefined for anything else
 */
function tableOfRows(items: readonly Record<string, unknown>[]): Table | undefined {
  const columns = Object.keys(items[0] ?? {})
  const isName = (name: string): boolean => name.length <= SHAPING.path && !name.includes('.')
  if (columns.length === 0 || columns.length > MOST_COLUMNS || !columns.every(isName)) return undefined
  const rows: unknown[][] = []
  for (const item of items) {
    const row: unknown[] = []
    for (const key in item) {
      const value = item[key]
      if (key !== columns[row.length] || value === undefined || hasMembers(value)) return undefined
      row.push(value)
    }
    if (row.length !== columns.length) return undefined
    rows.push(row)
  }
  return { columns, rows }
}

const hasMembers = (value: unknown): boolean =>
  typeof value === 'object' && isPlainObject(value) && Object.keys(value).length > 0

/** Whether such a table takes fewer characters of JSON than its objects: each row saves the names with a colon each, and no more. */
function isShorter(columns: readonly string[], rows: number): boolean {
  const names = JSON.stringify(columns).length
  return rows * (names - 1) > names + '{"columns":,"rows":}'.length
}

/**
 * The dotted paths of the members of items, each made once for all of them: a third party chooses how long they are, and how many
 * items have them.
 */
export class Paths {
  /** True once a path was left out, because there are too many or because it is too long. */
  isFull = false
  readonly #most: number
  readonly #below = new Map<string, Map<string, string>>()
  #count = 0

  /** @param most paths, those of objects included */
  constructor(most: number) {
    this.#most = most
  }

  /** @returns undefined for a path that is left out */
  of(parent: string, key: string): string | undefined {
    const path = this.#below.get(parent)?.get(key)
    if (path !== undefined) return path
    if (this.#count >= this.#most || parent.length + key.length > SHAPING.path) {
      this.isFull = true
      return undefined
    }
    this.#count += 1
    const made = parent + key
    const below = this.#below.get(parent) ?? new Map<string, string>()
    this.#below.set(parent, below.set(key, made))
    return made
  }
}

/**
 * The members of an object by their dotted paths; lists, and objects without members, are values.
 * @returns undefined where two members have the same path: `{"a.b": 1, "a": {"b": 2}}`
 */
export function leavesOf(item: object, paths: Paths): Map<string, unknown> | undefined {
  const leaves = new Map<string, unknown>()
  const isClear = addLeaves(item, '', { leaves, paths })
  return isClear ? leaves : undefined
}

function addLeaves(item: object, parent: string, into: { leaves: Map<string, unknown>; paths: Paths }): boolean {
  const { leaves, paths } = into
  for (const key in item) {
    const value = (item as Record<string, unknown>)[key]
    const isInner = isPlainObject(value) && Object.keys(value).length > 0
    const path = paths.of(parent, isInner ? `${key}.` : key)
    if (path === undefined) continue
    if (isInner && !addLeaves(value, path, into)) return false
    if (isInner) continue
    if (leaves.has(path)) return false
    leaves.set(path, value)
  }
  return true
}

/** @returns undefined where the items differ in what they have */
function columnsOf(leaves: readonly Map<string, unknown>[], emptyMayGo: boolean): string[] | undefined {
  const names = new Set<string>()
  let count = 0
  for (const cells of leaves) {
    for (const name of cells.keys()) names.add(name)
    count += cells.size
  }
  if (names.size > MOST_COLUMNS || names.size * leaves.length > CELLS_OF_VALUE * count) return undefined
  const inner = new Set([...names].flatMap(ancestorsOf))
  const columns: string[] = []
  for (const name of names) {
    const values = leaves.map((cells) => cells.get(name))
    // Null in place of an object whose members are columns.
    if (inner.has(name)) {
      if (!values.every((value) => value === undefined || value === null)) return undefined
      continue
    }
    const around = ancestorsOf(name).filter((at) => names.has(at))
    const isWhole =
      emptyMayGo || leaves.every((cells) => cells.has(name) || around.some((at) => cells.get(at) === null))
    if (!isWhole) return undefined
    if (!emptyMayGo || values.some((value) => !isEmpty(value))) columns.push(name)
  }
  return columns
}

function ancestorsOf(path: string): string[] {
  const ancestors: string[] = []
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) ancestors.push(path.slice(0, dot))
  return ancestors
}

/** What tells a model nothing: null, and a text, list or object without content. */
export const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0)
