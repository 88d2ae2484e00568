import { createInterface } from 'node:readline'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'

// For each line of stdin: opens that file, puts a value of its own and prints the one that counts.
process.stdout.write('ready\n')
for await (const file of createInterface({ input: process.stdin })) {
  const store = await openSqliteStore(file)
  await store.meta.putIfAbsent(`pid ${process.pid}`, 'was here')
  process.stdout.write(`${await store.meta.putIfAbsent('root_key', `of ${process.pid}`)}\n`)
  await store.close()
}
