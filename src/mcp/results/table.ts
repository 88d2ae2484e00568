import { isPlainObject } from '../../base/json.js'

/** From this many rows on, a table takes fewer tokens than objects, which repeat every name. */
const FEWEST_ROWS = 4
/** No table is wider. */
const MOST_COLUMNS = 200

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
  const leaves: Map<string, unknown>[] = []
  for (const item of items) {
    const cells = leavesOf(item)
    if (cells === undefined) return undefined
    leaves.push(cells)
  }
  const columns = columnsOf(leaves, emptyMayGo)
  if (columns === undefined || columns.length === 0) return undefined
  const table = { columns, rows: leaves.map((cells) => columns.map((column) => cells.get(column) ?? null)) }
  return JSON.stringify(table).length < JSON.stringify(items).length ? table : undefined
}

/**
 * The members of an object by their dotted paths; lists, and objects without members, are values.
 * @returns undefined where two members have the same path: `{"a.b": 1, "a": {"b": 2}}`
 */
export function leavesOf(item: object): Map<string, unknown> | undefined {
  const leaves = new Map<string, unknown>()
  const isClear = addLeaves(item, '', leaves)
  return isClear ? leaves : undefined
}

function addLeaves(item: object, prefix: string, leaves: Map<string, unknown>): boolean {
  return Object.entries(item).every(([key, value]) => {
    const path = prefix + key
    if (isPlainObject(value) && Object.keys(value).length > 0) return addLeaves(value, `${path}.`, leaves)
    if (leaves.has(path)) return false
    leaves.set(path, value)
    return true
  })
}

/** @returns undefined where the items differ in what they have */
function columnsOf(leaves: readonly Map<string, unknown>[], emptyMayGo: boolean): string[] | undefined {
  const names = new Set<string>()
  for (const cells of leaves) {
    for (const name of cells.keys()) names.add(name)
    if (names.size > MOST_COLUMNS) return undefined
  }
  const inner = new Set([...names].flatMap(ancestorsOf))
  const columns: string[] = []
  for (const name of names) {
    const values = leaves.map((cells) => cells.get(name))
    // Null in place of an object whose members are columns.
    if (inner.has(name)) {
      if (!values.every((value) => value === undefined || value === null)) return undefined
      continue
    }
    const isWhole =
      emptyMayGo || leaves.every((cells) => cells.has(name) || ancestorsOf(name).some((at) => cells.get(at) === null))
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
