import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { toErrorResult } from '../results/errors.js'
import { MAX_TOKENS } from '../results/present.js'
import type { ToolCall } from '../tool.js'
import type { Executed, RunArguments, RunOptions } from './arguments.js'

/** Accounts that are asked at the same time, and in all. */
const AT_ONCE = 8
const MOST_ACCOUNTS = 50
/** What an account's answer gets at least, however many there are. Tokens. */
const LEAST_TOKENS = 300

type RunOnOne = (args: RunArguments, call: ToolCall, options: RunOptions) => Promise<Executed>

/**
 * Runs an action that only reads with each of the user's accounts of the connector. An account's failure is its own result; the
 * budget of the answer is divided among them.
 * @returns as `data` one result for each account, in the order in which they were linked, with `acted_as`
 * @throws INVALID_PARAMETERS for an action that may do more than read; INTEGRATION_NOT_FOUND where no account is linked
 */
export async function runOnAll(
  args: RunArguments,
  call: ToolCall,
  options: RunOptions,
  runOnOne: RunOnOne,
): Promise<Executed> {
  const { connector, action, max_tokens = MAX_TOKENS } = args
  const accounts = await call.asUser(async (connectorsClient, userToken) => {
    const { onlyReads } = await call.actionFacts.find(connectorsClient, connector, action)
    if (!onlyReads) throw readsOnly()
    return connectorsClient.listIntegrations(connector, userToken)
  })
  // The failure of a call without an account says what to do, with a link.
  if (accounts.length === 0) return runOnOne({ ...args, identifier: undefined }, call, options)
  const asked = accounts.slice(0, MOST_ACCOUNTS)
  const share = Math.max(Math.floor(max_tokens / asked.length), LEAST_TOKENS)
  // Loaded here, so that no start pays for it.
  const { default: pMap } = await import('p-map')
  const results = await pMap(
    asked,
    async ({ user_identifier }) => {
      const own = { ...args, identifier: user_identifier, max_tokens: share }
      return resultOf(user_identifier, () => runOnOne(own, call, { ...options, readOnly: true }))
    },
    { concurrency: AT_ONCE, signal: call.signal },
  )
  const left = accounts.length - asked.length
  return {
    shown: {
      data: results.map(({ shown }) => shown),
      meta: { accounts: accounts.length, failed: results.filter(({ shown }) => 'error' in shown).length },
      acted_as: null,
    },
    notes: left > 0 ? [`Only the first ${MOST_ACCOUNTS} accounts were asked; name others in identifier.`] : [],
    blocks: results.flatMap(({ blocks }) => blocks),
  }
}

async function resultOf(account: string, run: () => Promise<Executed>) {
  try {
    const { shown, notes = [], blocks = [] } = await run()
    const next = notes.length === 0 ? {} : { next_step: notes.join(' ') }
    return { shown: { ...shown, acted_as: shown.acted_as ?? account, ...next }, blocks }
  } catch (error) {
    // A fault of this server is one of the whole call.
    if (!(error instanceof ConnectorsError)) throw error
    const { error: failure } = toErrorResult(error).structuredContent as { error: unknown }
    return { shown: { acted_as: account, error: failure }, blocks: [] }
  }
}

const readsOnly = () =>
  invalidParameters('All accounts at once only for actions that only read; name one account in identifier.', [
    { field: 'identifier', message: 'must name one account' },
  ])
