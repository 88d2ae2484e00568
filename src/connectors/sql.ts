import { databaseSecrets, databaseTarget, isReadOnlyAddress } from '../database/address.js'
import { type Database, STATEMENT } from '../database/port.js'
import { defineAction, defineConnector, invalidParameters, type Json, Result, z } from '../kit/index.js'

const DRIVERS =
  'postgresql, mysql, mariadb or sqlite, also as SQLAlchemy writes them: postgresql+psycopg2, mysql+pymysql'

const text = (description: string) => z.string().nullish().describe(description)
const secret = (description: string) => z.string().nullish().meta({ description, secret: true })
/** One of what a URL says as well, and so in one group. */
const part = <Schema extends z.ZodType>(schema: Schema, description: string, more: { secret?: boolean } = {}) =>
  schema.nullish().meta({ description, group: 'Or fill in its parts one by one', ...more })

/** Linking takes `url` alone or all of the single parts, which are ignored with a `url`; `extra_config` adds to both. */
const fields = {
  url: secret(
    'The database as a URL: postgresql://user:password@host:5432/database, mysql://…, mariadb://…, or for a file sqlite:////absolute/path or sqlite:///relative/path',
  ),
  host: part(z.string(), 'Host name or address of the server'),
  port: part(z.union([z.number().int(), z.string().regex(/^\d+$/)]), 'Port of the server'),
  database: part(z.string(), 'Name of the database'),
  username: part(z.string(), 'User name at the database'),
  password: part(z.string(), 'Password of that user', { secret: true }),
  driver: part(z.string(), `Kind of database: ${DRIVERS}`),
  extra_config: part(
    z.record(z.string(), z.unknown()),
    'Further settings, beside a URL too: what it has behind the question mark, as {"sslmode": "verify-full"}',
  ),
  identifier: text('What to call the account; driver:host:port:username:database unless given'),
  read_only: z
    .boolean()
    .describe(
      'True to let nothing be changed through this account: the database itself refuses changes of rows and definitions',
    )
    .nullish(),
}

const HELP = [
  'Give the URL of a PostgreSQL, MySQL, MariaDB or SQLite database, or all of host, port, database, user name, password and driver.',
  'The account can do what the database user can, so make a user with no more rights than the agent needs, and let nothing be changed (read_only) where it only has to read: the database then refuses changes of rows and definitions, while functions that act beyond them are a matter of the rights of its user.',
  'Without sslmode the connection to another machine is encrypted if the server offers it, but its certificate is not checked; add sslmode=verify-full to the URL to be sure of the server.',
].join(' ')

const READ_ONLY = {
  field: 'read_only',
  isSetOtherwise: isReadOnlyAddress,
  meanings: {
    write: 'add, change and delete rows',
    schema: 'change tables and other definitions',
    admin: 'administer the server',
  },
  despite: {
    admin:
      'That goes for rows and definitions. An administrator can act on the server, its files, other sessions and other servers by functions that a read-only transaction does not stop; we refuse those we know by name, but not those that functions of the database call. A user with fewer rights is safer.',
  },
}

/**
 * Told here, once for all engines, before anything is scanned or sent: their drivers and protocols fail in their own ways.
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

const query = defineAction({
  name: 'query',
  description: [
    'Run one SQL statement on the linked PostgreSQL, MySQL, MariaDB or SQLite database.',
    'Write values as :name and give them in variables; they are bound as parameters, never put into the SQL text, so need no quotes. A list can stand in `in (:ids)`.',
    'Rows come back as a list of objects by column name, with meta {columns, row_count, truncated}; a statement without rows gives {affected_rows}, -1 where there is no count.',
    'Each query is committed on its own; transactions and session settings do not last until the next one. Use the SQL dialect of the database, and select only the columns and rows you need.',
    'Wide integers and decimals come back as text, bytes as base64, dates in ISO form.',
  ].join(' '),
  examples: [
    'run a SQL query',
    'how many rows are in this table',
    'what tables and columns does our database have',
    'total sales by country from the database',
  ],
  effect: 'update',
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
    timeout_ms: z
      .number()
      .int()
      .min(1)
      .max(300_000)
      .default(30_000)
      .describe('Milliseconds after which the statement is stopped, up to 300000'),
  },
  run: async (database: Database, { query: sql, variables, limit, timeout_ms }, { signal }) => {
    // Parsed from JSON, whose values they are.
    const values = (variables ?? {}) as Record<string, Json>
    refuseLargeVariables(values)
    const result = await database.query(sql, values, { limit, timeoutMs: timeout_ms, signal })
    if (result.kind === 'affected') return { affected_rows: result.affectedRows }
    const { rows, columns, truncated } = result
    return new Result(rows, { columns, row_count: rows.length, truncated })
  },
})

export const sql = defineConnector<Database>({
  name: 'sql',
  title: 'SQL',
  description: 'Query and change PostgreSQL, MySQL, MariaDB and SQLite databases.',
  categories: ['database'],
  port: 'database',
  auth: {
    custom: { fields, help: HELP, readOnly: READ_ONLY, secrets: databaseSecrets, target: databaseTarget },
  },
  account: async (database, { identifier }) => {
    const { server, version, abilities } = await database.probe()
    return {
      identifier: typeof identifier === 'string' && identifier !== '' ? identifier : database.name,
      server: { name: server, version },
      scopes: abilities ?? [],
      readOnly: database.readOnly || (abilities?.every((ability) => ability === 'read') ?? false),
    }
  },
  actions: [query],
})
