import type { Json } from '../../../../src/base/json.js'
import { recorded as areRecordingsHere, recording } from '../../arxiv/feeds.js'
import { PAIR, SOL } from '../../dexscreener-pair.js'
import type { SeenRequest } from '../../playing.js'
import type { Answer } from '../data.js'
import { commits, flatIssues, flatPullRequests, searchAnswer } from './github.js'

/** An answer of full size. */
interface Recorded {
  /** What the third party answers. */
  answer?: (request: SeenRequest) => Answer
  /** The action's own data, where the third party is asked in another form. */
  data?: Json[]
}

const COUNT = 30

/** Answers of arXiv that others recorded; without them those of the connector's data do. */
const arxiv: Record<string, Recorded> = areRecordingsHere
  ? {
      'arxiv search_papers': { answer: () => ({ text: recording('q_testing_s0_m10_bc5a6c384fe9').text }) },
      'arxiv get_paper_metadata': { answer: () => ({ text: recording('id_2104.12255v1_s0_m100_6ae69987ffe1').text }) },
    }
  : {}

/** From memory: DEX Screener publishes no example. */
const PROFILE = {
  url: `https://dexscreener.com/solana/${SOL}`,
  chainId: 'solana',
  tokenAddress: SOL,
  icon: 'https://cdn.dexscreener.example/cms/images/4f3c?width=64&height=64&fit=crop&quality=95&format=auto',
  header: 'https://cdn.dexscreener.example/cms/images/9b1e?width=900&height=300&fit=crop&quality=95&format=auto',
  description:
    'Wrapped SOL is SOL in the form of a token, so that programs can trade it as they trade every other token.',
  links: [
    { label: 'Website', url: 'https://solana.example' },
    { type: 'twitter', url: 'https://x.example/solana' },
  ],
}

const dexscreener: Record<string, Recorded> = {
  ...Object.fromEntries(
    ['get_token_pools', 'get_pairs_by_token'].map((action) => [
      `dexscreener ${action}`,
      { answer: () => ({ json: [PAIR] }) },
    ]),
  ),
  ...Object.fromEntries(
    ['get_pairs_by_address', 'search_pairs'].map((action) => [
      `dexscreener ${action}`,
      { answer: () => ({ json: { pairs: [PAIR] } }) },
    ]),
  ),
  'dexscreener check_token_orders': {
    answer: () => ({ json: [{ type: 'tokenProfile', status: 'approved', paymentTimestamp: 1717171717000 }] }),
  },
  'dexscreener get_token_profiles': { answer: () => ({ json: [PROFILE] }) },
  ...Object.fromEntries(
    ['get_token_boosts', 'get_top_token_boosts'].map((action) => [
      `dexscreener ${action}`,
      { answer: () => ({ json: [{ ...PROFILE, amount: 100, totalAmount: 500 }] }) },
    ]),
  ),
}

/** Used after any day on which the test runs, as what is asked for is what was used since yesterday. */
const FILE = {
  id: '1mGcjK2Y7pHqZ5tW0nVbR8sXaEuLdF4oT',
  name: 'Budget of the launch, second draft',
  mimeType: 'application/vnd.google-apps.spreadsheet',
  modifiedTime: '2099-01-02T03:04:05.000Z',
  modifiedByMeTime: '2099-01-02T03:04:05.000Z',
  viewedByMeTime: '2099-01-02T03:04:05.000Z',
  createdTime: '2026-01-02T03:04:05.000Z',
  size: '10240',
  shared: true,
  parents: ['0AKz3r1xQy7PqUk9PVA'],
  webViewLink: 'https://docs.google.com/spreadsheets/d/1mGcjK2Y7pHqZ5tW0nVbR8sXaEuLdF4oT/edit?usp=drivesdk',
  owners: [{ displayName: 'Ada Lovelace', emailAddress: 'ada@example.com', me: true, permissionId: '0123' }],
  lastModifyingUser: { displayName: 'Ada Lovelace', emailAddress: 'ada@example.com', me: true, permissionId: '0123' },
}

/** @see https://github.com/HackerNews/API */
const STORY = {
  by: 'dhouston',
  descendants: 71,
  id: 8863,
  kids: [9224, 8917, 8952, 8958, 8884, 8887, 8869, 8940, 8908, 9005, 8873, 9671, 9067, 9055, 8865, 8881, 8872],
  score: 104,
  time: 1175714200,
  title: 'My YC app: Dropbox - Throw away your USB drive',
  type: 'story',
  url: 'http://www.getdropbox.com/u/2/screencast.html',
}
const COMMENT = {
  by: 'norvig',
  id: 2921983,
  kids: [2922097, 2922429, 2924562, 2922709, 2922573, 2922140, 2922141],
  parent: 2921506,
  text: "Aw shucks, guys ... you make me blush with your compliments.<p>Tell you what, Ill make a deal: I'll keep writing if you keep reading. K?",
  time: 1314211127,
  type: 'comment',
}
const USER = { about: 'This is a test', created: 1173923446, id: 'jl', karma: 2937, submitted: [8863] }

const hackernews = (item: Json): Recorded => ({
  answer: ({ path }) => ({
    json: path === '/v0/topstories.json' ? [8863] : path.startsWith('/v0/user/') ? USER : item,
  }),
})

/** By connector and action. GitHub's have its full size, and are made up. */
export const RECORDED: Readonly<Record<string, Recorded>> = {
  ...arxiv,
  ...dexscreener,
  'google_drive list_recent_files_from_yesterday': { answer: () => ({ json: { files: [FILE] } }) },
  'hackernews top_stories_get': hackernews(STORY),
  'hackernews item_get': hackernews(COMMENT),
  'hackernews user_get': hackernews(STORY),
  'hackernews user_stories_get': hackernews(STORY),
  'github list_issues': { data: flatIssues(COUNT) },
  'github list_pull_requests': { data: flatPullRequests(COUNT) },
  'github list_commits': { answer: () => ({ json: commits(COUNT) }) },
  'github github_search_issue': { answer: () => ({ json: searchAnswer(COUNT) }) },
}
