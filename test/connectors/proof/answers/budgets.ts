import { MAX_TOKENS } from '../../../../src/mcp/results/present.js'
import type { ShownExample } from './measured.js'

/** An answer that is longer by default, and why that is right. */
export interface TooLong {
  /** At most so many tokens, whole. It only shrinks. */
  tokens: number
  reason: string
}

const LONG_PAGE = 'the default page is that of the published catalogue; the first part is shown, read_result goes on'

/** By connector and action. */
export const TOO_LONG: Readonly<Record<string, TooLong>> = {
  'google_drive search_files': { tokens: 16_500, reason: `${LONG_PAGE} (100 files, whose descriptions are long here)` },
  'google_drive list_recent_files_from_yesterday': {
    tokens: 5_400,
    reason: 'thirty would fit, but the estimate is a tenth too high: the last one is cut',
  },
  'slack conversations_list': { tokens: 6_900, reason: `${LONG_PAGE} (100 channels)` },
  'slack conversations_replies': { tokens: 37_500, reason: `${LONG_PAGE} (1,000 messages; few threads have so many)` },
  'sql query': { tokens: 67_000, reason: 'the statement says how many rows there are: here 1,000 of 13 columns' },
}

/** An example shown by default, and the same without a limit. */
export interface Measured {
  /** Connector and action. */
  name: string
  usual: ShownExample
  whole: ShownExample
}

/** What is wrong with the sizes of answers, a line each. @param known those that may be longer */
export function budgetFaults(
  measured: readonly Measured[],
  known: Readonly<Record<string, TooLong>> = TOO_LONG,
): string[] {
  const faults = measured.flatMap(({ name, usual, whole }) => {
    const fits = !usual.isCut && usual.tokens <= MAX_TOKENS
    const { tokens: most = MAX_TOKENS } = known[name] ?? {}
    if (fits) return name in known ? [`${name} is listed as too long, and fits: ${usual.tokens} tokens`] : []
    if (name in known && whole.tokens <= most) return []
    return [
      `${name} takes ${whole.tokens} tokens by default, of at most ${most}${usual.isCut ? ', and is cut' : ''}: give it fewer defaultFields, or list it with a reason`,
    ]
  })
  const unknown = Object.keys(known).filter((name) => !measured.some((one) => one.name === name))
  return [...faults, ...unknown.map((name) => `${name} is listed as too long, and has no example`)]
}
