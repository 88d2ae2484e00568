import { type Database, STATEMENT } from '../../database/port.js'
import { defineAction, invalidParameters, type Json, Result, WrittenResult, z } from '../../kit/index.js'
import { refuseUnheldLogin } from './read-only-call.js'
import { timeout } from './timeout.js'

/**
 * Checked here, once for all engines, before anything is scanned or sent: their drivers and protocols fail in different ways.
 * @throws INVALID_PARAMETERS
 */
function refuseLargeVariables(variables: Record<string, Json>): void {
  let count = 0
  for (const [name, value] of Object.entries(variables)) {
    const items = Array.isArray(value) ? value : [value]
    count += items.length
    const shown = name.slice(0, STATEMENT.name)
    const tooLong = (what: string, most: number) =>
      invalidParameters(`A ${what} in variables has more than ${most} characters; send less at once.`, [
        { field: `variables.${shown}`, message: `has a ${what} of more than ${most} characters` },
      ])
    if (name.length > STATEMENT.name) throw tooLong('name', STATEMENT.name)
    if (items.some((item) => typeof item === 'string' && item.length > STATEMENT.value)) {
      throw tooLong('text', STATEMENT.value)
    }
  }
  if (count > STATEMENT.values) {
    throw invalidParameters(
      `The variables hold ${count} values, and a statement takes at most ${STATEMENT.values}; run it for fewer at once.`,
      [{ field: 'variables', message: `holds more than ${STATEMENT.values} values` }],
    )
  }
}

export const query = defineAction({
  name: 'query',
  description: [
    'Run one SQL statement on the linked PostgreSQL, MySQL, MariaDB or SQLite database.',
    'Write values as :name and give them in variables; they are bound as parameters, never put into the SQL text, so need no quotes. A list can stand in `in (:ids)`.',
    'Rows come back as a list of objects by column name, with meta {columns, row_count, truncated}; a statement without rows gives {affected_rows}, -1 where the database does not report a count.',
    'Each query is committed on its own; transactions and session settings do not last until the next one. A repeated write happens twice.',
    'Use the SQL dialect of the database; list_tables and describe_table show what there is. Keep the answer small: name the columns needed, add conditions, and let sum, count and limit do the work.',
    'Wide integers and decimals come back as text, bytes as base64, dates in ISO form.',
  ].join(' '),
  examples: [
    'run a SQL query',
    'how many rows are in this table',
    'change these rows in the database',
    'total sales by country from the database',
  ],
  effect: 'update',
  readOnlyCapable: true,
  shaping: false,
  input: {
    query: z
      .string()
      .min(1)
      .max(
        STATEMENT.text,
        `is longer than ${STATEMENT.text} characters; give values in variables, or send less at once`,
      )
      .describe('One SQL statement, with :name where a value belongs'),
    variables: z
      .record(z.string(), z.json())
      .nullish()
      .describe(
        'The values of the :name variables: {"id": 7}. Numbers beyond 9007199254740991 go as text; an object is bound as JSON text',
      ),
    limit: z.number().int().min(1).max(10_000).default(1000).describe('The most rows to return, up to 10000'),
    timeout_ms: timeout,
  },
  run: async (database: Database, { query: sql, variables, limit, timeout_ms }, { signal, readOnly, account }) => {
    if (readOnly) refuseUnheldLogin(database, account)
    // Parsed from JSON, whose values they are.
    const values = (variables ?? {}) as Record<string, Json>
    refuseLargeVariables(values)
    const result = await database.query(sql, values, { limit, timeoutMs: timeout_ms, signal, readOnly })
    if (result.kind === 'affected') return { affected_rows: result.affectedRows }
    const { columns, truncated, unread } = result
    if (unread) return new WrittenResult(unread.json, { columns, row_count: unread.count, truncated })
    return new Result(result.rows, { columns, row_count: result.rows.length, truncated })
  },
})
