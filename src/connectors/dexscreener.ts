import {
  type Dialect,
  defineAction,
  defineConnector,
  type FailureRule,
  itemsAt,
  list,
  mapped,
  memberAt,
  request,
  snakeCase,
  z,
} from '../kit/index.js'

/** Keys of these members are spans of time: `m5`, `h24`. */
const dialect: Dialect = { answer: snakeCase, data: ['txns', 'volume', 'price_change'] }

const chain_id = z.string().min(1).describe('Blockchain, as DEX Screener names it: solana, ethereum, base, bsc')
const token = {
  chain_id,
  token_address: z.string().min(1).describe('Address of the token on that blockchain; upper and lower case may differ'),
}

/** What a model is shown of a pair: not its pictures, links and advertisements. */
const PAIR_FIELDS = [
  'chain_id',
  'dex_id',
  'url',
  'pair_address',
  'base_token',
  'quote_token',
  'price_usd',
  'price_native',
  'volume',
  'price_change',
  'txns',
  'liquidity.usd',
  'fdv',
  'market_cap',
  'pair_created_at',
]
const PROFILE_FIELDS = ['chain_id', 'token_address', 'description', 'links', 'url']
const BOOST_FIELDS = ['chain_id', 'token_address', 'amount', 'total_amount', 'description', 'links', 'url']

/** @see https://docs.dexscreener.com/api/reference#get-token-pairs-v1-chainid-tokenaddress */
const getTokenPools = defineAction({
  name: 'get_token_pools',
  description:
    'List the trading pairs (liquidity pools) of one token on one blockchain, with price, volume, liquidity and price changes of each. An unknown token has an empty list.',
  examples: ['where can I trade this token', 'liquidity pools of this coin', 'which exchanges list this token'],
  effect: 'read',
  input: token,
  defaultFields: PAIR_FIELDS,
  run: request('GET /token-pairs/v1/{chain_id}/{token_address}', { answer: list() }),
})

/** @see https://docs.dexscreener.com/api/reference#get-token-profiles-latest-v1 */
const getTokenProfiles = defineAction({
  name: 'get_token_profiles',
  description:
    'List the token profiles that were added or changed last on DEX Screener: blockchain, address, description, links. It has no prices.',
  examples: ['new crypto tokens today', 'latest token profiles', 'which coins just appeared'],
  effect: 'read',
  input: {},
  defaultFields: PROFILE_FIELDS,
  run: request('GET /token-profiles/latest/v1', { answer: list() }),
})

/** @see https://docs.dexscreener.com/api/reference#get-token-boosts-latest-v1 */
const getTokenBoosts = defineAction({
  name: 'get_token_boosts',
  description:
    'List the tokens that were boosted last on DEX Screener, which is paid promotion: blockchain, address, boosts bought now (amount) and in all (total_amount). It has no prices.',
  examples: ['which tokens were just boosted', 'latest promoted coins'],
  effect: 'read',
  input: {},
  defaultFields: BOOST_FIELDS,
  run: request('GET /token-boosts/latest/v1', { answer: list() }),
})

/** @see https://docs.dexscreener.com/api/reference#get-token-boosts-top-v1 */
const getTopTokenBoosts = defineAction({
  name: 'get_top_token_boosts',
  description:
    'List the tokens with the most active boosts on DEX Screener, which is paid promotion: blockchain, address, number of boosts (total_amount). It has no prices.',
  examples: ['most boosted tokens', 'which coins are promoted the most'],
  effect: 'read',
  input: {},
  defaultFields: BOOST_FIELDS,
  run: request('GET /token-boosts/top/v1', { answer: list() }),
})

/** @see https://docs.dexscreener.com/api/reference#get-orders-v1-chainid-tokenaddress */
const checkTokenOrders = defineAction({
  name: 'check_token_orders',
  description:
    'List what was paid for on DEX Screener to promote a token (profile, advertisement, takeover by its community), with status and time in milliseconds. These are not trades.',
  examples: ['did this token pay for its profile', 'has this coin bought ads', 'is the dex paid for this token'],
  effect: 'read',
  input: token,
  run: request('GET /orders/v1/{chain_id}/{token_address}', {
    // Its page has shown a bare list; what it answers today has the boosts beside it.
    answer: mapped((json) => itemsAt(json, memberAt(json, 'orders') === undefined ? undefined : 'orders')),
  }),
})

/** @see https://docs.dexscreener.com/api/reference#get-latest-dex-pairs-chainid-pairid */
const getPairsByAddress = defineAction({
  name: 'get_pairs_by_address',
  description:
    'Get one trading pair by its own address, as a list of one: price, volume, liquidity, price changes. An unknown pair has an empty list. For a token address use get_token_pools.',
  examples: ['price of this pair', 'how much liquidity does this pool have', 'look up a DEX Screener link'],
  effect: 'read',
  input: { chain_id, pair_id: z.string().min(1).describe('Address of the pair, as in its URL on dexscreener.com') },
  defaultFields: PAIR_FIELDS,
  run: request('GET /latest/dex/pairs/{chain_id}/{pair_id}', { answer: list('pairs') }),
})

/** @see https://docs.dexscreener.com/api/reference#get-latest-dex-search */
const searchPairs = defineAction({
  name: 'search_pairs',
  description:
    'Search trading pairs on all blockchains by name, symbol or address of a token, with prices. Anyone can name a token like another: compare address and liquidity.',
  examples: ['what does this coin cost', 'find the SOL/USDC pair', 'look for a token called pepe'],
  effect: 'read',
  input: { q: z.string().min(1).describe('Name, symbol, address, or two symbols: SOL/USDC') },
  defaultFields: PAIR_FIELDS,
  run: request('GET /latest/dex/search', { answer: list('pairs') }),
})

/** @see https://docs.dexscreener.com/api/reference#get-tokens-v1-chainid-tokenaddresses */
const getPairsByToken = defineAction({
  name: 'get_pairs_by_token',
  description:
    'Get the trading pairs of up to 30 tokens of one blockchain in one call, to compare prices. Unknown tokens are missing from the list. For all pools of one token use get_token_pools.',
  examples: ['prices of these tokens', 'compare several coins', 'market cap of the tokens in my list'],
  effect: 'read',
  input: {
    chain_id,
    token_addresses: z.array(z.string().min(1)).min(1).max(30).describe('Addresses of tokens on that blockchain'),
  },
  defaultFields: PAIR_FIELDS,
  run: request('GET /tokens/v1/{chain_id}/{token_addresses}', { answer: list() }),
})

/** Its limits count by the minute and by address: 300 for pairs, 60 for profiles, boosts and orders. */
const failures: readonly FailureRule[] = [
  {
    when: { status: [429] },
    code: 'RATE_LIMITED',
    message: 'DEX Screener accepts no more requests from this address for now; try again in a minute.',
    retryable: true,
    retryAfter: 60,
  },
  {
    when: { status: [404] },
    code: 'NOT_FOUND',
    message: 'DEX Screener has nothing of that name; check the name of the blockchain and the address.',
  },
]

/** @see https://docs.dexscreener.com/api/reference */
export const dexscreener = defineConnector({
  name: 'dexscreener',
  title: 'DEX Screener',
  description: 'Prices, volume and liquidity of crypto tokens on decentralized exchanges; needs no account.',
  categories: ['finance'],
  port: 'http',
  baseUrl: 'https://api.dexscreener.com',
  auth: {},
  dialect,
  failures,
  actions: [
    getTokenPools,
    getTokenProfiles,
    getTokenBoosts,
    getTopTokenBoosts,
    checkTokenOrders,
    getPairsByAddress,
    searchPairs,
    getPairsByToken,
  ],
})
