import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { readResult, run } from '../service.js'
import { readSetting, realSend, serviceOf } from './setting.js'

// Runs an action many times at once, and prints for each who acted and a digest of the token that was used.
const [path = '', calls = '0'] = process.argv.slice(2)
const setting = readSetting(path)
const store = await openSqliteStore(setting.file)
const used: string[] = []
const send = realSend()
const service = await serviceOf(setting, store, (request) => {
  const { authorization = '' } = request.headers
  if (request.method === 'GET') used.push(createHash('sha256').update(authorization).digest('hex'))
  return send(request)
})
process.stdout.write('ready\n')
await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()
const runs = await Promise.all(Array.from({ length: Number(calls) }, () => run(service, setting.caller, 'notes')))
const who = runs.map((each) => readResult(each).data.sub)
process.stdout.write(`${JSON.stringify({ who, used })}\n`)
await store.close()
process.exit()
