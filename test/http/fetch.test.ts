import { afterEach, describe, expect, test } from 'vitest'
import { pooledFetch } from '../../src/http/fetch.js'
import { closeServers, serve } from './server.js'

afterEach(closeServers)

/** Gives back as JSON what arrived. */
const echo = () =>
  serve(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method: request.method, headers: request.headers, body: body.toString('latin1') }))
  })
type Echo = { method: string; headers: Record<string, string>; body: string }

describe('pooledFetch', () => {
  test('is created once', () => {
    expect(pooledFetch()).toBe(pooledFetch())
  })

  test('sends the request unchanged and keeps connections', async () => {
    const { origin, connections } = await echo()
    const fetch = await pooledFetch()
    for (const headers of [{ 'x-a': 'b' }, new Headers({ 'x-a': 'b' }), [['x-a', 'b']] as [string, string][]]) {
      const answer = await fetch(`${origin}/x`, { method: 'POST', headers, body: '{"a":1}' })
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(await answer.json()).toMatchObject({ method: 'POST', headers: { 'x-a': 'b' }, body: '{"a":1}' })
    }
    expect(await (await fetch(new URL(origin))).json()).toMatchObject({ method: 'GET', body: '' })
    // Four requests; the pool may open a second connection while the first still tidies up after an answer.
    expect(connections()).toBeLessThanOrEqual(2)
  })

  test("sends the platform's FormData as a form, files and raw bytes included", async () => {
    const { origin } = await echo()
    const form = new FormData()
    form.append('text', 'a')
    form.append('text', 'b')
    form.append('file', new File([new Uint8Array([0, 255])], 'näme.bin', { type: 'image/png' }))
    form.append('blob', new Blob(['x']))
    const fetch = await pooledFetch()
    const { headers, body } = (await (await fetch(origin, { method: 'POST', body: form })).json()) as Echo
    const parts = await new Response(Buffer.from(body, 'latin1'), {
      headers: { 'content-type': String(headers['content-type']) },
    }).formData()
    expect(parts.getAll('text')).toEqual(['a', 'b'])
    const file = parts.get('file') as File
    expect({ name: file.name, type: file.type }).toEqual({ name: 'näme.bin', type: 'image/png' })
    expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([0, 255])
  })

  test('sends URLSearchParams as a form', async () => {
    const { origin } = await echo()
    const fetch = await pooledFetch()
    const answer = (await (
      await fetch(origin, { method: 'POST', body: new URLSearchParams({ a: 'ü' }) })
    ).json()) as Echo
    expect(answer.body).toBe('a=%C3%BC')
    expect(answer.headers['content-type']).toContain('application/x-www-form-urlencoded')
  })

  test('can be aborted by a signal', async () => {
    const { origin } = await serve(() => undefined)
    const fetch = await pooledFetch()
    await expect(fetch(origin, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
