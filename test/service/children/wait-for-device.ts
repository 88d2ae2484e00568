import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { KeyRing } from '../../../src/crypto/index.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { userinfoConnector } from '../notes.js'
import { newService } from '../service.js'
import { type ChildSetting, realSend } from './setting.js'

/** As others are told, and how fast this process's clock goes, from when on. */
export interface DeviceSetting extends ChildSetting {
  linkId: string
  speed: number
  since: number
}

// Waits many times at once for a link by a device code, and prints how each wait ended.
const [path = '', waits = '0'] = process.argv.slice(2)
const setting = JSON.parse(readFileSync(path, 'utf8')) as DeviceSetting
const { since, speed, caller, linkId } = setting
const store = await openSqliteStore(setting.file)
const service = await newService({
  store,
  keyRing: KeyRing.parse(setting.keys),
  connector: userinfoConnector(setting.provider, setting.origin),
  oauthClient: setting.oauthClient,
  clock: () => since + (Date.now() - since) * speed,
  requireSignIn: false,
  send: realSend(),
})
process.stdout.write('ready\n')
await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()
const waiting = Array.from({ length: Number(waits) }, () => service.linking.status(caller, linkId, { waitMs: 25_000 }))
const states = await Promise.all(waiting)
process.stdout.write(`${JSON.stringify(states.map(({ status, userIdentifier }) => [status, userIdentifier]))}\n`)
await service.settled()
await store.close()
process.exit()
