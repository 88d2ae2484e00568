import { ConnectorsError } from '../../base/errors.js'
import type { SearchAnswer } from '../../wire/index.js'
import type { ToolCall } from '../tool.js'
import type { FoundAction } from './found-action.js'
import type { ActionSearch } from './local-index.js'

/**
 * The actions that serve a need, the best first: by the service's search, if it is ours, else by the same engine here. Where
 * a user is logged in, each has the accounts that it can act with.
 * @throws CONNECTOR_NOT_FOUND
 */
export async function findActions(search: ActionSearch, call: ToolCall): Promise<FoundAction[]> {
  const found = await searchOfService(search, call)
  if (found) return found
  const accounts = await accountsByConnector(call)
  const linked = accounts && new Set(accounts.keys())
  const local = await call.localIndex.find(search, linked)
  return accounts ? local.map((action) => ({ ...action, accounts: accounts.get(action.connector) ?? [] })) : local
}

/** @returns undefined from a service that is not ours, has no such search or does not let us search */
async function searchOfService(search: ActionSearch, call: ToolCall): Promise<FoundAction[] | undefined> {
  try {
    const { tools } = await answerOf(search, call)
    const found = tools.filter((tool): tool is FoundAction => tool.action !== undefined)
    return found.length === tools.length && found.length > 0 ? found : undefined
  } catch (error) {
    if (!(error instanceof ConnectorsError) || error.code === 'CONNECTOR_NOT_FOUND' || call.signal.aborted) throw error
    return undefined
  }
}

async function answerOf({ query, connectors, effect, limit }: ActionSearch, call: ToolCall): Promise<SearchAnswer> {
  const options = {
    kinds: ['tools'] as const,
    count: limit,
    connectors,
    effect: effect && [effect],
    signal: call.signal,
  }
  const answer = await orWithoutLogin(call, () =>
    call.asUser((connectorsClient, userToken) => connectorsClient.search(query, userToken, options)),
  )
  return answer ?? (await call.client()).search(query, undefined, options)
}

/** The names of the accounts at each connector, the default first; undefined where no user is logged in. */
async function accountsByConnector(call: ToolCall): Promise<ReadonlyMap<string, string[]> | undefined> {
  const me = await orWithoutLogin(call, () =>
    call.asUser((connectorsClient, userToken) => connectorsClient.me(userToken)),
  )
  if (me === undefined) return undefined
  const accounts = new Map<string, string[]>()
  for (const { connector, user_identifier } of [...me.integrations].sort(
    (a, b) => Number(b.selected) - Number(a.selected),
  ))
    accounts.set(connector, [...(accounts.get(connector) ?? []), user_identifier])
  return accounts
}

/** @returns undefined where no user is logged in, or the login is refused */
async function orWithoutLogin<T>(call: ToolCall, run: () => Promise<T>): Promise<T | undefined> {
  if (!(await call.session.hasLogin())) return undefined
  try {
    return await run()
  } catch (error) {
    if (error instanceof ConnectorsError && REFUSED.has(error.code)) return undefined
    throw error
  }
}

const REFUSED: ReadonlySet<string> = new Set(['INVALID_TOKEN', 'INVALID_CREDENTIALS', 'INVALID_API_KEY'])
