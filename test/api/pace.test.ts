import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createApi } from '../../src/api/index.js'
import { createLogger } from '../../src/base/log.js'
import { arxiv } from '../../src/connectors/arxiv/index.js'
import { KeyRing } from '../../src/crypto/index.js'
import type { Send } from '../../src/http/send.js'
import { openSqliteStore } from '../../src/store/sqlite/store.js'
import { newService } from '../service/service.js'
import { ManualTime, settled } from '../service/upstream/time.js'

const FEED = `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/1.1v1</id></entry></feed>`

/** Two services on one store, as two processes open it, and one arXiv that answers a feed or a PDF. */
async function scene() {
  const time = new ManualTime()
  const folder = mkdtempSync(join(tmpdir(), 'connectors-pace-api-'))
  const keyRing = KeyRing.generate().ring
  const begun: [at: number, address: string][] = []
  const send: Send = async ({ url }) => {
    begun.push([time.clock(), url.host + url.pathname])
    const isPdf = url.pathname.startsWith('/pdf/')
    return { status: 200, headers: new Headers(), body: Buffer.from(isPdf ? '%PDF-1.7' : FEED) }
  }
  const open = async () => {
    const store = await openSqliteStore(join(folder, 'store.db'))
    onTestFinished(() => store.close())
    const { clock, schedule } = time
    const service = await newService({ store, keyRing, connector: arxiv, send, clock, schedule })
    return { service, api: createApi({ service, log: createLogger('silent'), publicUrl: undefined }) }
  }
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const services = [await open(), await open()] as const
  const [{ service }] = services
  const { id, name } = await service.tenants.create('the team')
  const { user, secret } = await service.users.create({ id, name }, 'ada')
  const call = async (which: 0 | 1, address: string, json: unknown, token: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const request = new Request(`http://127.0.0.1:1${address}`, { method: 'POST', headers, body: JSON.stringify(json) })
    const response = await services[which].api.fetch(request)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const login = await call(0, '/auth/tokens', { identifier: user.identifier, secret: secret.reveal() }, '')
  const { token } = JSON.parse(login.text).data as { token: string }
  return {
    time,
    begun,
    ask: (which: 0 | 1, action: string, json: unknown) => call(which, `/connectors/arxiv/${action}`, json, token),
  }
}

test('two services on one store keep the pace of arXiv together, for its API, its PDFs and its feeds', async () => {
  const { time, begun, ask } = await scene()
  const asked = [
    ask(0, 'get_paper_metadata', { paper_id: '1.1' }),
    ask(1, 'download_paper', { paper_id: '1.1' }),
    ask(0, 'get_daily_updates', { category: 'hep-th' }),
    ask(1, 'search_papers', { query: 'x' }),
  ]
  await time.passUntil(Promise.all(asked))
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(begun.map(([, address]) => address).sort()).toEqual([
    'arxiv.org/pdf/1.1',
    'export.arxiv.org/api/query',
    'export.arxiv.org/api/query',
    'rss.arxiv.org/atom/hep-th',
  ])
  const gaps = begun.slice(1).map(([at], index) => at - (begun[index]?.[0] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3000)
})

test('what asks for nothing does not wait', async () => {
  const { begun, ask } = await scene()
  await ask(0, 'get_paper_metadata', { paper_id: '1.1' })
  expect((await ask(1, 'get_categories', { group: 'hep-th' })).status).toBe(200)
  expect(begun).toHaveLength(1)
})

test('a long line is refused, and the answer says when to come again', async () => {
  const { time, begun, ask } = await scene()
  const asked = Array.from({ length: 9 }, () => ask(0, 'get_paper_metadata', { paper_id: '1.1' }))
  const refused: Awaited<(typeof asked)[number]>[] = []
  for (const one of asked) void one.then((answer) => answer.status === 429 && refused.push(answer))
  // No time has to pass for that.
  while (refused.length < 2) await settled()
  await time.passUntil(Promise.all(asked))
  expect([begun.length, refused.length]).toEqual([7, 2])
  const { error } = JSON.parse(refused[0]?.text ?? '')
  expect(error).toMatchObject({ code: 'RATE_LIMITED', recovery: { retryable: true, retry_after_seconds: 21 } })
  expect(error.message).toContain('arXiv asks for one request at a time')
  expect(refused[0]?.headers.get('retry-after')).toBe('21')
})
