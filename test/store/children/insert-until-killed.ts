import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'

// Inserts users for ever, and prints the id of each one that the store acknowledged.
const [file = '', clientId = ''] = process.argv.slice(2)
const store = await openSqliteStore(file)
for (;;) {
  const id = randomUUID()
  await store.users.insert({
    id,
    clientId,
    identifier: id,
    secretHash: 'x',
    secretPreview: 'x',
    secretSerial: 'x',
    isActive: true,
    createdAt: 1,
  })
  writeSync(1, `${id}\n`)
}
