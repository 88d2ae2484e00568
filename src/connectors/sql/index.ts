import type { Database } from '../../database/port.js'
import { defineConnector } from '../../kit/index.js'
import { accountOf, linking } from './linking.js'
import { query } from './query.js'

export const sql = defineConnector<Database>({
  name: 'sql',
  title: 'SQL',
  description: 'Query and change PostgreSQL, MySQL, MariaDB and SQLite databases.',
  categories: ['database'],
  port: 'database',
  auth: { custom: linking },
  account: accountOf,
  actions: [query],
})
