import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainObject, type Json } from '../../src/base/json.js'
import { dexscreener } from '../../src/connectors/dexscreener.js'
import { FAILURES, HOSTILE_NAMES, IMPOSSIBLE_NAMES, playAgainst } from './answering.js'
import { PAIR, POOL, SOL, USDC } from './dexscreener-pair.js'
import { type Exchange, play } from './harness.js'

// DEX Screener publishes no machine-readable description, and its page https://docs.dexscreener.com/api/reference was not at hand.
// The answers below are from memory, with the members that public clients of the API read; the addresses are those of
// well-known tokens.

const act = (action: string, input: unknown, exchanges?: Exchange | Exchange[]) =>
  play(dexscreener, action, input, exchanges)
const failed = (played: Promise<unknown>) =>
  played.then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

/** As it arrives. */
const OUR_PAIR = {
  chain_id: 'solana',
  dex_id: 'raydium',
  url: PAIR.url,
  pair_address: POOL,
  labels: ['CLMM'],
  base_token: PAIR.baseToken,
  quote_token: PAIR.quoteToken,
  price_native: '157.2500',
  price_usd: '157.25',
  txns: PAIR.txns,
  volume: PAIR.volume,
  price_change: PAIR.priceChange,
  liquidity: PAIR.liquidity,
  fdv: PAIR.fdv,
  market_cap: PAIR.marketCap,
  pair_created_at: PAIR.pairCreatedAt,
  info: {
    image_url: 'https://example.com/sol.png',
    header: 'https://example.com/header.png',
    open_graph: 'https://example.com/og.png',
    websites: PAIR.info.websites,
    socials: PAIR.info.socials,
  },
  boosts: { active: 2 },
}

const PROFILE = {
  url: `https://dexscreener.com/solana/${SOL.toLowerCase()}`,
  chainId: 'solana',
  tokenAddress: SOL,
  icon: 'https://example.com/icon.png',
  header: null,
  description: 'A coin',
  links: [{ type: 'twitter', label: null, url: 'https://x.com/example' }],
}
const { chainId, tokenAddress, ...unchanged } = PROFILE
const OUR_PROFILE = { ...unchanged, chain_id: chainId, token_address: tokenAddress }

/** An action, an input with all its parameters, what leaves, the answer around the items. */
interface Fact {
  action: string
  input: Record<string, unknown>
  request: string
  query?: Record<string, string>
  wrapped: (items: Json) => Json
  item: Json
  ours: Json
}

const bare = (items: Json): Json => items
const inPairs = (pairs: Json): Json => ({ schemaVersion: '1.0.0', pairs })
const pair = { item: PAIR, ours: OUR_PAIR }
const boost = {
  wrapped: bare,
  item: { ...PROFILE, amount: 10, totalAmount: 110 },
  ours: { ...OUR_PROFILE, amount: 10, total_amount: 110 },
  input: {},
}
const token = { chain_id: 'solana', token_address: SOL }
const order = {
  input: token,
  request: `GET /orders/v1/solana/${SOL}`,
  item: { type: 'tokenProfile', status: 'approved', paymentTimestamp: 1717171717000 },
  ours: { type: 'tokenProfile', status: 'approved', payment_timestamp: 1717171717000 },
}
const FACTS: Fact[] = [
  { action: 'get_token_pools', input: token, request: `GET /token-pairs/v1/solana/${SOL}`, wrapped: bare, ...pair },
  {
    action: 'get_token_profiles',
    input: {},
    request: 'GET /token-profiles/latest/v1',
    wrapped: bare,
    item: PROFILE,
    ours: OUR_PROFILE,
  },
  { action: 'get_token_boosts', request: 'GET /token-boosts/latest/v1', ...boost },
  { action: 'get_top_token_boosts', request: 'GET /token-boosts/top/v1', ...boost },
  { action: 'check_token_orders', wrapped: bare, ...order },
  { action: 'check_token_orders', wrapped: (orders) => ({ orders, boosts: [{ id: 'x', amount: 10 }] }), ...order },
  {
    action: 'get_pairs_by_address',
    input: { chain_id: 'solana', pair_id: POOL },
    request: `GET /latest/dex/pairs/solana/${POOL}`,
    wrapped: inPairs,
    ...pair,
  },
  {
    action: 'search_pairs',
    input: { q: 'SOL/USDC' },
    request: 'GET /latest/dex/search',
    query: { q: 'SOL/USDC' },
    wrapped: inPairs,
    ...pair,
  },
  {
    action: 'get_pairs_by_token',
    input: { chain_id: 'solana', token_addresses: [SOL, USDC] },
    request: `GET /tokens/v1/solana/${SOL},${USDC}`,
    wrapped: bare,
    ...pair,
  },
]

test('needs no account, and every action is among the facts', () => {
  expect(dexscreener.auth).toEqual({})
  expect(dexscreener.authorize).toBeUndefined()
  expect([...dexscreener.byName.keys()]).toEqual([...new Set(FACTS.map(({ action }) => action))])
})

describe.each(FACTS)('$action $input', ({ action, input, request, query, wrapped, item, ours }) => {
  const exchange = (response: Json): Exchange => ({ request, ...(query ? { query } : {}), response })

  test('returns a list in our spelling', async () => {
    const result = await act(action, input, exchange(wrapped([item, item])))
    expect(result).toEqual({ data: [ours, ours], meta: null })
  })

  test('is empty where there is nothing', async () => {
    for (const none of [wrapped([]), wrapped(null), null]) {
      expect(await act(action, input, exchange(none))).toEqual({ data: [], meta: null })
    }
  })

  test.each(['text', 7, { a: 1 }])('fails where the list is %j', async (strange) => {
    const error = await failed(act(action, input, exchange(wrapped(strange))))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('sends nothing without one of its parameters, nor with a strange one', async () => {
    for (const name of Object.keys(input)) {
      const { [name]: _, ...less } = input
      for (const wrong of [less, { ...input, [name]: '' }, { ...input, [name]: 7 }, { ...input, [name]: [] }]) {
        expect(await failed(act(action, wrong))).toMatchObject({ code: 'INVALID_PARAMETERS' })
      }
    }
    expect(await failed(act(action, { ...input, page: 2 }))).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test.each(FAILURES)('fails for %s', async (_, answer, error) => {
    expect(await failed(playAgainst(dexscreener, action, input, () => answer))).toMatchObject(error)
  })

  test('is refused for its rate, which counts by the minute', async () => {
    const error = await failed(playAgainst(dexscreener, action, input, () => ({ status: 429, body: '' })))
    expect(error).toMatchObject({
      code: 'RATE_LIMITED',
      message: 'DEX Screener accepts no more requests from this address for now; try again in a minute.',
      retryable: true,
      retryAfterSeconds: 60,
    })
  })
})

const IN_PATHS: [action: string, input: Record<string, unknown>, prefix: string, suffix: string][] = [
  ['get_token_pools', { token_address: 'b' }, '/token-pairs/v1/', '/b'],
  ['check_token_orders', { token_address: 'b' }, '/orders/v1/', '/b'],
  ['get_pairs_by_address', { pair_id: 'b' }, '/latest/dex/pairs/', '/b'],
  ['get_pairs_by_token', { token_addresses: ['b'] }, '/tokens/v1/', '/b'],
]

describe.each(IN_PATHS)('%s %j', (action, input, prefix, suffix) => {
  const [name = ''] = Object.keys(input)
  const among = (value: string) => (name === 'token_addresses' ? ['x', value] : value)

  test.each(HOSTILE_NAMES)('%j stays in its segment', async (hostile, segment) => {
    const asChain = { request: `GET ${prefix}${segment}${suffix}`, response: [] }
    const asAddress = { request: `GET ${prefix}a/${name === 'token_addresses' ? 'x,' : ''}${segment}`, response: [] }
    const response = prefix.includes('/dex/') ? { pairs: null } : []
    await act(action, { chain_id: hostile, ...input }, { ...asChain, response })
    await act(action, { chain_id: 'a', [name]: among(hostile) }, { ...asAddress, response })
  })

  test.each(IMPOSSIBLE_NAMES)('sends nothing for %j', async (impossible) => {
    for (const wrong of [
      { chain_id: impossible, ...input },
      { chain_id: 'a', [name]: among(impossible) },
    ]) {
      expect(await failed(act(action, wrong))).toMatchObject({ code: 'INVALID_PARAMETERS' })
    }
  })
})

test.each(HOSTILE_NAMES)('search_pairs sends %j as it is', async (q) => {
  await act('search_pairs', { q }, { request: 'GET /latest/dex/search', query: { q }, response: { pairs: [] } })
})

describe('get_pairs_by_token', () => {
  test('takes 1 to 30 addresses', async () => {
    const many = Array.from({ length: 31 }, (_, index) => `t${index}`)
    const request = `GET /tokens/v1/base/${many.slice(0, 30).join(',')}`
    await act('get_pairs_by_token', { chain_id: 'base', token_addresses: many.slice(0, 30) }, { request, response: [] })
    for (const token_addresses of [many, [], 't1']) {
      const error = await failed(act('get_pairs_by_token', { chain_id: 'base', token_addresses }))
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
    }
  })

  test('addresses stay as many as they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1 }), async (addresses) => {
        fc.pre(addresses.length <= 30 && addresses.every((address) => !['.', '..'].includes(address)))
        const seen: string[] = []
        const input = { chain_id: 'a', token_addresses: addresses }
        await playAgainst(dexscreener, 'get_pairs_by_token', input, (address) => {
          seen.push(address)
          return { body: '[]' }
        })
        expect(seen).toHaveLength(1)
        const list = /^\/tokens\/v1\/a\/([^/?#]*)$/.exec(seen[0] ?? '')?.[1]
        expect(list?.split(',').map(decodeURIComponent)).toEqual(addresses)
      }),
    )
  })
})

describe('spelling', () => {
  const pools = (response: Json, more = {}) =>
    act('get_token_pools', { ...token, ...more }, { request: `GET /token-pairs/v1/solana/${SOL}`, response })

  test('keys that are spans of time stay as they are, and what is inside is spelled our way', async () => {
    const spans = { '1H': { buysNow: 1 }, newSpan: { sellsNow: 2 } }
    const { data } = await pools([{ txns: spans, volume: { H24: 1 }, priceChange: { lastWeek: 2 } }])
    expect(data).toEqual([
      {
        txns: { '1H': { buys_now: 1 }, newSpan: { sells_now: 2 } },
        volume: { H24: 1 },
        price_change: { lastWeek: 2 },
      },
    ])
  })

  test('members that DEX Screener adds are spelled our way too', async () => {
    expect(await pools([{ moonshot: { creatorUrl: null } }])).toMatchObject({
      data: [{ moonshot: { creator_url: null } }],
    })
  })

  test.each([['price_usd'], ['priceUsd']])('response_fields takes %s', async (field) => {
    expect(await pools([PAIR], { response_fields: [field] })).toMatchObject({ data: [{ price_usd: '157.25' }] })
  })

  test('response_fields finds what is below a span of time', async () => {
    const { data } = await pools([PAIR], { response_fields: ['priceChange.h24', 'liquidity.usd'] })
    expect(data).toEqual([{ price_change: { h24: -1.2 }, liquidity: { usd: 125000000 } }])
  })
})

describe('what a model is shown by default', () => {
  const at = (value: Json | undefined, path: string): Json | undefined =>
    path
      .split('.')
      .reduce<Json | undefined>((inner, step) => (isPlainObject(inner) ? (inner[step] as Json) : undefined), value)

  test.each(FACTS)('$action: members that exist', ({ action, ours }) => {
    const fields = dexscreener.byName.get(action)?.defaultFields ?? []
    expect(fields.filter((field) => at(ours, field) === undefined)).toEqual([])
    expect(fields.length > 0).toBe(action !== 'check_token_orders')
  })
})
