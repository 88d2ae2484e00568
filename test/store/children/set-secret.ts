import { createInterface } from 'node:readline'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'

// For each line of stdin, `SERIAL how`: gives the user a secret of that serial, and prints the line. `how` is `open` to go on with the
// same store, and `close` to close it, which empties the log.
const [file = '', userId = ''] = process.argv.slice(2)
let store = await openSqliteStore(file)
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [secretSerial = '', how] = line.split(' ')
  await store.users.setSecret(userId, { secretHash: 'x', secretPreview: 'x', secretSerial })
  if (how === 'close') {
    await store.close()
    store = await openSqliteStore(file)
  }
  process.stdout.write(`${line}\n`)
}
await store.close()
