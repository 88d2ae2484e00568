import { writeSync } from 'node:fs'
import type { Send } from '../../../src/kit/index.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import type { Store } from '../../../src/store/store.js'
import { CALLBACK_URL, signedIn } from '../service.js'
import { readSetting, realSend, serviceOf } from './setting.js'

// Links, uses or removes the account `login`, and kills itself at the step of that number: before or after a request, or before or
// after a statement of the store. Without a number it prints the steps. What it acknowledges it prints.
const [path = '', deed = '', login = '', killAt = '-1'] = process.argv.slice(2)

const print = (text: string): void => void writeSync(1, `${text}\n`)

let steps = 0
let armed = false
function step(name: string): void {
  if (!armed) return
  if (killAt === '-1') print(`step ${name}`)
  else if (steps++ === Number(killAt)) process.kill(process.pid, 'SIGKILL')
}

async function around<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  step(`before ${name}`)
  const result = await run()
  step(`after ${name}`)
  return result
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

const steppingStore = (store: Store): Store =>
  Object.fromEntries(
    Object.entries(store).map(([room, methods]) =>
      typeof methods === 'function'
        ? [room, methods]
        : [
            room,
            Object.fromEntries(
              Object.entries(methods as Methods).map(([name, method]) => [
                name,
                (...args: unknown[]) => around(`${room}.${name}`, () => method(...args)),
              ]),
            ),
          ],
    ),
  ) as unknown as Store

const steppingSend =
  (send: Send): Send =>
  (request) =>
    around(`${request.method} ${request.url.pathname}`, () => send(request))

async function main(): Promise<void> {
  const setting = readSetting(path)
  const store = await openSqliteStore(setting.file)
  const service = await serviceOf(setting, steppingStore(store), steppingSend(realSend()))
  armed = true
  const { caller } = setting
  if (deed === 'link') {
    const { linkId, url } = await service.linking.start(caller, 'notes', {
      callbackUrl: CALLBACK_URL,
      replaceDuplicate: true,
    })
    print(`link ${linkId}`)
    const state = new URL(url).searchParams.get('state') ?? ''
    const answer = new URLSearchParams({ code: login, state })
    const { outcome } = await service.linking.finish('notes', answer, signedIn(service, caller))
    print(`acknowledged ${outcome.status}`)
  } else if (deed === 'confirm') {
    const { linkId, url } = await service.linking.start(caller, 'notes', {
      callbackUrl: CALLBACK_URL,
      replaceDuplicate: true,
    })
    print(`link ${linkId}`)
    const answer = new URLSearchParams({ code: login, state: new URL(url).searchParams.get('state') ?? '' })
    const { proofs } = service.linkPages
    const browser = proofs.browser(undefined)
    await service.linking.finish('notes', answer, { browser, session: undefined })
    const { outcome } = await service.linkPages.confirm({
      linkId,
      visitor: { browser, session: proofs.session(browser, caller.userId) },
      formToken: proofs.formToken(browser, linkId),
    })
    print(`acknowledged ${outcome.status}`)
  } else if (deed === 'remove') {
    print(`revoked ${(await service.remove(caller, 'notes', login)).revokedAtProvider}`)
    print('acknowledged success')
  } else {
    const signal = new AbortController().signal
    await service.runAction(caller, { connector: 'notes', action: 'who_am_i', input: {}, identifier: login, signal })
    print('acknowledged success')
  }
  step('the end')
  armed = false
  await store.close()
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  },
)
