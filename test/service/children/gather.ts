import { readFileSync } from 'node:fs'
import { KeyRing } from '../../../src/crypto/index.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { libraryConnector } from '../jobs/library.js'
import { newService, readResult } from '../service.js'
import { realSend } from './setting.js'

// Begins to gather in the background, says so, and then lives until it is killed.
const { file, keys, origin, caller } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const service = await newService({
  store: await openSqliteStore(file),
  keyRing: KeyRing.parse(keys),
  connector: libraryConnector(origin, false),
  send: realSend(),
})
const run = await service.runAction(caller, {
  connector: 'library',
  action: 'list_books',
  input: { shelf: 'poems', waiting: false },
  identifier: null,
  signal: new AbortController().signal,
})
process.stdout.write(`${JSON.stringify(readResult(run))}\n`)
setInterval(() => {}, 1000)
