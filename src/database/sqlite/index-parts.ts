import { scan } from '../sql/scanner.js'

/** What an index is made of, as it was written. */
export interface IndexParts {
  /** Columns and expressions, with their collation and direction. */
  columns: string[]
  where: string | undefined
}

/**
 * Takes apart the statement that made an index, for what SQLite's own functions do not report: its expressions and its condition.
 * @param sql as `sqlite_schema` keeps it, or the beginning of that
 * @see https://www.sqlite.org/lang_createindex.html
 */
export function indexParts(sql: string): IndexParts {
  const columns: string[] = []
  let where: string | undefined
  let depth = 0
  let closed = false
  for (const { kind, text } of scan(sql, 'sqlite')) {
    const opens = kind === 'symbol' && text === '('
    const closes = kind === 'symbol' && text === ')'
    const written = kind === 'comment' ? ' ' : text
    if (closes) depth -= 1
    if (where !== undefined) where += written
    else if (closed) where = kind === 'word' && text.toLowerCase() === 'where' ? '' : undefined
    else if (opens && depth === 0) columns.push('')
    else if (closes && depth === 0) closed = true
    else if (depth === 1 && kind === 'symbol' && text === ',') columns.push('')
    else if (depth > 0) columns[columns.length - 1] += written
    if (opens) depth += 1
  }
  return { columns: columns.map((column) => column.trim()), where: where?.trim() }
}
