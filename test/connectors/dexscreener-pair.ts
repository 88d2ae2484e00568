export const SOL = 'So11111111111111111111111111111111111111112'
export const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v'
export const POOL = '8sLbNZoA1cfnvMJLPfp98ZLAnFSYCFApfJKMbiXNLwxj'

/** As a pair leaves DEX Screener. */
export const PAIR = {
  chainId: 'solana',
  dexId: 'raydium',
  url: `https://dexscreener.com/solana/${POOL.toLowerCase()}`,
  pairAddress: POOL,
  labels: ['CLMM'],
  baseToken: { address: SOL, name: 'Wrapped SOL', symbol: 'SOL' },
  quoteToken: { address: USDC, name: 'USD Coin', symbol: 'USDC' },
  priceNative: '157.2500',
  priceUsd: '157.25',
  txns: { m5: { buys: 7, sells: 3 }, h24: { buys: 1820, sells: 1775 } },
  volume: { m5: 13.37, h24: 48000000 },
  priceChange: { m5: -0.01, h24: -1.2 },
  liquidity: { usd: 125000000, base: 400000, quote: 63000000 },
  fdv: 70000000000,
  marketCap: 68000000000,
  pairCreatedAt: 1612137600000,
  info: {
    imageUrl: 'https://example.com/sol.png',
    header: 'https://example.com/header.png',
    openGraph: 'https://example.com/og.png',
    websites: [{ url: 'https://solana.com' }],
    socials: [{ platform: 'twitter', handle: 'solana' }],
  },
  boosts: { active: 2 },
}
