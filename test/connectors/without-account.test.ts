import { describe, expect, test } from 'vitest'
import { type Harness, newApi } from '../api/harness.js'

/** A read of each connector that needs no account, through the API, by a user who has linked nothing. */
const READS: [address: string, json: Record<string, unknown>, url: string][] = [
  ['/connectors/hackernews/item_get', { item_id: 8863 }, 'https://hacker-news.firebaseio.com/v0/item/8863.json'],
  [
    '/connectors/dexscreener/get_token_pools',
    { chain_id: 'base', token_address: '0x1' },
    'https://api.dexscreener.com/token-pairs/v1/base/0x1',
  ],
]

describe.each(READS)('%s', (address, json, url) => {
  const newUser = async (answer: Harness['thirdParty']['answer']) => {
    const { call, client, user, thirdParty } = await newApi()
    const { token } = await user(await client())
    thirdParty.answer = answer
    return { ask: () => call('POST', address, { token, json }), thirdParty }
  }

  test('is answered without an account, and no credential leaves', async () => {
    const { ask, thirdParty } = await newUser(() => ({ json: address.includes('item') ? { id: 8863 } : [{ fdv: 1 }] }))
    const { status, json: answer, headers } = await ask()
    expect([status, answer.meta]).toEqual([200, null])
    expect(answer.data).toEqual(address.includes('item') ? { id: 8863 } : [{ fdv: 1 }])
    expect(headers.has('x-acted-as')).toBe(false)
    expect(thirdParty.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${url}`])
    expect(Object.keys(thirdParty.requests[0]?.headers ?? {})).toEqual(['accept', 'user-agent'])
  })

  test('a refusal of the credential is one like any other: there is nothing to link again', async () => {
    const { ask, thirdParty } = await newUser(() => ({ status: 401, json: {} }))
    const { status, json: answer } = await ask()
    expect(status).toBe(502)
    expect(JSON.stringify(answer)).not.toContain('link')
    expect(thirdParty.requests).toHaveLength(1)
  })
})
