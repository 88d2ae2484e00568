import type { ActionMatch, Integration, Service } from '../../service/index.js'
import type { FoundTool } from '../../wire/index.js'
import { actionEntryOf } from './action-entries.js'
import { catalogToolOf } from './catalogue-items.js'

interface Known {
  service: Pick<Service, 'catalogue'>
  /** Those of the caller; undefined where no user is logged in. */
  accounts: readonly Integration[] | undefined
}

/** An action that a search found, with all that a call of it needs. */
export async function foundToolOf(
  { connector, action, score, fits }: ActionMatch,
  { service: { catalogue }, accounts }: Known,
): Promise<FoundTool> {
  const schemas = await catalogue.schemas(connector.name)
  const { request_body, effect, read_only, examples, default_fields } = actionEntryOf(
    connector.name,
    action,
    schemas[action.name] ?? {},
  )
  return {
    ...catalogToolOf(connector, action),
    score,
    action: action.name,
    fits,
    effect,
    read_only,
    examples,
    default_fields,
    request_body,
    needs_account: connector.auth.length > 0,
    ...(accounts ? { accounts: namesAt(connector.name, accounts) } : {}),
  }
}

const namesAt = (connector: string, accounts: readonly Integration[]): string[] =>
  accounts
    .filter((account) => account.connector === connector)
    .sort((a, b) => Number(b.selected) - Number(a.selected))
    .map(({ userIdentifier }) => userIdentifier)
