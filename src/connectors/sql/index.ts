import type { Database } from '../../database/port.js'
import { defineConnector } from '../../kit/index.js'
import { accountOf, linking } from './linking.js'
import { query } from './query.js'
import { describeTable, listTables } from './tables.js'

export const sql = defineConnector<Database>({
  name: 'sql',
  title: 'SQL',
  description: 'Query and change PostgreSQL, MySQL, MariaDB and SQLite databases.',
  categories: ['database'],
  port: 'database',
  auth: { custom: linking },
  account: accountOf,
  // The published action comes first, as programs that count on its place expect.
  actions: [query, listTables, describeTable],
})
