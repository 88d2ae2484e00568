import { openSqliteStore } from '../../../src/store/sqlite/store.js'

// Opens and closes a store whose check runs in a process of its own.
const store = await openSqliteStore(process.argv[2] ?? '', { checkedAtOnce: 0 })
await store.meta.get('marked')
await store.close()
process.stdout.write('closed\n')
