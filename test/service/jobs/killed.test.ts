import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { LEASE } from '../../../src/service/jobs/job.js'
import { killChildren, nextLine, startChild } from '../../store/children/child.js'
import { realSend } from '../children/setting.js'
import { newScene } from '../scene.js'
import { newCaller, newService, readResult } from '../service.js'
import { libraryConnector } from './library.js'

afterEach(killChildren)

/** A library of which each shelf can be closed: the end of gathering waits then. */
async function startLibrary() {
  const asked: string[] = []
  let isClosed = true
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url?.endsWith('/closing') && isClosed) return
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ books: ['a', 'b', 'c'], total: 3 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const open = (): void => {
    isClosed = false
  }
  return { asked, open, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('two processes share what one of them gathers; when it is killed the other one begins again and says so', {
  timeout: 60_000,
}, async () => {
  const library = await startLibrary()
  const scene = await newScene()
  let ahead = 0
  const service = await newService({
    store: scene.store,
    keyRing: scene.ring.ring,
    connector: libraryConnector(library.origin, false),
    send: realSend(),
    clock: () => Date.now() + ahead,
  })
  onTestFinished(() => service.background.stop())
  const caller = await newCaller(service)
  const setting = join(scene.folder, 'setting.json')
  writeFileSync(setting, JSON.stringify({ file: scene.file, keys: scene.ring.text, origin: library.origin, caller }))
  const child = startChild('../../service/children/gather.ts', [setting])
  expect(JSON.parse(await nextLine(child))).toMatchObject({ data: { is_processing: true } })
  const list = (waiting: boolean) =>
    service
      .runAction(caller, {
        connector: 'library',
        action: 'list_books',
        input: { shelf: 'poems', waiting },
        identifier: null,
        signal: new AbortController().signal,
      })
      .then(readResult)
  await vi.waitFor(() => expect(library.asked).toEqual(['/shelves/poems', '/shelves/poems/closing']))
  // Its heartbeat tells the other process how far it is.
  const progress = { data: { is_processing: true }, meta: { items_done: 3, items_total: 3 } }
  await vi.waitFor(async () => expect(await list(false)).toMatchObject(progress), { timeout: 10_000, interval: 100 })
  child.process.kill('SIGKILL')
  await child.ended
  expect(await list(false)).toMatchObject({ data: { is_processing: true } })
  library.open()
  ahead = LEASE + 5_000
  expect(await list(true)).toMatchObject({ data: ['a', 'b'], meta: { restarted: true } })
  expect(await list(true)).toMatchObject({ data: ['a', 'b'] })
  expect(library.asked).toHaveLength(4)
})
